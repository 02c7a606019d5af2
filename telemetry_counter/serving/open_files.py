"""How many files, and so connections, a process may have open."""

import resource

RESERVED = 200
"""For the store's connections, logs, and what libraries open."""


def raise_open_files() -> int:
    """Takes as many as the system grants; workers inherit it. Returns their number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS says more than it grants
            return soft
    return hard


def connections_within(wanted: int, open_files: int) -> int:
    """As many of those `wanted` as there is room for."""
    if open_files == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, open_files - RESERVED))
