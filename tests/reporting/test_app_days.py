"""What each app came to on each day, from the history or from the days themselves."""

import datetime as dt

import pytest

from telemetry_counter.reporting.app_days import app_days
from telemetry_counter.reporting.history import DayHeads, Head

DAYS = [dt.date(2025, 6, 14), dt.date(2025, 6, 15), dt.date(2025, 6, 16)]
RECORDS = {
    DAYS[0]: DayHeads(apps={"editor": Head(requests=9, unique=4, latest=3, outdated=1)}),
    DAYS[1]: DayHeads(apps={"player": Head(requests=1, unique=1)}),
}


def test_counted_days_speak_before_the_history() -> None:
    found = app_days("editor", DAYS, RECORDS, {(DAYS[0], "editor"): (10, 5), (DAYS[2], "editor"): (2, 1)}, 6)
    assert (list(found.requests), list(found.devices)) == ([10, 0, 2], [5, 0, 1])
    assert (found.total, found.united) == (12, 6)
    assert (found.latest, found.outdated, found.judged) == (3, 1, DAYS[0])


@pytest.mark.parametrize("app", ["editor", "nobody's"])
def test_what_is_not_kept_is_not_nothing(app: str) -> None:
    found = app_days(app, DAYS, {}, {}, None)
    assert list(found.requests) == [None, None, None]
    assert (found.total, found.united, found.judged) == (0, None, None)
