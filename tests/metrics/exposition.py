"""Reading what `/metrics` says, with Prometheus' own parser."""

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]


class Scrape:
    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}

    def value(self, name: str, **labels: str) -> float:
        """Of one sample; 0 where there is none, as of a reason that was never given."""
        for family in self.families.values():
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return 0.0

    def labels(self) -> set[str]:
        """All values of all labels."""
        return {
            value
            for family in self.families.values()
            for sample in family.samples
            for value in sample.labels.values()
        }
