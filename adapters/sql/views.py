"""The views for people who read the database: accounts by the names of their kind, registered things by their facts.

They are made from the declarations, so a new kind of account, or a new register, has its view with the next
`entrepot migrate`. Processes never read them.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.sql import Select

from adapters.sql import schema
from adapters.sql.dialects.dialect import SqlDialect
from domain.kernel.account import AccountKind
from domain.kernel.movement import Balances, Bucket
from domain.kernel.register import Register

ON_HAND: Final = (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.ALLOCATED, Bucket.HELD)


def create_views(
    connection: Connection, dialect: SqlDialect, kinds: Iterable[AccountKind], registers: Iterable[Register]
) -> tuple[str, ...]:
    """Make every view anew; their names."""
    wanted = _selects(dialect, kinds, registers)
    drop_views(connection, wanted)
    quote = connection.dialect.identifier_preparer.quote
    for name, query in wanted.items():
        connection.exec_driver_sql(f"CREATE VIEW {quote(name)} AS {_text(query, dialect)}")
    return tuple(wanted)


def names_of_views(kinds: Iterable[AccountKind], registers: Iterable[Register]) -> tuple[str, ...]:
    return (*(kind.view for kind in kinds), *(register.name for register in registers))


def drop_views(connection: Connection, names: Iterable[str]) -> None:
    """Drop the views, as before a change of the tables that they read."""
    quote = connection.dialect.identifier_preparer.quote
    for name in names:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {quote(name)}")


def _selects(
    dialect: SqlDialect, kinds: Iterable[AccountKind], registers: Iterable[Register]
) -> dict[str, Select[Any]]:
    views = {kind.view: _accounts_of(dialect, kind) for kind in kinds}
    views.update((register.name, _entries_of(dialect, register)) for register in registers)
    return views


def _accounts_of(dialect: SqlDialect, kind: AccountKind) -> Select[Any]:
    account = schema.account
    dimensions = [account.c[f"d{n}"].label(name) for n, name in enumerate(kind.dimensions, 1)]
    buckets = [account.c[Balances._fields[bucket]] for bucket in kind.buckets]
    physical = [account.c[Balances._fields[bucket]] for bucket in ON_HAND if bucket in kind.buckets]
    on_hand = [sum(physical[1:], start=physical[0]).label("on_hand")] if physical else []
    return select(
        account.c.tenant,
        *dimensions,
        *buckets,
        *on_hand,
        account.c.floor,
        account.c.version,
        dialect.readable(account.c.changed_at).label("changed_at"),
    ).where(account.c.kind == kind.name)


def _entries_of(dialect: SqlDialect, register: Register) -> Select[Any]:
    entry = schema.entry
    return select(
        entry.c.tenant,
        entry.c.code,
        *(dialect.fact(entry.c.facts, name).label(name) for name in register.facts),
        entry.c.version,
        dialect.readable(entry.c.changed_at).label("changed_at"),
    ).where(entry.c.register == register.name)


def _text(query: Select[Any], dialect: SqlDialect) -> str:
    return str(query.compile(dialect=dialect.compiles, compile_kwargs={"literal_binds": True}))
