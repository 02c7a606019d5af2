"""Where figures lie on an axis."""

from math import ceil, log10

from svg import Length

STEPS = (1, 2, 2.5, 5, 10)


def ticks(most: float, wanted: int = 4) -> list[float]:
    """About so many round numbers from 0 to no less than `most`, evenly spaced."""
    if most <= 1:
        return [0, 1]
    least_step = most / wanted
    size = 10 ** int(log10(least_step) // 1)
    step = max(1, next((size * one for one in STEPS if size * one >= least_step), 10 * size))
    return [step * number for number in range(ceil(most / step) + 1)]


def percent(value: float) -> Length:
    return Length(round(value, 3), "%")


def share(part: float, whole: float) -> float:
    """In per cent; 0 of nothing."""
    return 100 * part / whole if whole else 0.0


def every_nth(count: int, most: int) -> int:
    """Labels that fit if only each nth is written."""
    return max(1, ceil(count / most))
