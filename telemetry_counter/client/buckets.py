"""Ranges instead of exact figures: what is sent should say what kind, never which one."""

import math
import os
import sys
from bisect import bisect_right

UNKNOWN = "unknown"

_DURATIONS = (
    (0.1, 1, 10, 60, 600, 3600),
    ("0-100ms", "100ms-1s", "1s-10s", "10s-1m", "1m-10m", "10m-1h", "1h+"),
)
_SIZES = (
    (10**4, 10**5, 10**6, 10**7, 10**8, 10**9),
    ("0-10KB", "10KB-100KB", "100KB-1MB", "1MB-10MB", "10MB-100MB", "100MB-1GB", "1GB+"),
)
_NUMBERS = ((1, 2, 6, 11, 101, 1001), ("0", "1", "2-5", "6-10", "11-100", "101-1000", "1001+"))
_GIB = 1 << 30
# What is sold as 8 GB reports a little less: each tier ends half a gigabyte above its name.
_MEMORY = (
    tuple(int((gib + 0.5) * _GIB) for gib in (2, 4, 8, 16, 32, 64)),
    ("2GB", "4GB", "8GB", "16GB", "32GB", "64GB", "64GB+"),
)


def duration(seconds: float) -> str:
    """One of 0-100ms, 100ms-1s, 1s-10s, 10s-1m, 1m-10m, 10m-1h, 1h+; each includes its lower end."""
    return _bucket(seconds, *_DURATIONS)


def size(octets: float) -> str:
    """One of 0-10KB, 10KB-100KB, 100KB-1MB, 1MB-10MB, 10MB-100MB, 100MB-1GB, 1GB+ (decimal units)."""
    return _bucket(octets, *_SIZES)


def number(count: float) -> str:
    """One of 0, 1, 2-5, 6-10, 11-100, 101-1000, 1001+."""
    return _bucket(count, *_NUMBERS)


def memory_tier(octets: float | None = None) -> str:
    """2GB (or less), 4GB, 8GB, 16GB, 32GB, 64GB or 64GB+; without an argument, of this machine."""
    return _bucket(_this_memory() if octets is None else octets, *_MEMORY)


def major_version(version: str, parts: int = 1) -> str:
    """The leading number of a version: "18" of "v18.2.1"; `parts=2` where the first says little."""
    numbers: list[str] = []
    for part in version.strip().lstrip("vV").split(".")[:parts]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits or len(digits) > 6:
            break
        numbers.append(digits)
    return ".".join(numbers) or UNKNOWN


def _bucket(value: float, bounds: tuple[float, ...], labels: tuple[str, ...]) -> str:
    if math.isnan(value) or value < 0:
        return UNKNOWN
    return labels[bisect_right(bounds, value)]


def _this_memory() -> float:
    """Octets; NaN where the system does not say (Windows, where it takes a call into a DLL)."""
    if sys.platform == "win32":
        return math.nan
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (OSError, ValueError):
        return math.nan
