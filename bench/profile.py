"""Where the CPU time of a command goes: by phase and table, and by function.

The total is CPU time, not time on the clock: what else runs on the machine matters less. Its phases are timed by probes
put around the functions named in PROBES, and the functions are found by a timer that interrupts every so often; in runs
of their own, because both cost something. They give the shares, and are printed as parts of that total.
"""

import argparse
import asyncio
import inspect
import selectors
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, Final

from rich.table import Table
from sqlalchemy import Connection

from adapters.encoding import JsonCodec
from adapters.sql import ledger as sql_ledger
from adapters.sql.database import SqliteDatabase
from adapters.sql.ledger import SqlLedgerBatch
from application.kernel import group_commit
from application.kernel.group_commit import GroupCommitter
from application.kernel.round import Round
from bench import workloads
from bench.machine import console
from bench.ours import CALLERS, Ours, create, drive, open_stock
from bench.yardsticks import Bare, Order

Place = tuple[str, bool]
"""A phase, and whether SQLite was at work in it."""

LOOP: Final = "event loop, answers' way back"
COMMIT: Final = "COMMIT"
WAITING: Final = "waiting"
"""For COMMIT's thread: costs nothing, and is not shown."""

PROBES: Final[Sequence[tuple[str, Any, str]]] = (
    ("caller: command, plan", Ours, "reserve"),
    ("caller: digest", JsonCodec, "digest"),
    ("caller: touches, queue", GroupCommitter, "_admit"),
    ("gather", GroupCommitter, "_gather"),
    ("gather", group_commit, "look"),
    ("BEGIN, ROLLBACK", SqliteDatabase, "_begin"),
    ("records", SqlLedgerBatch, "_records"),
    ("accounts", SqlLedgerBatch, "_accounts"),
    ("request ids", SqlLedgerBatch, "_replies"),
    ("the books of the batch", group_commit, "load"),
    ("decide", Round, "decide"),
    ("changes", Round, "changes"),
    ("write request", SqlLedgerBatch, "_write_replies"),
    ("write account", SqlLedgerBatch, "_write_accounts"),
    ("write movement", SqlLedgerBatch, "_write_movements"),
    ("write reservation", SqlLedgerBatch, "_write_reservations"),
    ("write deadline", SqlLedgerBatch, "_write_deadlines"),
    ("write outbox", SqlLedgerBatch, "_write_events"),
    (COMMIT, SqliteDatabase, "commit"),
    ("answers", GroupCommitter, "_answer"),
    (WAITING, selectors.DefaultSelector, "select"),
)
SHOWN: Final = tuple(dict.fromkeys([LOOP, *(phase for phase, _, _ in PROBES if phase != WAITING)]))
DRIVER: Final = ("fetch", "run_each", "insert_rows")
"""The functions of adapters/sql/ledger.py's namespace in which SQLite works."""

SAMPLE_SECONDS: Final = 0.001
FUNCTIONS: Final = 30


