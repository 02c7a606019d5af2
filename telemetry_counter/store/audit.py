"""Changing what is registered, and the log of such changes: neither without the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from telemetry_counter.accounts.audit import Entry
from telemetry_counter.store.calls import run_script
from telemetry_counter.store.connect import Client, store_errors
from telemetry_counter.store.keys import AdminKeys

KEPT = 1_000
"""Entries of an admin's log, some 150 bytes each; the oldest go first."""

ANYTHING = b"*"
NOTHING = b"-"


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a hash that is to hold something else; `held` is what it must hold for that."""

    key: str
    field: str
    held: bytes
    new: bytes


def held(value: bytes | None) -> bytes:
    """A value as Change takes it; None where the field is missing."""
    return NOTHING if value is None else b"=" + value


async def change(client: Client, keys: AdminKeys, entry: Entry, changes: Sequence[Change]) -> bool:
    """All at once, or nothing and False where a field does not hold what it must."""
    arguments = [part for one in changes for part in (one.field, one.held, one.new)]
    hashes = [one.key for one in changes]
    done: Any = await run_script(
        client, "change_fields", [keys.log, *hashes], msgspec.json.encode(entry), KEPT, *arguments
    )
    return bool(done)


async def read_log(client: Client, keys: AdminKeys, most: int = KEPT) -> list[Entry]:
    """The newest first."""
    with store_errors():
        entries = cast(list[bytes], await client.lrange(keys.log, 0, most - 1))
    return [msgspec.json.decode(entry, type=Entry) for entry in entries]
