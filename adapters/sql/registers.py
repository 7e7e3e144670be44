"""The register feed in SQL: reads of the `entry` table by key, or by the number of its latest change."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from adapters.sql.database import Database
from adapters.sql.schema import entry
from adapters.sql.statements import Statements
from application.kernel.ports import Codec
from application.stock.ports import ChangedEntries, Standing
from domain.kernel.ledger import EntryKey


class SqlRegisterFeed:
    def __init__(self, database: Database, statements: Statements, codec: Codec) -> None:
        self._database = database
        self._statements = statements
        self._codec = codec

    async def standing(self, asked: Mapping[str, Collection[EntryKey]]) -> Mapping[str, Mapping[EntryKey, Standing]]:
        return await self._database.read(lambda connection: self._read_standing(connection, asked))

    async def changed(self, registers: Collection[str], after: int | None, most: int) -> ChangedEntries:
        return await self._database.read(lambda connection: self._read_changed(connection, registers, after, most))

    def _read_standing(
        self, connection: Connection, asked: Mapping[str, Collection[EntryKey]]
    ) -> dict[str, dict[EntryKey, Standing]]:
        found: dict[str, dict[EntryKey, Standing]] = {}
        for tenant, keys in asked.items():
            mine = found[tenant] = {}
            for register in sorted({key.register for key in keys}):
                codes = sorted(key.code for key in keys if key.register == register)
                wanted = (tenant, register, self._codec.encode(codes).decode())
                for code, facts, version, _ in connection.exec_driver_sql(self._statements.entries, wanted):
                    mine[EntryKey(register, code)] = self._standing(facts, version)
        return found

    def _read_changed(
        self, connection: Connection, registers: Collection[str], after: int | None, most: int
    ) -> ChangedEntries:
        latest = connection.execute(select(func.coalesce(func.max(entry.c.change), 0))).scalar_one()
        found: dict[str, dict[EntryKey, Standing]] = {}
        if after is None or latest <= after:
            return ChangedEntries(latest, found)
        rows = connection.execute(
            select(entry.c.tenant, entry.c.register, entry.c.code, entry.c.facts, entry.c.version)
            .where(entry.c.change > after, entry.c.register.in_(sorted(registers)))
            .order_by(entry.c.change)
            .limit(most + 1)
        ).all()
        if len(rows) > most:
            return ChangedEntries(latest, None)
        for tenant, register, code, facts, version in rows:
            found.setdefault(tenant, {})[EntryKey(register, code)] = self._standing(facts, version)
        return ChangedEntries(latest, found)

    def _standing(self, facts: bytes, version: int) -> Standing:
        kept: dict[str, Any] = self._codec.decode(facts, dict[str, Any])
        return Standing(version, bool(kept["active"]))
