"""Deadlines in memory."""

from datetime import datetime, timedelta

from adapters.memory.database import DeadlineRow, MemoryDatabase
from application.kernel.deadlines import Claim, Due, Horizon
from domain.kernel.account import BEGINNING


class MemoryDeadlines:
    """The deadline rows that the memory ledger writes."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def look(self, lease: timedelta) -> Horizon:
        database = self._database
        now, committed = database.now(), database.committed_at
        due = min((row.due for row in database.deadlines.values() if _free(row, now, lease)), default=None)
        return Horizon(now, database.clock(), committed if committed > BEGINNING else None, due)

    async def claim(self, limit: int, lease: timedelta) -> Claim:
        async with self._database.writer:
            now = self._database.now()
            ready = sorted(
                (row.due, place, row)
                for place, row in self._database.deadlines.items()
                if row.due <= now and _free(row, now, lease)
            )
            claimed = []
            for _, (tenant, reservation), row in ready[:limit]:
                row.token += 1
                row.leased_until = now + lease
                claimed.append(Due(tenant, reservation, row.number, row.token))
            return Claim(now, self._database.clock(), claimed)


def _free(row: DeadlineRow, now: datetime, lease: timedelta) -> bool:
    until = row.leased_until
    return until is None or not now < until <= now + lease
