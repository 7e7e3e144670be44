"""Moving house: a ledger is copied into another database while it is written, closed for moments, and opened there.

What never changes once it is committed (movements, accepted requests, events, seals) is copied in the order of its
numbers, so a copy that was killed goes on where it was. Accounts and reservations are copied by their keys, and again
if they changed since the copy began. The rest is small and copied last, when nothing is written any more.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, tuple_, update

from adapters.sql import schema
from adapters.sql.database import Database, WriterSession
from adapters.sql.dialects.dialect import Row
from adapters.sql.schema import state

CHUNK: Final = 2_000
"""Rows that are read, and written in one transaction, at a time."""

ARRIVING: Final = "a ledger is only just moving in here"

Key = tuple[str, ...]
Watch = Callable[[str, int], None]
"""Called with a table's name and how many of its rows were copied so far."""


class MoveRefused(Exception):
    """Nothing was moved, or not all; the message says what to do."""


class Moved(NamedTuple):
    """Rows by table as they are in both databases, and the seconds for which the copying kept writers waiting."""

    rows: dict[str, int]
    closed_seconds: float


@dataclass(frozen=True, slots=True)
class Ordered:
    """A table whose rows stay as they are, and come in the order of this key."""

    table: Table
    key: Key


ORDERED: Final = (
    Ordered(schema.request, ("command",)),
    Ordered(schema.movement, ("command", "account", "version")),
    Ordered(schema.outbox, ("id",)),
    Ordered(schema.sealed, ("seal", "account")),
)
CHANGING: Final = (Ordered(schema.account, ("id",)), Ordered(schema.reservation, ("tenant", "id")))
"""Their rows say when they were changed."""

LAST: Final = tuple(
    table
    for table in schema.metadata.sorted_tables
    if table is not state and table not in [each.table for each in (*ORDERED, *CHANGING)]
)
"""Copied whole, when nothing is written any more."""


