"""docs/limits.md says what the code does."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from telemetry_counter.counting.names import Name
from telemetry_counter.settings import Settings

TEXT = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("| ")]
IN_CODE = re.compile(r"`([a-z_/]+)\.py` `([A-Z_]+)`")
SETTING = re.compile(r"setting `([A-Z_]+)`")


def shown(cell: str) -> str:
    return cell.split()[0].rstrip(",").replace(",", "")


@pytest.mark.parametrize("row", [row for row in ROWS if IN_CODE.search(row[-1])], ids=lambda row: row[0])
def test_a_bound_in_the_code_is_as_it_is_shown(row: list[str]) -> None:
    for module, name in IN_CODE.findall(row[-1]):
        bound = getattr(import_module(f"telemetry_counter.{module.replace('/', '.')}"), name)
        assert shown(row[1]) == f"{bound.max_length if isinstance(bound, Name) else bound:.0f}"


@pytest.mark.parametrize("row", [row for row in ROWS if SETTING.search(row[-1])], ids=lambda row: row[0])
def test_a_bound_that_can_be_set_is_shown_with_its_default(row: list[str]) -> None:
    for variable in SETTING.findall(row[-1]):
        assert shown(row[1]) == str(getattr(Settings(), variable.lower()))


def test_every_row_names_where_its_bound_is_kept() -> None:
    for row in ROWS:
        assert len(row) == 4, row
        for path in re.findall(r"`([a-z_/]+\.(?:py|lua))`", row[-1]):
            assert (Path(__file__).parents[2] / "telemetry_counter" / path).exists(), path


PACKAGE = Path(__file__).parents[2] / "telemetry_counter"
TAKEN_FROM_CLIENTS = ("counting", "dashboard/managing", "events", "pages", "routes", "serving")
NO_BOUNDS_OF_CLIENTS = {
    "counting/batch.py": {"MAX_ENTRIES"},  # of our own batches, which are divided
    "routes/client_events.py": {"MOST_NAMED"},  # of our own sentence
    "routes/dashboard/overview.py": {"MAX_JUDGED_TODAY"},  # of the admin's own apps
}


@pytest.mark.parametrize("room", TAKEN_FROM_CLIENTS)
def test_every_bound_of_what_clients_send_is_in_the_document(room: str) -> None:
    modules = sorted((PACKAGE / room).rglob("*.py"))
    assert modules
    for module in modules:
        path = str(module.relative_to(PACKAGE))
        bounds = set(re.findall(r"^(M(?:AX|OST)_[A-Z_]+) = ", module.read_text(), re.MULTILINE))
        for name in bounds - NO_BOUNDS_OF_CLIENTS.get(path, set()):
            assert f"`{path}` `{name}`" in TEXT
