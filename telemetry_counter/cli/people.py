"""team and token: who reads an admin's figures."""

import click
import msgspec

from telemetry_counter.accounts.snapshot import TeamUser
from telemetry_counter.cli.naming import did_you_mean
from telemetry_counter.cli.screen import table
from telemetry_counter.cli.session import Session, run
from telemetry_counter.cli.tables import print_table
from telemetry_counter.counting import names


@click.group()
def team() -> None:
    """Team users: they read their admin's figures, and filter by what they are granted."""


@team.command("add")
@click.argument("owner", metavar="ADMIN")
@click.argument("user", metavar="USER", default="")
@click.option("--apps", default="", help="Apps the user may filter by, divided by commas.")
@click.option("--channels", default="", help="Channels, likewise.")
@click.option("--platforms", default="", help="Platforms, likewise.")
@click.option("--architectures", default="", help="Architectures, likewise.")
def add_user(owner: str, user: str, apps: str, channels: str, platforms: str, architectures: str) -> None:
    """Add a team user and print a token, once. Reads all figures of the admin, filters by what is granted.

    Adding somebody again replaces what is granted; earlier tokens stay valid.
    """
    if not user:
        admin, _, name = owner.partition("/")
        example = f"telemetry-counter team add {admin or 'acme'} {name or 'mara'}"
        raise click.UsageError(f"It is team add ADMIN USER, two names: {example}")
    granted = TeamUser(
        apps=read_names(names.APP, apps),
        channels=read_names(names.CHANNEL, channels),
        platforms=read_names(names.PLATFORM, platforms),
        architectures=read_names(names.ARCH, architectures),
    )
    token, known = run(lambda session: add_in(session, owner, user, granted))
    click.echo(f"{user} reads the figures of {owner}. A token, which is not shown again:", err=True)
    click.echo(token)
    for app in sorted(granted.apps - known):
        near = did_you_mean(app, known)
        click.secho(f"{owner} has no app {app}; the grant waits for one.{near}", fg="yellow", err=True)


async def add_in(session: Session, owner: str, user: str, granted: TeamUser) -> tuple[str, set[str]]:
    """The token, and the apps there are."""
    token = await session.registry.add_team_user(owner, user, granted)
    return token, set(await session.registry.apps(owner))


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
    empty = f"{owner} has no team user yet: telemetry-counter team add {owner} USER"
    table(columns, rows, empty, breaks_cells=True)


@team.command("remove")
@click.argument("owner")
@click.argument("user")
def remove_user(owner: str, user: str) -> None:
    """Remove a team user with all tokens."""
    run(lambda session: session.registry.remove_team_user(owner, user))
    click.echo(f"{user} reads the figures of {owner} no more.", err=True)


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


def read_names(kind: names.Name, text: str) -> frozenset[str]:
    return frozenset(kind.check(value) for value in text.split(",") if value)
