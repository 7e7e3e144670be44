"""What waits in a SQL database: read from the indexes that the relay, the deadlines and the parked messages have."""

from typing import Any, Final

from sqlalchemy import Connection, Select, Table, func, literal_column, select, union_all

from adapters.sql.database import Database
from adapters.sql.schema import deadline, outbox, parked, state
from application.kernel.backlog import COUNTED, Waiting
from application.kernel.ledger_time import SECOND, LedgerTime
from application.kernel.outbox import PARTITIONS

FIRSTS: Final = union_all(
    *(
        select(func.min(outbox.c.id).label("id")).where(outbox.c.partition == number, outbox.c.position.is_(None))
        for number in range(PARTITIONS)
    )
).subquery()
OLDEST: Final = select(func.min(outbox.c.at)).where(outbox.c.id.in_(select(FIRSTS.c.id)))
PARKED: Final = select(parked.c.consumer, func.count()).group_by(parked.c.consumer)


class SqlBacklog:
    """`time` is the ledger's."""

    def __init__(self, database: Database, time: LedgerTime) -> None:
        self._database = database
        self._time = time

    async def __call__(self) -> Waiting:
        def read(connection: Connection) -> Waiting:
            now = self._time.after(connection.execute(select(state.c.committed_at)).scalar_one())
            oldest = connection.execute(OLDEST).scalar()
            first = connection.execute(select(func.min(deadline.c.due)).where(deadline.c.due <= now)).scalar()
            return Waiting(
                connection.execute(_counted(outbox, outbox.c.position.is_(None))).scalar_one(),
                _ago(now, oldest),
                connection.execute(_counted(deadline, deadline.c.due <= now)).scalar_one(),
                _ago(now, first),
                {row[0]: row[1] for row in connection.execute(PARKED)},
            )

        return await self._database.read(read)


def _counted(table: Table, which: Any) -> Select[int]:
    some = select(literal_column("1")).select_from(table).where(which).limit(COUNTED).subquery()
    return select(func.count()).select_from(some)


def _ago(now: int, at: int | None) -> float:
    return 0.0 if at is None else max(0, now - at) / SECOND
