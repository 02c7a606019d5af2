"""What doctor says: a verdict, what it is about, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    GOOD = "ok"
    NOTE = "note"
    """Works, and deserves a thought."""
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    what: str
    advice: str = ""


def good(what: str) -> Finding:
    return Finding(Verdict.GOOD, what)


def note(what: str, advice: str = "") -> Finding:
    return Finding(Verdict.NOTE, what, advice)


def bad(what: str, advice: str = "") -> Finding:
    return Finding(Verdict.BAD, what, advice)
