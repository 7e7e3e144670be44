"""The views for people who read the database: accounts by the names of their kind, registered things by their facts.

They are made from the declarations, so a new kind of account, or a new register, has its view with the next
`entrepot migrate`. Processes never read them.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Dialect, String, Text, cast, func, select
from sqlalchemy.sql import ColumnElement, Select

from adapters.sql import schema
from domain.kernel.account import AccountKind
from domain.kernel.movement import Balances, Bucket
from domain.kernel.register import Register

ON_HAND: Final = (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.ALLOCATED, Bucket.HELD)


def create_views(
    connection: Connection, kinds: Iterable[AccountKind], registers: Iterable[Register]
) -> tuple[str, ...]:
    """Make every view anew; their names."""
    wanted = _selects(kinds, registers)
    drop_views(connection, kinds, registers)
    quote = connection.dialect.identifier_preparer.quote
    for name, query in wanted.items():
        connection.exec_driver_sql(f"CREATE VIEW {quote(name)} AS {_text(query, connection.dialect)}")
    return tuple(wanted)


def drop_views(connection: Connection, kinds: Iterable[AccountKind], registers: Iterable[Register]) -> None:
    """Drop the views, as before a change of the tables that they read."""
    quote = connection.dialect.identifier_preparer.quote
    for name in _selects(kinds, registers):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {quote(name)}")


def _selects(kinds: Iterable[AccountKind], registers: Iterable[Register]) -> dict[str, Select[Any]]:
    views = {kind.view: _accounts_of(kind) for kind in kinds}
    views.update((register.name, _entries_of(register)) for register in registers)
    return views


def _accounts_of(kind: AccountKind) -> Select[Any]:
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
        _readable(account.c.changed_at).label("changed_at"),
    ).where(account.c.kind == kind.name)


def _entries_of(register: Register) -> Select[Any]:
    entry = schema.entry
    return select(
        entry.c.tenant,
        entry.c.code,
        *(_fact(entry.c.facts, name).label(name) for name in register.facts),
        entry.c.version,
        _readable(entry.c.changed_at).label("changed_at"),
    ).where(entry.c.register == register.name)


# What follows is SQLite's: other dialects have their own functions of times and JSON.


def _readable(at: ColumnElement[int]) -> ColumnElement[str]:
    """Whole microseconds as RFC 3339 in UTC."""
    second = func.strftime("%Y-%m-%dT%H:%M:%S", at.op("/")(1_000_000), "unixepoch", type_=String)
    return second + func.printf(".%06dZ", at.op("%")(1_000_000), type_=String)


def _fact(facts: ColumnElement[bytes], name: str) -> ColumnElement[Any]:
    return func.json_extract(cast(facts, Text), f"$.{name}")


def _text(query: Select[Any], dialect: Dialect) -> str:
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
