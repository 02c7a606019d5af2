"""What ends a process with its parent, however that ended, and what keeps a worker from ending alone."""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: int, parent: int) -> None:
    """Asks Linux to send this process `signal_number` when its parent ends, however it ends.

    `parent` is the expected parent's id: if that one is gone already, this process ends at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal_number)


def end_with_supervisor() -> None:
    """In a worker: be told to end, as by SIGTERM, when the supervisor ends, be it by kill -9.

    What a terminal sends to all of them as it closes is the supervisor's to answer: it replaces the workers.
    """
    supervisor = multiprocessing.parent_process()
    if supervisor is not None and supervisor.pid is not None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        die_with_parent(signal.SIGTERM, supervisor.pid)
