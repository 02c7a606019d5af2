"""What `release publish` did, in sentences."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields

import click

from telemetry_counter.cli.naming import did_you_mean
from telemetry_counter.cli.session import split_app
from telemetry_counter.releases.publishing import dropped_sentence, kept_sentence, moment_text
from telemetry_counter.releases.release import Release


@dataclass(frozen=True, slots=True)
class Publication:
    """`others`: the apps there were, if this one is new. `old`: the release as it was, if there was one."""

    others: list[str] | None
    old: Release | None
    stored: Release


def sentences(path: str, given: Release, done: Publication, now: dt.datetime) -> Iterator[str]:
    old, stored = done.old, done.stored
    if done.others is not None:
        yield of_new_app(path, done.others)
    if not stored.packages:
        yield "It has no URL: clients hear of it, but get nothing to download."
    yield f"{path} {stored.version} {what_was_done(old, stored, now)}; its id is {stored.id}."
    if old:
        yield from filter(None, (kept_sentence(given, stored), dropped_sentence(old, stored)))
        if stored.is_staged and given.rollout_percent is None:
            yield "Publish it with --rollout 100 to offer it to every device."


def of_new_app(path: str, others: list[str]) -> str:
    """Stands out where it may be a slip: an admin's first app is none."""
    owner, app = split_app(path)
    if not others:
        return f"App {path} created."
    near = did_you_mean(app, others, f"{owner}/")
    undo = f"If it is a slip: telemetry-counter app delete {path}"
    return click.style(f"There was no app {path}: it is created now.{near}\n{undo}", fg="yellow", bold=True)


def what_was_done(old: Release | None, stored: Release, now: dt.datetime) -> str:
    is_out = stored.published <= now
    due = "" if is_out else f", due at {moment_text(stored.published)}"
    done = "published" if is_out else "scheduled"
    if old is None:
        return f"is {done} for {reach(stored)}{due}"
    if old.withdrawn:
        return f"was withdrawn, and is {done} again for {reach(stored)}{due}"
    if is_out and old.published > now:
        return f"was scheduled, and is published now for {reach(stored)}"
    names = [one.name for one in fields(Release) if getattr(old, one.name) != getattr(stored, one.name)]
    changed = ", ".join(name.replace("_", " ") for name in names)
    what = f"changed now: {changed}" if changed else "nothing was changed"
    return f"was {done} already for {reach(stored)}{due}, {what}"


def reach(release: Release) -> str:
    stated = [release.channel, release.platform, release.arch]
    return " ".join(filter(None, stated)) or "every channel, platform and architecture"
