"""Every command that manages, on a store of its own, without a service."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from running import OURS

from telemetry_counter.accounts.tokens import looks_like_token
from telemetry_counter.cli import main
from telemetry_counter.cli.report_tables import growth
from telemetry_counter.store.embedded.store import EmbeddedStore

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, fails: bool = False) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert (result.exit_code != 0) is fails, result.output
        return result

    # Held open, so that not every command starts the store anew.
    with EmbeddedStore(tmp_path / "store"):
        yield run


def test_admins_apps_and_tokens(command: Command) -> None:
    empty = command("admin", "list")
    assert (empty.stdout, empty.stderr) == (
        "",
        "There is no admin yet: telemetry-counter admin create NAME\n",
    )
    token = command("admin", "create", "acme").stdout.strip()
    assert looks_like_token(token)
    assert "already" in command("admin", "create", "acme", fails=True).stderr
    assert command("app", "create", "acme/editor").stderr == "App acme/editor created.\n"
    assert command("app", "create", "acme/editor").stderr == "App acme/editor exists already.\n"
    assert command("app", "list", "acme").stdout == "editor\n"
    assert command("admin", "list").stdout == "acme\t1\n"
    second = command("token", "create", "acme").stdout.strip()
    assert len(command("token", "list", "acme").stdout.splitlines()) == 2
    command("token", "revoke", second)
    left = command("token", "list", "acme").stdout.splitlines()
    assert len(left) == 1
    command("token", "revoke", left[0].split("\t")[0])
    assert "no such token" in command("token", "revoke", token, fails=True).stderr


def test_a_new_store_is_told(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "new store" not in command("admin", "create", "acme").stderr
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    created = command("admin", "create", "acme")
    assert created.stderr.startswith(
        f"This is in a new store at {tmp_path.resolve() / 'elsewhere'}.\nAdmin acme created."
    )
    assert looks_like_token(created.stdout.strip())
    assert command("admin", "list").stderr == ""


def test_team_users(command: Command) -> None:
    command("admin", "create", "acme")
    token = command("team", "add", "acme", "alice", "--apps", "editor", "--channels", "stable,beta").stdout
    assert looks_like_token(token.strip())
    wrong = command("team", "add", "acme/mara", fails=True).stderr
    assert "Error: It is team add ADMIN USER, two names: telemetry-counter team add acme mara\n" in wrong
    assert command("team", "list", "acme").stdout == "alice\teditor\tbeta, stable\t-\t-\n"
    command("app", "create", "acme/editor")
    granted = command("team", "add", "acme", "alice", "--apps", "editor,editro,nope")
    assert granted.stderr.splitlines()[1:] == [
        "acme has no app editro; the grant waits for one. Did you mean editor?",
        "acme has no app nope; the grant waits for one.",
    ]
    assert looks_like_token(granted.stdout.strip())
    command("team", "remove", "acme", "alice")
    assert command("team", "list", "acme").stdout == ""
    assert len(command("token", "list", "acme").stdout.splitlines()) == 1


def test_releases(command: Command, tmp_path: Path) -> None:
    command("admin", "create", "acme")
    (tmp_path / "news.md").write_text("What is new.")
    published = command(
        *("release", "publish", "acme/editor", "1.10.0", "--channel", "stable", "--platform", "linux"),
        *("--arch", "amd64", "--url", "https://e.org/a.deb", "--package", "deb", "--critical", "--required"),
        *("--rollout", "20", "--changelog", "news.md", "--published", "2025-01-01"),
    )
    assert "is published for stable linux amd64" in published.stderr
    command("release", "publish", "acme/editor", "1.9.0", "--url", "https://e.org/b.zip")
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    assert "is scheduled" in command("release", "publish", "acme/editor", "2", "--published", tomorrow).stderr
    again = ("release", "publish", "acme/editor", "1.9.0")
    assert "was published already for every channel" in command(*again).stderr
    assert "platform and architecture, nothing was changed; its id is" in command(*again).stderr
    more = (*again, "--critical", "--url", "https://e.org/b.deb", "--package", "deb")
    assert "already for every channel, platform and architecture, changed now: packages, critical;" in (
        command(*more).stderr
    )
    assert "changed now: critical;" in command(*again).stderr
    rows = [row.split("\t") for row in command("release", "list", "acme/editor").stdout.splitlines()]
    assert [row[2] for row in rows] == ["1.9.0", "1.10.0", "2"]
    assert rows[1][3:] == [
        "stable",
        "linux",
        "amd64",
        "2025-01-01 00:00",
        "rollout 20% critical required",
        "deb",
    ]
    command("release", "withdraw", "acme/editor", rows[1][0])
    command("release", "withdraw", "acme/editor", "1.9.0")
    states = [row.split("\t")[7] for row in command("release", "list", "acme").stdout.splitlines()]
    assert states == ["withdrawn", "withdrawn critical required", "scheduled"]
    assert "was withdrawn, and is published again" in command(*again).stderr
    missing = command("release", "withdraw", "acme/editor", "7", fails=True)
    assert missing.stderr == "Error: acme/editor has no release 7.\n"


@pytest.mark.parametrize("columns", [80, 60, 30])
def test_releases_can_be_read_on_a_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    command("admin", "create", "acme")
    of = (
        "--published",
        "2025-01-02T03:04",
        "--channel",
        "stable",
        "--platform",
        "windows",
        "--arch",
        "amd64",
    )
    command("release", "publish", "acme/editor", "2.1.1-beta.4", *of, "--critical", "--rollout", "20")
    command("release", "publish", "acme/editor", "3.0", "--package", "nupkg", "--url", "https://e.org/a")
    command("release", "publish", "acme/viewer", "1.0")
    ids = [row.split("\t")[0] for row in command("release", "list", "acme").stdout.splitlines()]
    for module in ("tables", "screen", "releases"):
        monkeypatch.setattr(f"telemetry_counter.cli.{module}.is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = command("release", "list", "acme").stdout
    words = shown.replace("\n", " ").split()
    whole = {"acme/editor", "acme/viewer", "2.1.1-beta.4", "stable", "windows", "amd64", "critical", "nupkg"}
    assert whole <= set(words)
    assert set(ids) <= set(words)
    assert "2025-01-02 03:04" in shown
    if columns >= 60:
        assert max(map(len, shown.splitlines())) <= columns
    one = command("release", "list", "acme/viewer").stdout
    assert "acme/viewer" not in one


def test_an_app_that_may_be_a_slip_stands_out(command: Command) -> None:
    command("admin", "create", "acme")
    assert command("release", "publish", "acme/editor", "1.0").stderr.startswith("App acme/editor created.\n")
    slip = command("release", "publish", "acme/editr", "1.0").stderr
    assert slip.startswith(
        "There was no app acme/editr: it is created now. Did you mean acme/editor?\n"
        "If it is a slip: telemetry-counter app delete acme/editr\n"
    )
    other = command("release", "publish", "acme/zzz", "1.0").stderr
    assert other.startswith("There was no app acme/zzz: it is created now.\nIf it is a slip:")
    assert "app" not in command("release", "publish", "acme/zzz", "1.1").stderr


def test_publishing_again_says_what_was_kept(command: Command) -> None:
    command("admin", "create", "acme")
    publish = ("release", "publish", "acme/editor", "2.1.0")
    url = ("--url", "https://e.org/a.zip")
    command(*publish, "--rollout", "20", "--required", "--published", "2025-01-02", *url)
    command("release", "withdraw", "acme/editor", "2.1.0")
    again = command(*publish).stderr.splitlines()
    assert "was withdrawn, and is published again for every channel" in again[0]
    assert again[1:] == [
        "Kept from before: its time, 2025-01-02 00:00 UTC, packages (the plain one), "
        "rollout to 20 % of the devices.",
        "It is no longer required, as that was not said again.",
        "Publish it with --rollout 100 to offer it to every device.",
    ]
    assert "20 %" not in command(*publish, "--rollout", "100").stderr


def test_a_scheduled_release_stays_so_until_now_is_said(command: Command) -> None:
    command("admin", "create", "acme")
    publish = ("release", "publish", "acme/editor", "3.0")
    due = "due at 2999-01-01 10:00 UTC"
    first = command(*publish, "--published", "2999-01-01T10:00").stderr
    assert f"is scheduled for every channel, platform and architecture, {due};" in first
    more = command(*publish, "--url", "https://e.org/a.deb", "--package", "deb").stderr
    assert f"was scheduled already for every channel, platform and architecture, {due}, changed" in more
    assert "2999-02-01 00:00" in command(*publish, "--published", "2999-02-01").stderr
    [row] = command("release", "list", "acme/editor").stdout.splitlines()
    assert row.split("\t")[6:] == ["2999-02-01 00:00", "scheduled", "deb"]
    assert "was scheduled, and is published now for" in command(*publish, "--published", "now").stderr
    [row] = command("release", "list", "acme/editor").stdout.splitlines()
    moment = dt.datetime.strptime(row.split("\t")[6], "%Y-%m-%d %H:%M").replace(tzinfo=dt.UTC)
    assert dt.timedelta() <= dt.datetime.now(dt.UTC) - moment < dt.timedelta(minutes=2)
    assert row.split("\t")[7:] == ["out", "deb"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("admin", "create", "a b"), "owner may only hold"),
        (("app", "create", "editor"), "'editor' is not of the form OWNER/APP."),
        (("app", "create", "nobody/editor"), "There is no admin nobody."),
        (("app", "list", "nobody"), "There is no admin nobody."),
        (("release", "publish", "nobody/editor", "1.0"), "There is no admin nobody."),
        (("release", "publish", "a/b", "1 0"), "version may only hold"),
        (("release", "publish", "a/b", "1", "--url", "x"), "The URL must begin with"),
        (("release", "publish", "a/b", "1", "--package", "deb"), "--package needs the --url"),
        (("release", "publish", "a/b", "1", "--published", "soon"), "--published 'soon' is neither now nor"),
        (("report",), "--owner is needed"),
        (("report", "--owner", "nobody"), "There is no admin nobody."),
    ],
)
def test_a_mistake_is_one_sentence(command: Command, arguments: tuple[str, ...], sentence: str) -> None:
    error = command(*arguments, fails=True).stderr
    assert error.startswith(f"Error: {sentence}")
    assert len(error.splitlines()) == 1


@pytest.fixture
def counted(command: Command, tmp_path: Path) -> str:
    """An app with two releases and three devices; today's date."""
    today = dt.datetime.now(dt.UTC).date()
    command("admin", "create", "acme")
    for version in ("1.0", "1.1"):
        command("release", "publish", "acme/editor", version, "--published", f"{today}T00:00:00Z")
    line = (
        '{"ts": "%sT00:00:01Z", "owner": "acme", "app_name": "editor", "version": "%s", "device_id": "%s"}\n'
    )
    lines = [
        line % (today, version, device) for version, device in (("1.0", "a"), ("1.1", "b"), ("1.1", "c"))
    ]
    (tmp_path / "checks").write_text("".join(lines))
    command("import", "checks", "--format", "checks")
    return today.isoformat()


