"""The report of events: what was sent comes out, by day, version and filter, on the three stores."""

import csv
import datetime as dt
from typing import Any

import pytest
from harness import Harness

from telemetry_counter.counting.names import OTHER
from telemetry_counter.store.committing.scripts import Limits

from .bodies import encoded, event, summary

pytestmark = pytest.mark.anyio

PATH = "/telemetry/events"


async def send(
    service: Harness, *events: dict[str, Any], device: str = "", days_ago: int = 0, **values: Any
) -> None:
    day = service.service.clock.today() - dt.timedelta(days=days_ago)
    headers = {"X-Device-ID": device} if device else {}
    answer = await service.http.post(PATH, content=encoded(summary(day, *events, **values)), headers=headers)
    assert answer.headers["x-telemetry"] == "counted"


async def report(service: Harness, query: str = "") -> Any:
    answer = await service.http.get(f"{PATH}?{query}", headers=service.bearer)
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_name(rows: list[dict[str, Any]], key: str) -> dict[str, tuple[int, int]]:
    return {row[key]: (row["count"], row["client_count"]) for row in rows}


async def test_nothing_was_sent(service: Harness) -> None:
    today = service.service.clock.today().isoformat()
    made = await report(service)
    assert made["summary"] == {
        "total_events": 0,
        "unique_clients": 0,
        "total_active_apps": 0,
        "event_names_count": 0,
    }
    for name in ("events", "versions", "platforms", "architectures", "channels"):
        assert made[name] == []
    assert made["daily_stats"] == [{"date": today, "total_events": 0, "unique_clients": 0}]


async def test_counts_devices_and_breakdowns(service: Harness) -> None:
    await send(service, event("opened", 3, kind={"pdf": 2, "odt": 1}), event("saved", 1), device="a")
    await send(service, event("opened", 5, kind={"pdf": 5}), device="b", version="1.3.0", platform="darwin")
    await send(service, event("opened", 1), device="b", version="1.3.0", platform="darwin")
    await send(service, event("opened", 2), version="1.3.0", platform="darwin")
    made = await report(service)
    assert made["summary"] == {
        "total_events": 12,
        "unique_clients": 2,
        "total_active_apps": 1,
        "event_names_count": 2,
    }
    assert by_name(made["events"], "event") == {"opened": (11, 2), "saved": (1, 1)}
    opened = made["events"][0]
    assert by_name(opened["versions"], "version") == {"1.3.0": (8, 1), "1.2.3": (3, 1)}
    [kind] = opened["properties"]
    assert (kind["property"], by_name(kind["values"], "value")) == ("kind", {"pdf": (7, 2), "odt": (1, 1)})
    assert by_name(made["versions"], "version") == {"1.3.0": (8, 1), "1.2.3": (4, 1)}
    assert by_name(made["platforms"], "platform") == {"darwin": (8, 1), "linux": (4, 1)}
    assert by_name(made["channels"], "channel") == {"stable": (12, 2)}
    assert by_name(made["architectures"], "arch") == {"amd64": (12, 2)}


async def test_by_day(service: Harness) -> None:
    today = service.service.clock.today()
    for days_ago, device in ((3, "a"), (3, "b"), (1, "a"), (0, "a")):
        await send(service, event("opened", 2), device=device, days_ago=days_ago)
    made = await report(service, "range=week")
    assert made["date_range"] == [(today - dt.timedelta(days=n)).isoformat() for n in range(7, -1, -1)]
    assert made["summary"]["unique_clients"] == 2
    rows = [(row["total_events"], row["unique_clients"]) for row in made["daily_stats"]]
    assert rows == [(0, 0)] * 4 + [(4, 2), (0, 0), (2, 1), (2, 1)]
    daily = made["events"][0]["daily"]
    assert [(row["count"], row["client_count"]) for row in daily] == rows
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    assert (await report(service, f"date={yesterday}"))["summary"]["total_events"] == 2
    span = f"from={today - dt.timedelta(days=3)}&to={yesterday}"
    assert (await report(service, span))["summary"]["total_events"] == 6


async def test_apps_are_united(service: Harness) -> None:
    await send(service, event("opened", 2), device="a")
    await send(service, event("opened", 3), device="a", app_name="player")
    made = await report(service)
    assert made["summary"]["total_active_apps"] == 2
    assert by_name(made["events"], "event") == {"opened": (5, 1)}
    assert by_name((await report(service, "apps=player"))["events"], "event") == {"opened": (3, 1)}


