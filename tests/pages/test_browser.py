"""Pages of another origin in a real Chromium."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from browsing import launched
from running import Installation

from .running import CHROME, OWNER, SITE

GOOGLE = "https://www.google.com/"

PAGES = {
    "/pixel": '<img id="i" src="SERVICE/api/telemetry/pixel?site=docs&path=/pixel&ts=1">',
    "/gif": '<img referrerpolicy="no-referrer-when-downgrade" src="SERVICE/telemetry/acme/docs.gif">',
    "/badge": '<img id="i" src="SERVICE/telemetry/acme/docs/badge.svg?url=/badge&force=true&start=41">',
    "/beacon": """<script>
        const {pathname: path} = location;
        navigator.sendBeacon('SERVICE/api/telemetry/hit', JSON.stringify({site: 'docs', path}));
        </script>""",
    "/fetch": """<script>
        const body = JSON.stringify({site: 'docs', path: '/fetch'});
        const headers = {'Content-Type': 'application/json'};
        fetch('SERVICE/api/telemetry/hit', {method: 'POST', keepalive: true, headers, body})
          .then(answer => { document.title = answer.status + ' ' + answer.headers.get('X-Telemetry'); });
        </script>""",
    "/get": "<script>fetch('SERVICE/api/telemetry/hit?site=docs&path=/get', {keepalive: true});</script>",
    "/script": '<script defer src="SERVICE/hit.js" data-site="docs"></script><a href="/script/next">next</a>',
    "/script/next": '<script defer src="SERVICE/hit.js" data-site="docs"></script>',
    "/script/to": """<script src="SERVICE/hit.js?x" data-to="/api/telemetry/hit?own" data-site="docs">
        </script>""",
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str]]:
    """A running service, and the admin's token."""
    installation = Installation(tmp_path_factory.mktemp("service"), {"DEFAULT_OWNER": OWNER, "REDIS_URL": ""})
    token = installation.run("admin", "create", OWNER).stdout.strip()
    installation.run("app", "create", f"{OWNER}/{SITE}")
    with installation.serving():
        yield installation, token


@pytest.fixture(scope="module")
def pages(installation: tuple[Installation, str]) -> Iterator[str]:
    """Where the pages are served: another host and port than the service's."""
    service = installation[0].url

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = PAGES.get(self.path.partition("?")[0], "")
            text = f"<!doctype html><title>page</title>{page.replace('SERVICE', service)}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@contextmanager
def reading(chromium: Any, **settings: Any) -> Iterator[Any]:
    """A reader's page; afterwards nothing was left in the browser."""
    context = chromium.new_context(user_agent=CHROME, locale="fr-FR", **settings)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    assert problems == []
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()


