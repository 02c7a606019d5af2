"""What `telemetry show` and debug mode print: where things are kept, and what is sent, word for word."""

import datetime as dt
from collections.abc import Iterator, Mapping

from telemetry_counter.client.consent import Status
from telemetry_counter.client.folder import Folder
from telemetry_counter.client.installation import Installation
from telemetry_counter.client.ledger import Batch, Ledger
from telemetry_counter.client.ledger_file import LedgerFile
from telemetry_counter.client.program import Program
from telemetry_counter.client.sender import shown
from telemetry_counter.client.summary import Summary


def overview(program: Program, folder: Folder, status: Status, pending: Mapping[str, Summary]) -> str:
    """All there is to know; `pending` is what is in memory only, by day."""
    device = Installation(folder).known_id()
    ledger = LedgerFile(folder).read()
    lines = [str(status), f"files: {folder.path or 'none'}", f"id of this installation: {device or 'none'}"]
    if ledger.trouble:
        lines.append(f"the last attempt to send failed: {ledger.trouble}")
    requests = list(_requests(program, ledger, pending, device))
    lines += ["sent once the day has ended (UTC):", *requests] if requests else ["nothing waits to be sent"]
    return "\n".join(lines)


def payloads(program: Program, pending: Mapping[str, Summary], device: str) -> str:
    """The requests that these days would become."""
    return "\n".join(_requests(program, Ledger(), pending, device))


def _requests(program: Program, ledger: Ledger, pending: Mapping[str, Summary], device: str) -> Iterator[str]:
    for day, summary in pending.items():
        ledger.add(dt.date.fromisoformat(day), program.build, summary)
    for batch in sorted(ledger.batches, key=_day):
        yield shown(program, batch, device)


def _day(batch: Batch) -> dt.date:
    return batch.day
