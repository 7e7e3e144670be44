"""The numbers of one process, and those of its database, as samples."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from importlib.metadata import version
from operator import itemgetter
from typing import NamedTuple

from prometheus_client import ProcessCollector

from application.kernel.backlog import Waiting
from application.reconciliation.purge_history import Purged
from application.stock.cached_availability import CacheCounts
from application.stock.follow_balances import FollowCounts
from entrypoints.composition.caching import Caching
from entrypoints.composition.installation import Installation
from entrypoints.composition.searching import Searching
from entrypoints.metrics.tally import Durations, HttpTally

logger = logging.getLogger("entrepot.metrics")

PATIENCE = 2.0
"""Seconds that the database has to say what waits in it."""


class Sample(NamedTuple):
    """One number of a metric; `suffix` names the part of a histogram."""

    metric: str
    labels: Mapping[str, str]
    value: float
    suffix: str = ""


def process_samples(house: Installation, http: HttpTally, listeners: int) -> list[Sample]:
    """What this process did since it started, and what it is at."""
    return [
        Sample("entrepot_info", {"version": version("entrepot")}, 1),
        Sample("entrepot_process_up", {}, 1),
        *_asked(house, http),
        Sample("entrepot_feed_listeners", {}, listeners),
        Sample("entrepot_rate_refused_total", {}, house.rate.refused),
        Sample("entrepot_rate_keys", {}, len(house.rate)),
        Sample("entrepot_key_look_ups_total", {}, house.authenticate.look_ups),
        Sample("entrepot_keys_remembered", {"known": "yes"}, house.authenticate.known),
        Sample("entrepot_keys_remembered", {"known": "no"}, house.authenticate.unknown),
        *_committer(house),
        *_worker(house),
        *_cache(house.caching),
        *_search(house.searching),
        *_adapters(house),
        *_machine(),
    ]


async def shared_samples(house: Installation) -> list[Sample]:
    """What is the same whichever process is asked: what waits in the database, and how large it is."""
    sizes = house.database_sizes()
    found = [Sample("entrepot_database_bytes", {"file": file}, size) for file, size in sizes.items()]
    try:
        async with asyncio.timeout(PATIENCE):
            waiting = await house.backlog()
    except Exception as error:  # whatever it is: who watches must learn of it
        logger.warning("the database does not say what waits in it: %s", str(error) or type(error).__name__)
        return [*found, Sample("entrepot_database_up", {}, 0)]
    return [*found, Sample("entrepot_database_up", {}, 1), *_waiting(waiting)]


def _asked(house: Installation, http: HttpTally) -> Iterator[Sample]:
    for (command, code, refused), durations in house.tally.items():
        outcome = "refused" if refused else "failed" if code else "accepted"
        labels = {"command": command, "outcome": outcome, "code": code}
        yield Sample("entrepot_commands_total", labels, durations.number)
    for command, durations in house.tally.by(itemgetter(0)).items():
        yield from _durations("entrepot_command_seconds", {"command": command}, durations)
    for (method, route, status), durations in http.items():
        labels = {"method": method, "route": route, "status": str(status)}
        yield Sample("entrepot_http_requests_total", labels, durations.number)
    for (method, route), durations in http.by(itemgetter(0, 1)).items():
        yield from _durations("entrepot_http_request_seconds", {"method": method, "route": route}, durations)


def _durations(name: str, labels: Mapping[str, str], durations: Durations) -> Iterator[Sample]:
    yield from _buckets(name, labels, durations.cumulative(), durations.seconds)


def _buckets(
    name: str, labels: Mapping[str, str], cumulative: Iterable[tuple[str, int]], total: float
) -> Iterator[Sample]:
    number = 0
    for bound, number in cumulative:
        yield Sample(name, {**labels, "le": bound}, number, "_bucket")
    yield Sample(name, labels, number, "_count")
    yield Sample(name, labels, total, "_sum")


def _committer(house: Installation) -> Iterator[Sample]:
    counts, most = house.committer.counts, house.settings.committer.batch
    yield Sample("entrepot_committer_waiting", {}, house.committer.waiting)
    sizes = dict(counts.sizes)
    bounds = [bound for power in range(13) if (bound := 2**power) < most] + [most]
    cumulative = [(str(bound), sum(n for size, n in sizes.items() if size <= bound)) for bound in bounds]
    commands = sum(size * n for size, n in sizes.items())
    yield from _buckets("entrepot_committer_batch_commands", {}, [*cumulative, ("+Inf", sum(sizes.values()))], commands)
    for outcome, number in (
        ("accepted", counts.accepted),
        ("repeated", counts.repeated),
        ("refused", counts.refused),
        ("fault", counts.faults),
        ("unknown", counts.unknown),
    ):
        yield Sample("entrepot_committer_commands_total", {"outcome": outcome}, number)
    yield Sample("entrepot_committer_reruns_total", {}, counts.reruns)
    yield Sample("entrepot_committer_halvings_total", {}, counts.halvings)


def _worker(house: Installation) -> Iterator[Sample]:
    for job, running in house.worker.jobs.items():
        yield Sample("entrepot_worker_running", {"job": job}, int(running))
        yield Sample("entrepot_worker_failures_total", {"job": job}, house.worker.failures[job])
    relayed, fired = house.relay.counts, house.deadlines.counts
    yield Sample("entrepot_relay_published_total", {}, relayed.published)
    yield Sample("entrepot_relay_failures_total", {}, relayed.failures)
    yield Sample("entrepot_relay_lost_leases_total", {}, relayed.lost)
    yield Sample("entrepot_deadlines_claimed_total", {}, fired.claimed)
    yield Sample("entrepot_deadlines_fired_total", {}, fired.fired)
    yield Sample("entrepot_deadlines_left_total", {}, fired.left)
    for each in fields(Purged):
        yield Sample("entrepot_purged_total", {"what": each.name}, house.purged.get(each.name, 0))
    yield Sample("entrepot_clock_paused", {}, int(house.deadlines.watch.paused))


def _search(searching: Searching) -> Iterator[Sample]:
    taken = searching.take_in.batching.taken
    yield Sample("entrepot_search_documents_total", {"outcome": "written"}, taken.written)
    yield Sample("entrepot_search_documents_total", {"outcome": "known"}, taken.known)
    yield from _durations("entrepot_search_lag_seconds", {}, searching.lags)
    for asked in ("find", "add_up"):
        yield from _durations("entrepot_search_seconds", {"asked": asked}, searching.asked[asked])
        yield Sample("entrepot_search_failures_total", {"asked": asked}, searching.failures[asked].number)
    yield Sample("entrepot_search_failures_total", {"asked": "take_in"}, searching.take_in.failures)


def _cache(caching: Caching | None) -> Iterator[Sample]:
    """Nothing but zeros where there is none, so that what is shown does not depend on it."""
    asked = caching.reader.counts if caching else CacheCounts()
    told = caching.follow.counts if caching else FollowCounts()
    yield Sample("entrepot_cache_goods_total", {"found": "yes"}, asked.hits)
    yield Sample("entrepot_cache_goods_total", {"found": "no"}, asked.misses)
    yield Sample("entrepot_cache_passed_total", {}, asked.passed)
    yield Sample("entrepot_cache_fills_total", {}, asked.fills)
    yield Sample("entrepot_cache_early_total", {}, asked.early)
    yield Sample("entrepot_cache_errors_total", {}, asked.errors)
    yield Sample("entrepot_cache_spoilt_total", {}, asked.spoilt)
    yield from _durations("entrepot_cache_age_seconds", {}, caching.ages if caching else Durations())
    for outcome, number in (("learnt", told.learnt), ("gap", told.gaps), ("dropped", told.dropped)):
        yield Sample("entrepot_cache_events_total", {"outcome": outcome}, number)
    yield from _durations("entrepot_cache_lag_seconds", {}, caching.lags if caching else Durations())


def _adapters(house: Installation) -> Iterator[Sample]:
    for name, adapter in house.adapters.items():
        calls, labels = adapter.calls, {"adapter": name}
        yield Sample("entrepot_adapter_up", labels, int(calls.up))
        yield Sample("entrepot_adapter_calls_total", labels, calls.number)
        yield Sample("entrepot_adapter_errors_total", labels, calls.errors)
        yield Sample("entrepot_adapter_seconds_total", labels, calls.seconds)
        yield Sample("entrepot_adapter_downs_total", labels, calls.downs)


def _waiting(waiting: Waiting) -> Iterator[Sample]:
    yield Sample("entrepot_outbox_unpublished", {}, waiting.unpublished)
    yield Sample("entrepot_outbox_oldest_seconds", {}, waiting.unpublished_seconds)
    yield Sample("entrepot_deadlines_due", {}, waiting.due)
    yield Sample("entrepot_deadlines_late_seconds", {}, waiting.late_seconds)
    for group, number in waiting.parked.items():
        yield Sample("entrepot_parked_messages", {"group": group}, number)


def _machine() -> Iterator[Sample]:
    for family in ProcessCollector(registry=None).collect():
        for sample in family.samples:
            yield Sample(sample.name, {}, sample.value)
