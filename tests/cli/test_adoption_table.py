"""Adoption as tables on a terminal."""

from typing import Any

import pytest

from telemetry_counter.cli.report_tables import show_adoption
from telemetry_counter.cli.screen import captured


def release(version: str, *only_for: tuple[str, str]) -> dict[str, Any]:
    row = {
        "version": version,
        "published": "2025-06-12T12:00:00+00:00",
        "withdrawn": False,
        "days": [{"share": 1.0}],
        "days_to": {"50": 1, "80": 2, "95": None},
    }
    places = [{"platform": platform, "arch": arch} for platform, arch in only_for]
    return row | ({"only_for": places} if places else {})


def shown(*releases: dict[str, Any]) -> str:
    tail = {"date_range": ["2025-06-16"], "devices": [], "older": 0}
    place = {"admin": "acme", "app": "editor", "channel": "stable", "platform": "", "arch": ""}
    accuracy = {"standard_error_percent": 0.81}
    content = place | {"releases": releases, "stale_tail": tail, "accuracy": accuracy, "notes": []}
    return captured(lambda: show_adoption(content))


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def row_of(text: str, version: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(version)).split()


def test_whom_each_release_is_for() -> None:
    text = shown(release("1.3.1", ("windows", "arm64"), ("linux", "")), release("1.3.0"))
    assert row_of(text, "1.3.1")[1:4] == ["linux,", "windows", "arm64"]
    assert row_of(text, "1.3.0")[1] == "all"


def test_many_places_are_cut() -> None:
    text = shown(release("2.0", *(("", f"a{number}") for number in range(5))))
    assert row_of(text, "2.0")[1:7] == ["a0,", "a1,", "a2", "and", "2", "more"]


def test_nothing_is_said_where_all_are_for_all() -> None:
    assert row_of(shown(release("2.0"), release("1.0")), "2.0")[1] == "2025-06-12"
