"""All apps, and one of them with its releases."""

import datetime as dt

from telemetry_counter.accounts.snapshot import Admin, App
from telemetry_counter.counting import names
from telemetry_counter.dashboard.links import badges, public_page
from telemetry_counter.dashboard.managing.parts import (
    NOTHING_TYPED,
    FormView,
    Managing,
    Section,
    Typed,
    Way,
    name_field,
)
from telemetry_counter.dashboard.managing.places import Places
from telemetry_counter.dashboard.parts import Cell, Choice, Column, Table
from telemetry_counter.dashboard.wording import day, number
from telemetry_counter.releases.release import Release
from telemetry_counter.releases.versions import version_key
from telemetry_counter.reporting.public import FEWEST

NO_APP = "There is no app yet. One is made here, or with its first release."
PUBLIC = (
    "Anybody may see this app's rounded figures of full days: as badges, as a page and as JSON. Groups of "
    f"fewer than {FEWEST} devices and versions younger than a day are never shown."
)
PRIVATE = "Only you and your team see this app's figures. Its badges and its public page are not found."
DELETION = "Deletes the app, its releases and all that was counted of it. It cannot be brought back."


def apps_page(places: Places, admin: Admin, typed: Typed = NOTHING_TYPED) -> Managing:
    sections = [Section("Apps", table=apps_table(places, admin))]
    if places.may_change:
        name = name_field("app_name", names.APP, typed)
        form = FormView("create_app", "Create the app", [name], typed.problem)
        sections.append(Section("A new app", "a program or a site", form=form))
    return Managing(places.tabs(""), sections, address=places.changes)


def apps_table(places: Places, admin: Admin) -> Table:
    columns = [Column("App"), Column("Releases", is_number=True), Column("Created"), Column("Seen by")]
    rows = [
        [
            Cell(app.name, places.app(app.name)),
            Cell(number(len(app.releases))),
            Cell(day(app.created.date())),
            Cell("anybody", tag="public") if app.public else Cell("you and your team"),
        ]
        for app in sorted(admin.apps.values(), key=lambda app: app.name)
    ]
    return Table("Your apps", columns, rows, NO_APP)


def app_page(places: Places, owner: str, app: App, base: str, now: dt.datetime) -> Managing:
    """`base`: where the service is reached, as in https://counter.example.org."""
    sections = [releases_section(places, app, now), public_section(places, owner, app, base)]
    if places.may_change:
        way = Way("Delete the app", places.ask("delete_app", app_name=app.name), "danger")
        sections.append(Section("Delete", texts=[DELETION], ways=[way]))
    trail = [Choice("Apps", places.to())]
    return Managing(places.tabs(""), sections, trail, places.changes)


def public_section(places: Places, owner: str, app: App, base: str) -> Section:
    switch = places.ask("make_private" if app.public else "make_public", app_name=app.name)
    label = "Make it private" if app.public else "Make it public"
    ways = [Way(label, switch, "quiet" if app.public else "plain")] if places.may_change else []
    if not app.public:
        return Section("Public figures", "off", [PRIVATE], ways=ways)
    page, drawn = public_page(owner, app.name), badges(owner, app.name)
    return Section(
        "Public figures",
        "on",
        [PUBLIC, "For a README, in Markdown:"],
        codes=[f"[![{name}]({base}{address})]({base}{page})" for name, address in drawn],
        images=[(places.links.outside(address), f"Badge: {name}") for name, address in drawn],
        ways=[Way("Open the public page", places.links.outside(page), "quiet"), *ways],
    )


def releases_section(places: Places, app: App, now: dt.datetime) -> Section:
    releases = sorted(app.releases, key=lambda one: (version_key(one.version), one.id), reverse=True)
    columns = [Column(title) for title in ("Version", "For", "Published (UTC)", "State", "Packages")]
    table = Table(
        f"Releases of {app.name}",
        [*columns, *([Column("Change")] if places.may_change else [])],
        [release_row(places, one, now) for one in releases],
        "There is no release yet: update checks are answered that nothing was found.",
    )
    ways = [Way("Publish a release", places.to("apps", app.name, "publish"))] if places.may_change else []
    return Section("Releases", "what update checks are answered with", table=table, ways=ways)


def release_row(places: Places, release: Release, now: dt.datetime) -> list[Cell]:
    marks = [
        word for word, is_set in (("critical", release.critical), ("required", release.required)) if is_set
    ]
    cells = [
        Cell(release.version),
        Cell(_stated(release) or "all"),
        Cell(f"{release.published:%Y-%m-%d %H:%M}"),
        Cell(state(release, now), tag=", ".join(marks)),
        Cell(", ".join(name or "plain" for name in release.packages) or "none"),
    ]
    if not places.may_change:
        return cells
    if release.withdrawn:
        return [*cells, Cell("")]
    return [*cells, Cell("Withdraw", places.ask("withdraw", release_id=release.id), note="")]


def reach(release: Release) -> str:
    """Whom it is for."""
    return _stated(release) or "every channel, platform and architecture"


def _stated(release: Release) -> str:
    return " ".join(filter(None, (release.channel, release.platform, release.arch)))


def state(release: Release, now: dt.datetime) -> str:
    if release.withdrawn and release.withdrawn <= now:
        return "withdrawn"
    if release.published > now:
        return "scheduled"
    return f"rollout to {release.rollout_percent} %" if release.is_staged else "out"
