"""The pages that change something: each change asks once, is made, is logged, and is seen at once."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from harness import Harness, harness

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.accounts.tokens import looks_like_token
from telemetry_counter.routes.dashboard import changing
from telemetry_counter.store import removal
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

pytestmark = pytest.mark.anyio

MANAGE = "/dashboard/manage"
HOSTILE = '"><script>alert(1)</script>'


class Forms(HTMLParser):
    """The forms of a page: where each is sent, and its fields with their values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self.found.append((given.get("action") or "", {}))
        name = given.get("name")
        if not name or tag not in ("input", "textarea", "select") or not self.found:
            return
        if given.get("type") in ("checkbox", "radio") and "checked" not in given:
            return
        self.found[-1][1].setdefault(name, []).append(given.get("value") or "")
        self._area = name if tag == "textarea" else ""

    def handle_data(self, text: str) -> None:
        if self._area:
            self.found[-1][1][self._area] = [text.removeprefix("\n")]
            self._area = ""

    def of(self, **values: str) -> dict[str, list[str]]:
        """The form whose fields have these values."""
        for action, fields in self.found:
            if action == MANAGE and all(fields.get(name) == [value] for name, value in values.items()):
                return fields
        raise AssertionError(f"no form with {values}")


class Browser:
    def __init__(self, running: Harness, http: httpx.AsyncClient) -> None:
        self.running = running
        self.http = http
        self.registry = running.service.registry

    async def open(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def send(self, fields: dict[str, list[str]], **values: str | list[str]) -> httpx.Response:
        given = fields | {
            name: value if isinstance(value, list) else [value] for name, value in values.items()
        }
        return await self.http.post(MANAGE, data=given)

    async def agree(self, question: httpx.Response) -> httpx.Response:
        """Answers the one question with yes."""
        assert question.status_code == 200, question.text
        assert "Change nothing" in question.text
        fields = Forms(question.text).found[-1][1]
        return await self.send(fields, agreed="yes")

    async def last(self) -> tuple[str, str]:
        """Of an entry that names the very token that is signed in: who, and what."""
        entry = (await self.registry.log("acme"))[0]
        token = self.running.service.snapshot.token(self.running.token)
        who, _, told = entry.by.partition(" (token ")
        assert token
        assert told == f"{token.id})"
        return who, entry.sentence


@pytest.fixture
async def running(client: Client, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    monkeypatch.setattr(removal, "STILL_COUNTING_SECONDS", 0.01)
    monkeypatch.setattr(changing, "SEEN_BY_ALL_SECONDS", 0)
    async with harness(client, keys, enable_telemetry=False) as running:
        yield running


@pytest.fixture
async def admin(running: Harness) -> Browser:
    return await signed_in(running, running.token)


async def signed_in(running: Harness, token: str) -> Browser:
    answer = await running.http.post("/dashboard/sign-in", data={"token": token})
    assert answer.status_code == 303, answer.text
    return Browser(running, running.http)


async def test_an_app_is_created(admin: Browser) -> None:
    form = Forms(await admin.open(MANAGE)).of(change="create_app")
    question = await admin.send(form, app_name="reader")
    assert "Create the app reader?" in question.text
    assert "reader" not in await admin.registry.apps("acme")
    done = await admin.agree(question)
    assert (done.status_code, done.headers["location"]) == (303, f"{MANAGE}/apps/reader?done=create_app")
    page = await admin.open(done.headers["location"])
    assert "The app is created." in page
    assert await admin.last() == ("acme", "created the app reader")


@pytest.mark.parametrize("name", [HOSTILE, "", "a" * 65, "editor", "a:b"])
async def test_a_bad_name_is_said_beside_the_field_which_keeps_it(admin: Browser, name: str) -> None:
    form = Forms(await admin.open(MANAGE)).of(change="create_app")
    answer = await admin.send(form, app_name=name)
    assert answer.status_code == 400
    assert "<script" not in answer.text
    assert Forms(answer.text).of(change="create_app")["app_name"] == [name]
    [field] = re.findall(r"<input id=\"app_name\"[^>]*>", answer.text)
    assert 'aria-invalid="true"' in field
    assert re.search(r'id="problem" role="alert">app_name ', unescape(answer.text))
    assert await admin.registry.apps("acme") == ["editor", "player"]


async def test_a_release_is_published_with_all_its_fields(admin: Browser) -> None:
    form = Forms(await admin.open(f"{MANAGE}/apps/editor/publish")).of(change="publish")
    changelog = f"{HOSTILE}\r\n\r\nSecond line."
    given = {
        "version": "2.0-rc.1",
        "channel": "beta",
        "platform": "linux",
        "arch": "amd64",
        "url": "https://e.org/a.deb?x=1&y=2",
        "package": "deb",
        "changelog": changelog,
        "published": "2025-06-16T12:30",
        "rollout_percent": "25",
        "rollout_seed": "seed",
        "signature": "c2ln",
        "critical": "yes",
        "required": "yes",
    }
    assert set(given) <= set(form) | {"critical", "required"}
    question = await admin.send(form, **given)
    assert "<script" not in question.text
    assert "count as outdated" in question.text
    assert "count as outdated" not in (await admin.send(form, **given | {"rollout_percent": ""})).text
    done = await admin.agree(question)
    assert done.headers["location"] == f"{MANAGE}/apps/editor?done=publish"
    [release] = await admin.registry.releases("acme")
    assert (release.version, release.channel, release.platform, release.arch) == (
        *("2.0-rc.1", "beta", "linux", "amd64"),
    )
    assert release.packages == {"deb": "https://e.org/a.deb?x=1&y=2"}
    assert release.changelog == changelog
    assert f"{release.published:%Y-%m-%d %H:%M}" == "2025-06-16 12:30"
    assert (release.rollout_percent, release.rollout_seed, release.signature) == (25, "seed", "c2ln")
    assert release.critical
    assert release.required
    assert await admin.last() == ("acme", "published editor 2.0-rc.1 for beta linux amd64")


async def test_publishing_again_asks_with_what_is_kept(admin: Browser) -> None:
    due = dt.datetime(2999, 1, 1, 10, tzinfo=dt.UTC)
    await admin.running.publish("editor", "1.0", published=due, rollout_percent=20, required=True)
    form = Forms(await admin.open(f"{MANAGE}/apps/editor/publish")).of(change="publish")
    question = await admin.send(form, version="1.0")
    shown = unescape(question.text)
    assert "2999-01-01 10:00 UTC" in shown
    assert "rollout to 20 % of the devices" in shown
    assert "no longer required" in shown
    assert "count as outdated" in shown
    await admin.agree(question)
    [release] = await admin.registry.releases("acme")
    assert (release.published, release.required) == (due, False)
    at_once = await admin.send(form, version="1.0", published="2025-06-16T12:30")
    await admin.agree(at_once)
    [release] = await admin.registry.releases("acme")
    assert f"{release.published:%Y-%m-%d %H:%M}" == "2025-06-16 12:30"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "1 2"),
        ("channel", HOSTILE),
        ("url", "ftp://e.org"),
        ("url", "javascript:alert(1)"),
        ("rollout_percent", "101"),
        ("rollout_percent", "many"),
        ("rollout_percent", "\u0661"),
        ("published", "tomorrow"),
        ("changelog", "x" * 17_000),
        ("package", "deb"),
        ("signature", "x" * 5_000),
    ],
)
async def test_a_bad_field_of_a_release_keeps_what_was_typed(admin: Browser, field: str, value: str) -> None:
    form = Forms(await admin.open(f"{MANAGE}/apps/editor/publish")).of(change="publish")
    answer = await admin.send(form, **({"version": "1.5"} | {field: value}), critical="yes")
    assert answer.status_code == 400
    assert f'id="{field}"' in re.search(r"<[^<]*aria-invalid[^>]*>", answer.text)[0]  # type: ignore[index]
    kept = Forms(answer.text).of(change="publish")
    assert kept[field] == [value]
    assert kept["critical"] == ["yes"]
    assert await admin.registry.releases("acme") == []


