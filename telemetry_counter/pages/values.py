"""The values a hit adds to."""

from collections.abc import Iterator

from telemetry_counter.counting.batch import Value
from telemetry_counter.pages.agents import Agent
from telemetry_counter.pages.dimensions import ALL, OPTED_OUT, PAIR_MARK, SPACE, By
from telemetry_counter.pages.hits import PageHit

CAMPAIGN = (By.SOURCE, By.MEDIUM, By.CAMPAIGN)


class Values:
    """Spells values; `value_cap` bounds the distinct ones of a dimension without a cap of its own."""

    def __init__(self, value_cap: int) -> None:
        self._value_cap = value_cap

    def of_hit(self, hit: PageHit, *, from_elsewhere: bool) -> tuple[Value, ...]:
        """An event adds to itself alone, not to views. `from_elsewhere`: the referrer is another site."""
        if hit.event:
            return (self._of(hit.site, By.EVENT, hit.event),)
        return tuple(self._of_view(hit, from_elsewhere))

    def of_reader(self, site: str, agent: Agent, language: str) -> tuple[Value, ...]:
        said = (
            (By.BROWSER, agent.browser),
            (By.SYSTEM, agent.system),
            (By.DEVICE, agent.device),
            (By.LANGUAGE, language),
        )
        return tuple(self._of(site, dimension, value) for dimension, value in said if value)

    def of_country(self, site: str, country: str) -> tuple[Value, ...]:
        return (self._of(site, By.COUNTRY, country),) if country else ()

    def of_hour(self, site: str, hour: int) -> tuple[Value, ...]:
        return (self._of(site, By.HOUR, f"{hour:02}"),)

    def of_opted_out(self, site: str) -> Value:
        return Value(site, SPACE, "", OPTED_OUT, 0, is_sketched=False)

    def _of_view(self, hit: PageHit, from_elsewhere: bool) -> Iterator[Value]:
        site, path = hit.site, hit.page.path
        yield Value(site, SPACE, "", ALL, 0, is_sketched=True)
        yield self._of(site, By.PATH, path)
        if from_elsewhere:
            yield self._of(site, By.REFERRER, hit.referrer.name)
            yield self._of(site, By.PAIR, f"{hit.referrer.name}{PAIR_MARK}{path}")
        for dimension, value in zip(CAMPAIGN, hit.page.campaign, strict=True):
            if value:
                yield self._of(site, dimension, value)

    def _of(self, site: str, by: By, value: str) -> Value:
        cap = self._value_cap if by.value.cap is None else by.value.cap
        return Value(site, SPACE, by.value.prefix, value, cap, by.value.is_sketched)
