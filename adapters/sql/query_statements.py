"""The statements of the queries: written with SQLAlchemy Core, compiled once, run by the driver as they are."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, case, cast, func, literal_column, select, tuple_
from sqlalchemy.sql.schema import Table

from adapters.sql import schema
from adapters.sql.audit import HOLDING
from adapters.sql.dialects.dialect import SqlDialect, prepare
from adapters.sql.schema import BUCKETS, Big
from adapters.sql.statements import ACCOUNT_READ, RESERVATION_READ

AMOUNTS: Final = ("available", "reserved", "allocated", "in_transit", "held")
PART_OF: Final = ("d2", "d3", "d1", "d4", "d5")
"""Goods, node, owner, lot and channel of a position."""

MOVEMENT_READ: Final = (
    "account",
    "version",
    "kind",
    "quantity",
    *BUCKETS,
    "floor",
    "subject",
    "scene",
    "reason",
    "at",
    "command",
    "request",
    "name",
    "actor",
    "principal",
)


class QueryStatements:
    """The queries of one dialect. A test reads from the query plans that none of them scans a table."""

    def __init__(self, dialect: SqlDialect) -> None:
        self.as_of = prepare(dialect, select(schema.state.c.committed_at))
        self._of_accounts(dialect)
        self._of_reservations(dialect)
        self._of_records(dialect)
        self._of_movements(dialect)
        self._of_movements_by_command(dialect)

    def _of_accounts(self, dialect: SqlDialect) -> None:
        account, asked, text = schema.account, dialect.among, partial(prepare, dialect)
        self.account = text(
            select(*_columns(account, ("id", "version", "reserved", "allocated"))).where(
                _is(account, "tenant"), _is(account, "kind"), _is(account, "key")
            ),
            "tenant",
            "kind",
            "key",
        )
        # Positions by goods and node: the index account_d2.
        mine = [_is(account, "tenant"), _is(account, "kind"), asked(account.c.d2, "goods")]
        there = asked(account.c.d3, "nodes")
        # (The sum of whole numbers is a decimal to some.)
        totals = select(account.c.d2, *(cast(func.sum(each), Big) for each in _amounts())).group_by(account.c.d2)
        parts = select(*_columns(account, PART_OF), *_amounts(), account.c.floor, account.c.version)
        self.totals = text(totals.where(*mine), "tenant", "kind", "goods")
        self.totals_there = text(totals.where(*mine, there), "tenant", "kind", "goods", "nodes")
        self.parts = text(_first(parts.where(*mine)), "tenant", "kind", "goods", "most")
        self.parts_there = text(_first(parts.where(*mine, there)), "tenant", "kind", "goods", "nodes", "most")
        lying = select(*_columns(account, PART_OF), _amounts()[0], account.c.facts)
        lying = lying.where(*mine, there, account.c.available > account.c.floor)
        self.lying = text(_first(lying), "tenant", "kind", "goods", "nodes", "most")

        # Accounts of another kind by its second and third dimension, as far as they hold anything.
        anything = account.c.available + account.c.reserved + account.c.allocated > literal_column("0")
        kept = select(*_columns(account, (*ACCOUNT_READ, "d1", "d2", "d3", "d4"))).where(*mine, anything)
        self.accounts_of = text(_first(kept), "tenant", "kind", "goods", "most")
        self.accounts_there = text(_first(kept.where(there)), "tenant", "kind", "goods", "nodes", "most")
        days = select(*_columns(account, (*ACCOUNT_READ, "d1", "d2"))).where(
            _is(account, "tenant"),
            _is(account, "kind"),
            asked(account.c.d2, "nodes"),
            account.c.d1 >= bindparam("first"),
        )
        self.days_of = text(_first(days), "tenant", "kind", "nodes", "first", "most")

    def _of_reservations(self, dialect: SqlDialect) -> None:
        """By id, and by order."""
        reservation, deadline, text = schema.reservation, schema.deadline, partial(prepare, dialect)
        reservations = select(*_columns(reservation, RESERVATION_READ), deadline.c.token).outerjoin_from(
            reservation,
            deadline,
            (deadline.c.tenant == reservation.c.tenant) & (deadline.c.reservation == reservation.c.id),
        )
        mine = reservations.where(_is(reservation, "tenant"))
        self.reservations = text(mine.where(dialect.among(reservation.c.id)), "tenant", "set")
        holding: list[ColumnElement[str]] = [literal_column(f"'{status}'") for status in HOLDING]
        unfinished = mine.where(reservation.c.status.in_(holding), reservation.c.id > bindparam("after"))
        self.unfinished = text(_first(unfinished.order_by(reservation.c.id)), "tenant", "after", "most")
        # By an expression, or SQLite would go through all of a tenant's reservations in the order of their ids.
        id = reservation.c.id.concat(literal_column("''"))
        ordered = mine.where(_is(reservation, "order_ref"), id > bindparam("after")).order_by(id)
        self.reservations_of = text(_first(ordered), "tenant", "order_ref", "after", "most")
        body = select(reservation.c.body).where(_is(reservation, "tenant"), _is(reservation, "id"))
        self.body = text(body, "tenant", "id")

    def _of_records(self, dialect: SqlDialect) -> None:
        """Requests, the entries of registers, and up to which command movements may be in archives."""
        request, entry, text = schema.request, schema.entry, partial(prepare, dialect)
        seal, archive = schema.seal, schema.archive
        self.request = text(select(request.c.command).where(_is(request, "tenant"), _is(request, "id")), "tenant", "id")
        listed = _is(entry, "tenant"), _is(entry, "register")
        self.entry = text(select(entry.c.facts).where(*listed, _is(entry, "code")), "tenant", "register", "code")
        entries = select(*_columns(entry, ("code", "facts", "version", "changed_at"))).order_by(entry.c.code)
        entries = entries.where(*listed, entry.c.code > bindparam("after"), entry.c.code >= bindparam("first"))
        before = entries.where(entry.c.code < bindparam("end"))
        self.entries = text(_first(entries), "tenant", "register", "after", "first", "most")
        self.entries_before = text(_first(before), "tenant", "register", "after", "first", "end", "most")
        self.archived_upto = text(
            select(func.coalesce(func.max(seal.c.command), literal_column("0"))).join(
                archive, archive.c.seal == seal.c.number
            )
        )

    def _of_movements(self, dialect: SqlDialect) -> None:
        """By account: the primary key."""
        movement, text = schema.movement, partial(prepare, dialect)
        mine, version = _is(movement, "account"), movement.c.version
        later = mine, version > bindparam("after")
        lines = select(*_columns(movement, MOVEMENT_READ)).where(*later).order_by(version)
        self.movements_of_account = text(_first(lines), "account", "after", "most")
        balance = select(*_columns(movement, (*BUCKETS, "floor", "version", "at")))
        self.balance = text(balance.where(mine, _is(movement, "version")), "account", "version")
        reserved = select(version, movement.c.subject)
        reserve = movement.c.kind == literal_column("'RESERVE'")
        between = reserved.where(mine, version.between(bindparam("first"), bindparam("last")), reserve)
        self.reserved_for = text(between.order_by(version.desc()), "account", "first", "last")
        self.reserved_from = text(_first(reserved.where(*later, reserve).order_by(version)), "account", "after", "most")

    def _of_movements_by_command(self, dialect: SqlDialect) -> None:
        """By an index that goes on with the primary key, so that it holds the whole order."""
        movement, asked, text = schema.movement, dialect.among, partial(prepare, dialect)
        place = (movement.c.command, movement.c.account, movement.c.version)
        beyond = tuple_(*place) > tuple_(*(bindparam(f"after_{each.name}") for each in place))
        after = ("after_command", "after_account", "after_version")
        lines = select(*_columns(movement, MOVEMENT_READ))
        lines = lines.where(asked(movement.c.command), beyond).order_by(*place)
        self.movements_of_commands = text(_first(lines), "set", *after, "most")
        of_reservation = lines.where(_is(movement, "subject"), asked(movement.c.kind, "kinds"))
        self.movements_of_reservation = text(_first(of_reservation), "set", *after, "subject", "kinds", "most")


def _columns(table: Table, names: Iterable[str]) -> list[Any]:
    return [table.c[name] for name in names]


def _is(table: Table, name: str) -> ColumnElement[bool]:
    return table.c[name] == bindparam(name)


def _first(statement: Select[Any]) -> Select[Any]:
    """At most `most` rows (with the offset that SQLite's grammar would otherwise get as one more parameter)."""
    return statement.limit(bindparam("most")).offset(literal_column("0"))


def _amounts() -> list[ColumnElement[int]]:
    """In the order of the answer's Amounts: what may be promised, position by position, then the balances."""
    account = schema.account
    promisable = case(
        (account.c.available > account.c.floor, account.c.available - account.c.floor), else_=literal_column("0")
    )
    return [promisable, *_columns(account, AMOUNTS)]
