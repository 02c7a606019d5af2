"""Signing in, staying so, and out."""

from pathlib import Path

import httpx
import pytest
import time_machine
from fakeredis import FakeAsyncRedis
from harness import Harness, harness
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.accounts.snapshot import Snapshot, TeamUser
from telemetry_counter.dashboard.sessions import COOKIE, MAX_AGE_SECONDS, Session, Sessions
from telemetry_counter.dashboard.wrong_tokens import WAIT_SECONDS, WrongTokens
from telemetry_counter.routes.dashboard.sign_in import safe_place
from telemetry_counter.store.keys import Keys

from .signing import SIGN_IN, form_token, sign_in

pytestmark = pytest.mark.anyio


async def test_who_is_not_signed_in_is_sent_there_and_back(running: Harness) -> None:
    away = await running.http.get("/dashboard?range=week")
    assert (away.status_code, away.headers["location"]) == (
        303,
        "/dashboard/sign-in?then=%2Fdashboard%3Frange%3Dweek",
    )
    back = await running.http.post(SIGN_IN, data={"token": running.token, "then": "/dashboard?range=week"})
    assert back.headers["location"] == "/dashboard?range=week"


async def test_the_cookie_is_for_the_dashboard_alone(running: Harness) -> None:
    cookie = (await sign_in(running)).headers["set-cookie"]
    assert running.token not in cookie
    assert set(cookie.split("; ")[1:]) == {
        f"Max-Age={MAX_AGE_SECONDS}",
        "Path=/dashboard",
        "HttpOnly",
        "SameSite=Strict",
    }


async def test_the_cookie_is_secure_where_the_page_came_by_https(running: Harness) -> None:
    answer = await running.http.post(f"https://counter{SIGN_IN}", data={"token": running.token})
    assert "; Secure" in answer.headers["set-cookie"]


async def test_what_a_stranger_says_of_https_is_not_believed(running: Harness) -> None:
    claimed = {"X-Forwarded-Proto": "https"}
    answer = await running.http.post(SIGN_IN, data={"token": running.token}, headers=claimed)
    assert "; Secure" not in answer.headers["set-cookie"]


async def test_a_session_ends_with_its_token(running: Harness) -> None:
    registry = running.service.registry
    other = await registry.create_token("acme")
    await running.service.refresh()
    await sign_in(running, other)
    assert (await running.http.get("/dashboard")).status_code == 200
    await registry.revoke_token(other)
    await running.service.refresh()
    assert (await running.http.get("/dashboard")).status_code == 303


async def test_a_session_ends_after_a_week(running: Harness) -> None:
    with time_machine.travel("2026-05-01T12:00:00Z", tick=False) as time:
        await sign_in(running)
        cookie = running.http.cookies[COOKIE]
        sessions = Sessions(running.service.session_key)
        assert sessions.read(cookie, running.service.snapshot)
        time.shift(MAX_AGE_SECONDS + 1)
        assert sessions.read(cookie, running.service.snapshot) is None


async def test_a_changed_cookie_is_none(running: Harness) -> None:
    await sign_in(running)
    cookie = running.http.cookies[COOKIE]
    body, _, rest = cookie.partition(".")
    time, _, signature = rest.partition(".")
    other = "A" if signature[0] != "A" else "B"
    sessions, snapshot = Sessions(running.service.session_key), running.service.snapshot
    for changed in (f"{body}.{time}.{other}{signature[1:]}", f"{body}A.{rest}", "", "a.b.c"):
        assert sessions.read(changed, snapshot) is None
    assert Sessions(b"another service's key").read(cookie, snapshot) is None
    assert sessions.read(cookie, Snapshot()) is None


@given(st.text())
def test_any_text_is_a_session_or_none(text: str) -> None:
    assert Sessions(b"a key").read(text, Snapshot()) is None


async def test_a_team_user_sees_the_admins_figures(running: Harness) -> None:
    token = await running.service.registry.add_team_user("acme", "ada", TeamUser())
    await running.service.refresh()
    await sign_in(running, token)
    page = (await running.http.get("/dashboard")).text
    assert "ada of acme" in page