class Report:
    """Asks the service until it says what is waited for."""

    def __init__(self, installation: Installation, token: str) -> None:
        self._url = f"{installation.url}/telemetry/web"
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, query: str = "") -> Any:
        return httpx.get(self._url + query, headers=self._headers).json()

    def summary(self, after: int = -1) -> Any:
        """Once there are more page views than `after`."""
        return self._wait(lambda: self.ask()["summary"], lambda summary: summary["page_views"] > after)

    def page(self, path: str, views: int = 1) -> Any:
        """The row of a page once it has so many views."""
        return self._wait(lambda: self._row(path), lambda row: row["page_views"] >= views)

    def _row(self, path: str) -> Any:
        rows = self.ask()["pages"]
        return next((row for row in rows if row["path"] == path), {"path": path, "page_views": 0})

    def _wait(self, ask: Callable[[], Any], is_enough: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + 10
        while not is_enough(answer := ask()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return answer


@pytest.fixture
def report(installation: tuple[Installation, str]) -> Report:
    return Report(*installation)


def test_the_pixel_is_shown_and_counted(chromium: Any, pages: str, report: Report) -> None:
    with reading(chromium) as page:
        page.goto(f"{pages}/pixel")
        assert page.evaluate("[i.complete, i.naturalWidth, i.naturalHeight]") == [True, 1, 1]
        assert report.page("/pixel") == {"path": "/pixel", "page_views": 1, "sum_of_daily_visitors": 1}


def test_the_embedded_image_counts_the_page_around_it(chromium: Any, pages: str, report: Report) -> None:
    with reading(chromium) as page:
        page.goto(f"{pages}/gif?session=1")
        assert report.page("/gif")["page_views"] == 1


def test_the_badge_is_shown(chromium: Any, pages: str, report: Report) -> None:
    with reading(chromium) as page:
        page.goto(f"{pages}/badge")
        width, height = page.evaluate("[i.naturalWidth, i.naturalHeight]")
        assert (width > 50, height) == (True, 20)
        assert report.page("/badge")["page_views"] == 1


@pytest.mark.parametrize("way", ["beacon", "get"])
def test_ways_without_a_preflight(chromium: Any, pages: str, report: Report, way: str) -> None:
    with reading(chromium) as page:
        page.goto(f"{pages}/{way}")
        assert report.page(f"/{way}")["page_views"] == 1


def test_fetch_with_a_preflight_may_read_the_outcome(chromium: Any, pages: str, report: Report) -> None:
    with reading(chromium) as page:
        page.goto(f"{pages}/fetch")
        page.wait_for_function("document.title.startsWith('204')")
        assert page.title() == "204 counted"
        assert report.page("/fetch")["page_views"] == 1


def test_the_script_counts_pages_and_navigation_within_them(
    chromium: Any, pages: str, report: Report
) -> None:
    with reading(chromium) as page:
        page.goto(f"{pages}/script?utm_source=news&session=1", referer=GOOGLE)
        assert report.page("/script")["page_views"] == 1
        page.evaluate("history.pushState({}, '', '/script/inner?q=1')")
        assert report.page("/script/inner")["page_views"] == 1
        page.evaluate("history.pushState({}, '', '/script/inner?q=2')")
        page.evaluate("history.replaceState({}, '', '/script/inner#top')")
        page.evaluate("history.pushState({}, '', '/script/last')")
        assert report.page("/script/last")["page_views"] == 1
        page.go_back()
        assert report.page("/script/inner", 2)["page_views"] == 2
        assert report.page("/script")["page_views"] == 1
    by_google = report.ask("?path=/script&referrer=Google")
    assert [(row["path"], row["page_views"]) for row in by_google["pages"]] == [("/script", 1)]
    whole = report.ask()
    assert {"utm_source": "news", "page_views": 1, "sum_of_daily_visitors": 1} in whole["utm_sources"]
    assert [row["language"] for row in whole["languages"]] == ["fr-FR"]


def test_a_link_within_the_site_has_no_referrer(chromium: Any, pages: str, report: Report) -> None:
    before = report.page("/script/next", 0)["page_views"]
    with reading(chromium) as page:
        page.goto(f"{pages}/script")
        page.click("a")
        assert report.page("/script/next", before + 1)["page_views"] == before + 1
    assert "localhost" not in [row["referrer"] for row in report.ask()["referrers"]]


def test_the_script_sends_to_where_it_is_told(chromium: Any, pages: str, report: Report) -> None:
    asked: list[str] = []
    with reading(chromium) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{pages}/script/to")
        assert report.page("/script/to")["page_views"] == 1
    assert asked[-1].endswith("/api/telemetry/hit?own")


def test_a_page_that_is_prerendered_counts_when_it_is_shown(
    chromium: Any, pages: str, report: Report
) -> None:
    before = report.page("/script/next", 0)["page_views"]
    with reading(chromium) as page:
        page.add_init_script(
            "var ahead = true; Object.defineProperty(Document.prototype, 'prerendering', {get: () => ahead});"
        )
        page.goto(f"{pages}/script/next")
        page.wait_for_timeout(300)
        assert report.page("/script/next", 0)["page_views"] == before
        page.evaluate("ahead = false, document.dispatchEvent(new Event('prerenderingchange'))")
        assert report.page("/script/next", before + 1)["page_views"] == before + 1


@pytest.mark.parametrize(
    ("headers", "script"),
    [
        ({"DNT": "1"}, ""),
        ({"Sec-GPC": "1"}, ""),
        ({}, "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"),
        ({}, "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"),
    ],
)
def test_who_wants_no_recognition_is_not_recognised(
    chromium: Any, pages: str, report: Report, headers: dict[str, str], script: str
) -> None:
    before = report.summary()
    with reading(chromium, extra_http_headers=headers) as page:
        page.add_init_script(script)
        page.goto(f"{pages}/script")
        after = report.summary(after=before["page_views"])
    assert after["page_views"] == before["page_views"] + 1
    assert after["opted_out_views"] == before["opted_out_views"] + 1
    assert after["sum_of_daily_visitors"] == before["sum_of_daily_visitors"]


def test_the_script_is_small_and_served_to_anybody(installation: tuple[Installation, str]) -> None:
    answer = httpx.get(f"{installation[0].url}/hit.js")
    assert len(answer.content) < 1000
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
