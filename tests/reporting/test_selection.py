import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_counter.errors import Forbidden, InvalidInput, NotFound
from telemetry_counter.reporting.selection import (
    LISTS,
    PARAMETERS,
    Filters,
    Grants,
    Reach,
    Selection,
    parse_selection,
    previous,
)

REACH = Reach(dt.date(2025, 6, 16), 30)
APPS = {"editor", "viewer", "my app"}


def parse(**parameters: str) -> Selection:
    return parse_for(None, **parameters)


def parse_for(grants: Grants | None, /, **parameters: str) -> Selection:
    """`since` and `until` stand for `from` and `to`."""
    names = {"since": "from", "until": "to"}
    return parse_selection({names.get(n, n): v for n, v in parameters.items()}, REACH, APPS, grants)


def test_nothing_asked_is_today_and_every_app() -> None:
    assert parse() == Selection((dt.date(2025, 6, 16),), ("editor", "my app", "viewer"), Filters())


@pytest.mark.parametrize(
    ("asked", "first", "dates"),
    [
        ({"range": "today"}, "2025-06-16", 1),
        ({"range": "week"}, "2025-06-09", 8),
        ({"range": "month"}, "2025-05-17", 31),
        ({"date": "2025-06-01"}, "2025-06-01", 1),
        ({"date": "2025-05-17"}, "2025-05-17", 1),
        ({"since": "2025-06-10", "until": "2025-06-16"}, "2025-06-10", 7),
        ({"since": "2025-06-10", "until": "2025-06-10"}, "2025-06-10", 1),
        ({"date": "", "range": "", "since": "", "until": ""}, "2025-06-16", 1),
    ],
)
def test_days(asked: dict[str, str], first: str, dates: int) -> None:
    days = parse(**asked).days
    assert days[0].isoformat() == first
    assert len(days) == dates
    assert list(days) == [days[0] + dt.timedelta(days=n) for n in range(dates)]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"range": "fortnight"}, "range must be today, week or month."),
        ({"date": "2025-06-17"}, "date is in the future; today is 2025-06-16 (UTC)."),
        ({"date": "2025-05-16"}, "date is before 2025-05-17, the first day that is still kept."),
        ({"date": "2025-02-30"}, "date is not a date of the calendar."),
        ({"date": "20250616"}, "date must be a date as in 2025-06-16."),
        ({"date": "٢٠٢٥-06-16"}, "date must be a date as in 2025-06-16."),
        ({"date": "2025-06-16", "range": "week"}, "date and range cannot be given together."),
        ({"range": "week", "since": "2025-06-16"}, "range and from cannot be given together."),
        ({"date": "2025-06-16", "until": "2025-06-16"}, "date and to cannot be given together."),
        ({"since": "2025-06-10"}, "to is missing: from needs it."),
        ({"until": "2025-06-10"}, "from is missing: to needs it."),
        ({"since": "2025-06-11", "until": "2025-06-10"}, "from is after to."),
        (
            {"since": "2025-05-16", "until": "2025-06-10"},
            "from is before 2025-05-17, the first day that is still kept.",
        ),
        ({"since": "2025-06-11", "until": "2025-07-10"}, "to is in the future; today is 2025-06-16 (UTC)."),
        ({"apps": "editor,,viewer"}, "A value of apps is missing or empty."),
        ({"channels": "c" * 33}, "A value of channels is longer than 32 characters."),
        (
            {"platforms": "linux,(other)"},
            "A value of platforms may only hold letters, digits, '.', '_' and '-', "
            "and must begin with a letter or a digit.",
        ),
        ({"architectures": ",".join(["a"] * 101)}, "architectures lists more than 100 values."),
        ({"channels": ",".join(f"c{n}" for n in range(10_000))}, "channels lists more than 100 values."),
    ],
)
def test_wrong_parameters(asked: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(**asked)
    assert str(caught.value) == sentence


def test_a_month_does_not_fit_into_a_shorter_retention() -> None:
    with pytest.raises(InvalidInput, match="range=month begins before 2025-06-09"):
        parse_selection({"range": "month"}, Reach(dt.date(2025, 6, 16), 7), APPS)


def test_lists_are_sets() -> None:
    selection = parse(
        apps="viewer,my app,viewer", channels="stable", platforms="linux,darwin", architectures="x86_64"
    )
    assert selection.apps == ("my app", "viewer")
    assert selection.filters == Filters(("stable",), ("darwin", "linux"), ("x86_64",))


def test_a_hundred_values_are_taken() -> None:
    values = [f"c{n:03}" for n in range(100)]
    assert parse(channels=",".join(values)).filters.channels == tuple(values)


def test_an_unknown_app_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"^There is no app nobody\.$"):
        parse(apps="editor,nobody")


GRANTS = Grants(apps=frozenset({"editor"}), channels=frozenset({"stable", "beta"}))


def test_a_team_user_filters_within_the_grants() -> None:
    assert parse_for(GRANTS, apps="editor", channels="beta").filters == Filters(("beta",))
    assert parse_for(GRANTS).apps == ("editor", "my app", "viewer")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"apps": "editor,viewer"}, "This token may not filter apps by viewer."),
        ({"apps": "nobody"}, "This token may not filter apps by nobody."),
        ({"channels": "nightly"}, "This token may not filter channels by nightly."),
        ({"platforms": "linux"}, "This token may not filter platforms by linux."),
        ({"architectures": "arm64"}, "This token may not filter architectures by arm64."),
    ],
)
def test_a_team_user_filters_by_nothing_else(asked: dict[str, str], sentence: str) -> None:
    with pytest.raises(Forbidden) as caught:
        parse_for(GRANTS, **asked)
    assert str(caught.value) == sentence


def test_previous_is_as_many_days_directly_before() -> None:
    selection = parse(range="week", channels="stable")
    before = previous(selection)
    assert (before.days[0], before.days[-1]) == (dt.date(2025, 6, 1), dt.date(2025, 6, 8))
    assert (before.apps, before.filters) == (selection.apps, selection.filters)


texts = st.text(max_size=40) | st.sampled_from(["week", "2025-06-10", "2025-06-16", "editor", "stable,beta"])


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(PARAMETERS)), texts), st.sampled_from([None, GRANTS]))
def test_any_query_gives_a_selection_or_a_sentence(asked: dict[str, str], grants: Grants | None) -> None:
    try:
        selection = parse_selection(asked, REACH, APPS, grants)
    except (InvalidInput, Forbidden, NotFound):
        return
    assert REACH.first <= selection.days[0] <= selection.days[-1] <= REACH.today
    assert APPS.issuperset(selection.apps)
    for name in LISTS.keys() - {"apps"}:
        assert getattr(selection.filters, name) == tuple(
            sorted(set(filter(None, asked.get(name, "").split(","))))
        )
