"""The pages that every page leads to."""

from collections.abc import Sequence
from dataclasses import dataclass

from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.parts import Choice


@dataclass(frozen=True, slots=True)
class Entry:
    """`place` is the first part of the address after /dashboard; '' is the overview."""

    label: str
    place: str


ENTRIES: Sequence[Entry] = (
    Entry("Overview", ""),
    Entry("Not counted", "refusals"),
    Entry("Manage", "manage"),
)


def choices(links: Links, current: str) -> list[Choice]:
    return [
        Choice(entry.label, links.to(*filter(None, [entry.place])), entry.place == current)
        for entry in ENTRIES
    ]
