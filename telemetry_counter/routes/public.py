"""The table of routes that anybody may call for public apps."""

from starlette.routing import Route

from telemetry_counter.routes.dashboard.access import Doors
from telemetry_counter.routes.page_readers import Readers
from telemetry_counter.routes.public_badges import PublicBadges
from telemetry_counter.routes.public_figures import PublicFigures
from telemetry_counter.routes.public_pages import PublicPages
from telemetry_counter.service import Service


def public_routes(service: Service, readers: Readers) -> list[Route]:
    figures = PublicFigures(service)
    badges, pages = PublicBadges(figures), PublicPages(figures, Doors(service, readers))
    return [
        Route("/badge/{owner}/{app}/{figure}.svg", badges.svg),
        Route("/badge/{owner}/{app}/{figure}.json", badges.json),
        Route("/public/{owner}/{app}", pages.page),
        Route("/public/{owner}/{app}/stats.json", pages.stats),
    ]
