"""The inbox and the parked messages in SQL."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, tuple_, update

from adapters.sql.database import Database
from adapters.sql.schema import inbox, parked
from adapters.sql.times import MICROSECOND, micros, moment
from application.kernel.broker import Parked, ParkedPlace
from application.kernel.ledger_time import LedgerTime
from application.kernel.outbox import Message
from application.kernel.ports import Reach, pass_by


class SqlInbox:
    """The inbox; an effect is given the connection of the transaction."""

    def __init__(self, database: Database, clock: LedgerTime, reach: Reach = pass_by) -> None:
        self._database = database
        self._delete = database.dialect.delete(inbox, ("consumer", "message"))
        self._clock = clock
        self._reach = reach

    async def once(self, consumer: str, message: Message, effect: Callable[[Connection], None]) -> bool:
        async with self._database.writing() as session:
            known = select(inbox.c.at).where(inbox.c.consumer == consumer, inbox.c.message == message.id)
            if await session.run(lambda connection: connection.execute(known).first()) is not None:
                return False

            def take(connection: Connection) -> None:
                effect(connection)
                self._reach("inbox.effected")
                row = {"consumer": consumer, "message": message.id, "at": self._clock()}
                connection.execute(insert(inbox).values(row))

            await session.finish(take)
        self._reach("inbox.committed")
        return True

    async def purge(self, keep: timedelta, limit: int) -> int:
        def write(connection: Connection) -> int:
            before = self._clock.earlier() - keep // MICROSECOND
            old = select(inbox.c.consumer, inbox.c.message).where(inbox.c.at < before).order_by(inbox.c.at).limit(limit)
            # Not in one statement: not every database takes a limit there, or goes by the key then.
            return self._delete(connection, [(*row,) for row in connection.execute(old)])

        return await self._database.write(write)


class SqlParkedMessages:
    """Parked messages, each whole in its row."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock

    async def park(self, group: str, message: Message, attempts: int, reason: str) -> None:
        def write(connection: Connection) -> None:
            known = (parked.c.consumer == group) & (parked.c.message == message.id)
            tried = {"attempts": parked.c.attempts + attempts, "reason": reason}
            if connection.execute(update(parked).where(known).values(tried)).rowcount:
                return
            row = {
                "consumer": group,
                "message": message.id,
                "epoch": message.epoch,
                "tenant": message.tenant,
                "partition": message.partition,
                "subject": message.subject,
                "number": message.number,
                "type": message.type,
                "data": message.data,
                "request": message.request,
                "at": micros(message.at),
                "attempts": attempts,
                "reason": reason,
                "parked_at": self._clock(),
            }
            connection.execute(insert(parked).values(row))

        await self._database.write(write)

    async def parked(self, group: str, limit: int) -> Sequence[Parked]:
        return await self._read(_of_group(group).limit(limit))

    async def of_tenant(self, tenant: str, limit: int, after: ParkedPlace | None = None) -> Sequence[Parked]:
        order = parked.c.parked_at, parked.c.consumer, parked.c.message
        asked = select(parked).where(parked.c.tenant == tenant)
        if after is not None:
            asked = asked.where(tuple_(*order) > (micros(after.at), after.group, after.message))
        return await self._read(asked.order_by(*order).limit(limit))

    async def find(self, group: str, messages: Collection[str]) -> Sequence[Parked]:
        return await self._read(_of_group(group).where(parked.c.message.in_(sorted(messages))))

    async def remove(self, group: str, message: str) -> bool:
        gone = delete(parked).where(parked.c.consumer == group, parked.c.message == message)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount > 0)

    async def _read(self, asked: Select[Any]) -> Sequence[Parked]:
        return await self._database.read(lambda connection: [_parked(row) for row in connection.execute(asked)])


def _of_group(group: str) -> Select[Any]:
    """A group's, the oldest first."""
    return select(parked).where(parked.c.consumer == group).order_by(parked.c.parked_at, parked.c.message)


def _parked(row: Any) -> Parked:
    message = Message(
        row.message,
        row.epoch,
        row.tenant,
        row.partition,
        row.subject,
        row.number,
        row.type,
        bytes(row.data),
        row.request,
        moment(row.at),
    )
    return Parked(row.consumer, message, row.attempts, row.reason, moment(row.parked_at))