class Mover:
    """Moves a ledger from one open database to another, both of this release's schema and neither guarded.

    `here` and `there` are what people call them. First `copy`, which ends with the source closed, then `open_target`,
    or `reopen_source`; in neither can anything be written between. After it was killed, begin again: it goes on.
    """

    def __init__(self, source: Database, target: Database, here: str, there: str, watch: Watch) -> None:
        self._source = source
        self._target = target
        self._here = here
        self._there = there
        self._watch = watch
        self._counts: dict[str, int] = {}

    async def copy(self) -> Moved:
        """Copy everything; from the end of it on, nothing is written to the source. Raises MoveRefused, StoreError."""
        since, closed = await self._begin(), 0.0
        if await self._source.read(_moved) is None:
            for each in (*ORDERED, *CHANGING, *ORDERED):  # again: little is left for when nobody may write
                await self._copy(each)
            closed = await self._close(since)
        return Moved(await self._target.read(_count), closed)

    async def open_target(self) -> None:
        """From now on the ledger lives there."""
        await self._target.write(lambda connection: _set_moved(connection, None))

    async def reopen_source(self) -> None:
        """Let it live here as before; the copy stays closed."""
        await self._source.write(lambda connection: _set_moved(connection, None))

    async def _begin(self) -> int:
        """Since when changes must be copied again: the commit before the copy began."""
        came = await self._source.read(_moved)
        if came is not None and came != self._gone:
            raise MoveRefused(f"{self._here}: {came}")
        arriving, rows = await self._target.read(_arriving)
        mark = f"{ARRIVING} from {self._here}, since "
        if arriving is not None and arriving.startswith(mark):
            return int(arriving.removeprefix(mark))
        if arriving is not None or rows:
            raise MoveRefused(f"{self._there} is not empty: {arriving or 'name a new database, or one without rows'}")
        if came is not None:
            raise MoveRefused(
                f"{self._here} has moved, and {self._there} is empty: it has moved to another of that name"
            )
        since: int = await self._source.read(lambda c: c.execute(select(state.c.committed_at)).scalar_one())
        await self._target.write(lambda connection: _set_moved(connection, f"{mark}{since}"))
        return since

    @property
    def _gone(self) -> str:
        return f"the ledger has moved to {self._there}: set ENTREPOT_DATABASE__URL to it"

    # -- while the source is written ----------------------------------------------------------------------------------

    async def _copy(self, what: Ordered) -> None:
        """Copy the rows behind the last that is there, up to the last that was written when this began: who writes
        faster than is copied would keep it going for ever. What comes after is left for the next time.
        """
        end = await self._source.read(lambda connection: _last(connection, what))
        last = await self._target.read(lambda connection: _last(connection, what))
        while rows := await self._source.read(_after(what, last)):
            await self._put(what.table, rows)
            keys = [_key(what, row) for row in rows]
            last = keys[-1]
            if len(rows) < CHUNK or end in keys:
                return

    async def _put(self, table: Table, rows: Sequence[Row], gone: ColumnElement[bool] | None = None) -> None:
        insert = self._target.dialect.insert(table)

        def write(connection: Connection) -> None:
            if gone is not None:
                connection.execute(delete(table).where(gone))
            insert(connection, [tuple(row) for row in rows])

        await self._target.write(write)
        self._counts[table.name] = self._counts.get(table.name, 0) + len(rows)
        self._watch(table.name, self._counts[table.name])

    # -- while nothing is written -------------------------------------------------------------------------------------

    async def _close(self, since: int) -> float:
        """Copy what is left, compare, and close the source; the seconds for which its writers were kept waiting."""
        async with self._source.writing() as session:
            began = time.monotonic()
            for each in ORDERED:
                await self._rest(session, each, since)
            await self._stamps(session)
            for each in CHANGING:
                await self._changed(session, each, since)
            for table in LAST:
                await self._whole(session, table)
            row = await session.run(lambda c: c.execute(select(state)).one())
            values = {name: value for name, value in row._mapping.items() if name != "moved"}
            await self._target.write(lambda connection: _take_over(connection, values))
            here, there = await session.run(_count), await self._target.read(_count)
            if here != there:
                unlike = ", ".join(
                    f"{name} {here[name]} and {there[name]}" for name in here if here[name] != there[name]
                )
                raise MoveRefused(
                    f"the copy is not whole ({unlike}), and nothing was moved: begin again, into a new database "
                    "if history was archived meanwhile"
                )
            await session.finish(lambda connection: _set_moved(connection, self._gone))
        return time.monotonic() - began

    async def _unseal(self, session: WriterSession, since: int) -> None:
        """Periods that were closed since are copied again: an attempt that was copied may not be the one that held."""
        seal, sealed = schema.seal, schema.sealed
        kept = select(func.max(seal.c.number)).where(seal.c.at < since)
        last = await session.run(lambda c: c.execute(kept).scalar())
        later = delete(sealed).where(sealed.c.seal > (last or 0))
        await self._target.write(_do(later))

    async def _rest(self, session: WriterSession, what: Ordered, since: int) -> None:
        if what.table is schema.sealed:
            await self._unseal(session, since)
        last = await self._target.read(lambda connection: _last(connection, what))
        while rows := await session.run(_after(what, last)):
            await self._put(what.table, rows)
            last = _key(what, rows[-1])
        if what.table in (schema.request, schema.outbox):
            # What was purged of the oldest since it was copied.
            column = what.table.c[what.key[0]]
            first = await session.run(lambda c: c.execute(select(func.min(column))).scalar())
            older = delete(what.table) if first is None else delete(what.table).where(column < first)
            await self._target.write(_do(older))

    async def _stamps(self, session: WriterSession) -> None:
        """Positions of events that were published since they were copied, and events that were purged since."""
        table, last = schema.outbox, 0
        stamp = self._target.dialect.update(table, ("position",), ("id",))
        unstamped = select(table.c.id).where(table.c.position.is_(None)).order_by(table.c.id).limit(CHUNK)
        while ids := await self._target.read(_scalars(unstamped.where(table.c.id > last))):
            last = ids[-1]
            among = table.c.id.in_(ids)
            rows = await session.run(_rows(select(table.c.position, table.c.id).where(among)))
            stamped = [tuple(row) for row in rows if row[0] is not None]
            gone = sorted(set(ids) - {row[1] for row in rows})
            await self._target.write(_both(stamp, stamped, delete(table).where(table.c.id.in_(gone))))
        leases = schema.outbox_lease
        for partition, purged in await session.run(_rows(select(leases.c.partition, leases.c.purged))):
            old = delete(table).where(table.c.partition == partition, table.c.position <= purged)
            await self._target.write(_do(old))

    async def _changed(self, session: WriterSession, what: Ordered, since: int) -> None:
        """Copy again what was changed since, what is new, and what is gone."""
        columns = [what.table.c[name] for name in what.key]
        key = tuple_(*columns) if len(columns) > 1 else columns[0]
        changed = what.table.c.changed_at >= since
        last: Row | None = None
        while True:
            found = select(what.table).where(changed).order_by(*columns).limit(CHUNK)
            if last is not None:
                found = found.where(_beyond(columns, last))
            rows = await session.run(_rows(found))
            if not rows:
                break
            last = _key(what, rows[-1])
            keys = [_key(what, row) if len(columns) > 1 else _key(what, row)[0] for row in rows]
            await self._put(what.table, rows, key.in_(keys))
        if what.table is schema.reservation:
            await self._forget_tombstones(session)

    async def _forget_tombstones(self, session: WriterSession) -> None:
        """Tombstones alone are ever deleted of the reservations: those that were, since they were copied."""
        table = schema.reservation
        cancelled = select(table.c.tenant, table.c.id).where(table.c.status == "cancelled")
        here = {tuple(row) for row in await session.run(_rows(cancelled))}
        gone = sorted({tuple(row) for row in await self._target.read(_rows(cancelled))} - here)
        for start in range(0, len(gone), CHUNK):
            some = delete(table).where(tuple_(table.c.tenant, table.c.id).in_(gone[start : start + CHUNK]))
            await self._target.write(_do(some))

    async def _whole(self, session: WriterSession, table: Table) -> None:
        columns = list(table.primary_key.columns)
        await self._target.write(_do(delete(table)))
        last: Row | None = None
        while True:
            found = select(table).order_by(*columns).limit(CHUNK)
            if last is not None:
                found = found.where(_beyond(columns, last))
            rows = await session.run(_rows(found))
            if not rows:
                return
            await self._put(table, rows)
            last = tuple(rows[-1]._mapping[column] for column in columns)


