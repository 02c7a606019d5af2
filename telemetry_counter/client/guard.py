"""The one funnel between the library and its host: what goes wrong in here is never the host's problem."""

import contextlib
import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Explains(Protocol):
    def _explain(self, trouble: str) -> None:
        """Tells a developer in debug mode why something did not happen."""


S = TypeVar("S", bound=Explains)


def shielded(explain: Callable[[str], None], name: str, call: Callable[[], T], otherwise: T) -> T:
    """The call's result, or `otherwise` where it raised. Ctrl-C and exits pass: they are the user's."""
    try:
        return call()
    except Exception as error:
        # The host's own error may fail to print itself.
        with contextlib.suppress(Exception):
            explain(f"{name}: {type(error).__name__}: {error}")
        return otherwise


def guarded(
    otherwise: T,
) -> Callable[[Callable[Concatenate[S, P], T]], Callable[Concatenate[S, P], T]]:
    """Makes a method public: it answers `otherwise` instead of raising."""

    def decorate(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
        @functools.wraps(method)
        def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
            return shielded(self._explain, method.__name__, lambda: method(self, *args, **kwargs), otherwise)

        return call

    return decorate
