"""A page that could not be shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.dashboard.parts import Choice


@dataclass(frozen=True, slots=True)
class Failure:
    sentence: str
    ways: Sequence[Choice] = ()
