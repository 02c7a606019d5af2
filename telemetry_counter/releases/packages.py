"""Which package of an offer each updater can use."""

from typing import NamedTuple

from telemetry_counter.releases.offers import Offer


class Use(NamedTuple):
    """Names in lower case, the best first; and how the URL of what the updater reads ends."""

    names: tuple[str, ...]
    endings: tuple[str, ...] = ()


USES = {
    "electron-builder": Use(("yml", "yaml"), (".yml", ".yaml")),
    "squirrel_darwin": Use(("zip",), (".zip",)),
    "squirrel_windows": Use(("releases", "nupkg"), ("/RELEASES", ".nupkg")),
    "tauri": Use(("tauri",)),
}

LOOKED_FOR = ", ".join(f"{use.names[0]} ({updater})" for updater, use in USES.items())
"""For whoever publishes: what to name a package, and for which updater."""


def usable_url(offer: Offer, updater: str) -> str:
    """The package of a name the updater looks for, else the plain one, else the only one if it is of use.

    '' where there is none: a file that the updater cannot read is an error on every user's screen.
    """
    use = USES[updater]
    urls = {package.lower(): url for package, url in offer.packages.items()}
    named = next((urls[package] for package in (*use.names, "") if package in urls), "")
    return named or next((url for url in urls.values() if len(urls) == 1 and _is_of_use(offer, use, url)), "")


def _is_of_use(offer: Offer, use: Use, url: str) -> bool:
    """What ends in nothing of its own (Tauri) is known by its signature."""
    path = url.partition("#")[0].partition("?")[0]
    return path.endswith(use.endings) if use.endings else offer.signature(url) != ""
