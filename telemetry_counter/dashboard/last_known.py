"""The pages shown last, for when the store is away."""

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice, Notice
from telemetry_counter.dashboard.wording import ago, clock

MAX_PAGES = 32
"""In each worker's memory; a large one takes some 200 kB."""

MAX_OFFERED = 5


@dataclass(frozen=True, slots=True)
class LastKnown:
    """By who asked and what for: what one token may see is not shown to another."""

    _pages: OrderedDict[tuple[str, str], tuple[Page, dt.datetime]] = field(default_factory=OrderedDict)

    def keep(self, token_id: str, address: str, page: Page, now: dt.datetime) -> None:
        self._pages[token_id, address] = (page, now)
        self._pages.move_to_end((token_id, address))
        if len(self._pages) > MAX_PAGES:
            self._pages.popitem(last=False)

    def find(self, token_id: str, address: str, now: dt.datetime) -> Page | None:
        """The page with a word on its age; None if it was not shown lately."""
        known = self._pages.get((token_id, address))
        if known is None:
            return None
        page, made = known
        said = f"The store is away. These figures are as of {clock(made)}, {ago(made, now)}."
        return replace(page, notices=[Notice(said, "warning"), *page.notices])

    def others(self, token_id: str, now: dt.datetime) -> list[Choice]:
        """What can still be shown of what this token saw, the newest first."""
        known = [(address, *of) for (owner, address), of in self._pages.items() if owner == token_id]
        return [
            Choice(f"{page.title}, {ago(made, now)}", address)
            for address, page, made in reversed(known[-MAX_OFFERED:])
        ]
