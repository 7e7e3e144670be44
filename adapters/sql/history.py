"""What SQL keeps for a while only, deleted in bounded batches; up to when is kept for the audit."""

from datetime import datetime

from sqlalchemy import Connection, Table, delete, select, tuple_, update
from sqlalchemy import insert as insert_into
from sqlalchemy.sql import ColumnElement

from adapters.sql import schema
from adapters.sql.database import Database
from adapters.sql.times import micros, moment


class SqlHistory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        return await self._database.read(
            lambda connection: moment(connection.execute(select(schema.state.c.committed_at)).scalar_one())
        )

    async def purge_requests(self, before: datetime, limit: int) -> int:
        table, at = schema.request, micros(before)
        return await self._database.write(
            lambda connection: _purge(connection, "request", table, table.c.at < at, table.c.at, at, limit)
        )

    async def purge_tombstones(self, before: datetime, limit: int) -> int:
        table, at = schema.reservation, micros(before)
        old = (table.c.status == "cancelled") & (table.c.changed_at < at)
        return await self._database.write(
            lambda connection: _purge(connection, "tombstone", table, old, table.c.changed_at, at, limit)
        )


def _purge(
    connection: Connection,
    what: str,
    table: Table,
    old: ColumnElement[bool],
    order: ColumnElement[int],
    before: int,
    limit: int,
) -> int:
    key = tuple_(table.c.tenant, table.c.id)
    oldest = select(table.c.tenant, table.c.id).where(old).order_by(order).limit(limit)
    deleted: int = connection.execute(delete(table).where(key.in_(oldest))).rowcount
    if deleted:
        purged = schema.purged
        known = connection.execute(select(purged.c.before).where(purged.c.what == what)).scalar()
        if known is None:
            connection.execute(insert_into(purged).values(what=what, before=before))
        elif known < before:
            connection.execute(update(purged).where(purged.c.what == what).values(before=before))
    return deleted
