"""Deadlines in SQL: claimed by lease and token, in the one writer's transactions."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select, update

from adapters.sql.database import Database
from adapters.sql.schema import deadline, state
from adapters.sql.times import MICROSECOND, moment
from application.kernel.deadlines import Claim, Due, Horizon
from application.kernel.ledger_time import LedgerTime


class SqlDeadlines:
    """The deadline rows that the ledger writes. `time` is the ledger's."""

    def __init__(self, database: Database, time: LedgerTime) -> None:
        self._database = database
        self._time = time

    async def look(self, lease: timedelta) -> Horizon:
        def read(connection: Connection) -> tuple[int, int, int | None]:
            committed = connection.execute(select(state.c.committed_at)).scalar_one()
            now = self._time.after(committed)
            return (
                now,
                committed,
                connection.execute(select(func.min(deadline.c.due)).where(_free(now, lease))).scalar(),
            )

        now, committed, due = await self._database.read(read)
        if self._time.leads(committed, now):
            await self._database.write(lambda connection: _keep(connection, now))
        return Horizon(
            moment(now),
            moment(self._time.clock()),
            moment(committed) if committed else None,
            None if due is None else moment(due),
        )

    async def claim(self, limit: int, lease: timedelta) -> Claim:
        def write(connection: Connection) -> Claim:
            now = self._time.after(connection.execute(select(state.c.committed_at)).scalar_one())
            ready = (
                select(deadline.c.tenant, deadline.c.reservation, deadline.c.number, deadline.c.token)
                .where(deadline.c.due <= now, _free(now, lease))
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
                    .values(token=bindparam("new_token"), leased_until=now + lease // MICROSECOND),
                    [
                        {"of_tenant": row.tenant, "of_reservation": row.reservation, "new_token": row.token + 1}
                        for row in rows
                    ],
                )
            due = [Due(row.tenant, row.reservation, row.number, row.token + 1) for row in rows]
            return Claim(moment(now), moment(self._time.clock()), due)

        return await self._database.write(write)


def _free(now: int, lease: timedelta) -> ColumnElement[bool]:
    until = deadline.c.leased_until
    return or_(until.is_(None), until <= now, until > now + lease // MICROSECOND)


def _keep(connection: Connection, now: int) -> None:
    """Write down the time that was reached while the clock is behind: a process that starts goes on from it.

    Else it would start from the last commit, long ago perhaps, and what it holds would be due too early for the others.
    """
    connection.execute(update(state).where(state.c.committed_at < now).values(committed_at=now))
