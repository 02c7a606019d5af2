"""The form that publishes a release, and the release that was typed into it."""

import datetime as dt

from telemetry_counter.accounts.snapshot import App
from telemetry_counter.counting import names
from telemetry_counter.dashboard.managing.apps import reach
from telemetry_counter.dashboard.managing.parts import Field, FormView, Managing, Section, Typed
from telemetry_counter.dashboard.managing.places import Places
from telemetry_counter.dashboard.parts import Choice
from telemetry_counter.errors import InvalidInput
from telemetry_counter.releases import bounds
from telemetry_counter.releases.packages import LOOKED_FOR
from telemetry_counter.releases.publishing import moment_text
from telemetry_counter.releases.release import Release, release_from_input

SHOWN_CHARACTERS = 300
"""Of a changelog, where the release is asked about."""

FIELDS = (
    Field("version", "Version", is_required=True, max_length=names.VERSION.max_length, hint="As in 1.4.0."),
    Field("channel", "Channel", max_length=names.CHANNEL.max_length, hint="Empty: every channel."),
    Field("platform", "Platform", max_length=names.PLATFORM.max_length, hint="Empty: every platform."),
    Field("arch", "Architecture", max_length=names.ARCH.max_length, hint="Empty: every architecture."),
    Field("url", "URL of the download", max_length=bounds.URL_LENGTH, hint="Empty: nothing to download."),
    Field(
        "package",
        "Package",
        max_length=names.PACKAGE.max_length,
        hint="Which package the URL is for, such as deb. Publish the version again to add another. "
        f"Updaters look for {LOOKED_FOR}, or take the plain one (empty).",
    ),
    Field("changelog", "What is new", kind="textarea", hint="At most 16 KiB; clients may show it."),
    Field(
        "published",
        "Published (UTC)",
        kind="datetime-local",
        hint="Empty: now, or as it is scheduled. A time to come schedules it.",
    ),
    Field("rollout_percent", "Rollout, per cent", kind="number", hint="Empty: every device at once."),
    Field(
        "rollout_seed",
        "Seed of the rollout",
        max_length=bounds.SEED_BYTES,
        hint="Empty: every release draws its devices anew.",
    ),
    Field("signature", "Signature", max_length=bounds.SIGNATURE_BYTES, hint="The updater's (Tauri)."),
    Field("critical", "Critical: tell clients that the update matters", kind="checkbox"),
    Field("required", "Required: no update may skip this release", kind="checkbox"),
)


def publish_page(places: Places, app: App, typed: Typed) -> Managing:
    fields = [filled(field, typed) for field in FIELDS]
    form = FormView("publish", "Publish", fields, typed.problem, [("app_name", app.name)])
    trail = [Choice("Apps", places.to()), Choice(app.name, places.app(app.name))]
    section = Section("The release", "only the version is needed", form=form)
    return Managing(places.tabs(""), [section], trail, places.changes)


def filled(field: Field, typed: Typed) -> Field:
    is_wrong = typed.is_about(field.name) or (field.name == "url" and typed.problem.startswith("The URL"))
    return Field(
        field.name,
        field.label,
        typed.get(field.name),
        field.kind,
        field.hint,
        field.is_required,
        field.max_length,
        is_wrong=is_wrong,
    )


def release_of(typed: Typed, now: dt.datetime) -> Release:
    """Raises InvalidInput, with a sentence that begins with the field's name."""
    if typed.get("package") and not typed.get("url"):
        raise InvalidInput("package needs the URL of that package.")
    return release_from_input(
        app=typed.get("app_name"),
        version=typed.get("version"),
        channel=typed.get("channel"),
        platform=typed.get("platform"),
        arch=typed.get("arch"),
        packages={typed.get("package"): typed.get("url")} if typed.get("url") else {},
        changelog=typed.get("changelog"),
        critical=bool(typed.get("critical")),
        required=bool(typed.get("required")),
        rollout_percent=read_percent(typed.get("rollout_percent")),
        rollout_seed=typed.get("rollout_seed"),
        signature=typed.get("signature"),
        published=read_moment(typed.get("published")) if typed.get("published") else now,
    )


def read_percent(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        raise InvalidInput("rollout_percent must be a whole number from 0 to 100, or empty.")
    return int(text)


def read_moment(text: str) -> dt.datetime:
    """UTC unless it says otherwise."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("published must be a time like 2025-06-16T12:00, or empty.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def release_facts(release: Release, is_now: bool, at: dt.datetime) -> list[tuple[str, str]]:
    """`at`: the time that will stand."""
    staged = "" if release.rollout_percent is None else f"{release.rollout_percent} % of the devices"
    given = [
        ("For", reach(release)),
        ("Published", "now" if is_now else moment_text(at)),
        *((name or "Download", url) for name, url in release.packages.items()),
        ("Rollout", staged),
        ("Critical", "yes" if release.critical else ""),
        ("Required", "yes" if release.required else ""),
        ("What is new", release.changelog[:SHOWN_CHARACTERS]),
    ]
    return [(name, value) for name, value in given if value]
