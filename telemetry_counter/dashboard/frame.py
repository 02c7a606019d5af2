"""What is around a page's content, and the templates that show both."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from telemetry_counter.dashboard import wording
from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.parts import Choice, Notice

STYLE = files("telemetry_counter.dashboard").joinpath("dashboard.css").read_bytes()
ICON = files("telemetry_counter.dashboard").joinpath("icon.svg").read_bytes()
STYLE_EDITION = blake2b(STYLE, digest_size=6).hexdigest()
"""In the stylesheet's address, so that it can be cached for ever."""


@dataclass(frozen=True, slots=True)
class Page:
    """A template and what it shows. `section` is the navigation's place that it is in."""

    template: str
    title: str
    view: Any
    section: str = ""
    notices: Sequence[Notice] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """Who looks, and from where. `form_token` is '' where nobody is signed in."""

    links: Links = field(default_factory=Links)
    who: str = ""
    navigation: Sequence[Choice] = ()
    form_token: str = ""
    time: str = ""

    @property
    def style(self) -> str:
        return self.links.to("style.css", v=STYLE_EDITION)


@lru_cache
def templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("telemetry_counter.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["say"] = wording
    return environment


def render(page: Page, frame: Frame) -> str:
    return templates().get_template(page.template).render(page=page, view=page.view, frame=frame)
