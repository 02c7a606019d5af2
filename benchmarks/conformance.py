"""Whether the service does what its OpenAPI document says, put to it by schemathesis with all of its checks.

    python benchmarks/conformance.py [--cases 2000] [--only /checkVersion /releases] [--seed 1]

A real service with an embedded store; half of the cases take any names, half those of apps that exist. Ends
with 1 if an answer is not documented, is an error of the service, or does not look as it should.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from processes import HERE, PROGRAM, free_port, manage, running

CONFIG = HERE / "conformance.toml"
ANY = ""
EXISTING = '\n[parameters]\nowner = "acme"\napp_name = "editor"\napp = "docs"\nsite = "docs"\n'
METRICS_TOKEN = "conformance-metrics"
READER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SELF_CHECK_CASES = 3
PHASES = "examples,coverage,fuzzing,stateful"


@dataclass(frozen=True, slots=True)
class Service:
    """`cookie`: of a session on the dashboard."""

    url: str
    token: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Trial:
    """`only`: paths to try; none means all. `names`: what is taken for granted of names, in a run each."""

    cases: int
    only: Sequence[str] = ()
    seed: int = 1
    phases: str = PHASES
    names: Sequence[str] = (ANY, EXISTING)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=2000, help="cases a route, by the most")
    parser.add_argument("--only", nargs="+", default=[], help="paths, as in the document")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--self-check", action="store_true", help="run everything, too shortly to find much")
    arguments = parser.parse_args()
    cases = SELF_CHECK_CASES if arguments.self_check else arguments.cases
    phases = "examples,fuzzing,stateful" if arguments.self_check else PHASES
    sys.exit(0 if holds(Trial(cases, arguments.only, arguments.seed, phases)) else 1)


def holds(trial: Trial) -> bool:
    with tempfile.TemporaryDirectory() as directory:
        port, log = free_port(), Path(directory, "log")
        environ = {
            "DATA_DIR": str(Path(directory, "store")),
            "PORT": str(port),
            "ENABLE_TELEMETRY": "true",
            "RATE_LIMIT": "off",
            "METRICS_TOKEN": METRICS_TOKEN,
        }
        serve = ("sh", "-c", f'exec "$@" 2>{log}', "sh", *PROGRAM, "serve")
        url = f"http://127.0.0.1:{port}"
        with running(serve, f"{url}/ready", environ) as process:
            token = furnish(environ)
            service = Service(url, token, sign_in(url, token))
            results = [put_to_trial(service, trial, Path(directory), more) for more in trial.names]
            is_alive = process.poll() is None
        complaints = [line for line in log.read_text().splitlines() if "ERROR" in line or "Traceback" in line]
    for line in complaints:
        print(line)
    return is_alive and not any(results) and not complaints


def furnish(environ: dict[str, str]) -> str:
    """An admin with two apps and a release; the admin's token."""
    token = manage("admin", "create", "acme", environ=environ)
    manage("app", "create", "acme/docs", environ=environ)
    manage("app", "create", "acme/editor", environ=environ)
    manage("app", "public", "acme/editor", "on", environ=environ)
    manage("app", "public", "acme/docs", "on", environ=environ)
    url = "https://e.org/editor.zip"
    manage("release", "publish", "acme/editor", "1.3.0", "--url", url, environ=environ)
    return token


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: object) -> None:
        """The answer itself is what is wanted."""


def sign_in(url: str, token: str) -> str:
    form = urllib.parse.urlencode({"token": token}).encode()
    try:
        urllib.request.build_opener(NoRedirects).open(f"{url}/dashboard/sign-in", form, timeout=10)
    except urllib.error.HTTPError as answer:
        cookie: str = answer.headers["Set-Cookie"]
        return cookie.partition(";")[0]
    raise RuntimeError("the service lets nobody in")


def put_to_trial(service: Service, trial: Trial, directory: Path, more: str) -> int:
    """schemathesis' exit status. `more`: of its configuration."""
    config = directory / "schemathesis.toml"
    config.write_text(CONFIG.read_text() + more)
    command = (
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        f"{service.url}/openapi.json",
        *("--header", f"Authorization: Bearer {service.token}"),
        *("--header", f"User-Agent: {READER}", "--header", f"Cookie: {service.cookie}"),
        *(
            "--checks",
            "all",
            "--phases",
            trial.phases,
            "--max-examples",
            str(max(1, trial.cases // len(trial.names))),
        ),
        *("--seed", str(trial.seed), "--continue-on-failure", "--suppress-health-check", "all"),
        *(word for path in trial.only for word in ("--include-path", path)),
    )
    # Its own cache and reports stay where they are thrown away.
    return subprocess.run(command, cwd=directory, env=os.environ | {"NO_COLOR": "1"}).returncode


if __name__ == "__main__":
    main()
