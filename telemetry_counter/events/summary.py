"""A client's summary of one day: how often each event happened, and how often with which values."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from telemetry_counter.counting import names
from telemetry_counter.errors import InvalidInput
from telemetry_counter.events.names import PLAIN, VALUE, check

MAX_BODY_BYTES = 65_536
MAX_EVENTS = 100
MAX_PROPERTIES = 20
MAX_VALUES = 50
MAX_COUNT = 1_000_000_000
MAX_AGE_DAYS = 7

Count = Annotated[int, Meta(ge=1, le=MAX_COUNT)]
Values = Annotated[dict[str, Count], Meta(max_length=MAX_VALUES)]
Properties = Annotated[dict[str, Values], Meta(max_length=MAX_PROPERTIES)]


class Event(msgspec.Struct, frozen=True):
    """`properties`: how often each value was seen; the counts need not add up to the event's."""

    name: str
    count: Count
    properties: Properties = {}


Events = Annotated[tuple[Event, ...], Meta(min_length=1, max_length=MAX_EVENTS)]


class Summary(msgspec.Struct, frozen=True):
    """`day` is when the events happened; `batch_id` is the same at every attempt to send them."""

    app_name: str
    version: str
    day: dt.date
    batch_id: UUID
    events: Events
    owner: str = ""
    channel: str = ""
    platform: str = ""
    arch: str = ""

    @property
    def count(self) -> int:
        return sum(event.count for event in self.events)


class Sender(msgspec.Struct, frozen=True):
    """Whom a summary is of, as far as that can be read of one that is otherwise wrong."""

    owner: str = ""
    app_name: str = ""


_summaries = msgspec.json.Decoder(Summary)
_senders = msgspec.json.Decoder(Sender)


def parse_summary(body: bytes, default_owner: str = "") -> Summary:
    """Raises InvalidInput with a sentence that names the field."""
    try:
        summary = _summaries.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The body is not a summary of events: {error}.") from None
    if not summary.owner and default_owner:
        summary = msgspec.structs.replace(summary, owner=default_owner)
    _check_build(summary)
    _check_events(summary.events)
    return summary


def parse_sender(body: bytes) -> Sender:
    """Never raises: an empty one where nothing can be read."""
    try:
        return _senders.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Sender()


def _check_build(summary: Summary) -> None:
    names.OWNER.check(summary.owner)
    names.APP.check(summary.app_name)
    names.VERSION.check(summary.version)
    names.CHANNEL.check_optional(summary.channel)
    names.PLATFORM.check_optional(summary.platform)
    names.ARCH.check_optional(summary.arch)


def _check_events(events: Events) -> None:
    if len({event.name for event in events}) < len(events):
        raise InvalidInput("events names an event twice.")
    for number, event in enumerate(events):
        check(PLAIN, event.name, f"events[{number}].name")
        for name, values in event.properties.items():
            check(PLAIN, name, f"A name in events[{number}].properties")
            for value in values:
                check(VALUE, value, f"A value in events[{number}].properties")
