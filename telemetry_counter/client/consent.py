"""Whether telemetry is on, and why: the switches in the order they are asked. The first no decides."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from telemetry_counter.client.preferences import Choice

NO_NOTICE = "the notice about it has not been shown yet"

_NO = frozenset({"", "0", "false", "no", "off"})
_YES = frozenset({"1", "true", "yes", "on"})


class Status(NamedTuple):
    on: bool
    reason: str

    def __str__(self) -> str:
        return f"telemetry is {'on' if self.on else 'off'}: {self.reason}"


class Facts(NamedTuple):
    """All that bears on the decision. The texts are reasons against telemetry; empty is none."""

    environ: Mapping[str, str]
    variable: str
    flag: bool = False
    """--no-telemetry was given."""
    setting: bool | None = None
    """What the program's own configuration says."""
    config: str = ""
    """What a configuration file says against it."""
    choice: Choice = Choice()
    choice_trouble: str = ""
    surroundings: str = ""
    fault: str = ""
    """What is wrong with the program's use of the library."""


def decide(facts: Facts) -> Status:
    for objection in _SWITCHES:
        reason = objection(facts)
        if reason:
            return Status(False, reason)
    return Status(True, _why_on(facts.choice))


def is_set(value: str) -> bool:
    """Whether a variable such as DO_NOT_TRACK says yes."""
    return value.strip().lower() not in _NO


def _do_not_track(facts: Facts) -> str:
    return "DO_NOT_TRACK is set" if is_set(facts.environ.get("DO_NOT_TRACK", "")) else ""


def _variable(facts: Facts) -> str:
    """Whoever sets the variable to something unknown more likely meant no."""
    value = facts.environ.get(facts.variable, "").strip()
    return f"{facts.variable} is {value}" if value and value.lower() not in _YES else ""


def _flag(facts: Facts) -> str:
    return "--no-telemetry was given" if facts.flag else ""


def _config(facts: Facts) -> str:
    return "the program's settings say so" if facts.setting is False else facts.config


def _choice(facts: Facts) -> str:
    return facts.choice_trouble or ("it was switched off" if facts.choice.telemetry == "off" else "")


def _fault(facts: Facts) -> str:
    return facts.fault


def _surroundings(facts: Facts) -> str:
    return facts.surroundings


def _notice(facts: Facts) -> str:
    return "" if facts.choice.notice or facts.choice.telemetry == "on" else NO_NOTICE


_SWITCHES: tuple[Callable[[Facts], str], ...] = (
    _do_not_track,
    _variable,
    _flag,
    _config,
    _choice,
    _fault,
    _surroundings,
    _notice,
)


def _why_on(choice: Choice) -> str:
    return "it was switched on" if choice.telemetry == "on" else f"the notice was shown on {choice.notice}"
