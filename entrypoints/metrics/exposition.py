"""Samples as text, in the format that collectors of metrics read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from entrypoints.metrics.catalogue import METRICS
from entrypoints.metrics.snapshot import Sample

CONTENT_TYPE: Final = "text/plain; version=0.0.4"
GONE: Final = (Sample("entrepot_process_up", {}, 0),)
"""What is said of a process that did not answer."""


def exposition(processes: Mapping[int, Sequence[Sample] | None], shared: Iterable[Sample]) -> bytes:
    """The samples of every process by its place, None for one that did not answer, and those that all share."""
    # The ending of a counter is put on by the library.
    families = {each.name: Metric(each.name.removesuffix("_total"), each.meaning, each.shape) for each in METRICS}
    for place, samples in sorted(processes.items()):
        for sample in GONE if samples is None else samples:
            labels = {"process": str(place), **sample.labels}
            families[sample.metric].add_sample(sample.metric + sample.suffix, labels, sample.value)
    for sample in shared:
        families[sample.metric].add_sample(sample.metric + sample.suffix, dict(sample.labels), sample.value)
    return generate_latest(_Collected([family for family in families.values() if family.samples]))


class _Collected(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
