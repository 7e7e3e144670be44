"""The outbox and its feed in SQL, over the rows that the ledger writes with its batches."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, literal, select, union_all, update

from adapters.sql.database import Database
from adapters.sql.schema import outbox, outbox_lease, state
from adapters.sql.statements import prepare
from adapters.sql.times import MICROSECOND, moment
from application.kernel.outbox import PARTITIONS, Cursor, FeedGone, Lease, Message, Page, message_id
from application.kernel.ports import StoreError

READ: Final = (
    outbox.c.id,
    outbox.c.tenant,
    outbox.c.partition,
    outbox.c.subject,
    outbox.c.number,
    outbox.c.type,
    outbox.c.data,
    outbox.c.request,
    outbox.c.at,
)
NEXT: Final = (
    select(*READ)
    .where(outbox.c.partition == bindparam("partition"), outbox.c.position.is_(None))
    .order_by(outbox.c.id)
    .limit(bindparam("limit"))
)
WAITING: Final = union_all(
    *(
        select(literal(number).label("partition")).where(
            select(outbox.c.id).where(outbox.c.partition == number, outbox.c.position.is_(None)).exists()
        )
        for number in range(PARTITIONS)
    )
)
STAMP: Final = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.position.is_(None))
    .values(position=bindparam("place"))
)
AFTER: Final = (
    select(outbox.c.position, *READ)
    .where(outbox.c.partition == bindparam("partition"), outbox.c.position > bindparam("place"))
    .order_by(outbox.c.position)
    .limit(bindparam("limit"))
)
OLDEST: Final = (
    select(outbox.c.id, outbox.c.position, outbox.c.at)
    .where(outbox.c.partition == bindparam("partition"), outbox.c.position.is_not(None))
    .order_by(outbox.c.position)
    .limit(bindparam("limit"))
)


class SqlOutbox:
    """Outbox and feed. `clock` gives microseconds since 1970, as the ledger's does."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._stamp_text = ""

    # -- the relay's side ---------------------------------------------------------------------------------------------

    async def pending(self) -> Collection[int]:
        return await self._database.read(lambda connection: connection.execute(WAITING).scalars().all())

    async def lease(self, holder: str, partitions: Collection[int], duration: timedelta) -> Collection[Lease]:
        lasting = duration // MICROSECOND

        def take(connection: Connection) -> list[Lease]:
            now, taken = self._clock(), []
            rows = {row.partition: row for row in connection.execute(select(outbox_lease))}
            for number in sorted(partitions):
                row = rows.get(number)
                lease = {"holder": holder, "leased_until": now + lasting}
                if row is None:
                    first = insert(outbox_lease).values(partition=number, token=1, position=0, purged=0, **lease)
                    connection.execute(first)
                    taken.append(Lease(number, 1))
                elif row.holder == holder or not now < row.leased_until <= now + lasting:
                    _change(connection, number, token=row.token + 1, **lease)
                    taken.append(Lease(number, row.token + 1))
            return taken

        return await self._database.write(take)

    async def unpublished(self, partitions: Collection[int], limit: int) -> Mapping[int, Sequence[Message]]:
        def read(connection: Connection) -> dict[int, list[Message]]:
            epoch = _epoch(connection)
            return {
                number: [
                    _message(epoch, row) for row in connection.execute(NEXT, {"partition": number, "limit": limit})
                ]
                for number in partitions
            }

        return await self._database.read(read)

    async def stamp(self, published: Mapping[Lease, Sequence[Message]], duration: timedelta) -> Collection[Lease]:
        def write(connection: Connection) -> list[Lease]:
            rows = {row.partition: row for row in connection.execute(select(outbox_lease))}
            until = self._clock() + duration // MICROSECOND
            lost: list[Lease] = []
            stamps: list[tuple[Any, ...]] = []
            for lease, messages in published.items():
                row = rows.get(lease.partition)
                if row is None or row.token != lease.token:
                    lost.append(lease)
                    continue
                stamps += [(row.position + n, each.row) for n, each in enumerate(messages, 1)]
                _change(connection, lease.partition, position=row.position + len(messages), leased_until=until)
            if stamps and connection.exec_driver_sql(self._stamp(connection), stamps).rowcount != len(stamps):
                raise StoreError("a message was published before, or is gone")
            return lost

        return await self._database.write(write)

    def _stamp(self, connection: Connection) -> str:
        """Once for every message: compiled once."""
        self._stamp_text = self._stamp_text or prepare(connection.dialect, STAMP, "place", "row")
        return self._stamp_text

    async def give_back(self, leases: Collection[Lease]) -> None:
        def write(connection: Connection) -> None:
            for number, token in leases:
                mine = (outbox_lease.c.partition == number) & (outbox_lease.c.token == token)
                connection.execute(update(outbox_lease).where(mine).values(holder="", leased_until=0))

        await self._database.write(write)

    async def purge(self, keep: timedelta, limit: int) -> int:
        def write(connection: Connection) -> int:
            before, deleted = self._clock() - keep // MICROSECOND, 0
            for number in range(PARTITIONS):
                if deleted == limit:
                    break
                last, ids = 0, []
                for id, position, at in connection.execute(OLDEST, {"partition": number, "limit": limit - deleted}):
                    if at >= before:
                        break
                    last = position
                    ids.append(id)
                if ids:
                    published = outbox.c.position.between(1, last)
                    connection.execute(delete(outbox).where(outbox.c.partition == number, published))
                    _change(connection, number, purged=last)
                    deleted += len(ids)
            return deleted

        return await self._database.write(write)

    # -- the feed -----------------------------------------------------------------------------------------------------

    async def end(self) -> Cursor:
        return await self._database.read(lambda connection: _cursors(connection)[1])

    async def read(self, tenant: str | None, after: Cursor | None, limit: int) -> Page:
        share = max(1, limit // PARTITIONS)

        def read(connection: Connection) -> Page:
            oldest, end = _cursors(connection)
            start = oldest if after is None else after
            kept = zip(oldest.positions, start.positions, end.positions, strict=True)
            if start.epoch != oldest.epoch or not all(low <= place <= high for low, place, high in kept):
                raise FeedGone("what follows this place is not kept here", oldest=oldest.text())
            found: list[Message] = []
            places = list(start.positions)
            for number, place in enumerate(start.positions):
                if place < end.positions[number]:
                    asked = {"partition": number, "place": place, "limit": share}
                    for position, *row in connection.execute(AFTER, asked):
                        places[number] = position
                        if tenant in (None, row[1]):
                            found.append(_message(start.epoch, row))
            return Page(found, Cursor(start.epoch, tuple(places)), tuple(places) != end.positions)

        return await self._database.read(read)


def _change(connection: Connection, partition: int, **values: Any) -> None:
    connection.execute(update(outbox_lease).where(outbox_lease.c.partition == partition).values(**values))


def _epoch(connection: Connection) -> int:
    epoch: int = connection.execute(select(state.c.epoch)).scalar_one()
    return epoch


def _cursors(connection: Connection) -> tuple[Cursor, Cursor]:
    """The places before the oldest message kept and after the latest published."""
    epoch = _epoch(connection)
    columns = select(outbox_lease.c.partition, outbox_lease.c.purged, outbox_lease.c.position)
    known = {number: (purged, position) for number, purged, position in connection.execute(columns)}
    low, high = zip(*(known.get(number, (0, 0)) for number in range(PARTITIONS)), strict=True)
    return Cursor(epoch, low), Cursor(epoch, high)


def _message(epoch: int, row: Any) -> Message:
    id, tenant, partition, subject, number, type, data, request, at = row
    return Message(
        message_id(epoch, id), epoch, tenant, partition, subject, number, type, bytes(data), request, moment(at)
    )
