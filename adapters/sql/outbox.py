"""The outbox and its feed in SQL, over the rows that the ledger writes with its batches."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    union_all,
    update,
)

from adapters.sql.database import Database
from adapters.sql.dialects.dialect import Row, SqlDialect, prepare
from adapters.sql.schema import outbox, outbox_lease, state
from adapters.sql.times import MICROSECOND, moment
from application.kernel.ledger_time import LedgerTime
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
    outbox.c.trace,
)
NOTHING: Final[ColumnElement[Any]] = literal_column("0")
"""Passed over before the first: SQLite's grammar wants an offset, which would be one more parameter."""

BY_ID: Final = (outbox, "FORCE INDEX (outbox_unpublished)", "mariadb")
"""Else it takes the shorter index of positions, and sorts all that wait in a partition for the first few."""

NEXT: Final = (
    select(*READ)
    .where(outbox.c.partition == bindparam("partition"), outbox.c.position.is_(None))
    .order_by(outbox.c.id)
    .with_hint(*BY_ID)
    .limit(bindparam("limit"))
    .offset(NOTHING)
)
NEXT_IDS: Final = (
    select(outbox.c.id)
    .where(outbox.c.partition == bindparam("partition"), outbox.c.position.is_(None))
    .order_by(outbox.c.id)
    .with_hint(*BY_ID)
    .limit(bindparam("limit"))
    .offset(NOTHING)
)
NEXT_OF_ALL: Final = (
    select(outbox.c.partition, outbox.c.id)
    .where(outbox.c.position.is_(None))
    .order_by(outbox.c.partition, outbox.c.id)
    .limit(bindparam("limit"))
    .offset(NOTHING)
)
WAITING: Final[CompoundSelect[tuple[str]]] = union_all(
    *(
        select(literal_column(number).label("partition")).where(
            select(outbox.c.id)
            .where(outbox.c.partition == literal_column(number), outbox.c.position.is_(None))
            .exists()
        )
        for number in map(str, range(PARTITIONS))
    )
)
LEASES: Final = select(
    outbox_lease.c.partition, outbox_lease.c.token, outbox_lease.c.position, outbox_lease.c.purged
).order_by(outbox_lease.c.partition)
AFTER: Final = (
    select(outbox.c.position, *READ)
    .where(outbox.c.partition == bindparam("partition"), outbox.c.position > bindparam("place"))
    .order_by(outbox.c.position)
    .limit(bindparam("limit"))
    .offset(NOTHING)
)
OLDEST: Final = (
    select(outbox.c.id, outbox.c.position, outbox.c.at)
    .where(outbox.c.partition == bindparam("partition"), outbox.c.position.is_not(None))
    .order_by(outbox.c.position)
    .limit(bindparam("limit"))
)


class _Texts:
    """What runs for every few messages, compiled once."""

    def __init__(self, dialect: SqlDialect) -> None:
        self.waiting = prepare(dialect, WAITING)
        self.next = prepare(dialect, NEXT, "partition", "limit")
        self.next_ids = prepare(dialect, NEXT_IDS, "partition", "limit")
        self.next_of_all = prepare(dialect, NEXT_OF_ALL, "limit")
        self.stamp = dialect.update(outbox, ("position",), ("id",), unset="position")
        self.leases = prepare(dialect, LEASES)
        self.advance = dialect.update(outbox_lease, ("leased_until", "position"), ("partition",))
        self.after = prepare(dialect, AFTER, "partition", "place", "limit")
        self.epoch = prepare(dialect, select(state.c.epoch))


