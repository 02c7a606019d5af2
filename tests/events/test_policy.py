"""`GET /telemetry/policy`: complete by the service's own tables, for programs and for people."""

from html.parser import HTMLParser

import pytest
from harness import Harness

from telemetry_counter.counting.checks import PARAMETERS
from telemetry_counter.events.summary import Event, Summary
from telemetry_counter.pages.dimensions import By
from telemetry_counter.privacy import collected
from telemetry_counter.privacy.page import STYLE, STYLE_HASH, page
from telemetry_counter.privacy.policy import AppPolicy, build_policy
from telemetry_counter.privacy.promises import PROMISES, Terms
from telemetry_counter.routes.browsers import wants_page

pytestmark = pytest.mark.anyio

PATH = "/telemetry/policy"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
DECLARED = """
app = "acme/editor"
read_more = "https://e.org/privacy?a=1&b=2"
[properties."user.memory"]
description = "How much memory the computer has."
[events.opened]
description = "A document was <opened>."
[events.opened.properties.kind]
description = "What kind of document."
values = ["pdf", "odt"]
"""


def test_every_field_of_the_tables_has_words() -> None:
    assert set(collected.CHECK_WORDS) == {*PARAMETERS, collected.DEVICE}
    assert set(collected.PAGE_WORDS) == set(By)
    assert set(collected.EVENT_WORDS) == {
        *Summary.__struct_fields__,
        *Event.__struct_fields__,
        collected.DEVICE,
    }


async def test_the_policy_names_every_field_and_promise(service: Harness) -> None:
    answer = await service.http.get(PATH)
    assert answer.status_code == 200
    policy = answer.json()
    assert policy["telemetry_enabled"] is True
    assert [kind["kind"] for kind in policy["collected"]] == [
        "update check",
        "page view",
        "summary of events",
    ]
    fields = [{field["name"] for field in kind["fields"]} for kind in policy["collected"]]
    assert fields[0] >= PARAMETERS
    assert fields[1] == {by.value.singular for by in By} | {"visitor"}
    assert fields[2] >= set(Summary.__struct_fields__)
    assert [promise["sentence"] for promise in policy["promises"]] == [
        promise.sentence(Terms(30, 400, 48, 20, 5)) for promise in PROMISES
    ]
    assert "app" not in policy


def test_the_days_are_those_of_the_settings() -> None:
    policy = build_policy(is_on=True, terms=Terms(7, 400, 48, 20, 5))
    sentences = [promise["sentence"] for promise in policy["promises"]]
    assert "All counters and sketches are deleted 7 days after their day has ended." in sentences
    assert not [sentence for sentence in sentences if "{" in sentence]


async def test_telemetry_off_collects_nothing(silent: Harness) -> None:
    policy = (await silent.http.get(PATH)).json()
    assert (policy["telemetry_enabled"], policy["collected"]) == (False, [])
    assert policy["summary"].startswith("Telemetry is off")


@pytest.fixture
async def declaring(service: Harness) -> Harness:
    await service.declare("editor", DECLARED)
    return service


async def test_what_an_app_declares(declaring: Harness) -> None:
    app = (await declaring.http.get(f"{PATH}?owner=acme&app_name=editor")).json()["app"]
    memory = {"name": "user.memory", "description": "How much memory the computer has.", "values": []}
    kind = {"name": "kind", "description": "What kind of document.", "values": ["pdf", "odt"]}
    assert app == {
        "owner": "acme",
        "app_name": "editor",
        "declared": True,
        "summary": "It sends these events and no others.",
        "events": [
            {"name": "opened", "description": "A document was <opened>.", "properties": [memory, kind]}
        ],
        "read_more": "https://e.org/privacy?a=1&b=2",
    }


async def test_an_app_that_declares_nothing(service: Harness) -> None:
    app = (await service.http.get(f"{PATH}?owner=acme&app_name=player")).json()["app"]
    assert (app["declared"], app["events"]) == (False, [])
    assert "may send any" in app["summary"]


@pytest.mark.parametrize("query", ["owner=acme&app_name=x", "owner=x&app_name=editor", "app_name=editor"])
async def test_an_app_that_does_not_exist(service: Harness, query: str) -> None:
    answer = await service.http.get(f"{PATH}?{query}")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no such app."})


class Reader(HTMLParser):
    """Collects what a person reads, and every tag and address."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.addresses = "", set[str](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_a_browser_gets_a_page(declaring: Harness) -> None:
    answer = await declaring.http.get(f"{PATH}?owner=acme&app_name=editor", headers=BROWSER)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"'sha256-{STYLE_HASH}'" in answer.headers["content-security-policy"]
    assert f"<style>{STYLE}</style>" in answer.text
    read = Reader(answer.text)
    assert not read.tags & {"script", "img", "iframe", "form", "link"}
    assert read.addresses == ["https://e.org/privacy?a=1&b=2"]
    policy = (await declaring.http.get(f"{PATH}?owner=acme&app_name=editor")).json()
    sentences = [promise["sentence"] for promise in policy["promises"]]
    meanings = [field["meaning"] for kind in policy["collected"] for field in kind["fields"]]
    for words in (*sentences, *meanings, "A document was <opened>.", "One of: pdf, odt.", "user.memory"):
        assert words in read.text


def test_no_name_can_break_the_page() -> None:
    app = AppPolicy("<b>", "</style><script>alert(1)</script>", None)
    read = Reader(page(build_policy(is_on=True, terms=Terms(30, 400, 48, 20, 5), app=app)))
    assert "script" not in read.tags
    assert "<b>/</style><script>" in read.text


@pytest.mark.parametrize(
    ("accept", "html"),
    [("", False), ("*/*", False), (BROWSER["Accept"], True), ("application/json, text/html", False)],
)
def test_which_form_is_asked_for(accept: str, html: bool) -> None:
    assert wants_page(accept) is html
