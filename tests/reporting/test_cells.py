"""Which sketches stand for a set of cells."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.reporting.cells import ALL, Cell, CellSet, parse_cell

FIELDS = [",".join(values) for values in product(("a", "b", ""), ("c", ""), ("d", ""), ("1", "2"), ("l", ""))]


def cells(*fields: str) -> list[Cell]:
    return [parse_cell(field.encode()) for field in fields]


def spelled_out(field: str, every: list[Cell]) -> set[Cell]:
    """The cells whose devices are in that sketch."""
    if field == ALL:
        return set(every)
    return {cell for cell in every if field == cell.sketch or field in cell.marginals}


def test_a_cell_as_it_is_stored() -> None:
    cell = parse_cell(b"stable,,amd64,1.2.3+4,l")
    assert (cell.channel, cell.platform, cell.arch, cell.version, cell.state) == (
        "stable",
        "",
        "amd64",
        "1.2.3+4",
        "l",
    )
    assert cell.sketch == "x:stable,,amd64,1.2.3+4,l"
    assert cell.marginals == ("v:1.2.3+4", "c:stable", "", "a:amd64")


@settings(deadline=None)
@given(st.sets(st.sampled_from(FIELDS)), st.sets(st.sampled_from(FIELDS)))
def test_a_cover_holds_the_wanted_cells_and_no_other(present: set[str], asked: set[str]) -> None:
    every = cells(*sorted(present))
    wanted = cells(*sorted(present & asked))
    cover = CellSet(every).cover(wanted)
    assert "" not in cover
    assert set().union(*(spelled_out(field, every) for field in cover)) == set(wanted)
    assert len(cover) <= len(wanted)


@pytest.mark.parametrize(
    ("wanted", "cover"),
    [
        ([], []),
        (FIELDS, [ALL]),
        ([field for field in FIELDS if ",1," in field], ["v:1"]),
        ([field for field in FIELDS if field.startswith(("a", "b"))], ["c:a", "c:b"]),
        ([field for field in FIELDS if field.startswith(",c,")], None),
        ([*(field for field in FIELDS if ",2," in field), "a,c,d,1,l"], ["v:2", "x:a,c,d,1,l"]),
    ],
)
def test_a_cover_is_small(wanted: list[str], cover: list[str] | None) -> None:
    expected = ["x:" + field for field in wanted] if cover is None else cover
    assert CellSet(cells(*FIELDS)).cover(cells(*wanted)) == expected
