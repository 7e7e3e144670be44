"""The ledger under measurement on PostgreSQL."""

from collections.abc import Mapping, Sequence

from adapters.encoding import JsonCodec
from adapters.sql.accounts import AccountIds
from adapters.sql.dialects.postgresql import postgresql as dialect
from adapters.sql.ledger import SqlLedgerStore
from adapters.sql.server import ServerClock, ServerDatabase
from adapters.sql.statements import Statements
from application.kernel.call import Call
from application.kernel.command import Follows
from application.kernel.group_commit import GroupCommitter
from application.kernel.ledger_time import LedgerTime
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.reserve_stock import ReserveStockHandler
from bench.ours import OPENING, AllRegistered, Ours
from bench.workloads import Position
from bench.yardsticks import TENANT
from domain.kernel.account import AccountKind
from domain.stock.position import kinds


class OursOnPostgresql(Ours):
    """`more` kinds of accounts than those of stock, and what `follows` from a command, are for what is held beside."""

    def __init__(self, url: str, more: Mapping[str, AccountKind] | None = None, follows: Follows | None = None) -> None:
        clock, self.codec = ServerClock(), JsonCodec()
        self.server = ServerDatabase(url, dialect(), clock=clock)
        statements, ids = Statements(self.server.dialect), AccountIds({**kinds(), **(more or {})})
        store = SqlLedgerStore(self.server, statements, ids, self.codec, LedgerTime(clock))
        self.committer = GroupCommitter(store, self.codec.digest, follows=follows)
        self.reserve_stock = ReserveStockHandler(self.committer, AllRegistered())

    async def open(self) -> None:
        await self.server.open()
        self.committer.start()

    async def close(self) -> None:
        await self.committer.drain()
        await self.server.close()

    async def backend(self) -> int:
        """The process of the server that writes for it."""
        async with self.server.writing() as session:
            asked = "SELECT pg_backend_pid()"
            return await session.run(lambda connection: int(connection.exec_driver_sql(asked).scalar_one()))

    async def stock(self, places: Sequence[Position]) -> None:
        """Give every position its opening balance."""
        for start in range(0, len(places), 500):
            await self.stock_some(start, places[start : start + 500])

    async def stock_some(self, start: int, places: Sequence[Position]) -> None:
        """Those from the `start`th on."""
        lines = tuple(ReceivedLine(goods, node, OPENING) for goods, node in places)
        await self.committer.submit(Call(TENANT, "bench", f"open-{start}"), ReceiveStock(lines, opening=True))
