"""Versions by platform: who lags behind."""

from telemetry_counter.counting.names import OTHER
from telemetry_counter.reporting.cells import parse_cell
from telemetry_counter.reporting.day_tables import DayTable
from telemetry_counter.reporting.selection import Filters
from telemetry_counter.reporting.spread import MAX_PLATFORMS, MAX_VERSIONS, spreading


def table(*cells: tuple[str, int]) -> DayTable:
    return DayTable({}, {parse_cell(cell.encode()): b"%d" % checks for cell, checks in cells})


def test_each_place_is_united_from_its_own_cells() -> None:
    found = spreading(
        table(("stable,linux,amd64,1.0,", 5), ("beta,linux,arm64,1.0,", 2), ("stable,windows,amd64,1.1,", 9)),
        Filters(),
    )
    assert (found.platforms, found.versions) == (["windows", "linux"], ["1.1", "1.0"])
    alone = ["x:stable,windows,amd64,1.1,"]
    assert found.places == {("linux", "1.0"): ["v:1.0"], ("windows", "1.1"): alone}
    assert found.totals == {"linux": ["v:1.0"], "windows": alone}


def test_only_what_the_filters_take_is_counted() -> None:
    found = spreading(
        table(("stable,linux,amd64,1.0,", 5), ("beta,linux,amd64,1.0,", 2)), Filters(channels=("beta",))
    )
    assert found.places == {("linux", "1.0"): ["x:beta,linux,amd64,1.0,"]}


def test_what_has_no_column_is_counted_together() -> None:
    cells = [(f"stable,linux,amd64,1.{number},", 100 - number) for number in range(MAX_VERSIONS + 2)]
    found = spreading(table(*cells, (f"stable,linux,amd64,{OTHER},", 200)), Filters())
    assert found.versions == [*(f"1.{number}" for number in range(MAX_VERSIONS - 2, -1, -1)), OTHER]
    assert len(found.places["linux", ""]) == 3


def test_only_the_busiest_platforms_have_a_row() -> None:
    cells = [(f"stable,p{number},amd64,1.0,", 100 - number) for number in range(MAX_PLATFORMS + 5)]
    found = spreading(table(*cells, ("stable,,amd64,1.0,", 1)), Filters())
    assert found.platforms == [f"p{number}" for number in range(MAX_PLATFORMS)]


def test_an_empty_day_has_neither() -> None:
    found = spreading(table(), Filters())
    assert (found.platforms, found.versions, found.places) == ([], [], {})
