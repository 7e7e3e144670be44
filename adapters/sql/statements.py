"""The statements of the hot path: written with SQLAlchemy Core, compiled once, run by the driver as they are."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Dialect, bindparam, column, func, insert, select, update
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.sql.schema import Table

from adapters.sql import schema
from adapters.sql.schema import BUCKETS

ACCOUNT_READ: Final = ("id", *BUCKETS, "floor", "debt", "version", "changed_at", "facts")
ACCOUNT_WRITTEN: Final = ("facts", *BUCKETS, "floor", "debt", "version", "changed_at")
RESERVATION_READ: Final = (
    "id",
    "request",
    "order_ref",
    "scene",
    "due",
    "deadline",
    "events",
    "body",
    "created_at",
    "changed_at",
)
RESERVATION_WRITTEN: Final = ("status", "due", "deadline", "events", "body", "changed_at")
DEADLINE_WRITTEN: Final = ("number", "due", "token", "leased_until")
STATE: Final = ("committed_at", "next_account", "next_command", "next_event", "next_change")


def prepare(dialect: Dialect, statement: CompilerElement, *order: str) -> str:
    """The statement's text. Its parameters must appear in this order: said here, and checked when it is compiled."""
    compiled: Any = statement.compile(dialect=dialect)
    if tuple(compiled.positiontup or ()) != order:
        raise ValueError(f"parameters come as {compiled.positiontup}, not {order}")
    return str(compiled)


def asked(column_: ColumnElement[Any], parameter: str = "set") -> ColumnElement[bool]:
    """Whether the column is in this parameter, a JSON array (SQLite; other dialects unnest an array).

    An IN, not a join: SQLite would rather scan a tenant and probe the set than the other way round.
    """
    values = func.json_each(bindparam(parameter)).table_valued(column("value"), name="asked")
    return column_.in_(select(values.c.value))


class Statements:
    """The texts for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        account, reservation, deadline = schema.account, schema.reservation, schema.deadline
        entry, request, state = schema.entry, schema.request, schema.state

        def text(statement: CompilerElement, *order: str) -> str:
            return prepare(dialect, statement, *order)

        def columns(table: Table, names: Iterable[str]) -> list[Any]:
            return [table.c[name] for name in names]

        def insert_into(table: Table) -> str:
            return text(insert(table), *table.c.keys())

        def update_of(table: Table, values: tuple[str, ...], keys: tuple[str, ...]) -> str:
            changed = update(table).values({table.c[name]: bindparam(f"new_{name}") for name in values})
            for name in keys:
                changed = changed.where(table.c[name] == bindparam(f"old_{name}"))
            in_table_order = [name for name in table.columns.keys() if name in values]  # noqa: SIM118 - columns, not a dict
            return text(changed, *(f"new_{n}" for n in in_table_order), *(f"old_{n}" for n in keys))

        def of(table: Table, name: str) -> Any:
            return table.c[name] == bindparam(name)

        self.accounts_by_id = text(select(*columns(account, ACCOUNT_READ)).where(asked(account.c.id)), "set")
        self.accounts_by_key = text(
            select(*columns(account, ACCOUNT_READ), account.c.key).where(
                of(account, "tenant"), of(account, "kind"), asked(account.c.key)
            ),
            "tenant",
            "kind",
            "set",
        )
        self.account_names = text(
            select(account.c.id, account.c.kind, *columns(account, [f"d{n}" for n in range(1, 7)])).where(
                asked(account.c.id)
            ),
            "set",
        )
        self.reservations = text(
            select(*columns(reservation, RESERVATION_READ), deadline.c.token)
            .outerjoin_from(
                reservation,
                deadline,
                (deadline.c.tenant == reservation.c.tenant) & (deadline.c.reservation == reservation.c.id),
            )
            .where(of(reservation, "tenant"), asked(reservation.c.id)),
            "tenant",
            "set",
        )
        self.entries = text(
            select(*columns(entry, ("code", "facts", "version", "changed_at"))).where(
                of(entry, "tenant"), of(entry, "register"), asked(entry.c.code)
            ),
            "tenant",
            "register",
            "set",
        )
        self.replies = text(
            select(*columns(request, ("id", "name", "digest", "reply"))).where(
                of(request, "tenant"), asked(request.c.id)
            ),
            "tenant",
            "set",
        )
        self.state = text(select(*columns(state, STATE)))
        # SQLite: stays the same through this connection's own commits, and changes with anybody else's.
        self.commits_of_others = "PRAGMA data_version"
        self.insert = {
            table.name: insert_into(table)
            for table in (account, schema.movement, request, reservation, deadline, entry, schema.outbox)
        }
        self.update_account = update_of(account, ACCOUNT_WRITTEN, ("id", "version"))
        self.update_reservation = update_of(reservation, RESERVATION_WRITTEN, ("tenant", "id"))
        self.update_deadline = update_of(deadline, DEADLINE_WRITTEN, ("tenant", "reservation"))
        self.delete_entry = text(
            entry.delete().where(of(entry, "tenant") & of(entry, "register") & of(entry, "code")),
            "tenant",
            "register",
            "code",
        )
        self.update_state = update_of(state, STATE, ())
        self.delete_deadline = text(
            deadline.delete().where(of(deadline, "tenant") & of(deadline, "reservation")), "tenant", "reservation"
        )
