"""Asks the service about updates, or tells it that the program checks for them elsewhere."""

from collections.abc import Callable

from telemetry_counter.client.checks import UpdateCheck, beacon_url, check_url, parse_check
from telemetry_counter.client.guard import shielded
from telemetry_counter.client.program import Program
from telemetry_counter.client.wire import Unreachable, exchange
from telemetry_counter.client.worker import within


def check(program: Program, device: str, seconds: float, explain: Callable[[str], None]) -> UpdateCheck:
    """Waits at most `seconds` in all, however slow the name server or the service is."""
    answers = [UpdateCheck("failed", f"no answer within {seconds:g} seconds")]
    broken = UpdateCheck("failed", "the check itself broke")
    within(seconds, lambda: answers.append(shielded(explain, "check", lambda: _ask(program, device), broken)))
    return answers[-1]


def tell(program: Program, device: str, is_latest: bool | None) -> None:
    exchange(beacon_url(program, is_latest), device_header(device))


def device_header(device: str) -> dict[str, str]:
    return {"X-Device-ID": device} if device else {}


def described(url: str, device: str) -> str:
    """The request as a person can read it."""
    return f"GET {url}" + "".join(f"\n{name}: {value}" for name, value in device_header(device).items())


def _ask(program: Program, device: str) -> UpdateCheck:
    headers = {"Accept": "application/json", **device_header(device)}
    try:
        answer = exchange(check_url(program), headers)
    except Unreachable as error:
        return UpdateCheck("failed", str(error))
    return parse_check(answer.status, answer.body, device, answer.version)
