"""The ledger's time in memory and in SQLite keeps what is promised of it."""

from datetime import datetime
from pathlib import Path

from adapters.sql.times import moment
from application.kernel.ledger_time import machine_time
from contracts.conformance.clock import ClockConformance
from contracts.conformance.yard import HandClock, Installation
from tests.contract.outbox.installations import MemoryYard, SqliteYard

MACHINE_TIME = machine_time()


class TestMemoryClock(ClockConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return MemoryYard(clock)

    def production_clock(self) -> datetime:
        return moment(MACHINE_TIME())


class TestSqliteClock(ClockConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return await SqliteYard(folder, clock).open()

    def production_clock(self) -> datetime:
        return moment(MACHINE_TIME())
