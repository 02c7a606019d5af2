import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.client.ledger import (
    FIRST_RETRY_SECONDS,
    KEEP_DAYS,
    LAST_RETRY_SECONDS,
    MAX_BUILDS_PER_DAY,
    SPREAD_SECONDS,
    Batch,
    Ledger,
    dump,
    parse,
)
from telemetry_counter.client.program import Build
from telemetry_counter.client.summary import Summary

BUILD = Build("acme", "editor", "1.2.3", "stable", "linux", "amd64")
DAY = dt.date(2025, 6, 16)
MIDNIGHT = dt.datetime(2025, 6, 17, tzinfo=dt.UTC).timestamp()


def once(event: str = "opened") -> Summary:
    summary = Summary()
    summary.add(event, {"kind": "pdf"})
    return summary


def ledger_of(*days: dt.date) -> Ledger:
    ledger = Ledger()
    for day in days:
        ledger.add(day, BUILD, once())
    return ledger


def close(ledger: Ledger, now: float) -> None:
    ledger.close_days(now, lambda summary: None)


def test_a_day_keeps_its_id_from_the_first_count_on() -> None:
    ledger = ledger_of(DAY)
    born = ledger.batches[0].id
    ledger.add(DAY, BUILD, once())
    again = parse(dump(ledger))
    assert [batch.id for batch in again.batches] == [born]
    assert again.batches[0].summary.events["opened"].count == 2


def test_a_day_is_closed_within_an_hour_of_its_end() -> None:
    ledger = ledger_of(DAY)
    due = ledger.batches[0].due()
    assert MIDNIGHT <= due < MIDNIGHT + SPREAD_SECONDS
    close(ledger, due - 1)
    assert not ledger.batches[0].sealed
    close(ledger, due)
    assert ledger.batches[0].sealed


def test_the_ends_of_many_installations_are_spread() -> None:
    dues = {int(Batch(DAY, BUILD).due() - MIDNIGHT) // 600 for _ in range(200)}
    assert dues == {0, 1, 2, 3, 4, 5}


def test_a_closed_day_takes_late_counts_in_a_batch_of_their_own() -> None:
    ledger = ledger_of(DAY)
    close(ledger, MIDNIGHT + SPREAD_SECONDS)
    ledger.add(DAY, BUILD, once())
    closed, late = ledger.batches
    assert closed.summary.events["opened"].count == late.summary.events["opened"].count == 1
    assert closed.id != late.id
    assert not late.sealed


def test_a_day_has_room_for_a_few_builds() -> None:
    ledger = Ledger()
    builds = [BUILD._replace(version=f"1.{number}") for number in range(MAX_BUILDS_PER_DAY + 1)]
    assert [ledger.add(DAY, build, once()) for build in builds] == [True] * MAX_BUILDS_PER_DAY + [False]
    assert ledger.add(DAY, builds[0], once())


@pytest.mark.parametrize(("age", "kept"), [(KEEP_DAYS, 1), (KEEP_DAYS + 1, 0), (-1, 1), (-2, 0)])
def test_only_the_days_that_the_service_takes_are_kept(age: int, kept: int) -> None:
    ledger = ledger_of(DAY)
    noon = dt.datetime.combine(DAY + dt.timedelta(age), dt.time(12), dt.UTC)
    close(ledger, noon.timestamp())
    assert len(ledger.batches) == kept


def test_claims_put_off_the_next_and_grow_to_half_a_day() -> None:
    ledger = ledger_of(DAY)
    now = MIDNIGHT + SPREAD_SECONDS
    close(ledger, now)
    pauses = []
    for _ in range(6):
        assert len(ledger.claim(now)) == 1
        assert ledger.claim(ledger.not_before - 1) == []
        pauses.append(ledger.not_before - now)
        now = ledger.not_before
    assert pauses == [FIRST_RETRY_SECONDS * factor for factor in (1, 2, 4, 8)] + [LAST_RETRY_SECONDS] * 2


def test_a_clock_set_back_does_not_stop_it_for_long() -> None:
    ledger = ledger_of(DAY)
    close(ledger, MIDNIGHT + SPREAD_SECONDS)
    ledger.not_before = MIDNIGHT + 10 * 365 * 86400
    assert len(ledger.claim(MIDNIGHT + SPREAD_SECONDS)) == 1


def test_after_the_last_batch_nothing_waits() -> None:
    ledger = ledger_of(DAY, DAY - dt.timedelta(1))
    close(ledger, MIDNIGHT + SPREAD_SECONDS)
    first, second = ledger.claim(MIDNIGHT + SPREAD_SECONDS)
    assert first.day < second.day
    ledger.settle(first.id)
    assert ledger.attempts == 1
    ledger.settle(second.id)
    assert (ledger.attempts, ledger.not_before, ledger.batches) == (0, 0.0, [])


@settings(deadline=None)
@given(st.text() | st.from_regex(r'\{"format":1,"attempts":0,"not_before":0,"trouble":"","batches":.*\}'))
def test_any_text_is_a_ledger_or_a_value_error(text: str) -> None:
    try:
        ledger = parse(text)
    except ValueError:
        return
    assert dump(parse(dump(ledger))) == dump(ledger)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("attempts", -1),
        ("attempts", True),
        ("not_before", float("nan")),
        ("not_before", "soon"),
        ("trouble", None),
        ("batches", {}),
        ("batches", [{}]),
        ("format", 2),
    ],
)
def test_a_ledger_out_of_shape_is_refused(field: str, value: object) -> None:
    fields = json.loads(dump(ledger_of(DAY)))
    parse(json.dumps(fields))
    fields[field] = value
    with pytest.raises(ValueError, match=r"."):
        parse(json.dumps(fields))
