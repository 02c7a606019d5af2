"""What closed days came to, remembered by all that it depends on: they seldom change."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

MAX_ANSWERS = 128
"""In each worker's memory; one takes some 20 kB."""


class ClosedDays:
    """Bounded: the answer that nobody has asked for longest makes room."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    async def answer(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """`key` names everything that the answer depends on, so that it never changes."""
        if key not in self._answers:
            found = await ask()
            self._answers[key] = found
            if len(self._answers) > MAX_ANSWERS:
                self._answers.popitem(last=False)
            return found
        self._answers.move_to_end(key)
        known: T = self._answers[key]
        return known