def test_a_file_of_which_nothing_was_counted_can_be_imported_again(command: Command, tmp_path: Path) -> None:
    command("admin", "create", "acme")
    moment = (dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).isoformat()
    line = {"ts": moment, "owner": "acme", "app_name": "editor", "version": "1", "device_id": "d"}
    (tmp_path / "checks").write_bytes(orjson.dumps(line))
    failed = command("import", "checks", "--format", "checks", fails=True)
    assert "unknown_app" in failed.stdout
    assert "Nothing was counted" in failed.stderr
    command("app", "create", "acme/editor")
    counted = command("import", "checks", "--format", "checks").stderr
    assert "1 of 1 lines counted" in counted
    assert "History of acme: 1 closed day counted anew." in counted


def test_a_report_with_all_that_can_be_asked(command: Command, counted: str) -> None:
    shown = command("report", "--owner", "acme", "--range", "week", "--compare", "--active").stdout
    report = orjson.loads(shown)
    assert report["summary"]["unique_clients"] == 3
    assert report["change"]["total_requests"]["absolute"] == 3
    assert report["active_devices"][-1] == {"date": counted, "daily": 3, "weekly": 3, "monthly": 3}
    assert orjson.loads(command("report", "--owner", "acme", "--web").stdout)["summary"]["page_views"] == 0
    for mistake in (("--web", "--compare"), ("--path", "/x"), ("--range", "decade")):
        assert len(command("report", "--owner", "acme", *mistake, fails=True).stderr.splitlines()) == 1


