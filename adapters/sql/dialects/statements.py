"""Statements that write one row, for drivers that run them for many."""

from collections.abc import Sequence

from sqlalchemy import Delete, Table, Update, bindparam, delete, update


def update_by(table: Table, values: Sequence[str], keys: Sequence[str], unset: str) -> tuple[Update, list[str]]:
    """The statement, and its parameters in order: the new values in the table's order, then the keys."""
    changed = update(table).values({table.c[name]: bindparam(f"new_{name}") for name in values})
    for name in keys:
        changed = changed.where(table.c[name] == bindparam(f"old_{name}"))
    if unset:
        changed = changed.where(table.c[unset].is_(None))
    in_table_order = [name for name in table.columns.keys() if name in values]  # noqa: SIM118 - columns, not a dict
    return changed, [*(f"new_{name}" for name in in_table_order), *(f"old_{name}" for name in keys)]


def delete_by(table: Table, keys: Sequence[str]) -> Delete:
    gone = delete(table)
    for name in keys:
        gone = gone.where(table.c[name] == bindparam(name))
    return gone
