"""What SQL keeps for a while only, deleted in bounded batches; up to when is kept for the audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, literal_column, select, true, update
from sqlalchemy import insert as insert_into

from adapters.sql import schema
from adapters.sql.database import Database
from adapters.sql.times import micros, moment
from application.kernel.ledger_time import LedgerTime
from application.kernel.ports import Codec
from application.reconciliation.ports import Passing


class SqlHistory:
    def __init__(self, database: Database, time: LedgerTime, codec: Codec) -> None:
        self._database = database
        self._delete = {
            table.name: database.dialect.delete(table, ("tenant", "id"))
            for table in (schema.request, schema.reservation)
        }
        self._delete["entry"] = database.dialect.delete(schema.entry, ("tenant", "register", "code"))
        self._codec = codec
        self._time = time

    async def now(self) -> datetime:
        committed: int = await self._database.read(
            lambda connection: connection.execute(select(schema.state.c.committed_at)).scalar_one()
        )
        return moment(min(committed, self._time.earlier()))

    async def purge_requests(self, before: datetime, limit: int) -> int:
        table, at = schema.request, micros(before)
        # In the order of their numbers they are in the order of their times: the first that is young ends the search.
        first = select(table.c.tenant, table.c.id, table.c.at).order_by(table.c.command).limit(limit).subquery()
        oldest = select(first.c.tenant, first.c.id).where(first.c.at < at)
        return await self._database.write(lambda connection: self._purge(connection, "request", table, oldest, at))

    async def purge_tombstones(self, before: datetime, limit: int) -> int:
        table, at = schema.reservation, micros(before)
        # Written out, so that the partial index of tombstones serves.
        cancelled = table.c.status == literal_column("'cancelled'")
        oldest = select(table.c.tenant, table.c.id).where(cancelled, table.c.changed_at < at).limit(limit)
        return await self._database.write(lambda connection: self._purge(connection, "tombstone", table, oldest, at))

    async def purge_entries(self, passing: Passing, before: datetime, limit: int) -> int:
        these = true() if passing.facts is None else schema.entry.c.facts == self._codec.encode(passing.facts)
        # They are looked for while others write: what has passed is not written again.
        old = await self._database.read(
            lambda connection: _passed(connection, passing.register, these, micros(before), limit)
        )
        return await self._database.write(lambda connection: self._delete["entry"](connection, old)) if old else 0

    async def old_entries(
        self, register: str, but: Mapping[str, Any], before: datetime, limit: int
    ) -> Sequence[tuple[str, str]]:
        others = schema.entry.c.facts != self._codec.encode(but)
        old = await self._database.read(lambda connection: _passed(connection, register, others, micros(before), limit))
        return [(tenant, code) for tenant, _, code in old]

    def _purge(
        self, connection: Connection, what: str, table: Table, oldest: Select[tuple[Any, Any]], before: int
    ) -> int:
        # Not in one statement: not every database takes a limit there, or goes by the key then.
        deleted = self._delete[table.name](connection, [(*row,) for row in connection.execute(oldest)])
        if deleted:
            purged = schema.purged
            known = connection.execute(select(purged.c.before).where(purged.c.what == what)).scalar()
            if known is None:
                connection.execute(insert_into(purged).values(what=what, before=before))
            elif known < before:
                connection.execute(update(purged).where(purged.c.what == what).values(before=before))
        return deleted


def _passed(
    connection: Connection, register: str, these: ColumnElement[bool], before: int, limit: int
) -> list[tuple[str, str, str]]:
    """Keys of old entries, tenant by tenant, so that the primary key finds each register."""
    entry = schema.entry
    found: list[tuple[str, str, str]] = []
    tenant: str | None = ""
    while len(found) < limit:
        following = select(func.min(entry.c.tenant)).where(entry.c.tenant > tenant)
        tenant = connection.execute(following).scalar()
        if tenant is None:
            break
        old = select(entry.c.code).where(
            entry.c.tenant == tenant, entry.c.register == register, entry.c.changed_at < before, these
        )
        codes = connection.execute(old.limit(limit - len(found))).scalars()
        found += [(tenant, register, code) for code in codes]
    return found
