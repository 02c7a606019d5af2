"""`report --watch`: the same tables again and again, in whatever window there is."""

from collections.abc import Iterator
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.cli import reports, screen
from telemetry_counter.cli.screen import fitted
from telemetry_counter.errors import StoreUnavailable

FOOTER = "Every 5 s; Ctrl-C ends."
LINES = [f"line {number}" for number in range(30)]


def test_what_fits_is_shown_whole() -> None:
    assert fitted("\n".join(LINES) + "\n", FOOTER, 80, 32) == "\n".join([*LINES, "", FOOTER])


def test_of_what_does_not_fit_the_top_is_shown() -> None:
    shown = fitted("\n".join(LINES), FOOTER, 80, 24).split("\n")
    assert shown[:21] == LINES[:21]
    assert shown[21:] == ["", "9 more lines do not fit; a higher window shows them.", FOOTER]


@given(
    st.lists(st.text("ab \x1b[1m", max_size=60), max_size=40),
    st.integers(min_value=20, max_value=120),
    st.integers(min_value=10, max_value=60),
)
def test_no_window_is_too_small(lines: list[str], columns: int, rows: int) -> None:
    shown = [click.unstyle(line) for line in fitted("\n".join(lines), FOOTER, columns, rows).split("\n")]
    assert sum(max(1, -(-len(line) // columns)) for line in shown) <= rows
    assert shown[-1] == FOOTER


def content(requests: int) -> dict[str, Any]:
    summary = dict.fromkeys(reports_figures(), requests)
    return {
        "admin": "acme",
        "date_range": ["2025-06-16"],
        "summary": summary,
        "versions": {"usage": []},
        "platforms": [],
        "architectures": [],
        "channels": [],
        "daily_stats": [{"date": "2025-06-16", **summary}],
        "notes": [],
        "accuracy": {"standard_error_percent": 0.81},
    }


def reports_figures() -> tuple[str, ...]:
    from telemetry_counter.cli.report_tables import FIGURE_NAMES

    return tuple(FIGURE_NAMES)


def test_a_store_that_goes_away_meanwhile_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = StoreUnavailable("The store is away.")
    answers: Iterator[Any] = iter([content(11), away, content(22), KeyboardInterrupt()])

    def ask() -> dict[str, Any]:
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return dict(answer)

    monkeypatch.setattr(reports, "WATCH_SECONDS", 0)
    reports.keep_showing(ask, web=False)
    first, second, third, _ = capsys.readouterr().out.split("Ctrl-C ends.")
    assert "requests: 11;" in first
    assert "requests: 11;" in second
    assert "The store is away. These are the last figures. Every" in second
    assert "requests: 22;" in third


def test_a_store_that_is_not_there_at_first_ends_it() -> None:
    def ask() -> dict[str, Any]:
        raise StoreUnavailable("The store is away.")

    with pytest.raises(StoreUnavailable):
        reports.keep_showing(ask, web=False)


def test_on_a_terminal_it_is_captured_as_wide_and_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screen, "is_terminal", lambda: True)
    monkeypatch.setenv("LINES", "12")
    monkeypatch.setenv("COLUMNS", "80")
    screen.redraw(lambda: click.secho("\n".join(LINES), bold=True), FOOTER)
    shown = click.unstyle(capsys.readouterr().out).split("\n")
    assert shown[0].endswith("line 0")
    assert shown[-2:] == ["21 more lines do not fit; a higher window shows them.", FOOTER]


ROWS = [("2025-06-16", "12,345", "1,500", "0"), ("2025-06-17", "2", "1", "0")]
HEAD = ("Day (UTC)", "Requests", "Devices", "Outdated")


@pytest.mark.parametrize("columns", [24, 28, 36, 40, 41, 80])
def test_no_number_is_broken_or_left_out_in_a_narrow_window(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    monkeypatch.setattr(screen, "is_terminal", lambda: True)
    monkeypatch.setattr("telemetry_counter.cli.tables.is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    screen.table(HEAD, ROWS)
    shown = click.unstyle(capsys.readouterr().out)
    for row in ROWS:
        assert all(f" {figure}" in shown for figure in row[1:])
    is_side_by_side = "Day (UTC):" not in shown
    assert is_side_by_side == (columns >= 41)
    assert max(map(len, shown.splitlines())) <= columns


def test_a_sentence_is_broken_between_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screen, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    screen.sentence("Devices: 1,500; requests: 12,345; on 2025-06-16.")
    assert capsys.readouterr().out == "Devices: 1,500;\nrequests: 12,345; on\n2025-06-16.\n"
    monkeypatch.setattr(screen, "is_terminal", lambda: False)
    screen.sentence("Devices: 1,500; requests: 12,345; on 2025-06-16.")
    assert capsys.readouterr().out.count("\n") == 1
