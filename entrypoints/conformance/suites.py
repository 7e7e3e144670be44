"""What is run: every suite whose ports the settings choose an adapter for."""

from collections.abc import Mapping
from pathlib import Path

from application.kernel.ports import Reach, pass_by
from contracts.conformance.ledger import LedgerConformance
from contracts.conformance.stock_queries import StockQueriesConformance
from domain.kernel.account import AccountKind
from domain.stock.position import kinds as stock_kinds
from entrypoints.conformance.scratch import Scratch


class TestLedger(LedgerConformance):
    async def open_ledger(self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by) -> Scratch:
        return await Scratch(folder, kinds, reach).open()


class TestStockQueries(StockQueriesConformance):
    async def open_installation(self, folder: Path) -> Scratch:
        return await Scratch(folder, stock_kinds()).open()
