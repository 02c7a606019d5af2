"""A week of made-up checks of five apps, a line each, and what counting them must give."""

import datetime as dt
import json
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

OWNER = "ku9n"
APPS = ("firstapp", "secondapp", "thirdapp", "fourthapp", "fifthapp")
LATEST = "0.0.2.1"
VERSIONS = (*(f"0.0.0.{number}" for number in range(1, 11)), "0.0.2.0", LATEST)
CHANNELS = ("nightly", "beta", "stable", "alpha")
PLATFORMS = ("universal", "linux", "browser", "darwin", "windows", "android", "", "")
ARCHS = ("chrome", "edge", "universal", "arm64", "firefox", "amd64", "", "")
DEVICES_A_DAY = (100, 150, 200, 250, 300, 350, 400)


@dataclass(frozen=True, slots=True)
class Line:
    day: dt.date
    app: str
    version: str
    channel: str
    platform: str
    arch: str
    device: str

    def query(self) -> dict[str, str]:
        return {
            "owner": OWNER,
            "app_name": self.app,
            "version": self.version,
            "channel": self.channel,
            "platform": self.platform,
            "arch": self.arch,
        }

    def json(self) -> str:
        moment = dt.datetime.combine(self.day, dt.time(0, 0, 1), dt.UTC)
        return json.dumps(self.query() | {"ts": moment.isoformat(), "device_id": self.device})


def week(last_day: dt.date) -> list[Line]:
    """Every device on one day; the last day's single device asks 15 times."""
    rng = random.Random(20250616)
    lines = []
    for number, devices in enumerate(DEVICES_A_DAY):
        day = last_day - dt.timedelta(days=len(DEVICES_A_DAY) - number)
        lines += [_line(rng, day, f"device-{number}-{device}") for device in range(devices)]
    return lines + [_line(rng, last_day, "faithful")] * 15


def _line(rng: random.Random, day: dt.date, device: str) -> Line:
    version = LATEST if rng.random() < 0.1 else rng.choice(VERSIONS[:-1])
    return Line(
        day,
        rng.choice(APPS),
        version,
        rng.choice(CHANNELS),
        rng.choice(PLATFORMS),
        rng.choice(ARCHS),
        device,
    )


def check_report(report: dict[str, Any], lines: list[Line]) -> None:
    """Requests exact; devices within 2 % or 2, whichever is larger."""
    summary = report["summary"]
    assert summary["total_requests"] == len(lines)
    assert summary["total_active_apps"] == len({line.app for line in lines})
    devices = {line.device: line for line in lines}
    on_latest = sum(line.version == LATEST for line in devices.values())
    close(summary["unique_clients"], len(devices))
    close(summary["clients_using_latest_version"], on_latest)
    close(summary["clients_outdated"], len(devices) - on_latest)
    known = summary["clients_using_latest_version"] + summary["clients_outdated"]
    close(known, summary["unique_clients"])
    assert report["versions"]["known_versions"] == list(VERSIONS)
    for items, name, field in (
        (report["versions"]["usage"], "version", "version"),
        (report["platforms"], "platform", "platform"),
        (report["architectures"], "arch", "arch"),
        (report["channels"], "channel", "channel"),
    ):
        expected = Counter(getattr(line, field) for line in devices.values() if getattr(line, field))
        found = {item[name]: item["client_count"] for item in items}
        assert found.keys() == expected.keys()
        for value, count in expected.items():
            close(found[value], count)
    for row in report["daily_stats"]:
        of_day = [line for line in lines if line.day.isoformat() == row["date"]]
        assert row["total_requests"] == len(of_day)
        close(row["unique_clients"], len({line.device for line in of_day}))


def close(found: int, expected: int) -> None:
    assert abs(found - expected) <= max(2, 0.02 * expected), (found, expected)
