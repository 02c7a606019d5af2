"""The commands around events, on a store of their own, without a service."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from running import OURS

from telemetry_counter.cli import main
from telemetry_counter.cli.events import show_report
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.events.summary import parse_summary
from telemetry_counter.store.committing.event_batches import EventBatches
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import open_client
from telemetry_counter.store.embedded.store import EmbeddedStore
from telemetry_counter.store.keys import Keys

from .bodies import encoded, event, summary

Command = Callable[..., Result]

DECLARATION = """
app = "acme/editor"
[properties."user.memory"]
description = "How much memory the computer has."
[events.opened]
description = "A document was opened."
[events.opened.properties.kind]
description = "What kind of document."
values = ["pdf", "odt"]
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path / "store") as store:
        yield store


@pytest.fixture
def command(store: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.toml").write_text(DECLARATION)

    def run(*arguments: str, fails: bool = False) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert (result.exit_code != 0) is fails, result.output
        return result

    run("admin", "create", "acme")
    run("app", "create", "acme/editor")
    return run


def test_declare_show_and_undeclare(command: Command) -> None:
    assert "may send any event" in command("events", "show", "acme/editor").stderr
    assert (
        command("events", "declare", "events.toml").stderr
        == "acme/editor sends 1 event; others are refused.\n"
    )
    rows = [line.split("\t") for line in command("events", "show", "acme/editor").stdout.splitlines()]
    assert rows == [
        ["opened", "", "", "A document was opened."],
        ["opened", "kind", "pdf, odt", "What kind of document."],
        ["any", "user.memory", "any", "How much memory the computer has."],
    ]
    assert command("app", "create", "acme/editor").stderr == "App acme/editor exists already.\n"
    command("release", "publish", "acme/editor", "1.0")
    assert command("events", "show", "acme/editor").stdout.count("\n") == 3
    command("events", "undeclare", "acme/editor")
    assert command("events", "show", "acme/editor").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "editor"), "'editor' is not of the form OWNER/APP."),
        (("show", "acme/nothing"), "There is no app acme/nothing."),
        (("undeclare", "acme/nothing"), "acme has no app nothing."),
        (("undeclare", "nobody/nothing"), "There is no admin nobody."),
        (("declare", "broken.toml"), "The file is not a declaration of events: "),
        (("declare", "binary.toml"), "The file is not a declaration of events: it is not UTF-8."),
        (("declare", "elsewhere.toml"), "acme has no app viewer."),
        (("report",), "--owner is needed where DEFAULT_OWNER is not set."),
        (("report", "acme"), "'acme' is not of the form OWNER/APP."),
        (("report", "acme/editor", "--owner", "acme"), "Give OWNER/APP, or --owner and --apps."),
        (("report", "--owner", "nobody"), "There is no admin nobody."),
        (("report", "--owner", "acme", "--range", "year"), "range must be today, week or month."),
    ],
)
def test_a_mistake_is_one_sentence(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "broken.toml").write_text("app =")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "elsewhere.toml").write_text(DECLARATION.replace("acme/editor", "acme/viewer"))
    error = command("events", *arguments, fails=True).stderr
    assert error.startswith(f"Error: {sentence}")
    assert len(error.splitlines()) == 1


async def count(url: str) -> None:
    client, clock = open_client(url), UtcDay()
    batches = EventBatches(client, Keys(), Limits(), clock, budget_seconds=10)
    body = encoded(summary(clock.today(), event("opened", 1200, kind={"pdf": 1100})))
    await batches.commit(parse_summary(body), b"devi-one")
    await client.aclose()


def test_the_report(command: Command, store: EmbeddedStore, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(count(store.url))
    today = dt.datetime.now(dt.UTC).date()
    made = json.loads(
        command("events", "report", "--owner", "acme", "--from", f"{today}", "--to", f"{today}").stdout
    )
    assert made["summary"]["total_events"] == 1200
    show_report(made)
    shown = capsys.readouterr().out
    assert "1,200 events from 1 device." in shown
    assert "opened\tkind\tpdf\t1,100\t1" in shown
    assert json.loads(command("events", "report", "acme/editor").stdout) == json.loads(
        command("events", "report", "--owner", "acme", "--apps", "editor").stdout
    )
    nothing = command("events", "report", "--owner", "acme", "--platforms", "darwin").stdout
    assert json.loads(nothing)["events"] == []
