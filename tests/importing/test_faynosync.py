"""A faynoSync's week, as its own service left it in a real Redis, taken in and reported."""

import datetime as dt
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from click.testing import CliRunner, Result
from faynosync_source import APPS, LATEST, OWNER, Hit, fill, report, week
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from running import OURS
from stores import REDIS, VALKEY, serving

from telemetry_counter.cli import main
from telemetry_counter.counting.names import UNPLACED
from telemetry_counter.importing.faynosync import (
    AppDay,
    Seen,
    Sightings,
    build_batch,
    combinations,
    diagonal,
    parse_key,
)

TODAY = dt.datetime.now(dt.UTC).date()
DAYS = [TODAY - dt.timedelta(days=back) for back in range(7, -1, -1)]
DEVICES = 400
KINDS = {
    "channels": ("channels", "channel"),
    "platforms": ("platforms", "platform"),
    "architectures": ("architectures", "arch"),
}
OF = AppDay("acme", "editor", TODAY)


@pytest.fixture(scope="module")
def source() -> Iterator[tuple[Redis, str]]:
    """The filled Redis, and its URL for a user who may only read."""
    with (
        tempfile.TemporaryDirectory() as directory,
        serving(REDIS, Path(directory)) as url,
        Redis.from_url(url) as client,
    ):
        fill(client, week(TODAY, DEVICES))
        client.set("another program's", "key")
        client.set(f"stats:{OWNER}:editor:something:2020-01-01", "else")
        client.execute_command(
            "ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+client", "+ping"
        )
        yield client, f"unix://reader:secret@{urlsplit(url).path}"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory, serving(VALKEY, Path(directory)) as url:
        yield url


Command = Callable[..., Result]


@pytest.fixture
def command(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", store)
    monkeypatch.setenv("KEY_PREFIX", f"t{secrets.token_hex(4)}:")
    # The estimates of a run are those of every run.
    monkeypatch.setenv("SECRET_KEY", "the secret of these tests")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, fails: bool = False) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert (result.exit_code != 0) is fails, result.output
        return result

    run("admin", "create", OWNER)
    return run


def asked(command: Command, *arguments: str) -> dict[str, Any]:
    shown: dict[str, Any] = orjson.loads(command("report", "--owner", OWNER, *arguments).stdout)
    return shown


def close(found: int, expected: int) -> None:
    assert abs(found - expected) <= max(2, 0.02 * expected), (found, expected)


def test_its_week_is_reported_as_it_reports_it(command: Command, source: tuple[Redis, str]) -> None:
    client, url = source
    command("import", "--from-faynosync", url, "--with-today")
    ours, exact = asked(command, "--range", "week"), report(client, DAYS, APPS)
    summary = ours["summary"]
    assert summary["total_requests"] == exact.requests
    assert summary["total_active_apps"] == len(APPS)
    close(summary["unique_clients"], len(exact.unique))
    close(summary["clients_using_latest_version"], len(exact.latest))
    # There a device that was both in the range is in both figures; here it is on the latest.
    close(summary["clients_outdated"], len(exact.outdated - exact.latest))
    for kind, (name, item) in KINDS.items():
        found = {row[item]: row["client_count"] for row in ours[name]}
        expected = {value: len(of) for (of_kind, value), of in exact.values.items() if of_kind == kind}
        assert found.keys() == expected.keys()
        for value, count in expected.items():
            close(found[value], count)
    versions = {row["version"]: row["client_count"] for row in ours["versions"]["usage"]}
    for (kind, value), of in exact.values.items():
        if kind == "version_usage":
            close(versions.pop(value), len(of))
    assert versions == {}


def test_each_of_its_days_is_reported(command: Command, source: tuple[Redis, str]) -> None:
    client, url = source
    command("import", "--from-faynosync", url, "--with-today")
    rows = asked(command, "--range", "week")["daily_stats"]
    assert [row["date"] for row in rows] == [day.isoformat() for day in DAYS]
    for day, row in zip(DAYS, rows, strict=True):
        exact = report(client, [day], APPS)
        assert row["total_requests"] == exact.requests
        close(row["unique_clients"], len(exact.unique))
        close(row["clients_using_latest_version"], len(exact.latest))
        close(row["clients_outdated"], len(exact.outdated - exact.latest))


