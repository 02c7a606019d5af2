"""What the commands that report have in common: whose figures, and which."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from telemetry_counter.accounts.snapshot import Admin, Snapshot
from telemetry_counter.cli.session import Session
from telemetry_counter.errors import InvalidInput, NoSuchAdmin
from telemetry_counter.reporting.selection import Reach

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--owner", help="The admin.  [default: DEFAULT_OWNER]"),
    click.option("--range", "range_", help="today, week, month or year.  [default: today]"),
    click.option("--date", help="One day, YYYY-MM-DD."),
    click.option("--from", "from_", help="First day, YYYY-MM-DD."),
    click.option("--to", help="Last day, YYYY-MM-DD."),
    click.option("--apps", help="Only these apps, divided by commas."),
    click.option("--channels", help="Only these channels."),
    click.option("--platforms", help="Only these platforms."),
    click.option("--architectures", help="Only these architectures."),
)


def selection_options(command: Command) -> Command:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def parameters(given: dict[str, Any]) -> dict[str, str]:
    """Options as the parameters of the wire: `range_` is a word of Python's."""
    return {name.rstrip("_"): value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Asker:
    """An admin, the days that can be asked about, and the moment."""

    admin: Admin
    reach: Reach
    now: dt.datetime


async def asker(session: Session, owner: str | None) -> Asker:
    name = owner or session.settings.default_owner
    if not name:
        raise InvalidInput("--owner is needed where DEFAULT_OWNER is not set.")
    admin = (await session.registry.refresh(Snapshot())).admins.get(name)
    if admin is None:
        raise NoSuchAdmin(f"There is no admin {name}.")
    now = dt.datetime.now(dt.UTC)
    return Asker(admin, Reach(now.date(), session.settings.retention_days), now)
