"""The ledger under measurement: group commit on SQLite, in this process, with many callers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import monotonic

from adapters.encoding import JsonCodec
from adapters.sql import schema
from adapters.sql.accounts import AccountIds
from adapters.sql.database import SqliteDatabase, durability, sqlite_engine
from adapters.sql.ledger import SqlLedgerStore
from adapters.sql.registers import SqlRegisterFeed
from adapters.sql.statements import Statements
from application.kernel.call import Call
from application.kernel.entries import Followed
from application.kernel.group_commit import GroupCommitter
from application.kernel.ledger_time import machine_time
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.pools import Pools
from application.stock.quotas import QuotaBook
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler, StockLine
from bench.yardsticks import TENANT, Order
from domain.stock.position import kinds
from domain.stock.quota import QUOTAS

OPENING = 10**9
CALLERS = 256
Positions = Sequence[tuple[str, str]]


class AllRegistered:
    """Registers in which everything stands: what they cost is measured apart."""

    async def require(self, tenant: str, goods: object, nodes: object) -> None:
        return None


class Ours:
    """An open ledger on a file, with the use cases the bench calls."""

    def __init__(self, path: Path) -> None:
        self.database = SqliteDatabase(path)
        codec = JsonCodec()
        dialect = self.database.dialect
        store = SqlLedgerStore(self.database, Statements(dialect), AccountIds(kinds()), codec, machine_time())
        quotas = Followed(SqlRegisterFeed(self.database, dialect, codec), (QUOTAS,), QuotaBook, monotonic)
        self.committer = GroupCommitter(store, codec.digest, follows=Pools(quotas.seen))
        self.reserve_stock = ReserveStockHandler(self.committer, AllRegistered(), quotas=quotas)

    async def open(self) -> None:
        await self.database.open()
        self.committer.start()

    async def close(self) -> None:
        await self.committer.drain()
        await self.database.close()

    async def reserve(self, order: Order) -> None:
        lines = tuple(StockLine(goods, quantity, (node,)) for goods, node, quantity in order.lines)
        await self.reserve_stock(Call(TENANT, "bench", order.id), ReserveStock(lines))

    async def confirm(self, order: Order) -> None:
        await self.committer.submit(Call(TENANT, "bench", f"{order.id}-CONFIRM"), ConfirmReservation(order.id))

    async def release(self, order: Order) -> None:
        await self.committer.submit(Call(TENANT, "bench", f"{order.id}-RELEASE"), ReleaseReservation(order.id))


def create(path: Path) -> dict[str, object]:
    """An empty database of today's schema; answers its durability settings."""
    engine = sqlite_engine(path, writer=True)
    with engine.begin() as connection:
        schema.metadata.create_all(connection)
        connection.execute(
            schema.state.insert().values(id=1, epoch=1, committed_at=0, next_account=1, next_command=1, next_event=1)
        )
    with engine.connect() as connection:
        settings = durability(connection)
    engine.dispose()
    return settings


async def open_stock(path: Path, positions: Positions) -> None:
    """Give every position its opening balance."""
    ours = Ours(path)
    await ours.open()
    for start in range(0, len(positions), 500):
        some = positions[start : start + 500]
        lines = tuple(ReceivedLine(goods, node, OPENING) for goods, node in some)
        await ours.committer.submit(Call(TENANT, "bench", f"open-{start}"), ReceiveStock(lines, opening=True))
    await ours.close()


async def drive(what: Callable[[Order], Awaitable[None]], orders: Sequence[Order], callers: int) -> list[float]:
    """Have `callers` work the orders off in turn; the latencies, in seconds."""
    left = iter(orders)
    latencies: list[float] = []

    async def caller() -> None:
        for order in left:
            began = time.perf_counter()
            await what(order)
            latencies.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return latencies
