"""admin and app: what there is, and deleting it."""

import datetime as dt

import click

from telemetry_counter.cli.session import Session, run, split_app
from telemetry_counter.cli.tables import print_table
from telemetry_counter.counting import names
from telemetry_counter.errors import NoSuchAdmin
from telemetry_counter.store.audit import KEPT
from telemetry_counter.store.removal import Removal


@click.group()
def admin() -> None:
    """Admins: tenants, each of whom sees its own apps only."""


@admin.command("create")
@click.argument("name")
def create_admin(name: str) -> None:
    """Create an admin and print its token, once."""
    token = run(lambda session: session.registry.create_admin(name), makes_store=True)
    click.echo(f"Admin {name} created. Its token, which is not shown again:", err=True)
    click.echo(token)


@admin.command("list")
def list_admins() -> None:
    """List all admins."""

    async def work(session: Session) -> list[tuple[str, ...]]:
        admins = await session.registry.admins()
        return [(name, str(len(await session.registry.apps(name)))) for name in admins]

    print_table(
        ("Admin", "Apps"), run(work), empty="There is no admin yet: telemetry-counter admin create NAME"
    )


@admin.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_admin(name: str, yes: bool) -> None:
    """Delete an admin with apps, releases, team, tokens and all that was counted."""
    names.OWNER.check(name)
    apps = run(lambda session: apps_of(session, name))
    if apps is None:
        delete_left_over(name, yes)
        return
    number = f"{len(apps)} app{'' if len(apps) == 1 else 's'}"
    having = f"the admin {name}, {number}, all releases, tokens and figures"
    ask(f"This deletes {having}, for ever.", yes)
    run(lambda session: removal(session).delete_admin(name, today()))
    click.echo(f"Admin {name} is deleted.", err=True)


async def apps_of(session: Session, name: str) -> list[str] | None:
    """The admin's apps; None if it is not listed but something of it is left. Raises NoSuchAdmin."""
    try:
        return await session.registry.apps(name)
    except NoSuchAdmin:
        if not await removal(session).leaves_something(name, today()):
            raise
    return None


def delete_left_over(name: str, yes: bool) -> None:
    ask(f"There is no admin {name}, but something is left of one. This deletes it, for ever.", yes)
    run(lambda session: removal(session).delete_unlisted(name, today()))
    click.echo(f"There was no admin {name}; what was left of one is deleted.", err=True)


@admin.command("log")
@click.argument("name")
@click.option("--last", type=click.IntRange(1, KEPT), default=50, show_default=True, help="How many changes.")
def show_log(name: str, last: int) -> None:
    """Show who changed what of an admin's apps, releases, team and tokens, the newest first."""
    entries = run(lambda session: session.registry.log(name, last))
    rows = [(f"{one.at:%Y-%m-%d %H:%M:%S}", one.by, one.sentence) for one in entries]
    print_table(("When (UTC)", "Who", "What"), rows, empty=f"Nothing of {name} was changed yet.")


@click.group()
def app() -> None:
    """Apps: programs that check for updates, and sites."""


@app.command("create")
@click.argument("path", metavar="OWNER/APP")
def create_app(path: str) -> None:
    """Create an app, so that its hits are counted."""
    owner, name = split_app(path)
    created = run(lambda session: session.registry.create_app(owner, name))
    click.echo(f"App {path} created." if created else f"App {path} exists already.", err=True)


@app.command("list")
@click.argument("owner")
def list_apps(owner: str) -> None:
    """List the apps of an admin."""
    apps = run(lambda session: session.registry.apps(owner))
    empty = f"{owner} has no app yet: telemetry-counter app create {owner}/APP"
    print_table(("App",), [(name,) for name in apps], empty=empty)


@app.command("delete")
@click.argument("path", metavar="OWNER/APP")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_app(path: str, yes: bool) -> None:
    """Delete an app with its releases and all that was counted of it."""
    owner, name = split_app(path)
    run(lambda session: session.registry.expect_app(owner, name))
    ask(f"This deletes {path}, its releases and all figures of it, for ever.", yes)
    run(lambda session: removal(session).delete_app(owner, name, today()))
    click.echo(f"App {path} is deleted.", err=True)


@app.command("public")
@click.argument("path", metavar="OWNER/APP")
@click.argument("switch", type=click.Choice(["on", "off"]))
def make_public(path: str, switch: str) -> None:
    """Let anybody see an app's rounded figures, as badges and a page, or let nobody but the team."""
    owner, name = split_app(path)
    run(lambda session: session.registry.set_public(owner, name, switch == "on"))
    if switch == "off":
        click.echo(f"{path} is private: its badges and its page are gone.", err=True)
        return
    click.echo(f"{path} is public: rounded figures of full days, at /public/{path} and as badges:", err=True)
    click.echo(f"/badge/{path}/devices.svg")


def ask(sentence: str, yes: bool) -> None:
    """Ends the command unless the answer is yes."""
    if not yes:
        click.confirm(f"{sentence} Delete?", abort=True, err=True)


def removal(session: Session) -> Removal:
    return Removal(session.client, session.keys, session.registry, session.settings.retention_days)


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