async def test_a_release_is_withdrawn(admin: Browser) -> None:
    release_id = await admin.running.publish("editor", "1.0")
    page = await admin.open(f"{MANAGE}/apps/editor")
    ask = f"{MANAGE}/ask?change=withdraw&amp;release_id={release_id}"
    assert ask in page
    done = await admin.agree(await admin.http.get(unescape(ask)))
    page = await admin.open(done.headers["location"])
    assert "withdrawn" in page
    assert ask not in page
    assert await admin.last() == ("acme", "withdrew editor 1.0")


async def test_the_public_switch(admin: Browser) -> None:
    assert (await admin.http.get("/badge/acme/editor/version.svg")).status_code == 404
    done = await admin.agree(await admin.http.get(f"{MANAGE}/ask?change=make_public&app_name=editor"))
    page = unescape(await admin.open(done.headers["location"]))
    address = "http://counter/badge/acme/editor/devices.svg"
    assert f"[![devices]({address})](http://counter/public/acme/editor)" in page
    assert (await admin.http.get("/badge/acme/editor/version.svg")).status_code == 200
    await admin.agree(await admin.http.get(f"{MANAGE}/ask?change=make_private&app_name=editor"))
    assert (await admin.http.get("/badge/acme/editor/version.svg")).status_code == 404
    assert await admin.last() == ("acme", "made the app editor private")