async def test_filters_apply_to_every_figure(service: Harness) -> None:
    await send(service, event("opened", 3, kind={"pdf": 3}), device="a")
    await send(service, event("opened", 5), event("saved", 1), device="b", platform="darwin", arch="arm64")
    await send(service, event("opened", 7), device="c", platform="darwin", channel="beta", version="2")
    made = await report(service, "platforms=darwin")
    assert made["summary"] == {
        "total_events": 13,
        "unique_clients": 2,
        "total_active_apps": 1,
        "event_names_count": 2,
    }
    assert by_name(made["events"], "event") == {"opened": (12, 2), "saved": (1, 1)}
    assert by_name(made["events"][0]["versions"], "version") == {"2": (7, 1), "1.2.3": (5, 1)}
    assert by_name(made["architectures"], "arch") == {"amd64": (7, 1), "arm64": (6, 1)}
    assert [(row["total_events"], row["unique_clients"]) for row in made["daily_stats"]] == [(13, 2)]
    both = await report(service, "platforms=darwin,linux&channels=stable&architectures=amd64")
    assert by_name(both["events"], "event") == {"opened": (3, 1)}
    assert both["events"][0]["properties"] == []
    assert any("Properties are not kept by channel" in note for note in both["notes"])
    assert (await report(service, "platforms=none"))["events"] == []


async def test_one_filter_with_every_value_is_no_filter(service: Harness) -> None:
    for number in range(12):
        platform, version = ("linux", "darwin")[number % 2], f"1.{number % 5}"
        await send(
            service,
            event("a", 1 + number),
            event("b"),
            device=str(number % 7),
            platform=platform,
            version=version,
        )
    whole, filtered = await report(service), await report(service, "platforms=linux,darwin")
    for name in ("summary", "versions", "platforms", "channels", "daily_stats", "events"):
        assert whole[name] == filtered[name]


async def test_what_was_too_much_is_said(service: Harness) -> None:
    names = [f"e{number}" for number in range(Limits().value_cap + 3)]
    for start in range(0, len(names), 50):
        await send(service, *(event(name, 2) for name in names[start : start + 50]))
    made = await report(service)
    assert made["events"][-1]["event"] == OTHER
    assert made["events"][-1]["count"] == made["overflow"]["events"] == 6
    assert made["summary"]["event_names_count"] == 200
    assert made["summary"]["total_events"] == 406
    assert (
        "There were more events than are told apart a day: 6 events are counted under (other)."
        in made["notes"]
    )


async def test_refusals_are_shown(service: Harness) -> None:
    body = encoded(summary(service.service.clock.today(), event("a/b")))
    await service.http.post(PATH, content=body)
    await service.service.committer.drain(1)
    assert (await report(service))["refusals"] == {"invalid": 1}
    assert (await report(service, "apps=player"))["refusals"] == {}


async def test_daily_rows_as_csv(service: Harness) -> None:
    await send(service, event("opened", 2), device="a")
    answer = await service.http.get(f"{PATH}?range=week", headers=service.bearer | {"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(answer.text.splitlines())
    assert header == ["date", "total_events", "unique_clients"]
    assert rows[-1] == [service.service.clock.today().isoformat(), "2", "1"]
    assert len(rows) == 8


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("range=year", 400, "range must be today, week or month."),
        ("date=2020-01-01", 400, "date is before"),
        ("apps=nobody", 404, "There is no app nobody."),
        ("platforms=a%20b", 400, "A value of platforms may only hold"),
    ],
)
async def test_a_wrong_question(service: Harness, query: str, status: int, sentence: str) -> None:
    answer = await service.http.get(f"{PATH}?{query}", headers=service.bearer)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(sentence)


async def test_only_an_admins_token_opens_it_and_only_to_its_own(service: Harness) -> None:
    await send(service)
    assert (await service.http.get(PATH)).status_code == 401
    other = await service.service.registry.create_admin("other")
    await service.service.refresh()
    headers = {"Authorization": f"Bearer {other}"}
    theirs = (await service.http.get(PATH, headers=headers)).json()
    assert (theirs["admin"], theirs["summary"]["total_events"]) == ("other", 0)
    assert (await service.http.get(f"{PATH}?apps=editor", headers=headers)).status_code == 404


async def test_a_page_of_another_origin_cannot_read_it(service: Harness) -> None:
    answer = await service.http.get(PATH, headers=service.bearer | {"Origin": "https://e.org"})
    assert "access-control-allow-origin" not in answer.headers


async def test_telemetry_off(silent: Harness) -> None:
    assert (await silent.http.get(PATH, headers=silent.bearer)).status_code == 403


async def test_a_foreign_key_in_the_store(service: Harness) -> None:
    key = service.service.keys.admin("acme").events(service.service.clock.today(), "editor")
    await service.service.client.set(key, "theirs")
    answer = await service.http.get(PATH, headers=service.bearer)
    assert answer.status_code == 503
    assert "not ours" in answer.json()["error"]