async def test_signing_out_ends_it(running: Harness) -> None:
    await sign_in(running)
    page = (await running.http.get("/dashboard")).text
    answer = await running.http.post("/dashboard/sign-out", data={"form_token": form_token(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await running.http.get("/dashboard")).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
async def test_forms_of_other_sites_are_refused(running: Harness, headers: dict[str, str]) -> None:
    await sign_in(running)
    token = form_token((await running.http.get("/dashboard")).text)
    for path, form in (("/sign-out", {"form_token": token}), ("/sign-in", {"token": running.token})):
        answer = await running.http.post(f"/dashboard{path}", data=form, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert (await running.http.get("/dashboard")).status_code == 200


async def test_forms_of_the_dashboard_itself_are_taken(running: Harness) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://counter"}):
        form = {"token": running.token}
        assert (await running.http.post(SIGN_IN, data=form, headers=headers)).status_code == 303


async def test_a_form_needs_the_sessions_own_token(running: Harness) -> None:
    await sign_in(running)
    sessions = Sessions(running.service.session_key)
    others = sessions.form_token(Session("acme", "another", "nonce"))
    for given_token in ("", "x", others, "\N{SNOWMAN}"):
        answer = await running.http.post("/dashboard/sign-out", data={"form_token": given_token})
        assert answer.status_code == 403
        assert "Open the page again" in answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"token=" + b"a" * 70_000, "application/x-www-form-urlencoded"),
        (b"token=%FF%FE", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a=1&" * 300, "application/x-www-form-urlencoded"),
        (b'{"token": "x"}', "application/json"),
        (b"token=x", "text/plain"),
    ],
)
async def test_a_bad_form_is_said_to_be_one(running: Harness, body: bytes, kind: str) -> None:
    answer = await running.http.post(SIGN_IN, content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 403)
    assert "<h1>" in answer.text


async def test_after_five_wrong_tokens_a_network_waits(running: Harness) -> None:
    for _ in range(5):
        answer = await running.http.post(SIGN_IN, data={"token": "tct_wrong"})
        assert (answer.status_code, "not valid" in answer.text) == (403, True)
    answer = await running.http.post(SIGN_IN, data={"token": running.token})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert "Wait a minute" in answer.text


async def test_right_tokens_are_not_limited(running: Harness) -> None:
    for _ in range(7):
        await sign_in(running)


def test_the_wait_is_a_networks_and_ends() -> None:
    now = 6000.0
    wrong = WrongTokens(b"key", now=lambda: now)
    address, neighbour, stranger = bytes((192, 0, 2, 7)), bytes((192, 0, 2, 200)), bytes((198, 51, 100, 7))
    for _ in range(5):
        assert not wrong.must_wait(address)
        wrong.note(address)
    assert wrong.must_wait(neighbour)
    assert not wrong.must_wait(stranger)
    now += WAIT_SECONDS
    assert not wrong.must_wait(address)
    for _ in range(5):
        wrong.note(address)
    assert wrong.must_wait(address)
    now -= 86_400  # the clock is set back
    assert not wrong.must_wait(address)


def test_all_workers_count_wrong_tokens_together(tmp_path: Path) -> None:
    workers = [WrongTokens(b"key", tmp_path) for _ in range(2)]
    address = bytes((192, 0, 2, 7))
    for number in range(5):
        assert not any(worker.must_wait(address) for worker in workers)
        workers[number % 2].note(address)
    assert all(worker.must_wait(address) for worker in workers)
    assert address[:3] not in (tmp_path / "wrong-tokens").read_bytes()


@pytest.mark.parametrize(
    "then",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/dashboard/",
        "/dashboard/../telemetry",
        "/dashboard/\\elsewhere",
        "/telemetry",
        "/dashboards",
        "/dashboard/\r\nSet-Cookie: a=b",
        "/dashboard/\N{SNOWMAN}",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_elsewhere(then: str) -> None:
    assert safe_place(then) == ""


@given(st.text())
def test_a_place_is_within_the_dashboard_or_none(text: str) -> None:
    for then in (text, "/dashboard/" + text, "/dashboard?" + text):
        place = safe_place(then)
        assert place in ("", then)
        assert place.isascii()
        assert place == "" or place.startswith(("/dashboard/", "/dashboard?"))


async def test_every_answer_carries_the_policy(running: Harness) -> None:
    answers = [await running.http.get("/dashboard/sign-in"), await running.http.get("/dashboard")]
    await sign_in(running)
    answers += [await running.http.get("/dashboard"), await running.http.get("/dashboard/nothing")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


async def test_the_front_door_leads_a_browser_and_tells_a_program(running: Harness) -> None:
    browser = await running.http.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (browser.status_code, browser.headers["location"]) == (303, "/dashboard")
    program = await running.http.get("/", headers={"Accept": "*/*"})
    assert program.json()["service"] == "telemetry-counter"
    assert "\n" not in program.text


async def test_the_stylesheet_is_named_by_its_content(running: Harness) -> None:
    page = (await running.http.get(SIGN_IN)).text
    address = page.split('rel="stylesheet" href="')[1].partition('"')[0]
    answer = await running.http.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert "http" not in answer.text
    assert "@import" not in answer.text


async def test_behind_a_trusted_proxy_each_network_waits_for_itself(keys: Keys) -> None:
    store = FakeAsyncRedis(server_type="valkey")
    async with harness(store, keys, enable_telemetry=True, trusted_proxies="127.0.0.0/8") as running:

        async def attempt(token: str, network: str) -> httpx.Response:
            headers = {"X-Forwarded-For": network, "X-Forwarded-Proto": "https"}
            return await running.http.post(SIGN_IN, data={"token": token}, headers=headers)

        for _ in range(5):
            assert (await attempt("wrong", "198.51.100.7")).status_code == 403
        assert (await attempt(running.token, "198.51.100.8")).status_code == 429
        answer = await attempt(running.token, "203.0.113.9")
        assert answer.status_code == 303
        assert "; Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["nowhere", "a/b", "%0A", "a%0D%0Ab", "%00", "%F0%9F%90%88"])
async def test_any_other_path_is_a_page_that_says_so(running: Harness, path: str) -> None:
    await sign_in(running)
    answer = await running.http.get(f"/dashboard/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page." in answer.text
