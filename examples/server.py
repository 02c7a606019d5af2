"""A long-running server: the notice goes to its log, the operator's setting counts, days go out as they end.

python examples/server.py
"""

import logging
import os
import signal
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import FrameType

from telemetry_counter.client import Telemetry, buckets

log = logging.getLogger("kitchen")

telemetry = Telemetry(
    os.environ.get("COUNTER", "http://127.0.0.1:8000"),
    owner="acme",
    app="kitchen",
    version="2.0.0",
    read_more="https://acme.example/kitchen/telemetry",
    collects=("how many requests are served, and how they end",),
    # The server's own configuration; a real one reads it from its file.
    enabled=os.environ.get("KITCHEN_REPORTS", "yes") == "yes",
    # The server's data directory: in a container, the volume.
    directory=os.environ.get("KITCHEN_DATA"),
)


class Kitchen(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"soup\n")
        # Costs some microseconds; the file and the network are a background thread's.
        telemetry.send("served", {"event_properties": {"status": 200}})

    def log_message(self, format: str, *args: object) -> None:
        log.info(format, *args)


def stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, stop)
    telemetry.first_run_notice(show=log.info)
    log.info("%s", telemetry.status())
    with telemetry, HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Kitchen) as server:
        telemetry.send("started", {"group_properties": {"memory": buckets.memory_tier()}})
        log.info("http://127.0.0.1:%s", server.server_port)
        server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
