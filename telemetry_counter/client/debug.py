"""What debug mode prints."""

import contextlib
import sys


def say(text: str) -> None:
    """To standard error, which a windowed program may not have."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"telemetry: {text}\n")
        sys.stderr.flush()
