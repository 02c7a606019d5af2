"""Pixel, hit and embedded image over HTTP: what is answered, and what is counted."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from telemetry_counter.counting.batch import Batch
from telemetry_counter.counting.clock import UtcDay
from telemetry_counter.errors import StoreUnavailable
from telemetry_counter.store.committing.scripts import Unwritten
from telemetry_counter.store.connect import Client
from telemetry_counter.store.keys import Keys

from .running import CAMO, CHROME, FIREFOX, GIF, HIT, OTHER_SITE, OWNER, PIXEL, READER, SITE, Running, running

pytestmark = pytest.mark.anyio

QUERY = {"owner": OWNER, "site": SITE, "path": "/x"}
NOT_CACHED = "no-store, no-cache, max-age=0, s-maxage=0, proxy-revalidate"
IMAGE_BYTES = 43


async def test_the_pixel_is_an_image_that_nobody_keeps(site: Running) -> None:
    answer = await site.http.get(PIXEL, params=QUERY, headers=READER)
    assert (answer.status_code, answer.headers["content-type"], len(answer.content)) == (
        200,
        "image/gif",
        IMAGE_BYTES,
    )
    assert answer.content.startswith(b"GIF89a")
    assert answer.headers["cache-control"] == NOT_CACHED
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["x-telemetry"] == "counted"
    assert "set-cookie" not in answer.headers


async def test_what_a_view_adds_to(site: Running) -> None:
    now = dt.datetime.fromtimestamp(site.service.clock.now(), dt.UTC)
    await site.pixel("/x?utm_source=hn&page=2", referrer="https://www.google.com/search?q=secret")
    assert await site.fields() == {
        **{"all": 1, "p:/x": 1, "r:Google": 1, "x:Google\t/x": 1, "us:hn": 1},
        **{"b:Chrome": 1, "s:Windows": 1, "d:desktop": 1, "l:de-DE": 1, f"h:{now.hour:02}": 1},
        **{"#p:": 1, "#r:": 1, "#x:": 1, "#us:": 1, "#b:": 1, "#s:": 1, "#l:": 1},
    }
    for field in ("all", "p:/x", "r:Google", "x:Google\t/x", "b:Chrome", "d:desktop", "l:de-DE", "us:hn"):
        assert await site.visitors(field) == 1


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/json", "image/png", ""])
async def test_a_hit_is_read_under_any_content_type(site: Running, content_type: str) -> None:
    body = '{"owner":"acme","site":"docs","path":"/x"}'
    answer = await site.http.post(HIT, content=body, headers=READER | {"Content-Type": content_type})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-telemetry"] == "counted"
    assert answer.headers["cache-control"] == NOT_CACHED
    assert (await site.fields())["p:/x"] == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_hit_may_be_a_query(site: Running, method: str) -> None:
    answer = await site.http.request(method, HIT, params=QUERY, headers=READER)
    assert answer.status_code == 204
    assert (await site.fields())["p:/x"] == 1


async def test_the_default_owner(client: Client, keys: Keys) -> None:
    async with running(client, keys, default_owner=OWNER) as site:
        answer = await site.http.get(f"{PIXEL}?site=docs&path=/x&ts=1", headers=READER)
        assert answer.headers["x-telemetry"] == "counted"
        answer = await site.http.post(HIT, content='{"site":"docs","path":"/x"}', headers=READER)
        assert answer.headers["x-telemetry"] == "counted"
        assert (await site.fields())["all"] == 2


@pytest.mark.parametrize(
    ("query", "reason", "sentence"),
    [
        ("site=docs&path=/x", "invalid", "owner is missing or empty."),
        ("owner=acme&site=docs", "invalid", "path is missing or empty."),
        ("owner=acme&site=nosite&path=/x", "unknown_app", None),
        ("owner=nobody&site=docs&path=/x", "unknown_app", None),
        (
            "owner=acme&site=docs&path=/x&more=" + "a" * 4096,
            "too_large",
            "The query is longer than 4096 bytes.",
        ),
    ],
)
async def test_what_is_refused_gets_its_image_and_the_reason(
    site: Running, query: str, reason: str, sentence: str | None
) -> None:
    for path, status in ((PIXEL, 200), (HIT, 204)):
        answer = await site.http.get(f"{path}?{query}", headers=READER)
        assert answer.status_code == status
        assert answer.headers["x-telemetry"] == f"dropped; reason={reason}"
        assert answer.headers.get("x-telemetry-error") == sentence
    assert await site.fields() == {}


async def test_an_invalid_hit_counts_as_refused_where_its_site_is_known(site: Running) -> None:
    await site.http.get(f"{PIXEL}?owner=acme&site=docs", headers=READER)
    await site.http.post(HIT, content='{"owner":"acme","site":"docs","path":""}', headers=READER)
    await site.http.post(HIT, content='{"owner":"acme","site":"docs"', headers=READER)
    assert await site.pixel() == "counted"
    assert await site.refusals() == {"invalid": 2}


@pytest.mark.parametrize(("size", "outcome"), [(4096, "counted"), (4097, "dropped; reason=too_large")])
async def test_a_body_has_at_most_4_kib(site: Running, size: int, outcome: str) -> None:
    start = '{"owner":"acme","site":"docs","path":"/x","pad":"'
    body = start + "a" * (size - len(start) - 2) + '"}'
    assert len(body) == size
    answer = await site.http.post(HIT, content=body, headers=READER)
    assert (answer.status_code, answer.headers["x-telemetry"]) == (204, outcome)


async def test_a_body_of_many_levels_is_refused_like_any_other(site: Running) -> None:
    deep = '{"pad":' + "[" * 2000 + "]" * 2000 + "}"
    answer = await site.http.post(HIT, content=deep, headers=READER)
    assert (answer.status_code, answer.headers["x-telemetry"]) == (204, "dropped; reason=invalid")


@pytest.mark.parametrize("path", [PIXEL, HIT])
async def test_any_origin_may_ask_without_credentials(site: Running, path: str) -> None:
    origin = {"Origin": "https://docs.example.org"}
    preflight = await site.http.options(path, headers=origin | {"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204
    answer = await site.http.get(path, params=QUERY, headers=READER | origin)
    for one in (preflight, answer):
        assert one.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in one.headers
    assert "content-type" in preflight.headers["access-control-allow-headers"].lower()
    assert "X-Telemetry" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"User-Agent": ""}, "bot"),
        ({"User-Agent": "curl/8.4.0"}, "bot"),
        ({"User-Agent": "python-requests/2.32.3"}, "bot"),
        ({"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, "bot"),
        ({"Sec-Purpose": "prefetch"}, "prefetch"),
        ({"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        ({"Purpose": "prefetch"}, "prefetch"),
        ({"X-Purpose": "preview"}, "prefetch"),
        ({"X-Moz": "prefetch"}, "prefetch"),
    ],
)
async def test_what_is_no_reader_is_counted_by_reason(
    site: Running, headers: dict[str, str], reason: str
) -> None:
    assert await site.pixel("/x", headers) == f"dropped; reason={reason}"
    answer = await site.http.post(
        HIT, content='{"owner":"acme","site":"docs","path":"/x"}', headers=READER | headers
    )
    assert answer.status_code == 204
    assert await site.pixel("/y") == "counted"
    assert await site.refusals() == {reason: 2}
    assert (await site.fields())["all"] == 1


async def test_a_request_without_any_user_agent_is_a_bot(site: Running) -> None:
    answer = await site.http.get(PIXEL, params=QUERY)
    assert answer.headers["x-telemetry"] == "dropped; reason=bot"


@pytest.mark.parametrize("path", [PIXEL, HIT, GIF])
async def test_head_shows_nothing_to_nobody(site: Running, path: str) -> None:
    answer = await site.http.head(path, params={**QUERY, "url": "/x"}, headers=READER)
    assert answer.content == b""
    assert answer.headers["x-telemetry"] == "dropped; reason=head"
    assert await site.pixel() == "counted"
    assert await site.refusals() == {"head": 1}


@pytest.mark.parametrize("headers", [{"Sec-GPC": "1"}, {"DNT": "1"}])
async def test_who_wants_no_recognition_is_counted_and_not_recognised(
    site: Running, headers: dict[str, str]
) -> None:
    assert await site.pixel("/x", headers) == "counted; reason=opted_out"
    fields = await site.fields()
    assert (fields["all"], fields["p:/x"], fields["opted_out"]) == (1, 1, 1)
    assert await site.visitors() == 0
    assert await site.pixel("/x", {"DNT": "0", "Sec-GPC": "0"}) == "counted"
    assert await site.visitors() == 1


async def test_a_page_may_say_so_too(site: Running) -> None:
    body = '{"owner":"acme","site":"docs","path":"/x","dnt":1}'
    answer = await site.http.post(HIT, content=body, headers=READER)
    assert answer.headers["x-telemetry"] == "counted; reason=opted_out"
    assert await site.pixel("/x", dnt="1") == "counted; reason=opted_out"
    assert await site.visitors() == 0


async def test_visitors_are_networks_and_browsers(site: Running) -> None:
    await site.pixel("/x")
    await site.pixel("/y")
    await site.pixel("/x", {"User-Agent": FIREFOX})
    assert (await site.fields())["all"] == 3
    assert await site.visitors() == 2
    assert await site.visitors("p:/x") == 2
    assert await site.visitors("p:/y") == 1


@pytest.mark.parametrize(
    ("referrer", "headers", "counted"),
    [
        ("https://docs.example.org/a", {"Referer": "https://docs.example.org/"}, None),
        ("https://www.docs.example.org/a", {"Origin": "https://docs.example.org"}, None),
        ("https://docs.example.org/a", {"Referer": "https://blog.example.net/"}, "docs.example.org"),
        ("https://docs.example.org/a", {}, "docs.example.org"),
        ("http://203.0.113.7/", {}, None),
        ("not a url", {}, None),
    ],
)
async def test_the_own_host_is_no_referrer(
    site: Running, referrer: str, headers: dict[str, str], counted: str | None
) -> None:
    await site.pixel("/x", headers, referrer=referrer)
    fields = await site.fields()
    assert [field for field in fields if field.startswith("r:")] == ([f"r:{counted}"] if counted else [])


async def test_an_event_is_no_view(site: Running) -> None:
    await site.pixel("/x", name="signup")
    fields = await site.fields()
    assert fields == {"e:signup": 1, "#e:": 1}
    assert await site.visitors("e:signup") == 1


async def test_an_embedded_image_counts_the_page_that_shows_it(site: Running) -> None:
    headers = READER | {"Referer": "https://docs.example.org/a?x=1"}
    answer = await site.http.get(GIF, headers=headers)
    assert (answer.status_code, len(answer.content), answer.headers["x-telemetry"]) == (
        200,
        IMAGE_BYTES,
        "counted",
    )
    await site.http.get(GIF, params={"url": "https://docs.example.org/b"}, headers=headers)
    await site.http.get(GIF, params={"url": "https://docs.example.org/c", "force": "true"}, headers=headers)
    await site.http.get(GIF, params={"url": "https://docs.example.org/d"}, headers=READER)
    paths = {field: n for field, n in (await site.fields()).items() if field.startswith("p:")}
    assert paths == {"p:/a": 2, "p:/c": 1, "p:/d": 1}


async def test_an_embedded_image_without_a_page_is_not_counted(site: Running) -> None:
    answer = await site.http.get(GIF, headers=READER)
    assert (answer.status_code, answer.headers["x-telemetry"]) == (200, "dropped; reason=invalid")
    assert "page is not known" in answer.headers["x-telemetry-error"]
    assert await site.pixel() == "counted"
    assert await site.refusals() == {"invalid": 1}


async def test_an_image_in_a_readme_is_fetched_by_a_proxy(site: Running) -> None:
    answer = await site.http.get(
        GIF, params={"url": "https://github.com/acme/docs"}, headers={"User-Agent": CAMO}
    )
    assert answer.headers["x-telemetry"] == "counted"


async def test_an_embedded_event(site: Running) -> None:
    await site.http.get(GIF, params={"url": "/x", "name": "opened"}, headers=READER)
    assert (await site.fields())["e:opened"] == 1


@pytest.mark.parametrize(
    "path", ["/telemetry/acme/nosite.gif", "/telemetry/nobody/docs.gif", "/telemetry/a{b/docs.gif"]
)
async def test_an_embedded_image_of_nobody_is_an_image(site: Running, path: str) -> None:
    answer = await site.http.get(path, params={"url": "/x"}, headers=READER)
    assert (answer.status_code, len(answer.content)) == (200, IMAGE_BYTES)
    assert answer.headers["x-telemetry"].startswith("dropped")


async def test_an_address_has_120_views_a_minute_of_a_site(client: Client, keys: Keys) -> None:
    now = time.time()
    async with running(client, keys, UtcDay(lambda: now)) as site:
        outcomes = [await site.pixel() for _ in range(122)]
        assert outcomes[119] == "counted"
        assert outcomes[120:] == ["dropped; reason=rate_limited"] * 2
        answer = await site.http.post(
            HIT, content='{"owner":"acme","site":"docs","path":"/x"}', headers=READER
        )
        assert (answer.status_code, answer.headers["x-telemetry"]) == (204, "dropped; reason=rate_limited")
        assert await site.pixel(site=OTHER_SITE) == "counted"
        check = {"owner": OWNER, "app_name": SITE, "version": "1.0"}
        answer = await site.http.get("/checkVersion", params=check, headers={"X-Device-ID": "a" * 32})
        assert answer.headers["x-telemetry"] == "counted"
        assert (await site.refusals())["rate_limited"] == 3


async def test_the_limit_may_be_another_or_none(client: Client, keys: Keys) -> None:
    async with running(client, keys, rate_limit="2/hour") as site:
        assert [await site.pixel() for _ in range(3)][1:] == ["counted", "dropped; reason=rate_limited"]
    async with running(client, Keys(keys.prefix + "off:"), rate_limit="off") as site:
        assert {await site.pixel() for _ in range(130)} == {"counted"}


async def test_a_forged_header_from_an_untrusted_peer_changes_nothing(site: Running) -> None:
    for number in range(5):
        forged = {"X-Forwarded-For": f"203.0.{number}.7", "Forwarded": f"for=198.51.{number}.9"}
        assert await site.pixel("/x", forged) == "counted"
    assert await site.visitors() == 1


async def test_behind_a_trusted_proxy_visitors_are_told_apart(client: Client, keys: Keys) -> None:
    async with running(client, keys, peer="10.0.0.1", trusted_proxies="10.0.0.0/8") as site:
        for headers in (
            {"X-Forwarded-For": "203.0.113.7"},
            {"X-Forwarded-For": "198.51.100.1, 203.0.113.99"},
            {"X-Forwarded-For": "203.0.113.7, 10.1.2.3"},
            {"Forwarded": 'for="203.0.113.7:4711";proto=https'},
        ):
            assert await site.pixel("/x", headers) == "counted"
        assert await site.visitors() == 1
        assert await site.pixel("/x", {"X-Forwarded-For": "203.0.114.7"}) == "counted"
        assert await site.visitors() == 2


async def test_a_header_in_several_lines_is_one(client: Client, keys: Keys) -> None:
    async with running(client, keys, peer="10.0.0.1", trusted_proxies="10.0.0.0/8") as site:
        for first in ("198.51.100.1", "198.51.101.1"):
            lines = [("User-Agent", CHROME), ("X-Forwarded-For", first), ("X-Forwarded-For", "203.0.113.7")]
            await site.http.get(PIXEL, params=QUERY, headers=lines)
        assert await site.visitors() == 1


async def test_the_country_comes_from_a_trusted_proxy_only(client: Client, keys: Keys) -> None:
    settings: dict[str, Any] = {"trusted_proxies": "10.0.0.0/8", "country_header": "CF-IPCountry"}
    async with running(client, keys, peer="10.0.0.1", **settings) as site:
        await site.pixel("/x", {"CF-IPCountry": "de"})
        await site.pixel("/x", {"CF-IPCountry": "T1"})
        await site.pixel("/x")
        assert {field: n for field, n in (await site.fields()).items() if field.startswith("c:")} == {
            "c:DE": 1
        }
    async with running(client, Keys(keys.prefix + "other:"), peer="192.0.2.1", **settings) as site:
        await site.pixel("/x", {"CF-IPCountry": "DE"})
        assert "c:DE" not in await site.fields()


async def test_telemetry_off_answers_and_counts_nothing(client: Client, keys: Keys) -> None:
    async with running(client, keys, enable_telemetry=False) as site:
        assert await site.pixel() == "dropped; reason=disabled"
        answer = await site.http.post(
            HIT, content='{"owner":"acme","site":"docs","path":"/x"}', headers=READER
        )
        assert (answer.status_code, answer.headers["x-telemetry"]) == (204, "dropped; reason=disabled")
        assert await client.keys(f"{keys.prefix}*:w*") == []
        assert await client.keys(f"{keys.prefix}salt:*") == []


async def test_paths_beyond_the_cap_are_folded(client: Client, keys: Keys) -> None:
    async with running(client, keys, rate_limit="off") as site:
        for batch in range(0, 2010, 201):
            await asyncio.gather(*(site.pixel(f"/{number}") for number in range(batch, batch + 201)))
        fields = await site.fields()
        assert fields["all"] == 2010
        assert fields["#p:"] == 2000
        assert fields["p:(other)"] == fields["o:p:"] == 10
        assert await site.visitors("p:(other)") == 1


async def test_keys_of_pages_expire(site: Running) -> None:
    await site.pixel("/a:b,c", referrer="https://blog.example.net/")
    found = await site.service.client.keys(f"{site.service.settings.key_prefix}*:docs:w*")
    assert len(found) > 8
    for key in found:
        assert 30 * 86_400 < await site.service.client.ttl(key) <= 31 * 86_400, key


async def test_the_country_comes_from_the_operators_file(client: Client, keys: Keys, tmp_path: Path) -> None:
    pytest.importorskip("maxminddb")
    writer = pytest.importorskip("mmdb_writer").MMDBWriter(ip_version=6, ipv4_compatible=True)
    writer.insert_network(
        pytest.importorskip("netaddr").IPSet(["192.0.2.0/24"]), {"country": {"iso_code": "PT"}}
    )
    writer.to_db_file(str(tmp_path / "countries.mmdb"))
    async with running(client, keys, geoip_db=str(tmp_path / "countries.mmdb")) as site:
        await site.pixel()
        assert (await site.fields())["c:PT"] == 1
        assert await site.visitors("c:PT") == 1


async def test_of_a_user_agent_512_characters_are_looked_at(site: Running) -> None:
    padded = CHROME + " " + "x" * 600
    for end in ("a", "b"):
        assert await site.pixel("/x", {"User-Agent": padded + end}) == "counted"
    assert await site.visitors() == 1
    assert (await site.fields())["b:Chrome"] == 2
    assert await site.pixel("/x", {"User-Agent": padded[:512] + " Googlebot/2.1"}) == "counted"


async def test_libraries_are_clients_for_update_checks(site: Running) -> None:
    check = {"owner": OWNER, "app_name": SITE, "version": "1.0"}
    headers = {"User-Agent": "Go-http-client/2.0", "X-Device-ID": "a" * 32}
    answer = await site.http.get("/checkVersion", params=check, headers=headers)
    assert answer.headers["x-telemetry"] == "counted"


async def test_while_the_store_is_away_views_are_kept(client: Client, keys: Keys) -> None:
    async with running(client, keys, commit_budget_ms=20) as site:
        send = site.service.committer._send

        async def away(batch: Batch) -> list[Unwritten]:
            raise StoreUnavailable("the store is away")

        site.service.committer._send = away
        assert await site.pixel() == "pending"
        site.service.committer._send = send
        async with asyncio.timeout(5):
            while not await site.fields():
                await asyncio.sleep(0.02)
        assert (await site.fields())["all"] == 1
        assert await site.visitors() == 1


async def test_a_key_that_is_not_ours_is_an_outcome(site: Running) -> None:
    key = site.service.keys.admin(OWNER).pages(site.service.clock.today(), SITE)
    await site.service.client.set(key, "mine")
    assert await site.pixel() == "dropped; reason=store_unavailable"
    assert await site.pixel(site=OTHER_SITE) == "counted"


@pytest.mark.parametrize(
    ("padding", "outcome"), [(0, "counted"), (3900, "counted"), (9000, "dropped; reason=too_large")]
)
async def test_a_body_may_come_in_pieces(site: Running, padding: int, outcome: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"owner":"acme",', b'"site":"docs",', b'"path":"/x"', b" " * padding, b"}"):
            yield piece

    answer = await site.http.post(HIT, content=pieces(), headers=READER)
    assert (answer.status_code, answer.headers["x-telemetry"]) == (204, outcome)