class Phases:
    """Nanoseconds by place; a phase within another is its own. What a probe itself costs, inside it and outside, is
    measured first and left out. What is in no phase is counted to `rest`.
    """

    def __init__(self, rest: str = LOOP, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self._rest = rest
        self._clock = clock
        self.spent: Counter[Place] = Counter()
        self._inside: Counter[Place] = Counter()
        self._outside: Counter[Place] = Counter()
        self._cost = (0.0, 0.0)
        self._stack: list[Place] = [(rest, False)]
        self._since = clock()
        self._calibrate()

    def _calibrate(self) -> None:
        empty, times = self.around(lambda: None, "empty"), 20_000
        with self.counting():
            for _ in range(times):
                empty()
        self._cost = (self.spent["empty", False] / times, self.spent[self._rest, False] / times)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Within it, and not before, time counts."""
        for counter in (self.spent, self._inside, self._outside):
            counter.clear()
        self._since = self._clock()
        yield
        self._switch()
        for place, count in self._inside.items():
            self.spent[place] -= int(count * self._cost[0])
        for place, count in self._outside.items():
            self.spent[place] -= int(count * self._cost[1])

    def enter(self, phase: str | None, driver: bool = False) -> None:
        self._switch()
        self._outside[self._stack[-1]] += 1
        here = (phase or self._stack[-1][0], driver)
        self._inside[here] += 1
        self._stack.append(here)

    def leave(self) -> None:
        self._switch()
        self._stack.pop()

    def _switch(self) -> None:
        now = self._clock()
        self.spent[self._stack[-1]] += now - self._since
        self._since = now

    def around(self, function: Callable[..., Any], phase: str | None, driver: bool = False) -> Callable[..., Any]:
        """The function with its time counted to the phase (None: to the phase it is called in)."""

        def probed(*args: Any, **named: Any) -> Any:
            self.enter(phase, driver)
            try:
                return function(*args, **named)
            finally:
                self.leave()

        def stepped(*args: Any, **named: Any) -> Any:
            return _Stepped(function(*args, **named), self, phase)

        return stepped if inspect.iscoroutinefunction(function) else probed


class _Stepped:
    """A coroutine of which every step is counted, and nothing that runs between its steps."""

    def __init__(self, coroutine: Any, phases: Phases, phase: str | None) -> None:
        self._coroutine, self._phases, self._phase = coroutine, phases, phase

    def __await__(self) -> Generator[Any, Any, Any]:
        given: Any = None
        while True:
            self._phases.enter(self._phase)
            try:
                awaited = self._coroutine.send(given)
            except StopIteration as end:
                return end.value
            finally:
                self._phases.leave()
            given = yield awaited


@contextmanager
def probes(phases: Phases) -> Iterator[None]:
    """Within it, what PROBES name is timed."""
    commit_of: Any = Connection.commit
    main = threading.current_thread()

    def commit(connection: Connection) -> None:
        began = time.thread_time_ns()
        commit_of(connection)
        if threading.current_thread() is not main:
            phases.spent[COMMIT, True] += time.thread_time_ns() - began

    put: list[tuple[Any, str, Any]] = [(Connection, "commit", commit)]
    put += [(owner, name, phases.around(getattr(owner, name), phase)) for phase, owner, name in PROBES]
    put += [(sql_ledger, name, phases.around(getattr(sql_ledger, name), None, True)) for name in DRIVER]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in put]
    try:
        for owner, name, value in put:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


@contextmanager
def sampler(found: Counter[str]) -> Iterator[None]:
    """Within it, the function that runs is noted every so much CPU time of the process."""

    def note(_signal: int, frame: FrameType | None) -> None:
        if frame is not None:
            found[_named(frame)] += 1

    before = signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _named(frame: FrameType) -> str:
    code = frame.f_code
    if code.co_filename.startswith("<"):  # written by dataclass or NamedTuple: the class says more
        made = frame.f_locals.get("self", frame.f_locals.get("_cls"))
        return f"{getattr(made, '__name__', type(made).__name__)} (built)"
    return f"{Path(code.co_filename).stem}.{code.co_qualname}"


async def _run(
    path: Path, warm: Sequence[Order], orders: Sequence[Order], watch: AbstractContextManager[object]
) -> float:
    """Reserve the orders while `watch` is entered; microseconds of CPU an order."""
    ours = Ours(path)
    await ours.open()
    await drive(ours.reserve, warm, CALLERS)
    with watch:
        began = time.process_time()
        await drive(ours.reserve, orders, CALLERS)
        spent = time.process_time() - began
    await ours.close()
    return 1e6 * spent / len(orders)


def _bare(path: Path, warm: Sequence[Order], orders: Sequence[Order]) -> float:
    driver = Bare(path)
    driver.reserve(warm, CALLERS)
    began = time.process_time()
    driver.reserve(orders, CALLERS)
    spent = time.process_time() - began
    driver.close()
    return 1e6 * spent / len(orders)


def profile(options: argparse.Namespace, folder: Path) -> None:
    """CPU time of a reserve by phase and by function, hot and spread, beside that of Y2."""
    for name, pick in (("hot", workloads.hot), ("spread", workloads.spread)):
        _profile(name, pick, options, folder)


def _profile(name: str, pick: Any, options: argparse.Namespace, folder: Path) -> None:
    places = workloads.positions(options.positions)
    totals: dict[str, list[float]] = {"plain": [], "y2": []}
    phases: list[Counter[Place]] = []
    sampled: Counter[str] = Counter()
    for round_ in range(options.rounds):
        orders = workloads.stream(pick(places, options.seed + round_), options.orders, f"r{round_}")
        warm = [Order(f"warm-{n}", ((*place, 1),)) for n, place in enumerate(places)]
        for what in ("plain", "probed", "sampled", "y2"):
            path = folder / f"{what}.db"
            create(path)
            asyncio.run(open_stock(path, places))
            if what == "y2":
                totals[what].append(_bare(path, warm, orders))
            elif what == "sampled":
                found: Counter[str] = Counter()
                asyncio.run(_run(path, warm, orders, sampler(found)))
                sampled += found
            elif what == "probed":
                timer = Phases()
                with probes(timer):
                    asyncio.run(_run(path, warm, orders, timer.counting()))
                phases.append(timer.spent)
            else:
                totals[what].append(asyncio.run(_run(path, warm, orders, nullcontext())))
            for file in folder.glob(f"{what}.db*"):
                file.unlink()
    _print(name, options, {what: statistics.median(some) for what, some in totals.items()}, phases, sampled)


def _print(
    name: str,
    options: argparse.Namespace,
    totals: dict[str, float],
    phases: Sequence[Counter[Place]],
    sampled: Counter[str],
) -> None:
    table = Table(title=f"reserve {name}, 1 line: microseconds of CPU a command", show_footer=True)
    median = {
        key: statistics.median(each[key] / 1_000 / options.orders for each in phases)
        for key in dict.fromkeys(key for each in phases for key in each)
        if key[0] != WAITING
    }
    commit = median.pop((COMMIT, True), 0.0)  # a thread's own CPU time, not stretched by any probe
    share = (totals["plain"] - commit) / sum(median.values())
    spent = {key: share * value for key, value in median.items()} | {(COMMIT, True): commit}
    sums = [sum(value for (_, driver), value in spent.items() if driver is wanted) for wanted in (False, True)]
    table.add_column("phase", footer=f"together {sum(sums):.1f}; Y2 {totals['y2']:.1f}")
    table.add_column("Python", justify="right", footer=f"{sums[0]:.1f}")
    table.add_column("SQLite", justify="right", footer=f"{sums[1]:.1f}")
    for phase in SHOWN:
        driver = f"{spent[phase, True]:.1f}" if (phase, True) in spent else ""
        table.add_row(phase, f"{spent[phase, False]:.1f}", driver)
    console.print(table)
    functions = Table(title=f"reserve {name}, 1 line: functions, microseconds of CPU a command")
    functions.add_column("function")
    functions.add_column("µs", justify="right")
    all_ = sum(sampled.values())
    for function, count in sampled.most_common(FUNCTIONS):
        functions.add_row(function, f"{totals['plain'] * count / all_:.1f}")
    console.print(functions)
    console.print(
        f"seed {options.seed}; medians of {options.rounds} rounds of {options.orders:,} orders; {all_:,} samples,"
        " those of a call into C counted to the function that called"
    )
