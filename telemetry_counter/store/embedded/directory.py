"""The directory of the embedded store: for its owner alone, with a lock and a socket that all find."""

import hashlib
import os
import stat
from pathlib import Path

from telemetry_counter.errors import SettingsError

LOCK, SOCKET = "store.lock", "store.sock"
SOCKET_PATH_BYTES = 103  # sun_path takes 104 on macOS and 108 on Linux, with its final NUL


def socket_path(directory: Path) -> Path:
    """In the directory or, if that is too deep for a socket or no text, where all find it by a hash."""
    path = directory / SOCKET
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES and str(path).isprintable():
        return path
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:24]
    # Not tempfile.gettempdir(): TMPDIR may differ between the service and a command beside it.
    return Path("/tmp", f"telemetry-counter-{digest}", SOCKET)  # noqa: S108


def make_private(directory: Path) -> None:
    """Create the directory for its owner alone; an open one with other files in it is refused, not closed."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise SettingsError(f"DATA_DIR needs {directory}, which belongs to another user; name another one.")
    if status.st_mode & 0o077:
        names = set(os.listdir(directory))
        if names and names.isdisjoint({LOCK, SOCKET}):
            raise SettingsError(
                f"DATA_DIR needs {directory}, which holds other files and is open to other users; "
                "run chmod 700 on it or name a directory of its own."
            )
        directory.chmod(0o700)


def take_lock(directory: Path) -> int | None:
    """Descriptor of the directory's lock, or None while a server holds it."""
    import fcntl  # not on Windows, where server_binary() has refused already

    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return lock
