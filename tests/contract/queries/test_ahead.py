"""Nodes' days and expected supply, in memory and on SQLite."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.sql import stock_queries
from contracts.conformance.ahead import AheadConformance
from domain.kernel.account import AccountKind
from tests.contract.queries import test_memory_queries as memory
from tests.contract.queries import test_sqlite_queries as sqlite


class TestMemoryAhead(AheadConformance):
    async def open_installation(self, folder: Path, kinds: Mapping[str, AccountKind]) -> memory.Queried:
        return memory.Queried()


class TestSqliteAhead(AheadConformance):
    @pytest.fixture(autouse=True)
    def small_steps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who waits is looked for three versions at a time, so that short histories take several steps too."""
        monkeypatch.setattr(stock_queries, "STEP", 3)

    async def open_installation(self, folder: Path, kinds: Mapping[str, AccountKind]) -> sqlite.Queried:
        installation = sqlite.Queried(folder / "ledger.sqlite", kinds)
        await installation.open()
        return installation
