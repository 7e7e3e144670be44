"""The deadlines in memory and in SQLite keep what the port promises."""

from pathlib import Path

from contracts.conformance.deadlines import DeadlinesConformance
from contracts.conformance.yard import HandClock, Installation
from tests.contract.outbox.installations import MemoryYard, SqliteYard


class TestMemoryDeadlines(DeadlinesConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return MemoryYard(clock)


class TestSqliteDeadlines(DeadlinesConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return await SqliteYard(folder, clock).open()
