"""The ledgers of this repository as the suites open them: in memory, and in a SQLite file."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select

from adapters.encoding import JsonCodec
from adapters.memory.database import MemoryDatabase
from adapters.memory.ledger import MemoryLedgerStore
from adapters.sql import schema
from adapters.sql.accounts import AccountIds
from adapters.sql.database import SqliteDatabase, sqlite_engine
from adapters.sql.ledger import SqlLedgerStore
from adapters.sql.statements import Statements
from adapters.sql.times import moment
from application.kernel.events import BalancesChanged
from application.kernel.ledger_time import LedgerTime, machine_time
from application.kernel.ports import Reach, pass_by
from contracts.conformance.laws import Accepted, Due, Snapshot, Told
from domain.kernel.account import Account, AccountKey, AccountKind
from domain.kernel.books import Act, Movement
from domain.kernel.movement import Balances

CODEC = JsonCodec()


class MemoryInstallation:
    """The memory ledger; its database outlives a reopening, as a disk would."""

    def __init__(self, reach: Reach = pass_by, database: MemoryDatabase | None = None) -> None:
        self.database = database or MemoryDatabase()
        self.reach = reach
        self.store = MemoryLedgerStore(self.database, reach)

    def digest(self, value: object) -> bytes:
        return CODEC.digest(value)

    async def reopen(self) -> None:
        self.store = MemoryLedgerStore(self.database, self.reach)

    async def close(self) -> None:
        pass

    async def snapshot(self, tenant: str) -> Snapshot:
        base = self.database
        reservations = {
            id: replace(found, token=row.token) if (row := base.deadlines.get((tenant, id))) else found
            for id, found in base.reservations.get(tenant, {}).items()
        }
        return Snapshot(
            dict(base.accounts.get(tenant, {})),
            {key: list(rows) for key, rows in base.movements.get(tenant, {}).items()},
            reservations,
            {id: Accepted(row.number, row.command) for id, row in base.requests.get(tenant, {}).items()},
            {id: Due(row.number, row.due) for (owner, id), row in base.deadlines.items() if owner == tenant},
            [
                Told(
                    row.id,
                    row.event.type,
                    row.event.subject,
                    row.event.number,
                    row.event.data.version_before if isinstance(row.event.data, BalancesChanged) else None,
                )
                for row in base.outbox.values()
                if row.tenant == tenant
            ],
        )


class SqliteInstallation:
    """The SQL ledger on a SQLite file. What it holds is read by the plain driver, past the adapter."""

    def __init__(
        self,
        path: Path,
        kinds: Mapping[str, AccountKind],
        reach: Reach = pass_by,
        *,
        threads: bool = True,
        time: LedgerTime | None = None,
    ) -> None:
        self.path = path
        self.kinds = kinds
        self.reach = reach
        self._threads = threads
        self._time = time or machine_time()
        self.database: SqliteDatabase
        self.store: SqlLedgerStore

    def digest(self, value: object) -> bytes:
        return CODEC.digest(value)

    async def open(self) -> "SqliteInstallation":
        create_schema(self.path)
        self.database = SqliteDatabase(self.path, threads=self._threads)
        await self.database.open()
        self.store = new_store(self.database, self.kinds, self._time, self.reach)
        return self

    async def reopen(self) -> None:
        await self.close()
        await self.open()

    async def close(self) -> None:
        await self.database.close()

    async def snapshot(self, tenant: str) -> Snapshot:
        async with self.store.batch() as batch:
            with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as connection:
                ids = [id for (id,) in connection.execute("SELECT id FROM reservation WHERE tenant = ?", (tenant,))]
                records = await batch.records({tenant: ids}, {}) if ids else {}
                seen = self._read(connection, tenant)
            connection.close()
        if not ids:
            return seen
        return replace(seen, reservations={id: r for id, r in records[tenant].reservations.items() if r is not None})

    def _read(self, connection: sqlite3.Connection, tenant: str) -> Snapshot:
        def rows(sql: str) -> Any:
            return connection.execute(sql, (tenant,)).fetchall()

        keys: dict[int, AccountKey] = {}
        accounts: dict[AccountKey, Account] = {}
        buckets = ", ".join(Balances._fields)
        for id, kind, *rest in rows(
            f"SELECT id, kind, d1, d2, d3, d4, d5, d6, {buckets}, version, floor, debt, changed_at, facts"
            " FROM account WHERE tenant = ?"
        ):
            declared = self.kinds[kind]
            key = keys[id] = AccountKey(declared, tuple(rest[: len(declared.dimensions)]))
            version, floor, debt, changed_at, facts = rest[11:]
            facts = msgspec.json.decode(facts)
            accounts[key] = Account(key, Balances(*rest[6:11]), version, floor, debt, moment(changed_at), facts)
        movements: dict[AccountKey, list[Movement]] = {}
        for id, version, kind, quantity, *rest in rows(
            f"SELECT account, m.version, m.kind, quantity, {', '.join('m.' + name for name in Balances._fields)},"
            " m.floor, subject, scene, reason, at, command, request, name, actor, principal"
            " FROM movement m JOIN account a ON a.id = m.account WHERE tenant = ? ORDER BY account, m.version"
        ):
            key = keys[id]
            floor, subject, scene, reason, at, *act = rest[5:]
            after, named = Balances(*rest[:5]), key.kind.allowed[kind]
            movements.setdefault(key, []).append(
                Movement(key, version, named, quantity, after, floor, subject, scene, reason, moment(at), Act(*act))
            )
        events = []
        for id, type, subject, number, data in rows(
            "SELECT id, type, subject, number, data FROM outbox WHERE tenant = ?"
        ):
            before = msgspec.json.decode(data)["version_before"] if type == "BalancesChanged" else None
            events.append(Told(id, type, subject, number, before))
        return Snapshot(
            accounts,
            movements,
            {},
            {id: Accepted(n, name) for id, n, name in rows("SELECT id, command, name FROM request WHERE tenant = ?")},
            {
                id: Due(n, moment(due))
                for id, n, due in rows("SELECT reservation, number, due FROM deadline WHERE tenant = ?")
            },
            events,
        )


def new_store(
    database: SqliteDatabase, kinds: Mapping[str, AccountKind], time: LedgerTime, reach: Reach = pass_by
) -> SqlLedgerStore:
    return SqlLedgerStore(database, Statements(database.dialect), AccountIds(kinds), CODEC, time, reach)


def create_schema(path: Path) -> None:
    """The tables, where there are none yet."""
    engine = sqlite_engine(path, writer=True)
    with engine.begin() as connection:
        schema.metadata.create_all(connection)
        if connection.execute(select(schema.state)).first() is None:
            first = {"id": 1, "epoch": 1, "committed_at": 0, "next_account": 1, "next_command": 1, "next_event": 1}
            connection.execute(insert(schema.state), first)
    engine.dispose()
