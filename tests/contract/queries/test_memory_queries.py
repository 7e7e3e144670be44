"""The queries of stock in memory answer what the ports promise."""

from pathlib import Path

from adapters.memory.registers import MemoryRegisterFeed
from adapters.memory.stock_queries import MemoryStockQueries
from contracts.conformance.stock_queries import StockQueriesConformance
from tests.contract.ledger.installations import MemoryInstallation


class Queried(MemoryInstallation):
    def __init__(self) -> None:
        super().__init__()
        self.queries = MemoryStockQueries(self.database)
        self.feed = MemoryRegisterFeed(self.database)


class TestMemoryQueries(StockQueriesConformance):
    async def open_installation(self, folder: Path) -> Queried:
        return Queried()
