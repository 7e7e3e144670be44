"""Orders that hold stock, what a channel may sell of it, and what the buyer may owe: three accounts, or none.

An order's second line is the quota and its third the credit, under names that stock could have: the yardsticks take
from positions of these names, ours from the accounts that are meant.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from sqlalchemy import func, select

from adapters.sql.registers import SqlRegisterFeed
from adapters.sql.schema import movement
from application.kernel.call import Call
from application.kernel.entries import Followed
from application.stock.pools import Pools
from application.stock.quotas import QuotaBook
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler, StockLine
from application.stock.set_quotas import QuotasPlanned, SetQuotas
from bench.ours import OPENING, AllRegistered
from bench.ours_on_postgresql import OursOnPostgresql
from bench.workloads import Position
from bench.yardsticks import TENANT, Order
from domain.kernel.account import AccountKind
from domain.kernel.movement import RESERVABLE, RESERVE
from domain.kernel.reservation import Hold, Plan
from domain.stock import quota
from domain.stock.quota import AT_GOODS, QUOTAS, SHARED, Quota

CHANNEL: Final = "web"
QUOTA: Final = "QUOTA"
CREDIT: Final = "CREDIT"

CREDIT_KIND: Final = AccountKind(
    name="bench_credit",
    dimensions=("buyer",),
    movements=frozenset(RESERVABLE),
    insufficient="credit.insufficient",
    view="bench_credit",
)
"""What a buyer may still owe."""


def beside(places: Sequence[Position]) -> list[Position]:
    """What stands for the quotas and the credit where there is nothing but stock: as many of each as positions."""
    return [*((QUOTA, goods) for goods, _ in places), *((CREDIT, f"B{n:07d}") for n in range(len(places)))]


def with_beside(orders: Sequence[Order], count: int, seed: int) -> list[Order]:
    """The same orders, each by one of `count` buyers."""
    draw = random.Random(seed)
    return [
        Order(id, (line, (QUOTA, line[0], 1), (CREDIT, f"B{draw.randrange(count):07d}", 1)))
        for id, (line, *_) in orders
    ]


class OnCredit:
    """A HoldPlan: every unit of goods holds one of what its buyer, who calls, may owe."""

    async def extend(self, call: Call, plan: Plan) -> Plan:
        credit = CREDIT_KIND.key(call.actor)
        lines = tuple(line._replace(ways=tuple((*way, Hold(credit, 1)) for way in line.ways)) for line in plan.lines)
        return replace(plan, lines=lines, openings={**plan.openings, credit: OPENING})


class OursWithBeside(OursOnPostgresql):
    """With a shared quota on every goods, and buyers on credit."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url, {**quota.kinds(), CREDIT_KIND.name: CREDIT_KIND}, Pools(lambda tenant: self._quotas.seen(tenant))
        )
        feed = SqlRegisterFeed(self.server, self.server.dialect, self.codec)
        self._quotas = Followed(feed, (QUOTAS,), QuotaBook, monotonic)
        self.reserve_stock = ReserveStockHandler(self.committer, AllRegistered(), (OnCredit(),), quotas=self._quotas)

    async def stock_some(self, start: int, places: Sequence[Position]) -> None:
        await super().stock_some(start, places)
        caps = tuple(Quota(f"Q-{goods}", CHANNEL, SHARED, AT_GOODS, goods, cap=OPENING) for goods, _ in places)
        await self.committer.submit(Call(TENANT, "bench", f"cap-{start}"), QuotasPlanned(SetQuotas(caps), caps, {}))

    async def require_held(self, orders: int) -> None:
        """Raises ValueError unless each of so many orders held all three."""
        held = select(func.count()).select_from(movement).where(movement.c.kind == RESERVE.name)
        found = await self.server.read(lambda connection: connection.execute(held).scalar_one())
        if found != 3 * orders:
            raise ValueError(f"{orders} orders held {found} accounts")

    async def reserve(self, order: Order) -> None:
        (goods, node, quantity), _, (_, buyer, _) = order.lines
        asked = ReserveStock((StockLine(goods, quantity, (node,)),), channel=CHANNEL)
        await self.reserve_stock(Call(TENANT, buyer, order.id), asked)
