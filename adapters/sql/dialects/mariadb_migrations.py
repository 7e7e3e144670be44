"""Revisions on MariaDB, which commits every change of a table by itself: each step is passed over where it is done.

A migration that was killed halfway is so completed by the next one. What a revision does beside these steps
(`op.execute`) must bear being done twice.
"""

from typing import Any

from alembic.ddl.mysql import MariaDBImpl
from sqlalchemy import Column, Index, Table, inspect, select


class Resumable(MariaDBImpl):
    """Takes the place of Alembic's own, for every revision, by being declared."""

    __dialect__ = "mariadb"

    def create_table(self, table: Table, **kw: Any) -> None:
        super().create_table(table, **{**kw, "if_not_exists": True})

    def drop_table(self, table: Table, **kw: Any) -> None:
        super().drop_table(table, **{**kw, "if_exists": True})

    def create_index(self, index: Index, **kw: Any) -> None:
        super().create_index(index, **{**kw, "if_not_exists": True})

    def drop_index(self, index: Index, **kw: Any) -> None:
        super().drop_index(index, **{**kw, "if_exists": True})

    def add_column(self, table_name: str, column: Column[Any], **kw: Any) -> None:
        if column.name not in self._columns(table_name):
            super().add_column(table_name, column, **kw)

    def drop_column(self, table_name: str, column: Column[Any], **kw: Any) -> None:
        if column.name in self._columns(table_name):
            super().drop_column(table_name, column, **kw)

    def add_constraint(self, const: Any, **kw: Any) -> None:
        if const.name not in self._constraints(const.table.name):
            super().add_constraint(const, **kw)

    def drop_constraint(self, const: Any, **kw: Any) -> None:
        if const.name in self._constraints(const.table.name):
            super().drop_constraint(const, **kw)

    def bulk_insert(self, table: Any, rows: list[dict[str, Any]], multiinsert: bool = True) -> None:
        connection, keys = self.connection, list(table.primary_key)
        if connection is None or not keys:
            raise ValueError("rows that a revision inserts need a primary key to be found again by")
        missing = []
        for row in rows:
            known = select(table).where(*(key == row[key.name] for key in keys))
            if connection.execute(known).first() is None:
                missing.append(row)
        super().bulk_insert(table, missing, multiinsert=multiinsert)

    def _columns(self, table: str) -> set[str]:
        return {column["name"] for column in inspect(self.connection).get_columns(table)}

    def _constraints(self, table: str) -> set[str | None]:
        seen = inspect(self.connection)
        return {each["name"] for each in (*seen.get_check_constraints(table), *seen.get_unique_constraints(table))}
