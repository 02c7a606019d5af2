"""Reading a few fields of many hashes of one admin."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeVar

from telemetry_counter.store.calls import chunks, run_script
from telemetry_counter.store.connect import Client

HASHES_AT_ONCE = 150
"""Read in one call, which takes the store about a millisecond."""

Place = TypeVar("Place")


async def read_fields(
    client: Client, places: Mapping[str, Place], fields: Sequence[str]
) -> AsyncIterator[tuple[Place, str, int]]:
    """The numbers in those of the fields that are there. `places`: what each hash, by its key, stands for."""
    for hashes in chunks(list(places), HASHES_AT_ONCE):
        flat = iter(await run_script(client, "read_fields", hashes, *fields))
        for hash_number, field_number, value in zip(flat, flat, flat, strict=True):
            yield places[hashes[int(hash_number) - 1]], fields[int(field_number) - 1], int(value)
