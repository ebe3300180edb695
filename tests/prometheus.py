"""What a process tells Prometheus, as tests read it."""

import urllib.request
from urllib.error import URLError

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]
Told = dict[tuple[str, Labels], float]
"""Name and sorted labels of a sample to its value."""


def scrape(port: int) -> Told:
    """Every sample at `/metrics` of the loopback port; none while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except URLError:
        return {}
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}


def by_label(told: Told, name: str) -> dict[str, float]:
    """The samples of a metric with one label: its value to the sample's."""
    return {labels[0][1]: value for (found, labels), value in told.items() if found == name}
