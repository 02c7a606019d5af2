"""Versions by day: which are named, and in which colours."""

import datetime as dt
from collections.abc import Mapping, Sequence

from telemetry_counter.counting.names import OTHER
from telemetry_counter.dashboard.asked import Asked
from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.versions import TONES, by_day
from telemetry_counter.reporting.selection import Reach

TODAY = dt.date(2025, 6, 16)
REACH = Reach(TODAY, 30)


def legend(counts: Sequence[Mapping[str, int]]) -> dict[str, str]:
    """The tones of the versions that are named, as the chart of days up to today shows them."""
    days = [TODAY - dt.timedelta(days=back) for back in range(len(counts) - 1, -1, -1)]
    rows = [
        {
            "date": day.isoformat(),
            "usage": [{"version": version, "client_count": devices} for version, devices in count.items()],
        }
        for day, count in zip(days, counts, strict=True)
    ]
    chart = by_day(rows, Asked(Links(), (), {}, tuple(days), REACH))
    assert chart
    return {key.label: key.tone for key in chart.legend}


def year() -> list[dict[str, int]]:
    """Eight versions of 45 days each, then one for 3 weeks, and one that came yesterday."""
    days = [{f"1.{day // 45}": 1000, "0.9": 80} for day in range(345)]
    days += [{"2.0": 1000, "1.7": 100, "0.9": 80}] * 19
    return [*days, {"2.1": 500, "2.0": 500, "0.9": 80}, {"2.1": 200, "2.0": 50}]


def test_a_year_names_the_versions_that_lead_by_now() -> None:
    named = legend(year())
    assert list(named)[:2] == ["2.1", "2.0"]
    assert len(named) == len(TONES) + 1
    assert named["Other versions"] == "rest"


def test_a_version_of_these_weeks_has_one_colour_in_a_month_and_a_year() -> None:
    of_year, of_month = legend(year()), legend(year()[-31:])
    shared = {"2.1", "2.0", "1.7"}
    assert shared <= of_year.keys() & of_month.keys()
    assert {version: of_year[version] for version in shared} == {v: of_month[v] for v in shared}


def test_each_version_has_a_colour_of_its_own() -> None:
    for counts in (year(), year()[-8:], [{"1": 1}, {"2": 1}], [{OTHER: 5, "1": 1}] * 2):
        tones = list(legend(counts).values())
        assert len(set(tones)) == len(tones)


def test_what_is_left_over_is_no_version() -> None:
    assert legend([{OTHER: 5, "1": 1}] * 2) == {"1": "s0", "Other versions": "rest"}
