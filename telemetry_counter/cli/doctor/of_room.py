"""Caps that are near, or passed."""

from collections.abc import Iterable, Iterator

from telemetry_counter.cli.doctor.finding import Finding, good, note
from telemetry_counter.pages.dimensions import By
from telemetry_counter.reporting.uncounted import PAGES
from telemetry_counter.store.reading.room import Room

NEAR = 0.8
OWN_CAPS = {by.value.plural for by in By if by.value.cap}
COMBINED = {"cells", "builds", "values"}


def of_room(owner: str, rooms: Iterable[Room]) -> Iterator[Finding]:
    is_fine = True
    for room in rooms:
        of = f"{room.what} of {owner}/{room.app} ({room.of}) on {room.day}"
        if room.other:
            is_fine = False
            yield note(
                f"{of}: {room.other:,} counted under (other), beyond the cap of {room.cap:,}", advice(room)
            )
        elif room.distinct >= NEAR * room.cap:
            is_fine = False
            yield note(f"{of}: {room.distinct:,} of at most {room.cap:,}", advice(room))
    if is_fine:
        yield good(f"no cap of {owner} is near, today and yesterday")


def advice(room: Room) -> str:
    if room.of == PAGES and room.what in OWN_CAPS:
        return "look for addresses that hold an id or a search; this cap is fixed"
    setting = "CELL_CAP" if room.what in COMBINED else "VALUE_CAP"
    return f"raise {setting} if they are real, else find who makes them up"
