"""The command line. Commands that manage talk to the store itself, with or without a service."""

import click

from telemetry_counter import __version__
from telemetry_counter.cli.accounts import admin, app
from telemetry_counter.cli.adoption import adoption
from telemetry_counter.cli.demo import demo
from telemetry_counter.cli.doctor.command import doctor
from telemetry_counter.cli.events import events
from telemetry_counter.cli.export import export
from telemetry_counter.cli.importing import import_file
from telemetry_counter.cli.people import team, token
from telemetry_counter.cli.releases import release
from telemetry_counter.cli.reports import report
from telemetry_counter.cli.serve import serve
from telemetry_counter.errors import CounterError
from telemetry_counter.interrupts import end_interrupted
from telemetry_counter.store.connect import RedisError, server_text


class Program(click.Group):
    """Says what went wrong in one sentence, without a stack."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except KeyboardInterrupt as interrupt:
            end_interrupted(interrupt)
        except CounterError as error:
            raise click.ClickException(str(error)) from error
        except RedisError as error:
            raise click.ClickException(
                f"The store does not do what it is asked ({server_text(error)}); "
                "docs/redis.md says what it must be, and telemetry-counter doctor looks at it."
            ) from error


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="telemetry-counter")
def main() -> None:
    """A self-hosted usage counter: who uses which version of your software, counted privately."""


for command in (
    serve,
    admin,
    app,
    team,
    token,
    release,
    report,
    adoption,
    events,
    export,
    import_file,
    doctor,
    demo,
):
    main.add_command(command)
