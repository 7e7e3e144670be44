"""The statements of the hot path: written with SQLAlchemy Core, compiled once, run by the driver as they are."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.sql.schema import Table

from adapters.sql import schema
from adapters.sql.dialects.dialect import Query, SqlDialect, prepare
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


class Statements:
    """The queries and writes of one dialect."""

    def __init__(self, dialect: SqlDialect) -> None:
        self.dialect = dialect
        asked = dialect.among
        account, reservation, deadline = schema.account, schema.reservation, schema.deadline
        entry, request, state = schema.entry, schema.request, schema.state

        def text(statement: CompilerElement, *order: str) -> Query:
            return prepare(dialect, statement, *order)

        def columns(table: Table, names: Iterable[str]) -> list[Any]:
            return [table.c[name] for name in names]

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
        self.insert = {
            table.name: dialect.insert(table)
            for table in (account, schema.movement, request, reservation, deadline, entry, schema.outbox)
        }
        self.update_account = dialect.update(account, ACCOUNT_WRITTEN, ("id", "version"))
        self.update_reservation = dialect.update(reservation, RESERVATION_WRITTEN, ("tenant", "id"))
        self.update_deadline = dialect.update(deadline, DEADLINE_WRITTEN, ("tenant", "reservation"))
        self.update_state = dialect.update(state, STATE, ("id",))
        self.delete_entry = dialect.delete(entry, ("tenant", "register", "code"))
        self.delete_deadline = dialect.delete(deadline, ("tenant", "reservation"))
