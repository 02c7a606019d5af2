"""Names that may be slips."""

from collections.abc import Collection

from telemetry_counter.reporting.spelling import nearest


def did_you_mean(name: str, known: Collection[str], before: str = "") -> str:
    """A question to put behind a sentence, '' where no known name is close; `before` goes before the name."""
    near = nearest(name, known)
    return f" Did you mean {before}{near}?" if near else ""
