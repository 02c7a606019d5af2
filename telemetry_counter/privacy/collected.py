"""What is collected, in words: the fields are the service's own tables, so that none can be left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from telemetry_counter.counting.checks import PARAMETERS
from telemetry_counter.events.summary import Event, Summary
from telemetry_counter.pages.dimensions import By

DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Collected:
    """One kind of request, when it comes, and what of it is counted: pairs of a field and what it is."""

    kind: str
    when: str
    fields: tuple[tuple[str, str], ...]


BUILD = {
    "owner": "Who publishes the program.",
    "app_name": "The name of the program.",
    "version": "The version of the program.",
    "channel": "Its channel, such as stable or beta.",
    "platform": "The operating system, such as linux.",
    "arch": "The architecture, such as amd64.",
}
CHECK_WORDS = {
    **BUILD,
    "updater": "In which form the answer is wanted; it is not counted.",
    "is_latest": "Whether the program thinks that it is the newest version.",
    DEVICE: "A keyed hash of the random id of the installation changes a sketch of devices, which says how "
    "many there were, and not which.",
}
PAGE_WORDS = {
    By.PATH: "The path of the page.",
    By.REFERRER: "The host of the page that led here.",
    By.PAIR: "Which host led to which path.",
    By.BROWSER: "The family of the browser, such as Firefox.",
    By.SYSTEM: "The family of the operating system.",
    By.DEVICE: "The kind of device: desktop, phone, tablet, tv or other.",
    By.LANGUAGE: "The first language the browser prefers.",
    By.COUNTRY: "The country of the address, where the operator has brought a table of countries.",
    By.HOUR: "The hour of the day (UTC).",
    By.EVENT: "The name of an event that the page reports.",
    By.SOURCE: "The utm_source of a link.",
    By.MEDIUM: "The utm_medium of a link.",
    By.CAMPAIGN: "The utm_campaign of a link.",
}
VISITOR = (
    "visitor",
    "A hash of network (the address without its last part), browser and site, under a random salt that is "
    "new every day, changes a sketch of visitors, which says how many there were, and not which.",
)
EVENT_WORDS = {
    **BUILD,
    "day": "The date on which the events happened (UTC).",
    "batch_id": "A random number of the summary, so that a repetition is not counted twice.",
    "events": "What happened, and how often.",
    "name": "The name of an event.",
    "count": "How often it happened on that day.",
    "properties": "How often with which kind, such as the kind of a document.",
    DEVICE: CHECK_WORDS[DEVICE],
}

CHECK_FIELDS = (*sorted(PARAMETERS), DEVICE)
EVENT_FIELDS = (*Summary.__struct_fields__, *Event.__struct_fields__, DEVICE)


def collected() -> tuple[Collected, ...]:
    return (
        Collected(
            "update check",
            "A program asks whether there is a newer version, or reports that it asked elsewhere.",
            _described(CHECK_FIELDS, CHECK_WORDS),
        ),
        Collected(
            "page view",
            "A page that embeds the counter is opened.",
            (*((by.value.singular, PAGE_WORDS[by]) for by in By), VISITOR),
        ),
        Collected(
            "summary of events",
            "A program with the client library sends, once a day, how often its features were used.",
            _described(EVENT_FIELDS, EVENT_WORDS),
        ),
    )


def _described(fields: Iterable[str], words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((field, words[field]) for field in fields)
