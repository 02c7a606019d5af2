"""The notes of a report, as far as they are on what a page shows."""

from collections.abc import Sequence

OF_REFUSALS = "Refusals are "
"""How the notes on refusals begin, which have a page of their own."""


def without_refusals(notes: Sequence[str]) -> list[str]:
    return [note for note in notes if not note.startswith(OF_REFUSALS)]