# -- pieces -----------------------------------------------------------------------------------------------------------


def _rows(statement: Any) -> Callable[[Connection], Sequence[Any]]:
    return lambda connection: connection.execute(statement).all()


def _scalars(statement: Any) -> Callable[[Connection], Sequence[Any]]:
    return lambda connection: connection.execute(statement).scalars().all()


def _do(statement: Any) -> Callable[[Connection], None]:
    def write(connection: Connection) -> None:
        connection.execute(statement)

    return write


def _both(stamp: Any, stamped: Sequence[Row], gone: Any) -> Callable[[Connection], None]:
    def write(connection: Connection) -> None:
        stamp(connection, stamped)
        connection.execute(gone)

    return write


def _after(what: Ordered, last: Row | None) -> Callable[[Connection], Sequence[Any]]:
    columns = [what.table.c[name] for name in what.key]
    found = select(what.table).order_by(*columns).limit(CHUNK)
    return _rows(found if last is None else found.where(_beyond(columns, last)))


def _beyond(columns: Sequence[ColumnElement[Any]], last: Row) -> ColumnElement[bool]:
    """Behind this place, in words that every optimizer follows along an index."""
    first, place = columns[0], last[0]
    behind: ColumnElement[bool] = first > place
    if len(columns) == 1:
        return behind
    return and_(first >= place, or_(behind, _beyond(columns[1:], last[1:])))


def _last(connection: Connection, what: Ordered) -> Row | None:
    columns = [what.table.c[name] for name in what.key]
    return connection.execute(select(*columns).order_by(*(each.desc() for each in columns)).limit(1)).first()


def _key(what: Ordered, row: Any) -> Row:
    return tuple(row._mapping[what.table.c[name]] for name in what.key)


def _moved(connection: Connection) -> str | None:
    moved: str | None = connection.execute(select(state.c.moved)).scalar_one()
    return moved


def _take_over(connection: Connection, values: dict[str, Any]) -> None:
    """The state as it was; what processes held on lease, they held of the other database."""
    connection.execute(update(state).values(values))
    lease, deadline = schema.outbox_lease, schema.deadline
    connection.execute(update(lease).values(holder="", leased_until=0, token=lease.c.token + 1))
    connection.execute(update(deadline).values(leased_until=None, token=deadline.c.token + 1))


def _set_moved(connection: Connection, moved: str | None) -> None:
    connection.execute(update(state).values(moved=moved))


def _arriving(connection: Connection) -> tuple[str | None, int]:
    """Why nothing may be written, and how many rows there are of what an installation writes first."""
    written = (schema.request, schema.account, schema.entry, schema.api_key)
    count = sum(connection.execute(select(func.count()).select_from(each)).scalar_one() for each in written)
    return _moved(connection), count


def _count(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in schema.metadata.sorted_tables
    }
