"""Going through the whole ledger in SQL, page by page, by keys that never change."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, Table, select

from adapters.sql import schema
from adapters.sql.bodies import reservations_of
from adapters.sql.database import Database
from adapters.sql.schema import BUCKETS
from adapters.sql.statements import RESERVATION_READ
from adapters.sql.times import micros, moment
from application.kernel.ports import Codec, StoreError
from application.search.documents import AccountsOf, EntriesOf, MovementsOfAll, ReservationsOfAll, Source
from application.search.ports import Walked
from domain.kernel.account import Account, AccountKey, AccountKind
from domain.kernel.books import Act, Entry, EntryKey, Movement
from domain.kernel.movement import Balances
from domain.kernel.reservation import Reservation

REACH: Final = 20
"""Pages that one step looks at, where it is after those alone that changed lately."""

DIMENSIONS: Final = tuple(f"d{n}" for n in range(1, 7))


class Page(NamedTuple):
    things: list[tuple[str, Any]]
    after: list[Any] | None


class SqlLedgerWalk:
    """A place is the key of the last thing that was passed, as JSON. `kinds` are the declared kinds of account."""

    def __init__(self, database: Database, codec: Codec, kinds: Mapping[str, AccountKind]) -> None:
        self._database = database
        self._codec = codec
        self._kinds = kinds

    async def committed_at(self) -> datetime:
        return await self._database.read(
            lambda connection: moment(connection.execute(select(schema.state.c.committed_at)).scalar_one())
        )

    async def walk(self, source: Source, after: str, limit: int, since: datetime | None = None) -> Walked:
        place = json.loads(after) if after else []
        changed = None if since is None else micros(since)

        def read(connection: Connection) -> Page:
            match source:
                case AccountsOf(kind=kind):
                    return self._accounts(connection, kind, place, limit, changed)
                case MovementsOfAll():
                    return self._movements(connection, place, limit, changed)
                case ReservationsOfAll():
                    return self._reservations(connection, place, limit, changed)
                case EntriesOf(register=register):
                    return self._entries(connection, register, place, limit, changed)

        things, reached = await self._database.read(read)
        return Walked(things, "" if reached is None else json.dumps(reached))

    # -- accounts -----------------------------------------------------------------------------------------------------

    def _accounts(self, connection: Connection, kind: str, place: Sequence[int], limit: int, since: int | None) -> Page:
        """By their numbers, which have no gaps."""
        account = schema.account
        after = place[0] if place else 0
        reach = limit if since is None else limit * REACH
        query = (
            select(account)
            .where(account.c.id > after, account.c.id <= after + reach, account.c.kind == kind)
            .order_by(account.c.id)
            .limit(limit)
        )
        if since is not None:
            query = query.where(account.c.changed_at >= since)
        rows = connection.execute(query).all()
        things = [(row.tenant, self._account(row)) for row in rows]
        reached = rows[-1].id if len(rows) == limit else after + reach
        return Page(things, [reached] if reached < self._last_account(connection) else None)

    def _last_account(self, connection: Connection) -> int:
        return int(connection.execute(select(schema.state.c.next_account)).scalar_one()) - 1

    def _kind(self, name: str) -> AccountKind:
        """Raises StoreError."""
        known = self._kinds.get(name)
        if known is None:
            raise StoreError(f"the database holds accounts of an unknown kind {name}: declare it in the settings")
        return known

    def _key(self, row: Any) -> AccountKey:
        kind = self._kind(row.kind)
        return AccountKey(kind, tuple(row._mapping[name] for name in DIMENSIONS[: len(kind.dimensions)]))

    def _account(self, row: Any) -> Account:
        balances = Balances(*(row._mapping[name] for name in BUCKETS))
        return Account(self._key(row), balances, row.version, row.floor, row.debt, moment(row.changed_at))

    # -- movements ----------------------------------------------------------------------------------------------------

    def _movements(self, connection: Connection, place: Sequence[int], limit: int, since: int | None) -> Page:
        """By account and version: the rest of the account that the last page ended in, then the next accounts."""
        movement, account = schema.movement, schema.account
        within, version = place or (0, 0)
        names = [account.c[name].label(f"of_{name}") for name in ("tenant", "kind", *DIMENSIONS)]
        query = select(movement, *names).join(account, account.c.id == movement.c.account)
        query = query.order_by(movement.c.account, movement.c.version).limit(limit)
        if since is not None:
            query = query.where(account.c.changed_at >= since, movement.c.at >= since)
        rows = list(
            connection.execute(query.where(movement.c.account == within, movement.c.version > version))
            if within
            else []
        )
        end = within + limit * REACH
        if len(rows) < limit:
            rest = query.where(movement.c.account > within, movement.c.account <= end).limit(limit - len(rows))
            rows += connection.execute(rest)
        things = [(row.of_tenant, self._movement(row)) for row in rows]
        if len(rows) == limit:
            return Page(things, [rows[-1].account, rows[-1].version])
        return Page(things, [end, 2**62] if end < self._last_account(connection) else None)

    def _movement(self, row: Any) -> Movement:
        kind = self._kind(row.of_kind)
        values = tuple(row._mapping[f"of_{name}"] for name in DIMENSIONS[: len(kind.dimensions)])
        return Movement(
            AccountKey(kind, values),
            row.version,
            kind.allowed[row._mapping["kind"]],
            row.quantity,
            Balances(*(row._mapping[name] for name in BUCKETS)),
            row.floor,
            row.subject,
            row.scene,
            row.reason,
            moment(row.at),
            Act(row.command, row.request, row.name, row.actor, row.principal),
        )

    # -- reservations -------------------------------------------------------------------------------------------------

    def _reservations(self, connection: Connection, place: Sequence[str], limit: int, since: int | None) -> Page:
        """By tenant and id; where only what changed is wanted, the others' bodies are not read."""
        table = schema.reservation
        reach = limit if since is None else limit * REACH
        passed = _by_tenant(connection, table, (table.c.tenant, table.c.id, table.c.changed_at), place, reach)
        wanted: dict[str, list[str]] = {}
        taken = 0
        for row in passed:
            if since is None or row.changed_at >= since:
                wanted.setdefault(row.tenant, []).append(row.id)
                taken += 1
                if taken == limit:
                    break
        things = [
            (tenant, each)
            for tenant, ids in wanted.items()
            for each in self._read_reservations(connection, tenant, ids)
        ]
        if taken == limit and (row.tenant, row.id) != (passed[-1].tenant, passed[-1].id):
            return Page(things, [row.tenant, row.id])
        return Page(things, [passed[-1].tenant, passed[-1].id] if len(passed) == reach else None)

    def _read_reservations(self, connection: Connection, tenant: str, ids: Sequence[str]) -> list[Reservation]:
        table = schema.reservation
        query = select(*(table.c[name] for name in RESERVATION_READ)).where(
            table.c.tenant == tenant, table.c.id.in_(ids)
        )
        rows = [(*row, 0) for row in connection.execute(query)]
        return reservations_of(self._codec, rows, lambda numbers: self._keys(connection, numbers))

    def _keys(self, connection: Connection, numbers: set[int]) -> dict[int, AccountKey]:
        account = schema.account
        query = select(account.c.id, account.c.kind, *(account.c[name] for name in DIMENSIONS))
        asked = sorted(numbers)
        found = {}
        for start in range(0, len(asked), 500):
            for row in connection.execute(query.where(account.c.id.in_(asked[start : start + 500]))):
                found[row.id] = self._key(row)
        return found

    # -- entries ------------------------------------------------------------------------------------------------------

    def _entries(
        self, connection: Connection, register: str, place: Sequence[int], limit: int, since: int | None
    ) -> Page:
        """By the number of their last change: what changes meanwhile is met again behind all others."""
        entry = schema.entry
        query = select(entry).where(entry.c.change > (place[0] if place else 0), entry.c.register == register)
        if since is not None:
            query = query.where(entry.c.changed_at >= since)
        rows = connection.execute(query.order_by(entry.c.change).limit(limit)).all()
        things = [(row.tenant, self._entry(row)) for row in rows]
        return Page(things, [rows[-1].change] if len(rows) == limit else None)

    def _entry(self, row: Any) -> Entry:
        facts: dict[str, Any] = self._codec.decode(row.facts, dict[str, Any])
        return Entry(EntryKey(row.register, row.code), facts, row.version, moment(row.changed_at))


def _by_tenant(
    connection: Connection, table: Table, columns: Sequence[Any], place: Sequence[str], limit: int
) -> list[Any]:
    """By tenant and id, after this place: the rest of the tenant, then the next tenants."""

    def page(query: Select[Any], most: int) -> list[Any]:
        return list(connection.execute(query.order_by(table.c.tenant, table.c.id).limit(most)))

    query = select(*columns)
    if not place:
        return page(query, limit)
    rows = page(query.where(table.c.tenant == place[0], table.c.id > place[1]), limit)
    if len(rows) < limit:
        rows += page(query.where(table.c.tenant > place[0]), limit - len(rows))
    return rows
