"""The registers' feed in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal_column, select

from adapters.sql import schema
from adapters.sql.database import Database
from adapters.sql.dialects.dialect import SqlDialect, prepare
from adapters.sql.times import moment
from application.kernel.entries import WrittenEntry
from application.kernel.ports import Codec
from application.stock.ports import ChangedEntries, Standing
from domain.kernel.books import Entry, EntryKey


class SqlRegisterFeed:
    """How registered things stand, and which were written lately: the primary key, and the index of changes."""

    def __init__(self, database: Database, dialect: SqlDialect, codec: Codec) -> None:
        entry, among = schema.entry, dialect.among
        self._set_of = dialect.set_of
        self._database = database
        self._codec = codec
        self._latest = prepare(dialect, select(func.coalesce(func.max(entry.c.change), literal_column("0"))))
        self._standing = prepare(
            dialect,
            select(entry.c.code, entry.c.version, entry.c.facts).where(
                entry.c.tenant == bindparam("tenant"), entry.c.register == bindparam("register"), among(entry.c.code)
            ),
            "tenant",
            "register",
            "set",
        )
        self._changed = prepare(
            dialect,
            select(entry.c.tenant, entry.c.register, entry.c.code, entry.c.version, entry.c.facts)
            .where(entry.c.change > bindparam("after"), among(entry.c.register))
            .limit(bindparam("most"))
            .offset(literal_column("0")),
            "after",
            "set",
            "most",
        )

        self._written = prepare(
            dialect,
            select(
                entry.c.change,
                entry.c.tenant,
                entry.c.register,
                entry.c.code,
                entry.c.facts,
                entry.c.version,
                entry.c.changed_at,
            )
            .where(entry.c.change > bindparam("after"), among(entry.c.register))
            .order_by(entry.c.change)
            .limit(bindparam("most"))
            .offset(literal_column("0")),
            "after",
            "set",
            "most",
        )

    async def standing(self, asked: Mapping[str, Collection[EntryKey]]) -> Mapping[str, Mapping[EntryKey, Standing]]:
        return await self._database.read(
            lambda connection: {tenant: self._of(connection, tenant, keys) for tenant, keys in asked.items()}
        )

    def _of(self, connection: Connection, tenant: str, keys: Collection[EntryKey]) -> dict[EntryKey, Standing]:
        found = {}
        for register in {key.register for key in keys}:
            codes = self._set_of(key.code for key in keys if key.register == register)
            for code, version, facts in self._standing(connection, tenant, register, codes):
                found[EntryKey(register, code)] = self._stands(version, facts)
        return found

    async def changed(self, registers: Collection[str], after: int | None, most: int) -> ChangedEntries:
        return await self._database.read(lambda connection: self._changes(connection, registers, after, most))

    def _changes(
        self, connection: Connection, registers: Collection[str], after: int | None, most: int
    ) -> ChangedEntries:
        latest = self._latest(connection)[0][0]
        found: dict[str, dict[EntryKey, Standing]] = {}
        if after is None or after >= latest:
            return ChangedEntries(latest, found)
        rows = self._changed(connection, after, self._set_of(registers), most + 1)
        if len(rows) > most:
            return ChangedEntries(latest, None)
        for tenant, register, code, version, facts in rows:
            found.setdefault(tenant, {})[EntryKey(register, code)] = self._stands(version, facts)
        return ChangedEntries(latest, found)

    async def written(self, registers: Collection[str], after: int, limit: int) -> Sequence[WrittenEntry]:
        rows = await self._database.read(
            lambda connection: self._written(connection, after, self._set_of(registers), limit)
        )
        return [
            WrittenEntry(
                change,
                tenant,
                Entry(EntryKey(register, code), self._codec.decode(facts, dict[str, Any]), version, moment(changed_at)),
            )
            for change, tenant, register, code, facts, version, changed_at in rows
        ]

    def _stands(self, version: int, facts: bytes) -> Standing:
        return Standing(version, bool(self._codec.decode(facts, dict[str, Any])["active"]))
