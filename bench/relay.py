"""What the relay costs: microseconds of CPU an event, beside a load and alone, by phase; and how late events come.

The load comes in bursts at a fixed rate. What is timed is CPU time, of the event loop's thread and of the threads that
work for the relay: what else runs on the machine matters less. Nobody listens, as in a process that only serves the
feed; or one does, who does nothing. The yardstick, Y, is the bare driver that reads the same rows and stamps them, up
to 1,024 a transaction.
"""

import argparse
import asyncio
import sqlite3
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from rich.table import Table

from adapters.memory.broker import InProcessBroker, MemoryParkedMessages
from adapters.memory.database import MemoryDatabase
from adapters.sql.database import SqliteDatabase
from adapters.sql.outbox import SqlOutbox
from application.kernel.broker import Delivery
from application.kernel.ledger_time import machine_time
from application.kernel.outbox import PARTITIONS
from application.kernel.relay import Relay
from bench import workloads
from bench.machine import console
from bench.ours import CALLERS, Ours, create, drive, open_stock
from bench.profile import Phases
from bench.yardsticks import Order
from entrypoints.worker.worker import Pace, Worker

BURST: Final = 16
"""Callers that ask together: so large are the batches of 64 connections over HTTP."""

BETWEEN: Final = 0.016
"""Seconds from one burst to the next."""

MOST: Final = 4_000
"""Orders of a run: four seconds of load."""

LEDGER: Final = "the ledger"
THREADS: Final = "reading, in threads"
COMMIT: Final = "COMMIT, in its thread"
PROBES: Final[Sequence[tuple[str, Any, str]]] = (
    ("rounds", Relay, "__call__"),
    ("pending", SqlOutbox, "pending"),
    ("lease", SqlOutbox, "lease"),
    ("read", SqlOutbox, "unpublished"),
    ("publish", InProcessBroker, "_publish"),
    ("stamp", SqlOutbox, "stamp"),
    ("stamp unread", SqlOutbox, "pass_on"),
)
SHOWN: Final = (*dict.fromkeys(phase for phase, _, _ in PROBES), THREADS, COMMIT)
NEXT: Final = (
    "SELECT id, tenant, partition, subject, number, type, data, request, at FROM outbox"
    " WHERE partition = ? AND position IS NULL ORDER BY id LIMIT 64"
)


async def ignore(_: Delivery) -> None:
    """A consumer with nothing to do."""


class House:
    """A ledger and its relay, composed as in a process that serves. It is noted how late events are stamped."""

    def __init__(self, path: Path, *, heard: bool = False) -> None:
        self.ours = Ours(path)
        broker = InProcessBroker(MemoryParkedMessages(MemoryDatabase(machine_time())))
        if heard:
            broker.subscribe("bench", ignore)
        self.relay = Relay(
            SqlOutbox(self.ours.database, machine_time()), broker, "bench", heard=lambda: not broker.silent
        )
        self.worker = Worker({"relay": self.relay}, [self.relay.close], Pace(poll=0.5))
        self.lags: list[float] = []
        self._told: deque[tuple[int, float]] = deque()

    def start(self) -> None:
        """The relay runs beside what comes."""
        self.ours.committer.on_commit = self._committed
        self.relay.on_publish = self._stamped
        self._before = self._last() - self.relay.counts.published
        self.worker.start()

    def _committed(self) -> None:
        self.worker.wake("relay")
        self._told.append((self._last() - self._before, time.perf_counter()))

    def _stamped(self) -> None:
        while self._told and self._told[0][0] <= self.relay.counts.published:
            self.lags.append(1_000 * (time.perf_counter() - self._told.popleft()[1]))

    def _last(self) -> int:
        """The number of the last event that was written."""
        writer = self.ours.database._writer
        assert writer is not None
        cursor = writer.connection.cursor()
        last: int = cursor.execute("SELECT next_event FROM ledger_state").fetchone()[0]
        cursor.close()
        return last

    async def relay_all(self) -> None:
        while await self.relay() <= 0:
            pass

    async def close(self) -> None:
        await self.worker.stop()
        await self.relay.close()
        await self.ours.close()


@contextmanager
def probes(phases: Phases) -> Iterator[None]:
    """Within it, what PROBES name is timed, and the threads that read."""
    read_of: Any = SqliteDatabase._read
    commit_of: Any = SqliteDatabase.commit

    def in_thread(work: Any, phase: str) -> Any:
        def timed(*args: Any) -> Any:
            began = time.thread_time_ns()
            try:
                return work(*args)
            finally:
                phases.spent[phase, False] += time.thread_time_ns() - began

        return timed

    async def commit(database: SqliteDatabase, writer: Any) -> None:
        task = asyncio.current_task()
        if task is not None and task.get_name() == "worker-relay":
            writer = SimpleNamespace(commit=in_thread(writer.commit, COMMIT))
        await commit_of(database, writer)

    put: list[tuple[Any, str, Any]] = [
        (owner, name, phases.around(getattr(owner, name), phase)) for phase, owner, name in PROBES
    ]
    put += [(SqliteDatabase, "_read", in_thread(read_of, THREADS)), (SqliteDatabase, "commit", commit)]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in put]
    try:
        for owner, name, value in put:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


async def bursts(ours: Ours, orders: Sequence[Order]) -> None:
    """Reserve the orders, a burst every so often."""
    clock = asyncio.get_running_loop().time
    due = clock()
    for start in range(0, len(orders), BURST):
        await asyncio.sleep(max(0.0, due - clock()))
        due += BETWEEN
        await asyncio.gather(*(ours.reserve(order) for order in orders[start : start + BURST]))


