"""How fast releases reach devices, and which versions need attention."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_counter.dashboard.charts import Curve, curves
from telemetry_counter.dashboard.parts import Cell, Chart, Column, Key, Table
from telemetry_counter.dashboard.versions import SO_FAR, TONES
from telemetry_counter.dashboard.wording import NONE, age, counted, number, percent, short_day
from telemetry_counter.reporting.adoption import THRESHOLDS

Row = Mapping[str, Any]
MAX_CURVES = 6
MAX_ROWS = 20
EARLIER, UNKNOWN = "earlier", "unknown"
LEGEND = (
    "Earlier: before the first day that is kept. Unknown: reached on a kept day, but perhaps also before. "
    f"{NONE}: not reached yet."
)
ATTENTION_PERCENT = 2.0
"""Of the last week's devices: what fewer are on is the tail that every program has."""

PRAISE = "No outdated version has 2 % of the devices or more. Well done."
NO_FULL_DAY = "No full day yet: what needs attention shows once a day with checks is over (UTC)."


@dataclass(frozen=True, slots=True)
class Adoption:
    """`chart` is None where no release was followed for two days; `laggards` where nothing is published."""

    where: str
    table: Table
    chart: Chart | None
    laggards: Table | None
    notes: Sequence[str]


def adoption(answer: Mapping[str, Any], now: dt.datetime) -> Adoption:
    releases = [row for row in answer["releases"] if row["days"]]
    where = ", ".join(filter(None, [answer["channel"], answer["platform"], answer["arch"]]))
    table = _table(releases, _last_day(answer, now.date()))
    return Adoption(where, table, _chart(releases, table), _laggards(answer, now), _notes(answer, releases))


def _last_day(answer: Mapping[str, Any], today: dt.date) -> str:
    last = dt.date.fromisoformat(answer["date_range"][-1])
    return SO_FAR if last >= today else f"On {short_day(last)}"


def _notes(answer: Mapping[str, Any], releases: Sequence[Row]) -> list[str]:
    return [*answer["notes"], *([] if all(map(_begins_early, releases)) else [LEGEND])]


def _chart(releases: Sequence[Row], table: Table) -> Chart | None:
    followed = [row for row in releases if _begins_early(row) and len(row["days"]) > 1][:MAX_CURVES]
    if not followed:
        return None
    last = max(row["days"][-1]["day"] for row in followed)
    drawn = [
        Curve(tone, _points(row, last)) for tone, row in reversed(list(zip(TONES, followed, strict=False)))
    ]
    labels = [f"day {number * last // 4}" for number in range(5)] if last >= 4 else ["day 0", f"day {last}"]
    description = "Share of devices on each release or a newer one, by days since it came out"
    keys = [Key(row["version"], tone) for tone, row in zip(TONES, followed, strict=False)]
    return Chart(curves(description, labels, drawn, 260), description, table, keys)


def _begins_early(row: Row) -> bool:
    """Whether its first days are among those that are kept."""
    return bool(row["days"][0]["day"] <= 1)


def _points(row: Row, last: int) -> list[tuple[float, float]]:
    known = [one for one in row["days"] if one["share"] is not None]
    return [(one["day"] / last if last else 0.0, one["share"]) for one in known]


def _table(releases: Sequence[Row], last_day: str) -> Table:
    titles = [
        Column("Release"),
        *(Column(f"Days to {threshold} %", is_number=True) for threshold in THRESHOLDS),
        Column(last_day, is_number=True),
    ]
    rows = [
        [
            Cell(row["version"], tag="withdrawn" if row["withdrawn"] else ""),
            *(Cell(_days(row, threshold)) for threshold in THRESHOLDS),
            _on_last_day(row["days"][-1]),
        ]
        for row in releases[:MAX_ROWS]
    ]
    return Table("Days until a share of the devices had each release or a newer one", titles, rows)


def _days(row: Row, threshold: int) -> str:
    """A day that was reached anew is not the first one where the days before it are not kept."""
    if _begins_early(row):
        days = row["days_to"][str(threshold)]
        return NONE if days is None else f"{days:,}"
    return EARLIER if _share(row["days"][0]) >= threshold else UNKNOWN if _most(row) >= threshold else NONE


def _most(row: Row) -> float:
    return max(map(_share, row["days"]))


def _share(one: Row) -> float:
    return 100 * (one["share"] or 0.0)


def _on_last_day(last: Row) -> Cell:
    return Cell(percent(last["client_count"], last["of"]), note=f"of {number(last['of'])}")


def _laggards(answer: Mapping[str, Any], now: dt.datetime) -> Table | None:
    """Versions that many devices still run, though something newer is out."""
    if not answer["releases"]:
        return None
    tail = answer["stale_tail"]
    everyone = tail["older"] + sum(row["client_count"] for row in tail["devices"])
    published = {row["version"]: dt.datetime.fromisoformat(row["published"]) for row in answer["releases"]}
    behind = [row for row in tail["devices"] if row["releases_behind"]]
    rows = [
        [
            Cell(row["version"]),
            Cell(number(row["client_count"]), note=percent(row["client_count"], everyone)),
            Cell(counted(row["releases_behind"], "release")),
            Cell(age(published[row["version"]], now)),
        ]
        for row in sorted(behind, key=lambda row: -row["client_count"])
        if _is_much(row["client_count"], everyone)
    ]
    if _is_much(tail["older"], everyone):
        devices = Cell(number(tail["older"]), note=percent(tail["older"], everyone))
        rows.append([Cell("older than all of these"), devices, Cell(NONE), Cell(NONE)])
    titles = (Column("Version"), Column("Devices", is_number=True), Column("Behind"), Column("Released"))
    caption = f"Devices whose newest version {_when(tail['date_range'])} is outdated"
    return Table(caption, titles, rows, PRAISE if everyone else NO_FULL_DAY)


def _when(days: Sequence[str]) -> str:
    first, last = (short_day(dt.date.fromisoformat(days[end])) for end in (0, -1))
    return f"on {last}" if first == last else f"from {first} to {last}"


def _is_much(devices: int, everyone: int) -> bool:
    return bool(everyone) and 100 * devices / everyone >= ATTENTION_PERCENT
