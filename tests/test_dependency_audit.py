"""CI's audit: a known vulnerability fails it, an index that cannot tell is said."""

from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "audit"
SOUND = {"name": "sound", "version": "1", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "X-1"}, {"id": "X-2"}]}

Audit = Callable[[str], list[dict[str, Any]] | str]


def loaded(monkeypatch: pytest.MonkeyPatch, audit: Audit) -> ModuleType:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    spec = spec_from_loader("audit", SourceFileLoader("audit", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.audit = audit  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        ([SOUND, UNKNOWN], 0, "1 of 2 dependencies audited, 0 vulnerable."),
        ([SOUND, BAD], 1, "bad 2 has a known vulnerability: X-1, X-2."),
    ],
)
def test_what_is_known_decides(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: list[dict[str, Any]],
    status: int,
    said: str,
) -> None:
    with pytest.raises(SystemExit) as ended:
        loaded(monkeypatch, lambda packages: found).main("packages")
    assert ended.value.code == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("found", ["the index of advisories does not answer", [UNKNOWN]])
def test_an_index_that_cannot_tell_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], found: list[dict[str, Any]] | str
) -> None:
    loaded(monkeypatch, lambda packages: found).main("packages")
    said = capsys.readouterr().out
    assert said.startswith("Dependencies are not audited: the index")
    assert said.count("\n") == 1
