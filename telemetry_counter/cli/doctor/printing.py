"""The findings as a table for people, or as lines with tabs for pipes."""

from collections import Counter
from collections.abc import Sequence

import click

from telemetry_counter.cli.doctor.finding import Finding, Verdict
from telemetry_counter.cli.tables import is_terminal

STYLES = {Verdict.GOOD: "green", Verdict.NOTE: "yellow", Verdict.BAD: "bold red"}


def show(sections: Sequence[tuple[str, Sequence[Finding]]]) -> None:
    """Into a pipe: verdict, section, what, what to do."""
    if is_terminal():
        _print_rich(sections)
    else:
        for section, findings in sections:
            for finding in findings:
                click.echo("\t".join((finding.verdict, section, finding.what, finding.advice)))
    verdicts = Counter(finding.verdict for _, findings in sections for finding in findings)
    click.echo(
        f"{verdicts[Verdict.BAD]} bad, {verdicts[Verdict.NOTE]} to note, {verdicts[Verdict.GOOD]} ok",
        err=True,
    )


def _print_rich(sections: Sequence[tuple[str, Sequence[Finding]]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    before = ""
    for section, findings in sections:
        for finding in findings:
            said = Text(finding.what)
            if finding.advice:
                said.append(f"\n→ {finding.advice}", style=STYLES[finding.verdict])
            table.add_row(
                Text(finding.verdict, style=STYLES[finding.verdict]),
                section if section != before else "",
                said,
            )
            before = section
    Console().print(table)
