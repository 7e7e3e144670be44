"""Several times what one serving process can do, for as long as is asked: what it takes, what it sheds, what it loses.

Three processes: the server, as `entrepot serve` starts it; the load, an open loop (`python -m bench.overload`), whose
requests come at their times whether or not those before them were answered; and this one, which looks on. Seconds are
counted from when a request was due, so that one that could not be sent in time counts as late.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.table import Table

from application.reconciliation.audit_ledger import AuditLedger
from bench.http_load import HEAD_ENDS, LENGTH, Target, ask, drive
from bench.machine import Steal, console
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import DatabaseSettings, Settings

GOODS: Final = 100
RESERVE: Final = "/v1/commands/reserve-stock"
MOST_CONNECTIONS: Final = 8_000
CLOSED: Final = 64
TIMES: Final = 5.0
SHED: Final = (429, 503)
RETRY: Final = b"retry-after: "


@dataclass
class Load:
    """What one open loop saw.

    Of what was accepted: `latencies` since it was due, `waits` since it was sent, `late` as `latencies` but by second.
    """

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    late: dict[int, list[float]] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)
    unpaced: int = 0

    def answered(
        self, number: str, status: int, *, paced: bool, began: float, due: float, sent: float, now: float
    ) -> None:
        self.statuses[str(status)] += 1
        second = int(due - began)
        if status == 200:
            self.accepted.append(number)
            self.latencies.append(now - due)
            self.waits.append(now - sent)
            self.late.setdefault(second, []).append(now - due)
        else:
            self.refused[second] += 1
            self.unpaced += status in SHED and not paced

    def told(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "statuses": self.statuses,
            "p50": quantile(self.latencies, 0.5),
            "p99": quantile(self.latencies, 0.99),
            "p99_sent": quantile(self.waits, 0.99),
            "accepted": self.accepted,
            "p99_by_second": {second: quantile(found, 0.99) for second, found in sorted(self.late.items())},
            "refused_by_second": self.refused,
            "unpaced": self.unpaced,
        }


class _Connection(asyncio.Protocol):
    """Asks one thing at a time, and is free again."""

    def __init__(self, loop: "_Loop") -> None:
        self._loop = loop
        self._came = b""
        self._asked: tuple[str, float, float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._loop.lost(self, self._asked)
        self._asked = None

    def ask(self, number: str, due: float, request: bytes) -> None:
        self._asked = (number, due, time.perf_counter())
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        came = self._came + data if self._came else data
        head = came.find(HEAD_ENDS)
        length = LENGTH.search(came, 0, head + 2) if head >= 0 else None
        if length is None or len(came) < head + 4 + int(length[1]):
            self._came = came
            return
        self._came, asked, self._asked = b"", self._asked, None
        if asked is not None:
            self._loop.answered(self, *asked, int(came[9:12]), paced=RETRY in came[:head])


class _Loop:
    """Sends a request whenever one is due, on any connection that is free, up to so many of them."""

    def __init__(self, target: Target, name: str, rate: float, seconds: float) -> None:
        self._target = target
        self._name = name
        self._rate = rate
        self._seconds = seconds
        self._free: list[_Connection] = []
        self._open = 0
        self._due: deque[tuple[str, float]] = deque()
        self._outstanding = 0
        self.load = Load()

    async def run(self) -> Load:
        loop = asyncio.get_running_loop()
        self._began = time.perf_counter()
        while (passed := time.perf_counter() - self._began) < self._seconds:
            while self.load.sent < passed * self._rate:
                due = self._began + self.load.sent / self._rate
                self._due.append((f"{self._name}-{self.load.sent}", due))
                self.load.sent += 1
            if len(self._due) > len(self._free) and self._open < MOST_CONNECTIONS:
                more = min(200, MOST_CONNECTIONS - self._open)
                self._open += more
                made = tuple(
                    loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._target.port)
                    for _ in range(more)
                )
                for connecting in asyncio.as_completed(made):
                    self._free.append((await connecting)[1])
            self._pump()
            await asyncio.sleep(0.002)
        given_up = len(self._due)
        self._due.clear()
        self.load.statuses["not sent"] += given_up
        ends = time.perf_counter() + 30
        while self._outstanding and time.perf_counter() < ends:  # noqa: ASYNC110 - it looks at the clock, too
            await asyncio.sleep(0.01)
        self.load.statuses["no answer"] += self._outstanding
        return self.load

    def _pump(self) -> None:
        while self._due and self._free:
            number, due = self._due.popleft()
            self._outstanding += 1
            line = {"goods": f"G{hash(number) % GOODS}", "quantity": 1, "nodes": ["N1"]}
            self._free.pop().ask(number, due, self._target.post(RESERVE, {"lines": [line]}, number))

    def answered(
        self, connection: _Connection, number: str, due: float, sent: float, status: int, *, paced: bool
    ) -> None:
        self._outstanding -= 1
        now = time.perf_counter()
        self.load.answered(number, status, paced=paced, began=self._began, due=due, sent=sent, now=now)
        self._free.append(connection)
        self._pump()

    def lost(self, connection: _Connection, asked: tuple[str, float, float] | None) -> None:
        self._open -= 1
        if connection in self._free:
            self._free.remove(connection)
        if asked is not None:
            self._outstanding -= 1
            self.load.statuses["connection lost"] += 1


def quantile(found: Sequence[float], part: float) -> float:
    return sorted(found)[int(len(found) * part)] if found else 0.0


# -- the server, and one who looks on ---------------------------------------------------------------------------------


class Served(NamedTuple):
    """A server in a process of its own."""

    target: Target
    key: str
    process: int


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Served]:
    """A server on a database of its own, with goods enough."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
    environment |= {"ENTREPOT_RATE__PER_SECOND": "1000000", "ENTREPOT_RATE__BURST": "1000000", **settings}
    environment |= {"ENTREPOT_DATABASE__URL": f"sqlite:///{folder / 'overload.db'}"}
    command = [sys.executable, "-m", "entrypoints.cli.main", "--json", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            said = json.loads(server.stdout.readline())
            target = Target(int(said["address"].rpartition(":")[2]), said["key"])
            asyncio.run(_stock(target))
            yield Served(target, said["key"], server.pid)
        finally:
            server.terminate()
            server.wait(60)


async def _stock(target: Target) -> None:
    goods = [{"code": f"G{number}", "name": "goods"} for number in range(GOODS)]
    for name, body in (
        ("register-goods", {"goods": goods}),
        ("register-node", {"nodes": [{"code": "N1", "name": "One"}]}),
        ("receive-stock", {"lines": [{"goods": each["code"], "node": "N1", "quantity": 10**9} for each in goods]}),
    ):
        told = await drive(target, [target.post(f"/v1/commands/{name}", body, f"open-{name}")], 1, bool)
        assert told.statuses == {200: 1}, told.wrong


def capacity(target: Target, seconds: float) -> float:
    """Reservations a second that the server takes when each of some callers waits for its answer."""

    async def measure() -> float:
        done, spent, number = 0, 0.0, 0
        while spent < seconds:
            some = []
            for _ in range(1_000):
                number += 1
                line = {"goods": f"G{number % GOODS}", "quantity": 1, "nodes": ["N1"]}
                some.append(target.post(RESERVE, {"lines": [line]}, f"warm-{number}"))
            told = await drive(target, some, CLOSED, bool)
            done, spent = done + told.statuses[200], spent + told.seconds
        return done / spent

    return asyncio.run(measure())


def load(server: Served, name: str, rate: float, seconds: float) -> tuple[Mapping[str, Any], int]:
    """One open loop in its own process: what it saw, and the most memory (MiB) that the server held meanwhile."""
    command = [sys.executable, "-m", "bench.overload", str(server.target.port), name, str(rate), str(seconds)]
    most = 0
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, text=True) as process:
            assert process.stdin is not None
            process.stdin.write(server.key + "\n")
            process.stdin.close()
            while process.poll() is None:
                most = max(most, resident(server.process))
                time.sleep(0.1)
        said.seek(0)
        found: Mapping[str, Any] = json.load(said)
    return found, most


