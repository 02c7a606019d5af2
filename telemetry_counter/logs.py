"""Log lines: one for each event worth reading, as JSON for machines or as text for people.

No id, no address and no text of a client's goes into one.
"""

import datetime as dt
import json
import logging
import sys
import traceback
from contextlib import suppress
from typing import Any

from telemetry_counter.errors import CounterError

LOGGER = "telemetry_counter"
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH")
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
"""What every record has; the rest is what the event has to say of itself."""

requests = logging.getLogger(f"{LOGGER}.requests")


class JsonLines(logging.Formatter):
    """`time`, `level`, `event` (the logger's name without ours), `message`, and the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": moment(record.created),
            "level": record.levelname.lower(),
            "event": record.name.removeprefix(f"{LOGGER}."),
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info and record.exc_info[1]:
            line["stack"] = stack_of(record.exc_info[1])
        return json.dumps(line, default=str, ensure_ascii=False)


class TextLines(logging.Formatter):
    """The same for people: one line, and a stack below it."""

    def format(self, record: logging.LogRecord) -> str:
        event = record.name.removeprefix(f"{LOGGER}.")
        line = f"{moment(record.created)} {record.levelname} {event}: {record.getMessage()}"
        return f"{line}\n{stack_of(record.exc_info[1])}" if record.exc_info and record.exc_info[1] else line


class Once(logging.Filter):
    """Drops an exception's second line: ours says where it was, uvicorn's only that it was."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        is_new = not getattr(error, "is_logged", False)
        with suppress(AttributeError):
            error.is_logged = True  # type: ignore[attr-defined]
        return is_new


def stack_of(error: BaseException) -> str:
    """Where it went wrong, and the kind of error.

    Texts of errors may repeat what a client sent, so only the system's and our own keep theirs.
    """
    lines = traceback.format_tb(error.__traceback__)
    text = f": {error}" if isinstance(error, OSError | CounterError) else ""
    return "".join([*lines, f"{type(error).__name__}{text}"])


def moment(seconds: float) -> str:
    """UTC, to the millisecond."""
    when = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as `extra`, or as the one mapping that a message is filled from."""
    named = record.args if isinstance(record.args, dict) else {}
    extra = {name: value for name, value in vars(record).items() if name not in USUAL}
    return {**named, **extra}


def access_log(method: str, route: str, status: int, seconds: float) -> None:
    """A line for a request."""
    shown = {
        "method": method if method in METHODS else "other",
        "route": route or "none",
        "status": status,
        "milliseconds": round(1000 * seconds, 2),
    }
    requests.info("%(method)s %(route)s %(status)d in %(milliseconds).2f ms", shown)


def is_json(log_format: str) -> bool:
    """Whether lines are JSON; with `auto`, wherever standard error is no terminal."""
    return log_format.lower() == "json" or (log_format.lower() == "auto" and not sys.stderr.isatty())


def log_config(level: str, log_format: str) -> dict[str, Any]:
    """For logging.config: our lines from `level` on, those of libraries from warnings on.

    uvicorn's from errors on, and with LOG_LEVEL=debug from warnings on. Of what is no HTTP, which anybody can
    send without end, there is no line at any level: serving/connections.py answers it before uvicorn warns.
    """
    formatter = JsonLines if is_json(log_format) else TextLines
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{formatter.__name__}"}},
        "filters": {"once": {"()": f"{__name__}.{Once.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["once"]}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            LOGGER: {"handlers": ["stderr"], "level": level.upper(), "propagate": False},
            requests.name: {"level": "INFO"},  # switched by ACCESS_LOG alone
            "uvicorn": {"level": "WARNING" if level.lower() == "debug" else "ERROR"},
        },
    }
