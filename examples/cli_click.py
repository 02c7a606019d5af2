"""A command-line program (click): counts its commands, asks for updates when told to, and has every switch.

python examples/cli_click.py resize 800
python examples/cli_click.py telemetry show
python examples/cli_click.py --debug-telemetry resize 800
"""

import os
import time

import click

from telemetry_counter.client import Telemetry, buckets
from telemetry_counter.client.click_commands import telemetry_group, telemetry_options

VERSION = "1.2.3"

telemetry = Telemetry(
    os.environ.get("COUNTER", "http://127.0.0.1:8000"),
    owner="acme",
    app="resizer",
    version=VERSION,
    channel="stable",
    command="resizer",
    read_more="https://acme.example/resizer/telemetry",
    collects=("which commands are used", "how long they take, roughly"),
)


@click.group()
@telemetry_options(telemetry)
@click.version_option(VERSION, message=f"resizer %(version)s ({telemetry.status()})")
@click.pass_context
def resizer(context: click.Context) -> None:
    """Make pictures smaller."""
    # The switches are parsed by now, so nothing has been counted or sent against them.
    telemetry.first_run_notice()
    context.with_resource(telemetry)


@resizer.command()
@click.argument("width", type=int)
def resize(width: int) -> None:
    """Resize to WIDTH."""
    began = time.monotonic()
    click.echo(f"resized to {width}")
    telemetry.send(
        "resize",
        {
            "event_properties": {"took": buckets.duration(time.monotonic() - began)},
            "user_properties": {"memory": buckets.memory_tier()},
        },
    )


@resizer.command()
def update() -> None:
    """Look for a newer version."""
    check = telemetry.check_for_updates(user_asked=True)
    if check.available:
        click.echo(f"there is an update{' that matters' if check.critical else ''}: {check.url}")
    else:
        click.echo("up to date" if check.outcome == "answered" else f"no answer: {check.detail}")


resizer.add_command(telemetry_group(telemetry))

if __name__ == "__main__":
    resizer()
