"""Being signed in, as a browser is."""

import re

import httpx
from harness import Harness

SIGN_IN = "/dashboard/sign-in"


async def sign_in(running: Harness, token: str = "") -> httpx.Response:
    """The harness's client keeps the cookie."""
    answer = await running.http.post(SIGN_IN, data={"token": token or running.token})
    assert answer.status_code == 303, answer.text
    return answer


def form_token(page: str) -> str:
    match = re.search(r'name="form_token" value="([^"]+)"', page)
    assert match
    return match[1]


async def check(running: Harness, device: str = "a device", **query: str) -> None:
    """A check that is counted at once."""
    asked = {"owner": "acme", "app_name": "editor", "version": "1.0.0"} | query
    answer = await running.http.get("/checkVersion", params=asked, headers={"X-Device-ID": device})
    assert answer.headers["x-telemetry"] == "counted", answer.headers