class SqlOutbox:
    """Outbox and feed. `clock` gives microseconds since 1970, as the ledger's does."""

    def __init__(self, database: Database, clock: LedgerTime) -> None:
        self._database = database
        self._clock = clock
        self._texts = _Texts(database.dialect)

    # -- the relay's side ---------------------------------------------------------------------------------------------

    async def pending(self) -> Collection[int]:
        return await self._database.read(lambda connection: [number for (number,) in self._texts.waiting(connection)])

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
            texts = self._texts
            epoch: int = texts.epoch(connection)[0][0]
            return {
                number: [_message(epoch, row) for row in texts.next(connection, number, limit)] for number in partitions
            }

        return await self._database.glance(read)

    async def stamp(self, published: Mapping[Lease, Sequence[Message]], duration: timedelta) -> Collection[Lease]:
        def write(connection: Connection) -> list[Lease]:
            places = self._places(connection)
            mine = {lease: messages for lease, messages in published.items() if lease in places}
            rows = {lease: [each.row for each in messages] for lease, messages in mine.items()}
            self._stamp(connection, rows, places, duration)
            return [lease for lease in published if lease not in mine]

        return await self._database.write(write)

    async def pass_on(self, leases: Collection[Lease], limit: int, duration: timedelta) -> Mapping[Lease, int]:
        def read(connection: Connection) -> tuple[dict[Lease, int], dict[Lease, Sequence[int]]]:
            places = self._places(connection)
            mine = [lease for lease in leases if lease in places]
            ids = self._next_ids(connection, [lease.partition for lease in mine], limit)
            return places, {lease: ids[lease.partition] for lease in mine}

        async with self._database.writing() as session:
            places, found = await session.run(read)
            waiting = {lease: ids for lease, ids in found.items() if ids}
            if waiting:
                await session.finish(lambda connection: self._stamp(connection, waiting, places, duration))
        return {lease: len(ids) for lease, ids in found.items()}

    def _next_ids(self, connection: Connection, partitions: Sequence[int], limit: int) -> Mapping[int, Sequence[int]]:
        """Up to `limit` unpublished rows (ids) of each partition; with one statement for all, where that finds all."""
        texts = self._texts
        if len(partitions) == PARTITIONS:
            rows = texts.next_of_all(connection, limit * PARTITIONS)
            if len(rows) < limit * PARTITIONS:
                found: dict[int, list[int]] = {number: [] for number in partitions}
                for number, id in rows:
                    found[number].append(id)
                return {number: ids[:limit] for number, ids in found.items()}
        return {number: [id for (id,) in texts.next_ids(connection, number, limit)] for number in partitions}

    def _places(self, connection: Connection) -> dict[Lease, int]:
        """The leases that count now, and the position reached under each."""
        leases = self._texts.leases(connection)
        return {Lease(number, token): position for number, token, position, _ in leases}

    def _stamp(
        self,
        connection: Connection,
        rows: Mapping[Lease, Sequence[int]],
        places: Mapping[Lease, int],
        duration: timedelta,
    ) -> None:
        """Give these rows (ids) the next positions, under leases that count."""
        texts, until = self._texts, self._clock() + duration // MICROSECOND
        stamps: list[Row] = []
        advances: list[Row] = []
        for lease, ids in rows.items():
            position = places[lease]
            stamps += enumerate(ids, position + 1)
            advances.append((until, position + len(ids), lease.partition))
        texts.advance(connection, advances)
        if texts.stamp(connection, stamps) != len(stamps):
            raise StoreError("a message was published before, or is gone")

    async def give_back(self, leases: Collection[Lease]) -> None:
        def write(connection: Connection) -> None:
            for number, token in leases:
                mine = (outbox_lease.c.partition == number) & (outbox_lease.c.token == token)
                connection.execute(update(outbox_lease).where(mine).values(holder="", leased_until=0))

        await self._database.write(write)

    async def purge(self, keep: timedelta, limit: int) -> int:
        def write(connection: Connection) -> int:
            before, deleted = self._clock.earlier() - keep // MICROSECOND, 0
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
        return await self._database.read(lambda connection: _cursors(connection, self._texts)[1])

    async def read(self, tenant: str | None, after: Cursor | None, limit: int) -> Page:
        share = max(1, limit // PARTITIONS)

        def read(connection: Connection) -> Page:
            texts = self._texts
            oldest, end = _cursors(connection, texts)
            start = oldest if after is None else after
            kept = zip(oldest.positions, start.positions, end.positions, strict=True)
            if start.epoch != oldest.epoch or not all(low <= place <= high for low, place, high in kept):
                raise FeedGone("what follows this place is not kept here", oldest=oldest.text())
            found: list[Message] = []
            places = list(start.positions)
            for number, place in enumerate(start.positions):
                if place < end.positions[number]:
                    for position, *row in texts.after(connection, number, place, share):
                        places[number] = position
                        if tenant in (None, row[1]):
                            found.append(_message(start.epoch, row))
            return Page(found, Cursor(start.epoch, tuple(places)), tuple(places) != end.positions)

        return await self._database.read(read)


def _change(connection: Connection, partition: int, **values: Any) -> None:
    connection.execute(update(outbox_lease).where(outbox_lease.c.partition == partition).values(**values))


def _cursors(connection: Connection, texts: _Texts) -> tuple[Cursor, Cursor]:
    """The places before the oldest message kept and after the latest published."""
    epoch: int = texts.epoch(connection)[0][0]
    known = {number: (purged, position) for number, _, position, purged in texts.leases(connection)}
    low, high = zip(*(known.get(number, (0, 0)) for number in range(PARTITIONS)), strict=True)
    return Cursor(epoch, low), Cursor(epoch, high)


def _message(epoch: int, row: Any) -> Message:
    id, tenant, partition, subject, number, type, data, request, at, trace = row
    return Message(
        message_id(epoch, id), epoch, tenant, partition, subject, number, type, bytes(data), request, moment(at), trace
    )