async def test_an_app_is_deleted(admin: Browser) -> None:
    await admin.running.publish("editor", "1.0")
    done = await admin.agree(await admin.http.get(f"{MANAGE}/ask?change=delete_app&app_name=editor"))
    page = await admin.open(done.headers["location"])
    assert "are deleted" in page
    assert "apps/editor" not in page
    assert await admin.registry.apps("acme") == ["player"]
    await admin.open(f"{MANAGE}/apps/editor", 404)


async def test_a_team_user_is_added_changed_and_removed(admin: Browser) -> None:
    form = Forms(await admin.open(f"{MANAGE}/team")).of(change="add_user")
    question = await admin.send(form, user="mara", apps=["editor", "player"], channels="stable, beta")
    shown = await admin.agree(question)
    [token] = re.findall(r"tct_[0-9A-Za-z]+", shown.text)
    assert looks_like_token(token)
    both = TeamUser(apps=frozenset({"editor", "player"}), channels=frozenset({"stable", "beta"}))
    team = await admin.registry.team("acme")
    assert team == {"mara": both}
    assert await admin.last() == ("acme", "added the team user mara")
    form = Forms(await admin.open(f"{MANAGE}/team?user=mara")).of(change="add_user")
    assert (form["apps"], form["channels"]) == (["editor", "player"], ["beta, stable"])
    await admin.agree(await admin.send(form, apps=["editor"], platforms="linux"))
    team = await admin.registry.team("acme")
    assert team["mara"] == TeamUser(
        apps=frozenset({"editor"}),
        channels=frozenset({"stable", "beta"}),
        platforms=frozenset({"linux"}),
    )
    await admin.agree(await admin.http.get(f"{MANAGE}/ask?change=remove_user&user=mara"))
    assert await admin.registry.team("acme") == {}
    assert admin.running.service.snapshot.token(token) is None


@pytest.mark.parametrize(("field", "value"), [("user", HOSTILE), ("user", ""), ("channels", "stable, a b")])
async def test_a_bad_team_user_keeps_what_was_typed(admin: Browser, field: str, value: str) -> None:
    form = Forms(await admin.open(f"{MANAGE}/team")).of(change="add_user")
    answer = await admin.send(form | {"user": ["mara"], "apps": ["player"]}, **{field: value})
    assert answer.status_code == 400
    kept = Forms(answer.text).of(change="add_user")
    assert (kept[field], kept["apps"]) == ([value], ["player"])
    assert f">{field} " in answer.text


async def test_a_token_is_shown_once_and_revoked(admin: Browser) -> None:
    form = Forms(await admin.open(f"{MANAGE}/tokens")).of(change="create_token")
    question = await admin.send(form, user="")
    shown = await admin.agree(question)
    [token] = re.findall(r"tct_[0-9A-Za-z]+", shown.text)
    record = admin.running.service.snapshot.token(token)
    assert record
    page = await admin.open(f"{MANAGE}/tokens")
    assert record.id in page
    assert token not in page
    again = await admin.agree(question)
    assert (again.status_code, "was made already" in again.text) == (400, True)
    assert len(await admin.registry.tokens("acme")) == 2
    await admin.agree(await admin.http.get(f"{MANAGE}/ask?change=revoke_token&token={record.id}"))
    assert admin.running.service.snapshot.token(token) is None
    assert await admin.last() == ("acme", f"revoked the token {record.id} of acme")


