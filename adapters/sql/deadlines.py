"""Deadlines in SQL: claimed by lease and token, in the one writer's transactions."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, update

from adapters.sql.database import Database
from adapters.sql.schema import deadline, state
from adapters.sql.times import MICROSECOND, moment
from application.kernel.deadlines import Claim, Due, Horizon


class SqlDeadlines:
    """The deadline rows that the ledger writes. `clock` gives microseconds since 1970, as the ledger's does."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock

    async def look(self, lease: timedelta) -> Horizon:
        def read(connection: Connection) -> Horizon:
            clock = self._clock()
            committed = connection.execute(select(state.c.committed_at)).scalar_one()
            due = connection.execute(select(func.min(deadline.c.due)).where(_free(clock, lease))).scalar()
            return Horizon(
                moment(max(clock, committed)),
                moment(clock),
                moment(committed) if committed else None,
                None if due is None else moment(due),
            )

        return await self._database.read(read)

    async def claim(self, limit: int, lease: timedelta) -> Claim:
        def write(connection: Connection) -> Claim:
            clock = self._clock()
            now = max(clock, connection.execute(select(state.c.committed_at)).scalar_one())
            ready = (
                select(deadline.c.tenant, deadline.c.reservation, deadline.c.number, deadline.c.token)
                .where(deadline.c.due <= now, _free(clock, lease))
                .order_by(deadline.c.due)
                .limit(limit)
            )
            rows = connection.execute(ready).all()
            if rows:
                connection.execute(
                    update(deadline)
                    .where(
                        deadline.c.tenant == bindparam("of_tenant"),
                        deadline.c.reservation == bindparam("of_reservation"),
                    )
                    .values(token=bindparam("new_token"), leased_until=clock + lease // MICROSECOND),
                    [
                        {"of_tenant": row.tenant, "of_reservation": row.reservation, "new_token": row.token + 1}
                        for row in rows
                    ],
                )
            due = [Due(row.tenant, row.reservation, row.number, row.token + 1) for row in rows]
            return Claim(moment(now), moment(clock), due)

        return await self._database.write(write)


def _free(clock: int, lease: timedelta) -> ColumnElement[bool]:
    until = deadline.c.leased_until
    return or_(until.is_(None), until <= clock, until > clock + lease // MICROSECOND)
