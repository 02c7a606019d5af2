from hypothesis import given
from hypothesis import strategies as st

from telemetry_counter.metrics.histogram import over

BOUNDS = (0.1, 1.0, 10.0)


def test_a_bound_belongs_to_what_is_below_it() -> None:
    histogram = over(BOUNDS)
    for value in (0.1, 0.11, 1.0, 10.1):
        histogram.observe(value)
    assert list(histogram.buckets()) == [("0.1", 1), ("1.0", 3), ("10.0", 3), ("+Inf", 4)]
    assert histogram.total == 0.1 + 0.11 + 1.0 + 10.1


@given(st.lists(st.floats(0, 1e6)), st.lists(st.floats(0, 1e6)))
def test_two_add_up_to_one_that_saw_all(some: list[float], others: list[float]) -> None:
    first, second, both = over(BOUNDS), over(BOUNDS), over(BOUNDS)
    for value in some:
        first.observe(value)
        both.observe(value)
    for value in others:
        second.observe(value)
        both.observe(value)
    first.add(second)
    assert list(first.buckets()) == list(both.buckets())
    assert dict(both.buckets())["+Inf"] == len(some) + len(others)