def test_adoption(command: Command, counted: str) -> None:
    adoption = orjson.loads(command("adoption", "acme/editor", "--range", "today").stdout)
    newest = adoption["releases"][0]
    assert (newest["version"], newest["days"][-1]["client_count"], newest["days_to"]["50"]) == ("1.1", 2, 0)
    assert "no app" in command("adoption", "acme/nothing", fails=True).stderr


def test_export(command: Command, counted: str, tmp_path: Path) -> None:
    rows = command("export", "--owner", "acme", "--range", "week").stdout.splitlines()
    assert len(rows) == 9
    assert rows[-1] == f"{counted},3,3,2,1"
    command("export", "--owner", "acme", "--format", "ndjson", "--output", "rows.ndjson")
    assert orjson.loads((tmp_path / "rows.ndjson").read_bytes())["total_requests"] == 3


def test_tables_for_people(
    command: Command, counted: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("telemetry_counter.cli.tables.is_terminal", lambda: True)
    shown = command("report", "--owner", "acme", "--range", "week", "--compare", "--active").stdout
    for words in (
        "Devices: 3; requests: 3; active apps: 1",
        "on the latest version: 2; outdated: 1.",
        "Of all devices",
        "Before  Change",
        "Note: Today is not over, so ",
        "On the latest version",
    ):
        assert words in shown
    assert "Days to 50 %" in command("adoption", "acme/editor").stdout
    assert "0 page views" in command("report", "--owner", "acme", "--web").stdout


@pytest.mark.parametrize(
    ("percent", "text"), [(None, "-"), (0.0, "0.0 %"), (-0.04, "0.0 %"), (0.06, "+0.1 %"), (-50.0, "-50.0 %")]
)
def test_how_much_a_figure_grew(percent: float | None, text: str) -> None:
    assert growth(percent) == text


def test_a_report_of_nothing(command: Command) -> None:
    command("admin", "create", "acme")
    report = command("report", "--owner", "acme", "--range", "week").stdout
    assert re.search(r'"total_requests": 0', report)


def test_what_was_changed_is_logged(command: Command) -> None:
    command("admin", "create", "acme")
    command("app", "create", "acme/editor")
    assert command("app", "public", "acme/editor", "on").stdout == "/badge/acme/editor/devices.svg\n"
    assert "is private" in command("app", "public", "acme/editor", "off").stderr
    rows = [line.split("\t") for line in command("admin", "log", "acme").stdout.splitlines()]
    assert [(who, what) for _, who, what in rows] == [
        ("command line", "made the app editor private"),
        ("command line", "made the app editor public"),
        ("command line", "created the app editor"),
        ("command line", "created the admin acme"),
    ]
    assert len(command("admin", "log", "acme", "--last", "2").stdout.splitlines()) == 2
    assert "no admin nobody" in command("admin", "log", "nobody", fails=True).stderr
    assert "no app unknown" in command("app", "public", "acme/unknown", "on", fails=True).stderr


def test_deletion_asks_once(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telemetry_counter.store.removal.STILL_COUNTING_SECONDS", 0)
    command("admin", "create", "acme")
    command("release", "publish", "acme/editor", "1.0")
    asked = CliRunner().invoke(main, ["app", "delete", "acme/editor"], input="n\n")
    assert (asked.exit_code, asked.stderr.count("Delete?")) == (1, 1)
    assert command("app", "list", "acme").stdout == "editor\n"
    of_admin = CliRunner().invoke(main, ["admin", "delete", "acme"], input="n\n")
    assert "the admin acme, 1 app, all releases" in of_admin.stderr
    agreed = CliRunner().invoke(main, ["app", "delete", "acme/editor"], input="y\n")
    assert "App acme/editor is deleted." in agreed.stderr
    assert (command("app", "list", "acme").stdout, command("release", "list", "acme").stdout) == ("", "")
    assert "no app editor" in command("app", "delete", "acme/editor", "--yes", fails=True).stderr
    assert command("admin", "delete", "acme", "--yes").stderr == "Admin acme is deleted.\n"
    assert command("admin", "list").stdout == ""
