"""Both ledgers of this repository can be gone through."""

from pathlib import Path

from adapters.memory.ledger_walk import MemoryLedgerWalk
from adapters.sql.ledger_walk import SqlLedgerWalk
from contracts.conformance.ledger_walk import LedgerWalkConformance
from domain.stock.position import kinds
from tests.contract.ledger.installations import CODEC, MemoryInstallation, SqliteInstallation


class MemoryWalked(MemoryInstallation):
    @property
    def walk(self) -> MemoryLedgerWalk:
        return MemoryLedgerWalk(self.database)


class SqliteWalked(SqliteInstallation):
    @property
    def walk(self) -> SqlLedgerWalk:
        return SqlLedgerWalk(self.database, CODEC, self.kinds)


class TestMemoryLedgerWalk(LedgerWalkConformance):
    async def open_installation(self, folder: Path) -> MemoryWalked:
        return MemoryWalked()


class TestSqliteLedgerWalk(LedgerWalkConformance):
    async def open_installation(self, folder: Path) -> SqliteWalked:
        installation = SqliteWalked(folder / "ledger.sqlite", kinds())
        await installation.open()
        return installation
