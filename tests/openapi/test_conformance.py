"""A few cases of what benchmarks/conformance.py puts to a real service by the thousand."""

from conformance import EXISTING, Trial, holds


def test_the_service_does_what_its_document_says() -> None:
    assert holds(Trial(cases=4, names=(EXISTING,), phases="coverage"))
