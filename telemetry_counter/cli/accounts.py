"""admin, app, team and token."""

import datetime as dt

import click
import msgspec

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.cli.session import Session, run, split_app
from telemetry_counter.cli.tables import print_table
from telemetry_counter.counting import names
from telemetry_counter.store.audit import KEPT
from telemetry_counter.store.removal import Removal


@click.group()
def admin() -> None:
    """Admins: tenants, each of whom sees its own apps only."""


@admin.command("create")
@click.argument("name")
def create_admin(name: str) -> None:
    """Create an admin and print its token, once."""
    token = run(lambda session: session.registry.create_admin(name))
    click.echo(f"Admin {name} created. Its token, which is not shown again:", err=True)
    click.echo(token)


@admin.command("list")
def list_admins() -> None:
    """List all admins."""

    async def work(session: Session) -> list[tuple[str, ...]]:
        names = await session.registry.admins()
        return [(name, str(len(await session.registry.apps(name)))) for name in names]

    print_table(
        ("Admin", "Apps"), run(work), empty="There is no admin yet: telemetry-counter admin create NAME"
    )


@admin.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_admin(name: str, yes: bool) -> None:
    """Delete an admin with apps, releases, team, tokens and all that was counted."""
    apps = run(lambda session: session.registry.apps(name))
    having = f"the admin {name}, {len(apps)} apps, all releases, tokens and figures"
    ask(f"This deletes {having}, for ever.", yes)
    run(lambda session: removal(session).delete_admin(name, today()))
    click.echo(f"Admin {name} is deleted.", err=True)


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
    names = run(lambda session: session.registry.apps(owner))
    empty = f"{owner} has no app yet: telemetry-counter app create {owner}/APP"
    print_table(("App",), [(name,) for name in names], empty=empty)


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


@click.group()
def team() -> None:
    """Team users: they read their admin's figures, and filter by what they are granted."""


@team.command("add")
@click.argument("owner")
@click.argument("user")
@click.option("--apps", default="", help="Apps the user may filter by, divided by commas.")
@click.option("--channels", default="", help="Channels, likewise.")
@click.option("--platforms", default="", help="Platforms, likewise.")
@click.option("--architectures", default="", help="Architectures, likewise.")
def add_user(owner: str, user: str, apps: str, channels: str, platforms: str, architectures: str) -> None:
    """Add a team user and print a token, once. Reads all figures of the admin, filters by what is granted.

    Adding somebody again replaces what is granted; earlier tokens stay valid.
    """
    granted = TeamUser(
        apps=read_names(names.APP, apps),
        channels=read_names(names.CHANNEL, channels),
        platforms=read_names(names.PLATFORM, platforms),
        architectures=read_names(names.ARCH, architectures),
    )
    token = run(lambda session: session.registry.add_team_user(owner, user, granted))
    click.echo(f"{user} reads the figures of {owner}. A token, which is not shown again:", err=True)
    click.echo(token)


@team.command("list")
@click.argument("owner")
def list_users(owner: str) -> None:
    """List an admin's team users and what they may filter by."""
    users = run(lambda session: session.registry.team(owner))
    rows = [
        (name, *(", ".join(sorted(granted)) or "-" for granted in msgspec.structs.astuple(user)))
        for name, user in sorted(users.items())
    ]
    columns = ("User", "Filters by apps", "Channels", "Platforms", "Architectures")
    print_table(columns, rows, empty=f"{owner} has no team user yet: telemetry-counter team add {owner} USER")


@team.command("remove")
@click.argument("owner")
@click.argument("user")
def remove_user(owner: str, user: str) -> None:
    """Remove a team user with all tokens."""
    run(lambda session: session.registry.remove_team_user(owner, user))
    click.echo(f"{user} reads the figures of {owner} no more.", err=True)


def ask(sentence: str, yes: bool) -> None:
    """Goes on only if the answer is yes."""
    if not yes:
        click.confirm(f"{sentence} Delete?", abort=True, err=True)


def removal(session: Session) -> Removal:
    return Removal(session.client, session.keys, session.registry, session.settings.retention_days)


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def read_names(kind: names.Name, text: str) -> frozenset[str]:
    return frozenset(kind.check(value) for value in text.split(",") if value)


@click.group()
def token() -> None:
    """Tokens, which open the reports."""


@token.command("create")
@click.argument("owner")
def create_token(owner: str) -> None:
    """Create another token for an admin and print it, once."""

    async def work(session: Session) -> str:
        await session.registry.tokens(owner)
        return await session.registry.create_token(owner)

    click.echo(run(work))


@token.command("list")
@click.argument("owner")
def list_tokens(owner: str) -> None:
    """List the tokens of an admin and its team: their ids, never the tokens."""
    tokens = run(lambda session: session.registry.tokens(owner)).values()
    rows = [(one.id, one.user or "admin", f"{one.created:%Y-%m-%d %H:%M} UTC") for one in tokens]
    print_table(("Id", "Of", "Created"), sorted(rows, key=lambda row: row[2]), empty=f"{owner} has no token.")


@token.command("revoke")
@click.argument("which", metavar="TOKEN_OR_ID")
def revoke_token(which: str) -> None:
    """Revoke a token; services refuse it within a second. Its id is in the output of token list."""
    revoked = run(lambda session: session.registry.revoke_token(which))
    click.echo(f"Token {revoked.id} of {revoked.user or revoked.admin} is revoked.", err=True)
