"""Prometheus metrics of the mock: made of plain counts when somebody scrapes. The only user of prometheus_client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_server.engine.messages import Answer
from mock_server.service.counts import BOUNDS, Counts, Series
from mock_server.service.mock_service import MockService
from mock_server.service.stores import StoreLost, Volume

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

BY = ("operation", "status", "refusal", "scenario", "way")


async def scraped(service: MockService, accept: str) -> Answer:
    """The metrics in the format that the scraper prefers."""
    # Late, because few mocks are scraped and each one starts.
    from prometheus_client import CollectorRegistry  # noqa: PLC0415
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415

    try:
        volume = await service.store.volume()
    except StoreLost:
        service.counts.store_errors += 1
        volume = None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(tuple(_metrics(service.counts.total(), volume))))
    encode, media_type = choose_encoder(accept)
    return Answer(200, (("Content-Type", media_type),), encode(registry))


@dataclass(frozen=True, eq=False)  # the registry asks for a hash
class _Collected:
    metrics: tuple[Metric, ...]

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def _metrics(counts: Counts, volume: Volume | None) -> Iterator[Metric]:
    from prometheus_client.core import (  # noqa: PLC0415
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    answers = CounterMetricFamily("rainbond_mock_requests", "Requests answered, by what they were and how.", labels=BY)
    for kind, series in counts.items():
        labels = [kind.operation, str(kind.status), kind.refusal, kind.scenario, kind.way]
        answers.add_metric(labels, sum(series.classes))
    yield answers
    durations = HistogramMetricFamily(
        "rainbond_mock_request_duration_seconds",
        "Seconds from a complete request to its answer, delays of scenarios included.",
        labels=("operation", "way"),
    )
    for by, series in _by_operation(counts):
        durations.add_metric(by, _buckets(series), series.seconds)
    yield durations
    errors = CounterMetricFamily("rainbond_mock_store_errors", "Times that the store of sessions could not be used.")
    errors.add_metric((), counts.store_errors)
    yield errors
    up = GaugeMetricFamily("rainbond_mock_store_up", "Whether the store of sessions can be used.")
    up.add_metric((), 0 if volume is None else 1)
    yield up
    if volume is not None:
        kept = GaugeMetricFamily("rainbond_mock_journal_entries", "Requests that the journal keeps, in all sessions.")
        kept.add_metric((), volume.kept)
        written = CounterMetricFamily("rainbond_mock_journal_written", "Requests ever written into the journal.")
        written.add_metric((), volume.written)
        yield from (kept, written)


def _by_operation(counts: Counts) -> Iterator[tuple[tuple[str, str], Series]]:
    found: dict[tuple[str, str], Series] = {}
    for kind, series in counts.items():
        found.setdefault((kind.operation, kind.way), Series()).include(series)
    yield from found.items()


def _buckets(series: Series) -> list[tuple[str, float]]:
    """How many answers took at most each bound."""
    count, buckets = 0, []
    for bound, more in zip((*map(str, BOUNDS), "+Inf"), series.classes, strict=True):
        count += more
        buckets.append((bound, float(count)))
    return buckets
