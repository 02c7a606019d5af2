"""The pages shown last, for when the store is away."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.parts import Choice, Notice
from telemetry_counter.dashboard.wording import ago, clock

MAX_PAGES = 32
"""In each worker's memory; a large one takes some 200 kB."""

MAX_OFFERED = 5


@dataclass(frozen=True, slots=True)
class LastKnown:
    """Pages by who saw them, and where. `seer`: a token with its grants; nobody else is shown them."""

    _pages: OrderedDict[tuple[Hashable, str], tuple[Page, dt.datetime]] = field(default_factory=OrderedDict)

    def keep(self, seer: Hashable, address: str, page: Page, now: dt.datetime) -> None:
        self._pages[seer, address] = (page, now)
        self._pages.move_to_end((seer, address))
        if len(self._pages) > MAX_PAGES:
            self._pages.popitem(last=False)

    def find(self, seer: Hashable, address: str, now: dt.datetime) -> Page | None:
        """The page with a word on its age; None if it was not shown lately."""
        known = self._pages.get((seer, address))
        if known is None:
            return None
        page, made = known
        said = f"The store is away. These figures are as of {clock(made)}, {ago(made, now)}."
        return replace(page, notices=[Notice(said, "warning"), *page.notices])

    def others(self, seer: Hashable, now: dt.datetime) -> list[Choice]:
        """The other pages that can still be shown to the seer, the newest first."""
        known = [(address, *of) for (by, address), of in self._pages.items() if by == seer]
        return [
            Choice(f"{page.title}, {ago(made, now)}", address)
            for address, page, made in reversed(known[-MAX_OFFERED:])
        ]
