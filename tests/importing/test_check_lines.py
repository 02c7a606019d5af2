import datetime as dt
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.accounts.snapshot import Admin, App, Snapshot
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.counting.devices import HASH_BYTES, NIL_UUID, DeviceHasher
from telemetry_counter.importing.check_lines import CheckReader
from telemetry_counter.importing.runs import chunks, import_lines, writer_id
from telemetry_counter.store.committing.commits import Commits
from telemetry_counter.store.committing.scripts import Limits
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

TODAY = dt.date(2025, 6, 16)
SNAPSHOT = Snapshot(1, {"acme": Admin("acme", 1, {"editor": App("editor", dt.datetime.now(dt.UTC))})})


def reader(today: dt.date = TODAY) -> CheckReader:
    return CheckReader(SNAPSHOT, DeviceHasher(b"secret"), today=today, retention_days=30)


def line(**change: Any) -> bytes:
    whole = {
        "ts": "2025-06-16T12:00:00Z",
        "owner": "acme",
        "app_name": "editor",
        "version": "1.0",
        "channel": "",
        "platform": "linux",
        "arch": "",
        "device_id": "d1",
    }
    return json.dumps(whole | change).encode() + b"\n"


def test_lines_land_on_their_own_days() -> None:
    read = reader()
    batches = read.read(
        [
            line(),
            line(device_id="d2"),
            line(ts="2025-06-10T23:59:59+00:00"),
            line(ts="2025-06-11T01:30:00+02:00"),
            line(ts="2025-06-11T00:00:00"),
        ]
    )
    assert [(batch.day, batch.hits) for batch in batches] == [
        (dt.date(2025, 6, 10), 2),
        (dt.date(2025, 6, 11), 1),
        (dt.date(2025, 6, 16), 2),
    ]
    assert read.outcome.counted == 5


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"garbage\n", "malformed"),
        (b"[1]\n", "malformed"),
        (b'{"version": "1"}\n', "malformed"),
        (b"\xff\xfe\n", "malformed"),
        (line(ts="yesterday"), "malformed"),
        (line(version=1), "malformed"),
        (line(ts="2025-05-16T23:59:59Z"), "too_old"),
        (line(ts="2025-06-17T00:00:00Z"), "future"),
        (line(version=""), "invalid"),
        (line(platform="a b"), "invalid"),
        (line(app_name="nothing"), "unknown_app"),
        (line(owner="nobody"), "unknown_app"),
        (line(device_id=""), "no_device"),
        (line(device_id="a" * 129), "bad_device"),
    ],
)
def test_a_line_that_is_not_counted_has_its_reason(bad: bytes, reason: str) -> None:
    read = reader()
    batches = read.read([line(), bad, line()])
    assert read.outcome.counted == 2
    assert read.outcome.refused == {reason: 1}
    assert read.outcome.first[reason][0] == 2
    assert sum(batch.hits for batch in batches) == 2


def test_the_oldest_day_kept_is_counted() -> None:
    read = reader()
    assert read.read([line(ts="2025-05-17T00:00:00Z")])[0].day == dt.date(2025, 5, 17)


def test_a_refused_device_counts_as_a_request() -> None:
    (batch,) = reader().read([line(device_id=NIL_UUID.decode()), line()])
    (cell,) = batch.cells.values()
    assert (cell.requests, len(cell.devices)) == (2, HASH_BYTES)


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_are_counted_or_refused(lines: list[bytes]) -> None:
    read = reader()
    read.read(lines)
    assert read.outcome.counted + read.outcome.refused.total() <= len(lines)


@given(
    st.dictionaries(
        st.sampled_from(["ts", "owner", "version", "device_id", "is_latest"]), st.text(max_size=200)
    )
)
def test_any_values_are_counted_or_refused(change: dict[str, str]) -> None:
    read = reader()
    read.read([line(**change)])
    assert read.outcome.counted + read.outcome.refused.total() == 1


def test_a_line_without_an_end_is_read_in_bounded_pieces() -> None:
    pieces = [piece for chunk in chunks(io.BytesIO(b"x" * 100_000)) for piece in chunk]
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= 16 * 1024


@pytest.mark.anyio
async def test_a_run_that_broke_off_is_repeated_without_harm(client: Client, keys: Keys) -> None:
    clock = UtcDay()
    today = clock.today()
    lines = b"".join(line(ts=f"{today}T00:00:00Z", device_id=f"d{number}") for number in range(500))
    for again in (False, False, True):
        commits = Commits(client, keys, Limits(), clock, writer_id("digest", again=again))
        await import_lines(io.BytesIO(lines), reader(today), commits, lambda size: None)
        requests = int(await client.hget(keys.admin("acme").counters(today, "editor"), "all") or 0)
        assert requests == (1000 if again else 500)
    assert await client.pfcount(keys.admin("acme").sketch(today, "editor", "all")) in range(480, 521)
