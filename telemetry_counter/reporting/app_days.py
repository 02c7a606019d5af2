"""What each app came to on each day, in plain figures."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from telemetry_counter.reporting.history import DayHeads


@dataclass(frozen=True, slots=True)
class AppDays:
    """`requests` and `devices` by day, None where nothing is kept; `united`: devices over all the days,
    None where they cannot be united."""

    app: str
    requests: Sequence[int | None]
    devices: Sequence[int | None]
    united: int | None
    latest: int = 0
    outdated: int = 0
    judged: dt.date | None = None
    """The last closed day with a check (today until there is one), which `latest` and `outdated` are of."""

    @property
    def total(self) -> int:
        return sum(count or 0 for count in self.requests)

    def awaits_judgement(self) -> bool:
        """Whether checks came on the last day, and no day before says who is on the latest."""
        return self.judged is None and bool(self.requests and self.requests[-1])

    def judged_on(self, day: dt.date, latest: int, outdated: int) -> "AppDays":
        return replace(self, judged=day, latest=latest, outdated=outdated) if latest + outdated else self


def app_days(
    app: str,
    days: Sequence[dt.date],
    records: Mapping[dt.date, DayHeads],
    counted: Mapping[tuple[dt.date, str], tuple[int, int]],
    united: int | None,
) -> AppDays:
    """`counted`: requests and devices of days that are still kept whole, which speak before the records."""
    requests, devices = [], []
    judged = AppDays(app, (), (), None)
    for day in days:
        record = records[day].apps.get(app) if day in records else None
        of_day = counted.get((day, app))
        if of_day is None and day in records:
            of_day = (record.requests, record.unique) if record else (0, 0)
        requests.append(of_day[0] if of_day else None)
        devices.append(of_day[1] if of_day else None)
        if record and record.latest + record.outdated:
            judged = AppDays(app, (), (), None, record.latest, record.outdated, day)
    return AppDays(app, requests, devices, united, judged.latest, judged.outdated, judged.judged)
