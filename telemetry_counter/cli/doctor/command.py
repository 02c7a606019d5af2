"""doctor: settings, store, figures and service; a verdict a line, and what to do."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from telemetry_counter.cli.doctor.finding import Verdict, bad, note
from telemetry_counter.cli.doctor.of_service import base_of, of_service, whether_it_counts
from telemetry_counter.cli.doctor.of_settings import of_settings
from telemetry_counter.cli.doctor.printing import show
from telemetry_counter.cli.doctor.stored import Section, of_everything
from telemetry_counter.cli.session import NoStore, Session, run
from telemetry_counter.errors import CounterError, StoreUnavailable
from telemetry_counter.settings import load_settings

DOTENV = Path(".env")
MAKE_OR_LOOK = "telemetry-counter admin create NAME, or doctor with the service's own DATA_DIR or REDIS_URL"


@click.command()
@click.option("--url", help="The running service, as programs reach it.  [default: http://HOST:PORT]")
@click.option("--token", help="A token, to be told what the service sees of a request.")
@click.option("--strict", is_flag=True, help="End with 1 for a note too.")
def doctor(url: str | None, token: str | None, strict: bool) -> None:
    """Look at settings, store, figures and service, and say what to do.

    Ends with 0 if nothing is bad (there may be notes), with 1 if something is.
    """
    settings = load_settings()
    base = base_of(settings, url)
    counts = whether_it_counts(base)
    sections: list[Section] = [("settings", list(of_settings(settings, os.environ, DOTENV, counts)))]
    sections += look_at_store()
    sections.append(("service", list(of_service(base, settings.metrics_token, token, is_named=bool(url)))))
    show(sections)
    verdicts = {finding.verdict for _, findings in sections for finding in findings}
    if Verdict.BAD in verdicts or (strict and Verdict.NOTE in verdicts):
        raise SystemExit(1)


def look_at_store() -> Iterator[Section]:
    """All that was found out, also where the store was away before the end."""
    sections: list[Section] = []

    async def look(session: Session) -> None:
        async for section in of_everything(session, DOTENV):
            sections.append(section)

    try:
        run(look)
    except StoreUnavailable as error:
        sections.append(("store", [bad(str(error), "start the store, or mend REDIS_URL")]))
    except NoStore as error:
        sections.append(("store", [note(f"there is no store at {error.directory}", MAKE_OR_LOOK)]))
    except CounterError as error:
        sections.append(("store", [bad(str(error), "mend DATA_DIR, or set REDIS_URL")]))
    yield from sections
