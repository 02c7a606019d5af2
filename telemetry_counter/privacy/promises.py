"""What the service promises, and where in the source each sentence is kept true.

PRIVACY.md and `/telemetry/policy` state these sentences; tests/test_privacy.py holds a test for each key.
"""

from dataclasses import asdict, dataclass

NEVER, KEPT, CHOICE = "What is never collected", "How long", "Your choice"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things are kept here."""

    retention_days: int
    history_days: int
    salt_hours: int
    summary_days: int
    fewest: int


@dataclass(frozen=True, slots=True)
class Promise:
    """`text` may name fields of Terms in braces. `sources`: paths in this repository."""

    key: str
    topic: str
    text: str
    sources: tuple[str, ...]

    def sentence(self, terms: Terms) -> str:
        return self.text.format_map(asdict(terms))


PROMISES = (
    Promise(
        "no_device_id",
        NEVER,
        "The id of a device is never written anywhere: a keyed hash of it changes a sketch, from which "
        "neither can be read back.",
        ("telemetry_counter/counting/devices.py", "telemetry_counter/store/lua/commit.lua"),
    ),
    Promise(
        "no_address",
        NEVER,
        "IP addresses are never written anywhere, not in the store and not in a log.",
        ("telemetry_counter/routes/page_readers.py", "telemetry_counter/pages/visitors.py"),
    ),
    Promise(
        "no_user_agent",
        NEVER,
        "Nor are User-Agents: only the families of a reader's browser and system are counted.",
        ("telemetry_counter/pages/agents.py",),
    ),
    Promise(
        "no_query",
        NEVER,
        "Of a page's address only the path is counted, and the campaign (utm) that led to it: no other part "
        "of its query, and nothing of the address of the page before it but the host.",
        ("telemetry_counter/pages/paths.py", "telemetry_counter/pages/referrers.py"),
    ),
    Promise(
        "no_personal_value",
        NEVER,
        "What a program reports with an event is a short word: the path of a file, a web address or an "
        "e-mail address cannot be one.",
        ("telemetry_counter/events/names.py", "telemetry_counter/client/names.py"),
    ),
    Promise(
        "no_time_of_day",
        NEVER,
        "Of update checks and of a program's events the day is kept, and neither the time nor the order.",
        ("telemetry_counter/store/lua/commit.lua", "telemetry_counter/store/lua/event_batch.lua"),
    ),
    Promise(
        "no_cookie",
        NEVER,
        "What counts sets no cookie and keeps nothing in a browser; only who signs in to the dashboard gets "
        "a cookie.",
        ("telemetry_counter/routes/page_answers.py", "telemetry_counter/static/hit.js"),
    ),
    Promise(
        "no_third_party",
        NEVER,
        "Nothing is passed on: the service itself opens no connection but the one to its store.",
        ("telemetry_counter/store/connect.py",),
    ),
    Promise(
        "counts_expire",
        KEPT,
        "All counters and sketches are deleted {retention_days} days after their day has ended.",
        ("telemetry_counter/counting/clock.py", "telemetry_counter/store/lua/commit.lua"),
    ),
    Promise(
        "sums_expire",
        KEPT,
        "Of a day's update checks plain sums are kept for {history_days} days, such as how many devices were "
        "on a version; no sketch is, so nothing leads back to one.",
        ("telemetry_counter/reporting/history.py", "telemetry_counter/store/reading/history.py"),
    ),
    Promise(
        "salts_expire",
        KEPT,
        "The salt by which a page's visitor is recognised within a day is deleted after {salt_hours} hours, "
        "so that nobody is recognised on another day.",
        ("telemetry_counter/store/salts.py",),
    ),
    Promise(
        "summaries_are_forgotten",
        KEPT,
        "That a summary of events was counted is remembered for at most {summary_days} days, by a hash of "
        "the summary's own random number, which leads to no device.",
        ("telemetry_counter/store/committing/event_batches.py",),
    ),
    Promise(
        "off_is_off",
        CHOICE,
        "Where the operator has not switched telemetry on, update checks are answered, and nothing is "
        "counted or kept.",
        ("telemetry_counter/routes/update_queries.py", "telemetry_counter/routes/client_events.py"),
    ),
    Promise(
        "refused_id",
        CHOICE,
        "Who refuses to have an id is no device: a program then sends the nil UUID, with which the request "
        "alone is counted.",
        ("telemetry_counter/counting/devices.py",),
    ),
    Promise(
        "refused_recognition",
        CHOICE,
        "A browser that sends Sec-GPC: 1 or DNT: 1 is never counted as a visitor; the page view is.",
        ("telemetry_counter/routes/page_readers.py",),
    ),
    Promise(
        "client_consent",
        CHOICE,
        "A program with our client library counts and sends nothing before its notice was shown, and "
        "nothing where DO_NOT_TRACK, its own variable, its settings or its command `telemetry off` say no.",
        ("telemetry_counter/client/consent.py", "telemetry_counter/client/switchboard.py"),
    ),
    Promise(
        "client_forgets",
        CHOICE,
        "Its command `telemetry show` prints all that it keeps and would send, and `telemetry forget` "
        "deletes the id and the counts.",
        ("telemetry_counter/client/commands.py", "telemetry_counter/client/showing.py"),
    ),
    Promise(
        "only_declared",
        CHOICE,
        "Where an app has declared which events it sends, anything else that it sends is refused.",
        ("telemetry_counter/events/declaration.py",),
    ),
    Promise(
        "unknown_is_dropped",
        CHOICE,
        "What names an app that does not exist here is dropped and leaves nothing behind.",
        ("telemetry_counter/routes/update_queries.py", "telemetry_counter/routes/client_events.py"),
    ),
    Promise(
        "owners_only",
        CHOICE,
        "Reports are open to the app's owner and the owner's team, with a token of which only a hash is "
        "kept. Only where the owner has made an app public may anybody see more: figures of full days, "
        "rounded to two digits, in which no group of fewer than {fewest} devices and no version younger than "
        "a day is shown.",
        (
            "telemetry_counter/routes/access.py",
            "telemetry_counter/accounts/tokens.py",
            "telemetry_counter/reporting/public.py",
        ),
    ),
)