@pytest.mark.parametrize(
    "filters",
    [
        {"channels": frozenset({"beta"})},
        {"channels": frozenset({"stable"}), "platforms": frozenset({"linux"})},
        {"platforms": frozenset({"linux", "universal"}), "channels": frozenset({"nightly"})},
        {
            "channels": frozenset({"beta"}),
            "platforms": frozenset({"darwin"}),
            "architectures": frozenset({"arm64"}),
        },
    ],
)
def test_filters_take_the_devices_that_its_own_take(
    command: Command, source: tuple[Redis, str], filters: dict[str, frozenset[str]]
) -> None:
    client, url = source
    command("import", "--from-faynosync", url, "--with-today")
    options = [part for kind, values in filters.items() for part in (f"--{kind}", ",".join(sorted(values)))]
    ours, exact = asked(command, "--range", "week", *options), report(client, DAYS, APPS, **filters)
    assert exact.unique
    close(ours["summary"]["unique_clients"], len(exact.unique))
    close(ours["summary"]["clients_using_latest_version"], len(exact.latest))
    assert any("imported as a number alone" in note for note in ours["notes"])
    assert ours["summary"]["total_requests"] < exact.requests
    assert not any("number alone" in note for note in asked(command, "--range", "week")["notes"])


def test_no_raw_id_is_stored(command: Command, source: tuple[Redis, str], store: str) -> None:
    command("import", "--from-faynosync", source[1], "--with-today")
    with Redis.from_url(store) as client:
        keys = list(client.scan_iter(count=10_000))
        assert keys
        for key in keys:
            held = client.dump(key)
            assert b"device-" not in key
            assert isinstance(held, bytes)
            assert b"device-" not in held


def test_the_source_stays_as_it_is(command: Command, source: tuple[Redis, str]) -> None:
    client, url = source
    before = sorted(client.keys("*"))
    dirty = client.info("persistence")["rdb_changes_since_last_save"]
    command("import", "--from-faynosync", url)
    assert sorted(client.keys("*")) == before
    assert client.info("persistence")["rdb_changes_since_last_save"] == dirty


def test_a_day_counts_once_however_often_it_is_taken_in(command: Command, source: tuple[Redis, str]) -> None:
    url = source[1]
    shown = command("import", "--from-faynosync", url)
    assert "with-today" in shown.stderr
    assert {row.split("\t")[1] for row in shown.stdout.splitlines()} == {"7"}
    first = asked(command, "--range", "week")
    assert first["daily_stats"][-1]["total_requests"] == 0
    again = command("import", "--from-faynosync", url)
    assert "Nothing was taken in" in again.stderr
    assert "14 left out: days of apps taken in before" in again.stderr
    assert asked(command, "--range", "week") == first
    command("import", "--from-faynosync", url, "--with-today")
    whole = asked(command, "--range", "week")
    assert whole["daily_stats"][:-1] == first["daily_stats"][:-1]
    assert whole["daily_stats"][-1]["total_requests"] > 0


def test_one_app_of_one_owner(command: Command, source: tuple[Redis, str]) -> None:
    url = source[1]
    command("import", "--from-faynosync", url, "--owner", OWNER, "--app", "editor")
    assert command("app", "list", OWNER).stdout == "editor\n"
    assert (
        "holds no figures of that"
        in command("import", "--from-faynosync", url, "--app", "other", fails=True).stderr
    )


def test_where_a_release_is_published_it_decides(command: Command, source: tuple[Redis, str]) -> None:
    command("import", "--from-faynosync", source[1], "--with-today")
    command("release", "publish", f"{OWNER}/editor", "1.1.0-beta", "--published", "2020-01-01")
    summary = asked(command, "--apps", "editor")["summary"]
    of_versions = report(source[0], [TODAY], ["editor"]).values
    newer = of_versions["version_usage", LATEST] | of_versions["version_usage", "1.1.0-beta"]
    close(summary["clients_using_latest_version"], len(newer))
    adoption = orjson.loads(command("adoption", f"{OWNER}/editor", "--range", "week").stdout)
    assert "" not in {one["version"] for one in adoption["releases"]}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("redis://me:secret@nowhere.invalid:1/0",),
            "Redis at redis://me:***@nowhere.invalid:1/0 cannot be read",
        ),
        (("http://example.org",), "needs redis://"),
        (("SOURCE", "--owner", "nobody"), "There is no admin nobody: telemetry-counter admin create nobody."),
        (("STORE",), "The source holds no figures"),
    ],
)
def test_a_mistake_is_one_sentence(
    command: Command, source: tuple[Redis, str], store: str, arguments: tuple[str, ...], sentence: str
) -> None:
    given = [{"SOURCE": source[1], "STORE": store}.get(one, one) for one in arguments]
    error = command("import", "--from-faynosync", *given, fails=True).stderr
    assert sentence in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "kind", "value"),
    [
        ("stats:acme:editor:requests:2025-06-16", "requests", ""),
        ("stats:acme:editor:clients_outdated:2025-06-16", "clients_outdated", ""),
        ("stats:acme:my editor:channels:2025-06-16:stable", "channels", "stable"),
        ("stats:acme:editor:version_usage:2025-06-16:1.0", "version_usage", "1.0"),
        ("stats:acme:editor:version_usage:2025-06-16:a:b", "version_usage", "a:b"),
    ],
)
def test_its_keys_are_read(key: str, kind: str, value: str) -> None:
    parsed = parse_key(key)
    assert parsed is not None
    assert (parsed.kind, parsed.value, parsed.of.day) == (kind, value, dt.date(2025, 6, 16))


