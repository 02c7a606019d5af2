"""What is looked at on each page in a browser; every problem is a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Looks = tuple[tuple[str, int], ...]
"""Colour scheme and width."""

LOOKS: Looks = (("light", 1280), ("light", 360), ("dark", 360), ("dark", 1280))
HEIGHT = 900

FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
WATCH_FOCUS = """() => {
  window.reached = new Set();
  window.unseen = [];
  addEventListener('focusin', event => {
    const element = event.target;
    reached.add(element);
    const marks = [element, element.querySelector('.hit')].filter(Boolean).map(one => getComputedStyle(one));
    const seen = marks.some(style =>
      (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) ||
      (style.stroke !== 'none' && parseFloat(style.strokeWidth) > 1));
    if (!seen && element !== document.body) unseen.push(element.outerHTML.slice(0, 120));
  });
}"""
MISSED = """selector => [...document.querySelectorAll(selector)]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && !reached.has(one))
  .map(one => one.outerHTML.slice(0, 120))"""
STOPS = """selector => 2 + document.querySelectorAll(selector).length
  + 6 * document.querySelectorAll('input[type^=date]').length"""
"""A field for a date is one stop for each of its parts."""

TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, pre'))
    .map(one => one.outerHTML.slice(0, 120)).slice(0, 3)"""
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .map(one => `${one.id}: ${one.help}: ${one.nodes[0].html.slice(0, 160)} (${one.nodes.length})`)"""


@contextmanager
def watched(page: Any, host: str, problems: list[str]) -> Iterator[None]:
    """Takes down what the console says, what breaks, and what is asked of other hosts."""

    def asked(request: Any) -> None:
        if not request.url.startswith(host):
            problems.append(f"{page.url} asks {request.url}")

    page.on("console", lambda message: problems.append(f"{page.url} says {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"{page.url} breaks: {error}"))
    page.on("request", asked)
    yield


def width_problems(page: Any) -> list[str]:
    """In every look: nothing may make the page itself scroll sideways."""
    found = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{page.url} at {width}: too wide: {one}" for one in page.evaluate(TOO_WIDE)]
    return found


def axe_problems(page: Any, looks: Looks) -> list[str]:
    """The page must have axe in it."""
    found = []
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{page.url} {scheme} {width}: {one}" for one in page.evaluate(RUN_AXE)]
    return found


def keyboard_problems(page: Any) -> list[str]:
    """Tab comes to everything that can be used, and it can be seen where it is."""
    page.evaluate(WATCH_FOCUS)
    for _ in range(page.evaluate(STOPS, FOCUSABLE)):
        page.keyboard.press("Tab")
    missed = [f"{page.url}: Tab does not reach {one}" for one in page.evaluate(MISSED, FOCUSABLE)]
    return missed + [f"{page.url}: no focus is seen on {one}" for one in page.evaluate("unseen")]
