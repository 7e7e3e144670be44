"""The outboxes in memory and in SQLite keep what the port promises."""

from pathlib import Path

from contracts.conformance.outbox import OutboxConformance
from contracts.conformance.yard import HandClock, Installation
from tests.contract.outbox.installations import MemoryYard, SqliteYard


class TestMemoryOutbox(OutboxConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return MemoryYard(clock)


class TestSqliteOutbox(OutboxConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return await SqliteYard(folder, clock).open()
