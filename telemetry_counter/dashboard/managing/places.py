"""Addresses of the pages that manage, and the switch between them."""

from dataclasses import dataclass

from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.parts import Choice

PAGES = (("Apps", ""), ("Team", "team"), ("Tokens", "tokens"), ("Log", "log"))


@dataclass(frozen=True, slots=True)
class Places:
    """`may_change`: whether ways to change something are shown."""

    links: Links
    may_change: bool

    @property
    def changes(self) -> str:
        """Where forms are sent."""
        return self.links.to("manage")

    def to(self, *places: str, **query: str) -> str:
        return self.links.to("manage", *filter(None, places), **query)

    def app(self, name: str) -> str:
        return self.to("apps", name)

    def ask(self, change: str, **query: str) -> str:
        """The question before a change that needs nothing typed."""
        return self.to("ask", change=change, **query)

    def tabs(self, current: str) -> list[Choice]:
        return [Choice(label, self.to(place), place == current) for label, place in PAGES]
