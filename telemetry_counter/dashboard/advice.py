"""Why hits were not counted, in words, and what to do about it."""

from dataclasses import dataclass

from telemetry_counter.counting.outcomes import Reason
from telemetry_counter.reporting.uncounted import CHECKS, EVENTS, PAGES


@dataclass(frozen=True, slots=True)
class Advice:
    """`meaning` says what happened; `remedy` goes on after "To do:". `tone`: expected, look or act."""

    label: str
    meaning: str
    remedy: str
    tone: str = "look"

    @property
    def urgency(self) -> str:
        return URGENCY[self.tone]


EXPECTED, LOOK, ACT = "expected", "look", "act"
URGENCY = {EXPECTED: "as expected", LOOK: "worth a look", ACT: "to be mended"}

REASONS: dict[Reason, Advice] = {
    Reason.DISABLED: Advice(
        "Telemetry was off",
        "The service answered, but counts nothing while telemetry is off.",
        "set ENABLE_TELEMETRY=true and restart it.",
        ACT,
    ),
    Reason.UNKNOWN_APP: Advice(
        "Unknown app",
        "The request named an owner or an app that does not exist here.",
        "create the app, or correct the name where the request is made.",
        ACT,
    ),
    Reason.INVALID: Advice(
        "Invalid request",
        "A parameter was missing, too long, or held characters that are not taken.",
        "send such a request yourself with curl: the answer names the parameter. "
        "A sudden rise often means that a release builds its address wrongly.",
        ACT,
    ),
    Reason.TOO_LARGE: Advice(
        "Too large",
        "The query or the body was longer than is read.",
        "send fewer events in one summary, or shorter names.",
        ACT,
    ),
    Reason.NO_DEVICE: Advice(
        "No device id",
        "An update check came without X-Device-ID: it was answered, but cannot be counted as a device.",
        "have the program send a random id that it keeps; those who refuse one send the nil UUID, "
        "and their requests are counted.",
    ),
    Reason.BAD_DEVICE: Advice(
        "Device id too long",
        "X-Device-ID had more than 128 characters.",
        "send a UUID. A longer text is most likely not an id at all.",
        ACT,
    ),
    Reason.BOT: Advice(
        "A machine",
        "The reader is a crawler, a monitor or a library, by its User-Agent.",
        "nothing, these are no people.",
        EXPECTED,
    ),
    Reason.PREFETCH: Advice(
        "Fetched ahead",
        "A browser loaded the page before anybody asked for it.",
        "nothing. The view is counted if the page is then shown.",
        EXPECTED,
    ),
    Reason.HEAD: Advice(
        "Only looked whether it is there",
        "The request was a HEAD, which shows nobody anything.",
        "nothing. Link checkers and monitors do that.",
        EXPECTED,
    ),
    Reason.IMAGE_PROXY: Advice(
        "An image proxy",
        "A page badge was fetched once for many readers, as GitHub does.",
        "nothing. On pages of your own, use the pixel.",
        EXPECTED,
    ),
    Reason.RATE_LIMITED: Advice(
        "Too many from one address",
        "One household or server sent more page views than RATE_LIMIT allows.",
        "if many people share an address behind your own proxy, name it in TRUSTED_PROXIES; "
        "else leave it, or raise RATE_LIMIT.",
    ),
    Reason.OPTED_OUT: Advice(
        "Asked not to be recognised",
        "The reader sends Do Not Track or Global Privacy Control.",
        "nothing. The view is counted, the visitor is not.",
        EXPECTED,
    ),
    Reason.NETWORK_LIMIT: Advice(
        "Too many devices of one network",
        "One network brought more new devices in an hour than MAX_DEVICES_PER_NETWORK allows.",
        "raise the limit if a large office is behind it. The requests are counted, only the devices are not.",
    ),
    Reason.TOO_OLD: Advice(
        "Too old",
        "A summary of events was of a day that is not open any more.",
        "nothing if a device was off for more than a week; else look at its clock.",
        EXPECTED,
    ),
    Reason.UNDECLARED: Advice(
        "Not declared",
        "An event or a property is not in the app's declaration; the rest of its summary is counted.",
        "add it to the declaration (telemetry-counter events declare), or stop sending it.",
        ACT,
    ),
    Reason.STORE_UNAVAILABLE: Advice(
        "The store was away",
        "The store did not take the hit in time, or the buffer was full.",
        "look into the service's log and the store's memory and disk on that day; "
        "telemetry-counter doctor says how the store is now.",
        ACT,
    ),
}

OVERFLOW: dict[tuple[str, str], str] = {
    (CHECKS, "channels"): "send one of a few names as channel, not a branch or a build.",
    (CHECKS, "platforms"): "send the name of the system as platform, without its version.",
    (CHECKS, "architectures"): "send one of a few names as arch, such as amd64 or arm64.",
    (CHECKS, "versions"): "give development builds one name, such as dev, instead of a version each.",
    (CHECKS, "cells"): "see which of channel, platform, arch and version varies most, and send less of it.",
    (PAGES, "pages"): "cut out of the paths what differs for each reader, such as ids.",
    (
        PAGES,
        "referrers",
    ): "mostly nothing. This is how referrer spam looks; only its names are lost.",
    (PAGES, "pages_by_referrer"): "nothing. Only filters by path and referrer at once are less exact.",
    (EVENTS, "values"): "send a few named steps, such as 10-100, instead of free text or numbers.",
    (EVENTS, "events"): "use fixed names of events, and put what varies into a property.",
}
OTHERWISE = "send fewer distinct values, or raise VALUE_CAP if they are all meant."


def overflow_advice(of: str, what: str) -> str:
    return OVERFLOW.get((of, what), OTHERWISE)
