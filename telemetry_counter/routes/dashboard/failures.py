"""What went wrong, as a page that says what to do next."""

import logging
from collections.abc import Sequence

from telemetry_counter.dashboard.failures import Failure
from telemetry_counter.dashboard.frame import Page
from telemetry_counter.dashboard.links import Links
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.errors import CounterError, StoreUnavailable
from telemetry_counter.routes.errors import STATUS

log = logging.getLogger("telemetry_counter.routes")

TITLES = {
    400: "That cannot be shown",
    401: "Not signed in",
    403: "Not for this token",
    404: "There is nothing here",
    429: "Please wait",
    503: "The store is away",
}
STORE_AWAY = (
    "The service cannot reach its store, so there are no figures to show right now. Update checks are still "
    "answered. The page will work again when the store does; /ready says when."
)


def failure_page(error: Exception, links: Links) -> Page:
    if not isinstance(error, CounterError):
        log.error("Unexpected error on the dashboard", exc_info=error)
        return _page(500, "The service made a mistake; its log says which.", links)
    if isinstance(error, StoreUnavailable):
        return store_away_page(links)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    return _page(status, str(error), links)


def store_away_page(links: Links, known: Sequence[Choice] = ()) -> Page:
    """`known`: pages that can still be shown as they were."""
    return Page("failure.html", TITLES[503], Failure(STORE_AWAY, known or _home(links)), status=503)


def _page(status: int, sentence: str, links: Links) -> Page:
    title = TITLES.get(status, "Something went wrong")
    return Page("failure.html", title, Failure(sentence, _home(links)), status=status)


def _home(links: Links) -> Sequence[Choice]:
    return (Choice("To the overview", links.to()),)
