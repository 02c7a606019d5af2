"""Two services on one store behind nginx, one of them ending: no gap, and every hit counted once."""

import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
from running import Installation, free_port
from stores import VALKEY, serving

from .proxies import nginx

CHECK = "owner=acme&app_name=editor&version=1.0"
CHECKS = 600


def test_one_is_replaced_while_the_other_answers(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        store = stack.enter_context(serving(VALKEY, Path(directory)))
        old, new = (Installation(tmp_path, {"REDIS_URL": store}, free_port()) for _ in range(2))
        address = stack.enter_context(nginx("host.conf", tmp_path, old.port, beside=new.port))
        token = old.run("admin", "create", "acme").stdout.strip()
        old.run("app", "create", "acme/editor")
        ending = stack.enter_context(old.serving())
        stack.enter_context(new.serving())
        with httpx.Client(base_url=address) as http, ThreadPoolExecutor(4) as clients:

            def check(number: int) -> tuple[int, str]:
                if number == CHECKS // 3:
                    ending.send_signal(signal.SIGTERM)
                answer = http.get(f"/checkVersion?{CHECK}", headers={"X-Device-ID": str(number)})
                return answer.status_code, answer.headers.get("x-telemetry", "")

            outcomes = list(clients.map(check, range(CHECKS)))
            assert ending.wait(20) == 0
            assert outcomes == [(200, "counted")] * CHECKS
            report = http.get("/telemetry", headers={"Authorization": f"Bearer {token}"}).json()
    assert report["summary"]["total_requests"] == CHECKS
