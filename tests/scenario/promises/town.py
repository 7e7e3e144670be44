"""A town to tell stories of promises in: three nodes, goods to sell, and everything else by default."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dependency_injector import providers

from application.kernel.call import Call
from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise
from application.sourcing.promise import Promise
from application.sourcing.reserve_promise import ReservePromise
from application.sourcing.reserve_wanted import ReserveWanted
from application.stock.availability import Availability
from application.stock.find_availability import FindAvailability
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from application.warehouse.set_sites import SetSites
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Part, Supply, SupplyMapping
from domain.warehouse.coverage import Coverage
from domain.warehouse.site import Site
from entrypoints.composition.installation import open_root
from entrypoints.composition.settings import load_settings

PLACES: Final = {"harbour": (53.54, 9.99), "hill": (53.60, 10.10), "island": (54.60, 8.40)}
"""Two near each other and one far away."""

HOME: Final = DeliverTo(lat=53.55, lng=10.0)
EVERYWHERE: Final = Coverage(km=5_000.0)


@dataclass
class Town:
    """An installation on a memory database, with a clock that stands where a story puts it."""

    root: Any
    now: datetime
    requests: int = 0
    tenant: str = "acme"
    goods: list[str] = field(default_factory=list)

    async def do(self, command: Any, request: str = "", actor: str = "clerk") -> Any:
        self.requests += 1
        handler = self.root.commands()[type(command)]
        return await handler(Call(self.tenant, actor, request or f"r{self.requests}"), command)

    async def ask(self, query: Any) -> Any:
        return await self.root.queries()[type(query)](self.tenant, query)

    async def sells(self, *goods: str) -> None:
        """Goods, each sold as a SKU and an item of its own name."""
        await self.do(RegisterGoods(tuple(Goods(each, each.title()) for each in goods)))
        await self.do(SetItems(tuple(SalesItem(each, each.title(), (Sku(each),)) for each in goods)))
        await self.do(SetSupply(tuple(Supply(each, (SupplyMapping("own", (Part(each),)),)) for each in goods)))

    async def has(self, *sites: Site) -> None:
        await self.do(RegisterNode(tuple(Node(each.code, each.code.title()) for each in sites)))
        await self.do(SetSites(sites))

    async def receives(self, *lines: tuple[str, str, int]) -> None:
        await self.do(ReceiveStock(tuple(ReceivedLine(*line) for line in lines)))

    async def promise(self, *lines: DemandLine | tuple[str, int], **rest: Any) -> Promise:
        made: Promise = await self.do(MakePromise(wanted(*lines, **rest)))
        return made

    async def reserve(self, promise: Promise, **rest: Any) -> Any:
        return await self.do(ReservePromise(promise.promise or promise.token, **rest))

    async def buy(self, *lines: DemandLine | tuple[str, int], **rest: Any) -> Any:
        return await self.do(ReserveWanted(wanted(*lines, **rest)))

    async def left(self, goods: str) -> dict[str, int]:
        """What is still available of a goods, by node."""
        found: Availability = await self.ask(FindAvailability((goods,)))
        return {each.node: each.amounts.available for each in found.goods[0].nodes}


def wanted(*lines: DemandLine | tuple[str, int], to: DeliverTo = HOME, **rest: Any) -> WantedGoods:
    said = tuple(each if isinstance(each, DemandLine) else DemandLine(each[1], each[0]) for each in lines)
    return WantedGoods(said, to, **rest)


def site(code: str, **rest: Any) -> Site:
    lat, lng = PLACES[code]
    return Site(code, lat, lng, **{"covers": EVERYWHERE, **rest})


def legs(promise: Promise) -> Sequence[tuple[str, str, int]]:
    return [(each.line, each.node, each.quantity) for each in promise.legs]


MONDAY: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)


@asynccontextmanager
async def town(url: str = "memory:", now: datetime = MONDAY) -> AsyncIterator[Town]:
    settings = load_settings(database={"url": url}, log={"flow": False})
    async with open_root(settings) as root:
        made = Town(root, now)
        root.clock.override(providers.Object(lambda: made.now))
        committer = root.committer()
        committer.start()
        try:
            yield made
        finally:
            await committer.drain()


def later(days: float) -> datetime:
    return MONDAY + timedelta(days=days)
