"""The databases of this repository as the suites of outbox, broker, clock and deadlines open them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select, update

from adapters.memory.broker import MemoryParkedMessages
from adapters.memory.database import MemoryDatabase
from adapters.memory.deadlines import MemoryDeadlines
from adapters.memory.ledger import MemoryLedgerStore
from adapters.memory.outbox import MemoryInbox, MemoryOutbox, Staged
from adapters.sql import schema
from adapters.sql.database import SqliteDatabase
from adapters.sql.deadlines import SqlDeadlines
from adapters.sql.inbox import SqlInbox, SqlParkedMessages
from adapters.sql.ledger import SqlLedgerStore
from adapters.sql.outbox import SqlOutbox
from application.kernel.ports import Reach, pass_by
from contracts.conformance.yard import HandClock
from domain.stock.position import kinds
from tests.contract.ledger.installations import CODEC, create_schema, new_store

COUNTED = Table("counted", MetaData(), Column("key", Text, primary_key=True), Column("number", Integer, nullable=False))


class MemoryYard:
    """Everything in one memory database."""

    def __init__(self, clock: HandClock, reach: Reach = pass_by) -> None:
        self.database = MemoryDatabase(clock.time())
        self.reach = reach

    def store(self) -> MemoryLedgerStore:
        return MemoryLedgerStore(self.database)

    def outbox(self) -> MemoryOutbox:
        return MemoryOutbox(self.database, CODEC)

    def feed(self) -> MemoryOutbox:
        return MemoryOutbox(self.database, CODEC)

    def deadlines(self) -> MemoryDeadlines:
        return MemoryDeadlines(self.database)

    def inbox(self) -> MemoryInbox:
        return MemoryInbox(self.database, self.reach)

    def parked(self) -> MemoryParkedMessages:
        return MemoryParkedMessages(self.database)

    def digest(self, value: object) -> bytes:
        return CODEC.digest(value)

    def count(self, key: str) -> Callable[[Staged], None]:
        return lambda staged: staged.put("counted", key, staged.get("counted", key, 0) + 1)

    async def counted(self, key: str) -> int:
        number: int = self.database.tables.get("counted", {}).get(key, 0)
        return number

    async def new_epoch(self) -> None:
        self.database.epoch += 1

    async def close(self) -> None:
        pass


class SqliteYard:
    """Everything in one SQLite file."""

    def __init__(self, folder: Path, clock: HandClock, reach: Reach = pass_by) -> None:
        self.path = folder / "yard.db"
        self.clock = clock
        self.reach = reach
        self.database: SqliteDatabase

    async def open(self) -> "SqliteYard":
        create_schema(self.path)
        self.database = SqliteDatabase(self.path)
        await self.database.open()
        await self.database.write(COUNTED.metadata.create_all)
        return self

    def store(self) -> SqlLedgerStore:
        return new_store(self.database, kinds(), self.clock.time())

    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.database, self.clock.time())

    def feed(self) -> SqlOutbox:
        return SqlOutbox(self.database, self.clock.time())

    def deadlines(self) -> SqlDeadlines:
        return SqlDeadlines(self.database, self.clock.time())

    def inbox(self) -> SqlInbox:
        return SqlInbox(self.database, self.clock.time(), self.reach)

    def parked(self) -> SqlParkedMessages:
        return SqlParkedMessages(self.database, self.clock.time())

    def digest(self, value: object) -> bytes:
        return CODEC.digest(value)

    def count(self, key: str) -> Callable[[Connection], None]:
        mine = COUNTED.c.key == key

        def effect(connection: Connection) -> None:
            if not connection.execute(update(COUNTED).where(mine).values(number=COUNTED.c.number + 1)).rowcount:
                connection.execute(insert(COUNTED).values(key=key, number=1))

        return effect

    async def counted(self, key: str) -> int:
        asked = select(COUNTED.c.number).where(COUNTED.c.key == key)
        return await self.database.read(lambda connection: connection.execute(asked).scalar() or 0)

    async def new_epoch(self) -> None:
        def rise(connection: Connection) -> Any:
            return connection.execute(update(schema.state).values(epoch=schema.state.c.epoch + 1))

        await self.database.write(rise)

    async def close(self) -> None:
        await self.database.close()
