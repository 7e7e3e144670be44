"""What a promise costs from the question to its token: views, one read, the decision; lines, nodes and databases."""

import asyncio
import random
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.table import Table

from application.kernel.call import Call
from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_sites import SetSites
from bench.machine import Steal, console
from bench.routing import addresses, network
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.warehouse.calendar import Calendar
from domain.warehouse.region import Region
from domain.warehouse.site import Site
from entrypoints.composition.installation import open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.process import tuned
from entrypoints.composition.settings import Settings, load_settings

LINES: Final = (1, 5, 20)
NODES: Final = (10, 100, 1_000, 10_000)
LOADS: Final = (("memory", "nationwide"), ("memory", "mixed"), ("SQLite", "nationwide"))
"""On which database, and by what its nodes cover: in a nationwide network every node is a candidate."""

HOLDING: Final = 0.3
"""How many of the nodes hold a goods, but a thousand at most."""

HOLDERS: Final = 1_000

GOODS: Final = tuple(f"G{number:02}" for number in range(max(LINES)))
A_PAGE: Final = 400
SECONDS: Final = 1.0
"""How long a row is asked for, warmed up before."""

LEAST: Final = 8
MOST: Final = 400
"""Promises of a row at most."""


class Asking(NamedTuple):
    """An installation that is open, asked for one tenant."""

    root: Any
    tenant: str
    made: Iterator[int]

    async def do(self, command: Any) -> Any:
        return await self.root.commands()[type(command)](Call(self.tenant, "bench", f"r{next(self.made)}"), command)


def settings_of(url: str) -> Settings:
    return load_settings(database={"url": url}, log={"flow": False})


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Any]:
    """The composition without a door."""
    async with open_root(settings_of(url)) as root:
        committer = root.committer()
        committer.start()
        try:
            yield root
        finally:
            await committer.drain()


async def lay_out(asking: Asking, kind: str, nodes: int, seed: int) -> None:
    """A network of 3,600 regions, and stock of every goods at three nodes in ten."""
    dice = random.Random(seed)
    things = network(nodes, seed, kind)
    await asking.do(RegisterGoods(tuple(Goods(each, each) for each in GOODS)))
    for of, command in ((Region, SetRegions), (Calendar, SetCalendars), (Site, SetSites)):
        mine = [thing for thing in things if isinstance(thing, of)]
        for some in pages(mine):
            if of is Site:
                await asking.do(RegisterNode(tuple(Node(each.code, each.code) for each in some)))
            await asking.do(command(tuple(some)))
    held = [
        ReceivedLine(goods, thing.code, dice.randint(1, 60))
        for thing in things
        if isinstance(thing, Site)
        for goods in GOODS
        if dice.random() < min(HOLDING, HOLDERS / nodes)
    ]
    for some in pages(held):
        await asking.do(ReceiveStock(tuple(some), opening=True))


def pages(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (things[start : start + A_PAGE] for start in range(0, len(things), A_PAGE))


def questions(seed: int, lines: int) -> list[MakePromise]:
    """Each with a place of its own."""
    dice = random.Random(seed)
    return [
        MakePromise(
            WantedGoods(
                tuple(DemandLine(dice.randint(1, 4), goods=each) for each in dice.sample(GOODS, lines)),
                DeliverTo(to.nation, to.region, to.postcode, to.lat, to.lng),
            )
        )
        for to in addresses(MOST, seed)
    ]


class Spent(NamedTuple):
    """Milliseconds at p50 and p99 of so many promises, the CPU of one at p50, and how many parcels each has."""

    p50: float
    p99: float
    cpu: float
    parcels: float
    promises: int


async def measured(asking: Asking, asked: Sequence[MakePromise]) -> Spent:
    """Each asked by itself, one after the other."""
    spent: list[float] = []
    cpu: list[float] = []
    parcels = 0
    for command in asked[-3:]:
        await asking.do(command)
    until = time.perf_counter() + SECONDS
    for command in asked:
        began, busy = time.perf_counter(), time.process_time()
        promise = await asking.do(command)
        spent.append(1_000 * (time.perf_counter() - began))
        cpu.append(1_000 * (time.process_time() - busy))
        parcels += len(promise.parcels)
        if time.perf_counter() > until and len(spent) >= LEAST:
            break
    spent.sort()
    cpu.sort()
    done = len(spent)
    return Spent(spent[done // 2], spent[int(done * 0.99)], cpu[done // 2], parcels / done, done)


async def rows(folder: Path, seed: int) -> AsyncIterator[tuple[str, str, int, int, Spent]]:
    """Database, network, nodes and lines, with what that costs."""
    for number, (database, kind) in enumerate(LOADS):
        for nodes in NODES:
            url = "memory:"
            if database != "memory":
                url = f"sqlite:///{folder / f'{number}-{nodes}.db'}"
                migrate(settings_of(url))
            async with opened(url) as root:
                asking = Asking(root, "bench", count())
                await lay_out(asking, kind, nodes, seed)
                with tuned():
                    for lines in LINES:
                        yield database, kind, nodes, lines, await measured(asking, questions(seed, lines))


async def _promised(seed: int, folder: Path) -> None:
    table = Table(title="a promise in process: views, one read, the decision, the token; 3,600 regions, places of all")
    for heading in (
        "database",
        "network",
        "lines",
        "nodes",
        "p50 ms",
        "p99 ms",
        "CPU ms",
        "growth",
        "parcels",
        "asked",
    ):
        table.add_column(heading, justify="left" if heading in ("database", "network") else "right")
    before: dict[int, Spent] = {}
    async for database, kind, nodes, lines, spent in rows(folder, seed):
        growth = f"x {spent.cpu / before[lines].cpu:.1f}" if nodes > NODES[0] else ""
        before[lines] = spent
        table.add_row(
            database,
            kind,
            str(lines),
            f"{nodes:,}",
            f"{spent.p50:.2f}",
            f"{spent.p99:.2f}",
            f"{spent.cpu:.2f}",
            growth,
            f"{spent.parcels:.1f}",
            str(spent.promises),
        )
    console.print(table)


def promised(options: Namespace, folder: Path) -> None:
    """The whole use case, a table of databases, networks, lines and nodes."""
    steal = Steal()
    asyncio.run(_promised(options.seed, folder))
    console.print(
        "CPU: of the process, at p50; growth: of that, from ten times fewer;"
        f" {HOLDING:.0%} of the nodes, {HOLDERS:,} at most, hold a goods\n"
        f"seed {options.seed}; CPU steal {steal.percent():.1f} %"
    )
