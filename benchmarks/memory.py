"""Whether memory stays flat: minutes of beacons of ever new devices, and the size of the service meanwhile.

python benchmarks/memory.py [--minutes 5] [--workers 1]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time

from processes import HERE, PROGRAM, cpu_seconds, family, free_port, manage, program_of, rss_bytes, running

CONNECTIONS = 64
STEP_SECONDS = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to measure")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is needed: apt-get install wrk")
    seconds, step = arguments.minutes * 60, STEP_SECONDS
    if arguments.self_check:
        seconds, step = 3.0, 1.0
    watch(seconds, step, arguments.workers)


def watch(seconds: float, step: float, workers: int) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        environ = {"ENABLE_TELEMETRY": "true", "DATA_DIR": directory, "REDIS_URL": "", "PORT": str(port)}
        command = (*PROGRAM, "serve", "--workers", str(workers))
        with running(command, f"http://127.0.0.1:{port}/ready", environ) as process:
            manage("admin", "create", "acme", environ=environ)
            manage("app", "create", "acme/editor", environ=environ)
            time.sleep(1)
            pids = [pid for pid in family(process.pid) if "server" not in program_of(pid)]
            load(port, seconds, step, pids)


def load(port: int, seconds: float, step: float, pids: list[int]) -> None:
    url = f"http://127.0.0.1:{port}"
    script = str(HERE / "beacons.lua")
    command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{int(seconds)}s", "-s", script, url)
    before = sum(map(cpu_seconds, pids))
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
        while wrk.poll() is None:
            said = ", ".join(f"{rss_bytes(pid) / 1e6:.1f} MB" for pid in pids)
            print(f"{time.monotonic() - begun:5.0f} s  {said}", flush=True)
            time.sleep(step)
        output = wrk.stdout.read() if wrk.stdout else ""
    hits = int(output.split(" requests in")[0].split()[-1])
    spent = sum(map(cpu_seconds, pids)) - before
    print(f"{hits:,} hits, {spent / hits * 1e6:.1f} us of processor time each")


if __name__ == "__main__":
    main()