def resident(process: int) -> int:
    """MiB that a process holds in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def lost(folder: Path, accepted: Sequence[str]) -> set[str]:
    """What was accepted and is not in the ledger."""
    with sqlite3.connect(folder / "overload.db") as connection:
        kept = {id for (id,) in connection.execute("SELECT id FROM request")}
    connection.close()
    return set(accepted) - kept


async def clean(folder: Path) -> bool:
    """Whether a full audit finds no difference."""
    settings = Settings(database=DatabaseSettings(url=f"sqlite:///{folder / 'overload.db'}"))
    async with open_installation(settings, worker=False) as house:
        return (await house.audit(AuditLedger(full=True))).clean


def overload(options: argparse.Namespace, folder: Path) -> None:
    """The section of `make bench`."""
    seconds = options.overload_seconds
    steal = Steal()
    with serving(folder) as server:
        most = capacity(server.target, 5)
        before = resident(server.process)
        parts = [("half of it", 0.5, 10.0), (f"{TIMES:g} times it", TIMES, seconds), ("half of it again", 0.5, 15.0)]
        found = [(name, *load(server, f"p{n}", most * part, long)) for n, (name, part, long) in enumerate(parts)]
        ready = asyncio.run(ask(server.target, "/health/ready"))
    table = Table(title=f"overload: one process that takes {most:,.0f} reservations/s; open loop, {seconds:g} s")
    for column in ("load", "sent", "accepted", "shed", "other", "p50 ms", "p99 ms", "p99 ms once sent", "MiB at most"):
        table.add_column(column, justify="left" if column == "load" else "right")
    for name, told, memory in found:
        statuses = told["statuses"]
        shed = sum(statuses.get(str(status), 0) for status in SHED)
        accepted = len(told["accepted"])
        table.add_row(
            name,
            f"{told['sent']:,}",
            f"{accepted:,}",
            f"{shed:,}",
            json.dumps(
                {each: count for each, count in statuses.items() if each not in ("200", "429", "503") and count}
            ),
            f"{1_000 * told['p50']:,.1f}",
            f"{1_000 * told['p99']:,.1f}",
            f"{1_000 * told['p99_sent']:,.1f}",
            f"{memory} (before: {before})",
        )
    console.print(table)
    calm, after = found[0][1], found[-1][1]
    limit = max(0.25, 3 * calm["p99"])
    bad = [int(s) for s, p99 in after["p99_by_second"].items() if p99 > limit] + [
        int(s) for s, count in after["refused_by_second"].items() if count
    ]
    taken = [number for _, told, _ in found for number in told["accepted"]]
    console.print(
        f"recovered (p99 of a second at most {1_000 * limit:.0f} ms, nothing shed) after {max(bad, default=-1) + 1} s; "
        f"ready: {ready['status']}; accepted and not in the ledger: {len(lost(folder, taken))} of {len(taken):,}; "
        f"audit clean: {asyncio.run(clean(folder))}; {steal.percent():.0f}% of the machine was taken by others"
    )


def main() -> None:
    port, name, rate, seconds = sys.argv[1:]
    target = Target(int(port), sys.stdin.readline().strip())
    told = asyncio.run(_Loop(target, name, float(rate), float(seconds)).run()).told()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