class Beside(NamedTuple):
    """Microseconds of CPU an event by phase; events an order; milliseconds from a commit to its stamps, sorted."""

    phases: Mapping[str, float]
    events: float
    lags: Sequence[float]


async def beside(path: Path, orders: Sequence[Order], *, heard: bool) -> Beside:
    """The relay while the orders come."""
    house, phases = House(path, heard=heard), Phases(LEDGER, time.thread_time_ns)
    await house.ours.open()
    await house.relay_all()
    before = house.relay.counts.published
    with probes(phases):
        house.start()
        with phases.counting():
            await bursts(house.ours, orders)
        events = house.relay.counts.published - before
        await house.close()
    spent = {phase: spent / 1_000 / events for (phase, _), spent in phases.spent.items()}
    return Beside({phase: spent.get(phase, 0.0) for phase in SHOWN}, events / len(orders), sorted(house.lags))


async def alone(path: Path, orders: Sequence[Order], *, heard: bool) -> float:
    """Microseconds of CPU an event, where all waits that the orders told."""
    house = House(path, heard=heard)
    await house.ours.open()
    await house.relay_all()
    await drive(house.ours.reserve, orders, CALLERS)
    before, began = house.relay.counts.published, time.process_time()
    await house.relay_all()
    spent = time.process_time() - began
    events = house.relay.counts.published - before
    await house.close()
    return 1e6 * spent / events


async def bare(path: Path, orders: Sequence[Order]) -> float:
    """Microseconds of CPU an event of the bare driver."""
    house = House(path)
    await house.ours.open()
    await house.relay_all()
    await drive(house.ours.reserve, orders, CALLERS)
    await house.close()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    events, began = 0, time.process_time()
    while True:
        connection.execute("BEGIN IMMEDIATE")
        places = dict(connection.execute("SELECT partition, position FROM outbox_lease"))
        rows = [connection.execute(NEXT, (number,)).fetchall() for number in range(PARTITIONS)]
        stamps = [(places[number] + n, row[0]) for number in places for n, row in enumerate(rows[number], 1)]
        connection.executemany("UPDATE outbox SET position = ? WHERE id = ? AND position IS NULL", stamps)
        ends = [(places[number] + len(rows[number]), number) for number in places]
        connection.executemany("UPDATE outbox_lease SET position = ? WHERE partition = ?", ends)
        connection.execute("COMMIT")
        if not stamps:
            break
        events += len(stamps)
    spent = time.process_time() - began
    connection.close()
    return 1e6 * spent / events


def relay(options: argparse.Namespace, folder: Path) -> None:
    """CPU time of the relay an event, beside that of Y; its phases; how late events are stamped under load."""
    for name, pick in (("spread", workloads.spread), ("hot", workloads.hot)):
        if not options.only or options.only in name:
            _relay(name, pick, options, folder)


def _relay(name: str, pick: Any, options: argparse.Namespace, folder: Path) -> None:
    places = workloads.positions(options.positions)
    count = min(options.orders, MOST)
    found: dict[bool, list[Beside]] = {False: [], True: []}
    drained: dict[bool, list[float]] = {False: [], True: []}
    bares: list[float] = []
    for round_ in range(options.rounds):
        orders = workloads.stream(pick(places, options.seed + round_), count, f"r{round_}")

        def fresh(what: str) -> Path:
            path = folder / f"{what}.db"
            create(path)
            asyncio.run(open_stock(path, places))
            return path

        for heard in (False, True):
            found[heard].append(asyncio.run(beside(fresh(f"beside-{round_}-{heard}"), orders, heard=heard)))
            drained[heard].append(asyncio.run(alone(fresh(f"alone-{round_}-{heard}"), orders, heard=heard)))
        bares.append(asyncio.run(bare(fresh(f"bare-{round_}"), orders)))
        for file in folder.iterdir():
            file.unlink()
    _print(name, options, count, found, drained, statistics.median(bares))


def _print(
    name: str,
    options: argparse.Namespace,
    count: int,
    found: Mapping[bool, Sequence[Beside]],
    drained: Mapping[bool, Sequence[float]],
    bare_: float,
) -> None:
    table = Table(
        title=f"relay, {name}, beside {BURST / BETWEEN:,.0f} reservations a second: microseconds of CPU an event"
    )
    table.add_column("phase")
    table.add_column("nobody listens", justify="right")
    table.add_column("one listens", justify="right")

    def row(title: str, of: Callable[[Beside], float]) -> None:
        table.add_row(title, *(f"{statistics.median(of(each) for each in some):.1f}" for some in found.values()))

    for phase in SHOWN:
        row(phase, lambda each, phase=phase: each.phases[phase])  # type: ignore[misc]
    table.add_section()
    row("together", lambda each: sum(each.phases.values()))
    row("   for each reservation", lambda each: sum(each.phases.values()) * each.events)
    row("commit to stamp: p50 ms", lambda each: statistics.median(each.lags))
    row("commit to stamp: p99 ms", lambda each: each.lags[int(len(each.lags) * 0.99)])
    table.add_section()
    table.add_row("all at once", *(f"{statistics.median(some):.1f}" for some in drained.values()))
    table.add_row("Y, all at once", f"{bare_:.1f}", "")
    console.print(table)
    console.print(f"seed {options.seed}; medians of {options.rounds} rounds of {count:,} orders")
