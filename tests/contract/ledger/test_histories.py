"""Random histories on every ledger of this repository."""

from pathlib import Path

import pytest
from hypothesis import settings

from contracts.conformance.ground import Installation
from contracts.conformance.ledger_history import LedgerHistory
from domain.stock.position import kinds
from tests.contract.ledger.installations import MemoryInstallation, SqliteInstallation


async def open_memory(folder: Path) -> Installation:
    return MemoryInstallation()


async def open_sqlite(folder: Path) -> Installation:
    return await SqliteInstallation(folder / "ledger.sqlite", kinds(), threads=False).open()


class MemoryHistory(LedgerHistory):
    opener = staticmethod(open_memory)


class SqliteHistory(LedgerHistory):
    opener = staticmethod(open_sqlite)


TestMemoryHistory = MemoryHistory.TestCase
TestMemoryHistory.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestMemoryHistory = pytest.mark.slow(TestMemoryHistory)

TestSqliteHistory = SqliteHistory.TestCase
TestSqliteHistory.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
TestSqliteHistory = pytest.mark.slow(TestSqliteHistory)