async def test_revoking_ones_own_token_signs_out(admin: Browser) -> None:
    [own] = (await admin.registry.tokens("acme")).values()
    question = await admin.http.get(f"{MANAGE}/ask?change=revoke_token&token={own.id}")
    assert "it signs you out" in question.text
    done = await admin.agree(question)
    assert (
        (await admin.http.get(done.headers["location"])).headers["location"].startswith("/dashboard/sign-in")
    )


async def test_the_log_is_shown(admin: Browser) -> None:
    for number in range(120):
        await admin.registry.set_public("acme", "editor", number % 2 == 0, by="acme")
    page = await admin.open(f"{MANAGE}/log")
    assert (page.count("made the app editor"), "Older" in page, "Newer" in page) == (100, True, False)
    older = await admin.open(f"{MANAGE}/log?first=100")
    assert "created the admin acme" in older
    assert "command line" in older
    for odd in ("-1", "x", "99999", HOSTILE):
        assert "<script" not in await admin.open(f"{MANAGE}/log?first={odd}")


async def test_a_team_user_reads_and_changes_nothing(running: Harness) -> None:
    release_id = await running.publish("editor", "1.0")
    token = await running.service.registry.add_team_user("acme", "mara", TeamUser())
    await running.service.refresh()
    browser = await signed_in(running, token)
    for place in ("", "/apps/editor", "/team", "/tokens", "/log"):
        page = await browser.open(MANAGE + place)
        assert f'action="{MANAGE}"' not in page
        assert "/ask?" not in page
    before = await running.service.registry.log("acme")
    for place in ("/apps/editor/publish", f"/ask?change=withdraw&release_id={release_id}"):
        assert "may read, but not change" in await browser.open(MANAGE + place, 403)
    form_token = Forms(await browser.open(MANAGE)).found[0][1]["form_token"]
    fields = {"form_token": form_token, "change": ["create_app"], "app_name": ["x"], "agreed": ["yes"]}
    answer = await browser.send(fields)
    assert (answer.status_code, "may read, but not change" in answer.text) == (403, True)
    assert await running.service.registry.log("acme") == before


async def test_a_change_from_elsewhere_is_refused(admin: Browser) -> None:
    fields = {"change": ["create_app"], "app_name": ["x"], "agreed": ["yes"]}
    assert (await admin.send(fields)).status_code == 403
    assert (await admin.send(fields | {"form_token": ["x"]})).status_code == 403
    form = Forms(await admin.open(MANAGE)).of(change="create_app") | fields
    answer = await admin.http.post(MANAGE, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert await admin.registry.apps("acme") == ["editor", "player"]


async def test_what_is_not_there_is_a_page(admin: Browser) -> None:
    form = Forms(await admin.open(MANAGE)).of(change="create_app")
    for fields, status in (
        ({"change": "paint_app"}, 400),
        ({"change": ""}, 400),
        ({"change": "withdraw", "release_id": "0123"}, 404),
        ({"change": "delete_app", "app_name": "unknown"}, 404),
        ({"change": "publish", "app_name": "unknown", "version": "1"}, 404),
        ({"change": "revoke_token", "token": "0123"}, 404),
        ({"change": "create_token", "user": "nobody"}, 400),
    ):
        answer = await admin.send(form, **fields, agreed="yes")
        assert answer.status_code == status, fields
        assert answer.headers["content-type"].startswith("text/html")


async def test_another_admins_things_are_not_reached(admin: Browser) -> None:
    await admin.registry.create_admin("other")
    await admin.registry.create_app("other", "secret")
    [theirs] = (await admin.registry.tokens("other")).values()
    await admin.running.service.refresh()
    await admin.open(f"{MANAGE}/apps/secret", 404)
    await admin.open(f"{MANAGE}/ask?change=delete_app&app_name=secret", 404)
    await admin.open(f"{MANAGE}/ask?change=revoke_token&token={theirs.id}", 404)


async def test_a_change_of_another_worker_is_seen_at_once(admin: Browser) -> None:
    await admin.registry.create_app("acme", "of-another-worker")
    assert "of-another-worker" in await admin.open(MANAGE)
