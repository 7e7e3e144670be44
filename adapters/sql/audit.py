"""The ledger in SQL as an audit reads it: one snapshot, read in chunks and streams, whatever its size."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, case, cast, func, literal, null, select, union_all

from adapters.sql import schema
from adapters.sql.bodies import reservations_of
from adapters.sql.database import Database
from adapters.sql.dialects.dialect import SqlDialect
from adapters.sql.schema import BUCKETS, Big
from adapters.sql.statements import RESERVATION_READ
from adapters.sql.times import moment
from application.kernel.ports import Codec, StoreError
from application.reconciliation.ports import Inspected
from domain.kernel.account import AccountKey, AccountKind
from domain.kernel.reservation import Reservation
from domain.reconciliation.inspected import (
    UNREADABLE,
    Archived,
    InspectedAccount,
    InspectedReservation,
    Posting,
    Seal,
    SealedLine,
    Standing,
    State,
    Told,
)

T = TypeVar("T")

CHUNK: Final = 500
STREAMED: Final = 2_000
REMEMBERED: Final = 100_000
HOLDING: Final = ("held", "partly_confirmed", "confirmed", "partly_shipped")
LOST: Final = AccountKind("lost", ("number",), frozenset(), "ledger.insufficient", "lost")
"""Stands for an account that a reservation names and the table does not have."""


class SqlAuditSource:
    """Shows the ledger on a reading connection."""

    def __init__(self, database: Database, codec: Codec, kinds: Mapping[str, AccountKind]) -> None:
        self._database = database
        self._codec = codec
        self._kinds = kinds

    async def inspect(self, look: Callable[[Inspected], T]) -> T:
        return await self._database.read(lambda connection: self._look(connection, look))

    def _look(self, connection: Connection, look: Callable[[Inspected], T]) -> T:
        # Sorting the events may take more room than memory has.
        with self._database.dialect.looking_long(connection):
            return look(SqlInspected(connection, self._database.dialect, self._codec, self._kinds))


class SqlInspected:
    """One snapshot. Only one cursor is open at a time."""

    def __init__(
        self, connection: Connection, dialect: SqlDialect, codec: Codec, kinds: Mapping[str, AccountKind]
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._codec = codec
        self._kinds = kinds
        self._keys: dict[int, AccountKey] = {}
        self._seal: Seal | None = None

    def _stream(self, statement: Any, **values: Any) -> Iterator[Any]:
        return iter(self._connection.execute(statement.execution_options(yield_per=STREAMED), values))

    def state(self) -> State:
        connection = self._connection
        as_of, next_event = connection.execute(select(schema.state.c.committed_at, schema.state.c.next_event)).one()
        marks = connection.execute(select(schema.purged.c.what, schema.purged.c.before))
        purged: dict[str, int] = {what: before for what, before in marks}  # noqa: C416 - rows are no pairs to mypy
        self._seal = last_seal(connection)
        return State(
            as_of,
            next_event - 1,
            connection.execute(select(func.count()).select_from(schema.outbox)).scalar_one(),
            connection.execute(
                select(cast(func.coalesce(func.sum(schema.outbox_lease.c.purged), 0), Big))
            ).scalar_one(),
            purged.get("request", 0),
            purged.get("tombstone", 0),
            self._seal,
        )

    def seals(self) -> Iterator[Seal]:
        return (Seal._make(row) for row in self._stream(select(schema.seal).order_by(schema.seal.c.number)))

    def archives(self) -> Sequence[Archived]:
        return archives_of(self._connection)

    # -- reservations -------------------------------------------------------------------------------------------------

    def reservations(self, changed_since: int) -> Iterator[InspectedReservation]:
        table, deadline = schema.reservation, schema.deadline
        query = (
            select(
                *(table.c[name] for name in RESERVATION_READ),
                deadline.c.token,
                table.c.tenant,
                table.c.status,
                deadline.c.number,
                deadline.c.due,
            )
            .outerjoin_from(
                table, deadline, (deadline.c.tenant == table.c.tenant) & (deadline.c.reservation == table.c.id)
            )
            .where((table.c.changed_at >= changed_since) | table.c.status.in_(HOLDING))
            .order_by(table.c.tenant, table.c.id)
        )
        rows = self._connection.execute(query.limit(CHUNK)).all()
        while rows:
            width = len(RESERVATION_READ) + 1
            plain = [tuple(row[:width]) for row in rows]
            for row, reservation in zip(rows, self._reservations_in(plain), strict=True):
                tenant, status, number, due = row[width:]
                awaited = None if number is None else (number, moment(due))
                yield InspectedReservation(tenant, row.id, reservation, status, awaited)
            last = rows[-1]
            rows = self._behind(query, last.tenant, last.id) if len(rows) == CHUNK else []

    def _behind(self, query: Select[Any], tenant: str, id: str) -> Sequence[Any]:
        """The next chunk: of the tenant, then of others. (Not every database goes by the index to a place of two.)"""
        table = schema.reservation
        rows = self._connection.execute(query.where(table.c.tenant == tenant, table.c.id > id).limit(CHUNK)).all()
        if len(rows) < CHUNK:
            others = query.where(table.c.tenant > tenant).limit(CHUNK - len(rows))
            rows = [*rows, *self._connection.execute(others).all()]
        return rows

    def _reservations_in(self, rows: Sequence[Any]) -> Sequence[Reservation | None]:
        """None for each that cannot be read: to find out which, they are read one by one."""
        try:
            return reservations_of(self._codec, rows, self._keys_of)
        except ValueError:
            return [None] if len(rows) == 1 else [each for row in rows for each in self._reservations_in([row])]

    def stray_deadlines(self) -> Iterator[tuple[str, str]]:
        table, deadline = schema.reservation, schema.deadline
        query = (
            select(deadline.c.tenant, deadline.c.reservation)
            .outerjoin_from(
                deadline, table, (deadline.c.tenant == table.c.tenant) & (deadline.c.reservation == table.c.id)
            )
            .where(table.c.id.is_(None))
        )
        return ((tenant, reservation) for tenant, reservation in self._stream(query))

    def _keys_of(self, ids: set[int]) -> Mapping[int, AccountKey]:
        missing = sorted(ids - self._keys.keys())
        if len(self._keys) > REMEMBERED:
            self._keys.clear()
            missing = sorted(ids)
        account = schema.account
        for start in range(0, len(missing), CHUNK):
            some = missing[start : start + CHUNK]
            self._keys.update((number, AccountKey(LOST, (str(number),))) for number in some)
            for row in self._connection.execute(_named(select(account.c.id)).where(account.c.id.in_(some))):
                self._keys[row.id] = self._key(row)
        return self._keys

    def _key(self, row: Any) -> AccountKey:
        kind = self._kinds.get(row.kind)
        if kind is None:
            raise StoreError(f"the database holds accounts of an unknown kind {row.kind}: declare it in the settings")
        return AccountKey(kind, tuple(row._mapping[f"d{n}"] for n, _ in enumerate(kind.dimensions, 1)))

    # -- accounts -----------------------------------------------------------------------------------------------------

    def accounts(self, *, from_seal: bool) -> Iterator[tuple[InspectedAccount, Iterator[Posting]]]:
        account, state, movement = schema.account, schema.state, schema.movement
        seal = self._seal.number if self._seal else 0
        end = max(
            self._connection.execute(select(state.c.next_account)).scalar_one() - 1,
            self._connection.execute(select(func.coalesce(func.max(movement.c.account), 0))).scalar_one(),
        )
        query = _named(select(account.c.id, account.c.version, account.c.floor, *(account.c[b] for b in BUCKETS)))
        after = 0
        while after < end:
            rows = self._connection.execute(query.where(account.c.id > after).order_by(account.c.id).limit(CHUNK)).all()
            upto = rows[-1].id if len(rows) == CHUNK else end
            known = {row.id: row for row in rows}
            lines = self._lines(after, upto, seal, last_only=from_seal)
            postings = by_account(self._stream(postings_of(after, upto, seal if from_seal else 0)))
            waiting = next(postings, None)
            for number in range(after + 1, upto + 1):
                mine: Iterator[Posting] = iter(())
                if waiting is not None and waiting[0] == number:
                    mine = waiting[1]
                yield self._account(number, known.get(number), tuple(lines.get(number, ()))), mine
                if waiting is not None and waiting[0] == number:
                    waiting = next(postings, None)
            after = upto

    def named(self, after: int, upto: int) -> dict[int, InspectedAccount]:
        """The accounts of a range, by number, with their keys and nothing else."""
        account = schema.account
        query = _named(select(account.c.id)).where(account.c.id > after, account.c.id <= upto)
        found = {}
        for row in self._connection.execute(query):
            key = self._key(row)
            found[row.id] = InspectedAccount(row.tenant, key, str(key), None, (), row.id)
        return found

    def _account(self, number: int, row: Any, lines: tuple[SealedLine, ...]) -> InspectedAccount:
        if row is None:
            return InspectedAccount("-", None, f"account number {number}", None, lines, number)
        key = self._key(row)
        standing = Standing(row.version, tuple(row._mapping[name] for name in BUCKETS), row.floor)
        return InspectedAccount(row.tenant, key, str(key), standing, lines, number)

    def _lines(self, after: int, upto: int, seal: int, *, last_only: bool) -> dict[int, list[SealedLine]]:
        lines: dict[int, list[SealedLine]] = {}
        if seal:
            for number, line in sealed_lines(self._connection, after, upto, seal):
                if last_only:
                    lines[number] = [line]
                else:
                    lines.setdefault(number, []).append(line)
        return lines

    # -- events -------------------------------------------------------------------------------------------------------

    def told(self) -> Iterator[Told]:
        account, reservation, outbox = schema.account, schema.reservation, schema.outbox
        before = func.coalesce(self._dialect.whole(outbox.c.data, "version_before"), UNREADABLE)
        rows = union_all(
            select(
                account.c.tenant,
                (literal("account:") + account.c.kind + literal(":") + account.c.key).label("subject"),
                cast(null(), Big).label("before"),
                account.c.version.label("number"),
                account.c.changed_at.label("at"),
                literal(0).label("id"),
            ),
            select(
                reservation.c.tenant,
                literal("reservation:") + reservation.c.id,
                cast(null(), Big),
                reservation.c.events,
                reservation.c.changed_at,
                literal(0),
            ),
            select(
                outbox.c.tenant,
                outbox.c.subject,
                case((outbox.c.type == "BalancesChanged", before), else_=outbox.c.number - 1),
                outbox.c.number,
                outbox.c.at,
                outbox.c.id,
            ),
        ).subquery("told")
        query = select(rows).order_by(rows.c.tenant, rows.c.subject, rows.c.id)
        return (Told(*row[:5]) for row in self._stream(query))


def _named(query: Select[Any]) -> Select[Any]:
    account = schema.account
    return query.add_columns(account.c.tenant, account.c.kind, *(account.c[f"d{n}"] for n in range(1, 7)))


def last_seal(connection: Connection) -> Seal | None:
    row = connection.execute(select(schema.seal).order_by(schema.seal.c.number.desc()).limit(1)).first()
    return None if row is None else Seal._make(row)


def archives_of(connection: Connection) -> list[Archived]:
    """All files of archived movements."""
    archive = schema.archive
    rows = connection.execute(select(archive).order_by(archive.c.seal, archive.c.first))
    return [Archived._make((*row[:-1], bool(row[-1]))) for row in rows]


def sealed_lines(connection: Connection, after: int, upto: int, seal: int) -> Iterator[tuple[int, SealedLine]]:
    """The lines of the accounts numbered above `after` up to `upto`, of closed periods, by account and oldest first."""
    sealed = schema.sealed
    query = (
        select(
            sealed.c.account,
            sealed.c.seal,
            sealed.c.version,
            *(sealed.c[b] for b in BUCKETS),
            sealed.c.floor,
            sealed.c.hash,
        )
        .where(sealed.c.account > after, sealed.c.account <= upto, sealed.c.seal <= seal)
        .order_by(sealed.c.account, sealed.c.seal)
    )
    for row in connection.execute(query.execution_options(yield_per=STREAMED)):
        yield row[0], SealedLine(row[1], row[2], tuple(row[3:8]), row[8], row[9])


def postings_of(after: int, upto: int, seal: int) -> Select[Any]:
    """The movements of a range of accounts in order; on from the last line sealed up to `seal`, where there is one."""
    movement, account, request, sealed = schema.movement, schema.account, schema.request, schema.sealed
    kept = (request.c.tenant == account.c.tenant) & (request.c.id == movement.c.request)
    query = select(*movement.c, request.c.command)
    if not seal:
        query = (
            query.select_from(movement)
            .outerjoin(account, account.c.id == movement.c.account)
            .outerjoin(request, kept)
            .where(movement.c.account > after, movement.c.account <= upto)
        )
    else:
        line = (
            select(func.max(sealed.c.version))
            .where(sealed.c.account == account.c.id, sealed.c.seal <= seal)
            .correlate(account)
            .scalar_subquery()
        )
        query = (
            query.select_from(account)
            .join(movement, (movement.c.account == account.c.id) & (movement.c.version >= func.coalesce(line, 0)))
            .outerjoin(request, kept)
            .where(account.c.id > after, account.c.id <= upto)
        )
    return query.order_by(movement.c.account, movement.c.version)


def by_account(rows: Iterator[Any]) -> Iterator[tuple[int, Iterator[Posting]]]:
    for account, mine in groupby(rows, key=itemgetter(0)):
        yield account, (posting(row) for row in mine)


def posting(row: Any) -> Posting:
    """A row of the table, in its columns' order, and the command that its request id is kept under."""
    _, version, kind, quantity, *rest = row
    floor, command, subject, scene, reason, at, request, name, actor, principal, kept = rest[5:]
    return Posting(
        version,
        kind,
        quantity,
        tuple(rest[:5]),
        floor,
        command,
        subject,
        scene,
        reason,
        at,
        request,
        name,
        actor,
        principal,
        kept,
    )
