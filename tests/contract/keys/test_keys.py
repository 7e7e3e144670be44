"""Keys in memory and in SQLite keep what the port promises."""

from pathlib import Path

from adapters.memory.database import MemoryDatabase
from adapters.memory.keys import MemoryKeys
from adapters.sql.database import SqliteDatabase
from adapters.sql.keys import SqlKeys
from adapters.sql.migrate import migrate
from contracts.conformance.keys import KeyInstallation, KeysConformance
from domain.stock.position import kinds
from domain.stock.registers import REGISTERS


class InMemory:
    def __init__(self) -> None:
        self.database = MemoryDatabase()

    def keys(self) -> MemoryKeys:
        return MemoryKeys(self.database)

    async def close(self) -> None:
        pass


class InSqlite:
    """Every store over a connection of its own, as another process has one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.databases: list[SqliteDatabase] = []

    async def open(self) -> "InSqlite":
        migrate(self.path, kinds().values(), REGISTERS)
        for _ in range(3):
            database = SqliteDatabase(self.path, readers=1)
            await database.open()
            self.databases.append(database)
        self.turn = 0
        return self

    def keys(self) -> SqlKeys:
        self.turn += 1
        return SqlKeys(self.databases[self.turn % len(self.databases)])

    async def close(self) -> None:
        for database in self.databases:
            await database.close()


class TestMemoryKeys(KeysConformance):
    async def open_key_stores(self, folder: Path) -> KeyInstallation:
        return InMemory()


class TestSqliteKeys(KeysConformance):
    async def open_key_stores(self, folder: Path) -> KeyInstallation:
        return await InSqlite(folder / "keys.db").open()