@pytest.mark.parametrize(
    "key",
    [
        "stats:acme:editor:known_versions",
        "stats:acme:editor:requests:2025-02-30",
        "stats:acme:editor:requests:2025-06-16:linux",
        "stats:acme:editor:channels:2025-06-16",
        "stats:acme:editor:channels:2025-06-16:",
        "stats:acme:requests:2025-06-16",
    ],
)
def test_other_keys_are_passed_over(key: str) -> None:
    assert parse_key(key) is None


@given(st.text(max_size=60).map("stats:{}".format))
def test_any_key_is_read_or_passed_over(key: str) -> None:
    parsed = parse_key(key)
    assert parsed is None or parsed.key == key


def seen_with(*pairs: tuple[str, str], devices: int = 1) -> Sightings:
    sightings = Sightings()
    for kind, value in pairs:
        sightings.add(kind, value, [b"%08d" % number for number in range(devices)])
    return sightings


def test_what_is_not_known_of_requests_is_not_made_up() -> None:
    sightings = seen_with(("unique_clients", ""), ("channels", "beta"), ("version_usage", "1.0"), devices=3)
    batch = build_batch(OF, sightings, 10)
    assert {one.of.field: one.requests for one in batch.cells.values()} == {"beta,,,1.0,": 3, ",,,,": 7}  # type: ignore[union-attr]
    (unplaced,) = batch.values.values()
    assert (unplaced.requests, unplaced.of.value) == (7, UNPLACED)  # type: ignore[union-attr]


def test_a_device_of_two_kinds_counts_under_each_pair() -> None:
    pairs = [("channels", "a"), ("channels", "b"), ("platforms", "x"), ("platforms", "y")]
    batch = build_batch(OF, seen_with(*pairs), 4)
    assert {one.of.field for one in batch.cells.values()} == {"a,x,,,", "a,y,,,", "b,x,,,", "b,y,,,"}  # type: ignore[union-attr]
    fewer = build_batch(OF, seen_with(*pairs), 2)
    assert sum(one.requests for one in fewer.cells.values()) == 2


VALUES = st.frozensets(st.sampled_from("abc"))


@given(st.tuples(VALUES, VALUES, VALUES, VALUES, st.just("")))
def test_every_value_is_kept_by_as_few_requests_as_made_it(seen: Seen) -> None:
    values = [one for one in seen if isinstance(one, frozenset)]
    every, few = combinations(seen), diagonal(seen)
    assert set(few) <= set(every)
    assert len(few) == max(1, *map(len, values))
    for place, of_dimension in enumerate(values):
        assert {row[place] for row in few} == {row[place] for row in every} == (of_dimension or {""})


@given(
    st.lists(st.tuples(st.sampled_from(["channels", "platforms"]), st.sampled_from("xy"), st.integers(0, 9)))
)
def test_the_order_of_the_sets_does_not_matter(steps: list[tuple[str, str, int]]) -> None:
    forth, back = Sightings(), Sightings()
    for kind, value, device in steps:
        forth.add(kind, value, [b"%d" % device])
    for kind, value, device in reversed(steps):
        back.add(kind, value, [b"%d" % device])
    assert list(forth.groups().items()) == list(back.groups().items())


def test_the_week_holds_what_the_tests_are_about() -> None:
    hits: list[Hit] = week(TODAY, DEVICES)
    assert {hit.day for hit in hits} == set(DAYS)
    assert {hit.has_update for hit in hits} == {None, True, False}
    assert any(hit.platform == "" for hit in hits)
