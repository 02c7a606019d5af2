import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.cli import tables
from telemetry_counter.cli.tables import GAP, WHOLE, least_width, print_table, widths

DATES = ("Version", "Published (UTC)", "State")
ROWS = [("1.0", "2025-01-02 03:04", "out"), ("1.1", "2025-01-02 03:04", "rollout 20% critical")]


@pytest.mark.parametrize(
    ("room", "found"),
    [
        (7 + 16 + 20 + 3 * GAP, [None, None, None]),
        (7 + 16 + 19 + 3 * GAP, [7, 16, 19]),
        (7 + 16 + 8 + 3 * GAP, [7, 16, 8]),
        (7 + 15 + 8 + 3 * GAP, [7, 10, 13]),
        (7 + 10 + 8 + 3 * GAP, [7, 10, 8]),
        (7 + 10 + 7 + 3 * GAP, [None, None, None]),
    ],
)
def test_what_is_broken_is_broken_between_words(room: int, found: list[int | None]) -> None:
    assert widths(DATES, ROWS, room) == found


def test_a_number_with_its_sign_is_one_word() -> None:
    assert least_width(("A", "B"), [("a", "1,234.5 %")]) == 1 + 9 + 2 * GAP


CELLS = st.text(st.sampled_from("ab 1%"), max_size=30)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4), st.integers(1, 120))
def test_columns_fit_and_hold_their_words(rows: list[tuple[str, str, str]], room: int) -> None:
    found = [width for width in widths(("A", "B", "C"), rows, room) if width is not None]
    if not found:
        return
    assert least_width(("A", "B", "C"), rows) <= room
    assert sum(found) + len(found) * GAP <= room
    for number, width in enumerate(found):
        longest = max(len(word) for row in rows for word in (row[number].split() or [""]))
        assert width >= min(longest, WHOLE)


WIDE = ("Figure", "Days", "In the file", "")
FIGURES = [
    ("Requests", "2025-01-02 to 2025-01-09", "1,234,567,890", "differs"),
    ("Apps", "", "1,234,567", ""),
]


@pytest.mark.parametrize("columns", [10, 24, 39, 40, 41, 60, 100])
def test_no_number_is_broken_and_no_column_is_lost(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tables, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(WIDE, FIGURES, empty="")
    shown = capsys.readouterr().out
    assert {"Requests", "2025-01-02", "1,234,567,890", "1,234,567", "differs"} <= set(shown.split())
    is_stacked = "Figure: Requests" in shown
    assert is_stacked is (columns < least_width(WIDE, FIGURES))


def test_rows_below_each_other(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(tables, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    print_table(WIDE, FIGURES, empty="")
    assert capsys.readouterr().out.splitlines() == [
        "Figure: Requests",
        "  Days: 2025-01-02 to 2025-01-09",
        "  In the file: 1,234,567,890",
        "  differs",
        "Figure: Apps",
        "  Days: ",
        "  In the file: 1,234,567",
    ]
