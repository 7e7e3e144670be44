"""What waits in the memory database."""

from collections import Counter
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from application.kernel.backlog import COUNTED, Waiting


class MemoryBacklog:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def __call__(self) -> Waiting:
        database, now = self._database, self._database.now()
        told = [row.event.at for row in database.outbox.values() if row.position is None]
        due = [row.due for row in database.deadlines.values() if row.due <= now]
        parked = Counter(group for group, _ in database.tables.get("parked", {}))
        return Waiting(min(COUNTED, len(told)), _ago(now, told), min(COUNTED, len(due)), _ago(now, due), parked)


def _ago(now: datetime, times: list[datetime]) -> float:
    return max(0.0, (now - min(times)).total_seconds()) if times else 0.0
