"""Why hits were not counted, in words, and what to do about it."""

from dataclasses import dataclass

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.reporting.uncounted import CHECKS, EVENTS, PAGES


@dataclass(frozen=True, slots=True)
class Advice:
    """`meaning` says what happened, `remedy` what to do next. `tone`: expected, look or act."""

    label: str
    meaning: str
    remedy: str
    tone: str = "look"


EXPECTED, LOOK, ACT = "expected", "look", "act"

REASONS: dict[Reason, Advice] = {
    Reason.DISABLED: Advice(
        "Telemetry was off",
        "The service answered, but counts nothing while telemetry is off.",
        "Set ENABLE_TELEMETRY=true and restart it.",
        ACT,
    ),
    Reason.UNKNOWN_APP: Advice(
        "Unknown app",
        "The request named an owner or an app that does not exist here.",
        "Create the app, or correct the name where the request is made.",
        ACT,
    ),
    Reason.INVALID: Advice(
        "Invalid request",
        "A parameter was missing, too long, or held characters that are not taken.",
        "Send such a request yourself with curl: the answer names the parameter. "
        "A sudden rise often means that a release builds its address wrongly.",
        ACT,
    ),
    Reason.TOO_LARGE: Advice(
        "Too large",
        "The query or the body was longer than is read.",
        "Send fewer events in one summary, or shorter names.",
        ACT,
    ),
    Reason.NO_DEVICE: Advice(
        "No device id",
        "An update check came without X-Device-ID: it was answered, but cannot be counted as a device.",
        "Have the program send a random id that it keeps; those who refuse one send the nil UUID, "
        "and their requests are counted.",
    ),
    Reason.BAD_DEVICE: Advice(
        "Device id too long",
        "X-Device-ID had more than 128 characters.",
        "Send a UUID. A longer text is most likely not an id at all.",
        ACT,
    ),
    Reason.BOT: Advice(
        "A machine",
        "The reader is a crawler, a monitor or a library, by its User-Agent.",
        "Nothing: these are no people. If one of them is, say so in an issue and name the User-Agent.",
        EXPECTED,
    ),
    Reason.PREFETCH: Advice(
        "Fetched ahead",
        "A browser loaded the page before anybody asked for it.",
        "Nothing: the view is counted if the page is then shown.",
        EXPECTED,
    ),
    Reason.HEAD: Advice(
        "Only looked whether it is there",
        "The request was a HEAD, which shows nobody anything.",
        "Nothing: link checkers and monitors do that.",
        EXPECTED,
    ),
    Reason.IMAGE_PROXY: Advice(
        "An image proxy",
        "A page badge was fetched once for many readers, as GitHub does.",
        "Nothing: such requests are not views. Use the pixel on pages of your own.",
        EXPECTED,
    ),
    Reason.RATE_LIMITED: Advice(
        "Too many from one address",
        "One household or server sent more page views than RATE_LIMIT allows.",
        "If many people share an address behind your own proxy, name it in TRUSTED_PROXIES; "
        "else leave it, or raise RATE_LIMIT.",
    ),
    Reason.OPTED_OUT: Advice(
        "Asked not to be recognised",
        "The reader sends Do Not Track or Global Privacy Control.",
        "Nothing: the view is counted, the visitor is not.",
        EXPECTED,
    ),
    Reason.NETWORK_LIMIT: Advice(
        "Too many devices of one network",
        "One network brought more new devices in an hour than MAX_DEVICES_PER_NETWORK allows.",
        "The requests are counted, the devices are not. Raise the limit if a large office is behind it.",
    ),
    Reason.TOO_OLD: Advice(
        "Too old",
        "A summary of events was of a day that is not open any more.",
        "Nothing, if a device was off for more than a week; else look at its clock.",
        EXPECTED,
    ),
    Reason.UNDECLARED: Advice(
        "Not declared",
        "An event or a property is not in the app's declaration; the rest of its summary is counted.",
        "Add it to the declaration (telemetry-counter events declare), or stop sending it.",
        ACT,
    ),
    Reason.STORE_UNAVAILABLE: Advice(
        "The store was away",
        "The store did not take the hit in time, or the buffer was full.",
        "Look into the service's log and the store's memory and disk on that day; "
        "telemetry-counter doctor says how the store is now.",
        ACT,
    ),
}

OVERFLOW: dict[tuple[str, str], str] = {
    (CHECKS, "channels"): "Send one of a few names as channel, not a branch or a build.",
    (CHECKS, "platforms"): "Send the name of the system as platform, without its version.",
    (CHECKS, "architectures"): "Send one of a few names as arch, such as amd64 or arm64.",
    (
        CHECKS,
        "versions",
    ): "Development builds each have a version of their own: give them one name, such as dev.",
    (CHECKS, "cells"): "Too many combinations of channel, platform, arch and version: see which one varies.",
    (
        PAGES,
        "pages",
    ): "Paths hold something that differs for each reader: cut ids out of them before sending.",
    (
        PAGES,
        "referrers",
    ): "Most often referrer spam: somebody sends made-up addresses. Nothing is lost but names.",
    (
        PAGES,
        "pages_by_referrer",
    ): "Filters by path and referrer are less exact on that day; totals are right.",
    (
        EVENTS,
        "values",
    ): "A property holds free text or numbers: send a few named steps instead, such as 10-100.",
    (
        EVENTS,
        "events",
    ): "Names of events are made up at run time: use fixed names, and put the rest in a property.",
}
OTHERWISE = "Send fewer distinct values, or raise VALUE_CAP if they are all meant."


def overflow_advice(of: str, what: str) -> str:
    return OVERFLOW.get((of, what), OTHERWISE)
