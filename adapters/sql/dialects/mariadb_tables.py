"""The tables on MariaDB: what the schema declares for all, said as InnoDB wants it.

A text that is a key needs a length, and a key at most 3,072 bytes: the lengths are the domain's own bounds, in
characters of up to four bytes. Texts are compared by their bytes, trailing spaces and all. There are no partial
indexes; those that the schema declares lead with the column of their condition instead.
"""

from typing import Any, Final

from sqlalchemy import Column, Table, UniqueConstraint
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mysql.aiomysql import MySQLDialect_aiomysql
from sqlalchemy.dialects.mysql.base import MySQLDDLCompiler, MySQLTypeCompiler
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.schema import CreateIndex

COLLATION: Final = "utf8mb4_nopad_bin"
OF_TABLE: Final = f" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={COLLATION} ROW_FORMAT=DYNAMIC"

TENANT: Final = 64
NAME: Final = 64
"""A kind of account, of movement or of event, a command, a register: words of the code, not of callers."""
WORD: Final = 32
IDENTIFIER: Final = 128
REQUEST: Final = 152
SAID: Final = 512

LENGTHS: Final = {
    "tenant": TENANT,
    **dict.fromkeys(("kind", "name", "type", "register", "what"), NAME),
    **dict.fromkeys(("status", "scene"), WORD),
    **dict.fromkeys((f"d{n}" for n in range(1, 7)), IDENTIFIER),
    **dict.fromkeys(("id", "code", "reservation", "order_ref", "actor", "principal"), IDENTIFIER),
    **dict.fromkeys(("label", "successor", "created_by", "ended_by"), IDENTIFIER),
    **dict.fromkeys(("consumer", "message", "holder"), IDENTIFIER),
    "request": REQUEST,
    "request.id": REQUEST,
    **dict.fromkeys(("reason", "scopes"), SAID),
}
"""Most characters of a column, by its name, or by its table's and its own; a text without stands in no index."""

DIGESTS: Final = ("digest", "hash")
DIGEST: Final = 64

COLUMNS_OF: Final = {
    "account_key": "tenant, kind, key_hash",
    "outbox_unpublished": "position, `partition`, id",
    "reservation_tombstone": "status, changed_at",
}
"""The columns of the indexes that MariaDB cannot have as they are declared."""

KEY_HASH: Final = "key_hash BINARY(32) GENERATED ALWAYS AS (UNHEX(SHA2(`key`, 256))) STORED"
"""Six dimensions of 128 characters are more than a key may hold: what is unique is the digest of the account's key."""

LOOKED_UP: Final = "KEY account_lookup (tenant, kind, `key`(255))"
"""What an account is found by: nearly every key is shorter, and of the others only some rows more are looked at."""


def length_of(table: str, column: str) -> int | None:
    """Most characters of this column, None for a text without a bound of its own."""
    return LENGTHS.get(f"{table}.{column}") or LENGTHS.get(column)


class Types(MySQLTypeCompiler):
    """Texts and bytes by the column that they are the type of."""

    def visit_TEXT(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - SQLAlchemy's name
        column = kw.get("type_expression")
        if not isinstance(column, Column):
            return super().visit_TEXT(type_, **kw)
        length = length_of(column.table.name, column.name)
        if length is None and column.primary_key:
            length = IDENTIFIER
        return f"VARCHAR({length})" if length else "MEDIUMTEXT"

    def visit_BLOB(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - SQLAlchemy's name
        column = kw.get("type_expression")
        if isinstance(column, Column) and column.name in DIGESTS:
            return f"VARBINARY({DIGEST})"
        return "MEDIUMBLOB"


class Tables(MySQLDDLCompiler):
    """CREATE TABLE and CREATE INDEX."""

    def get_column_specification(self, column: Column[Any], **kw: Any) -> str:
        # Nothing here is numbered by the database, though SQLAlchemy takes a lone whole number for that.
        said = super().get_column_specification(column, **kw).removesuffix(" AUTO_INCREMENT")
        if (column.table.name, column.name) == ("account", "key"):
            said += f", \n\t{KEY_HASH}"
        return said

    def create_table_constraints(self, table: Any, *arguments: Any, **kw: Any) -> str:
        said: str = super().create_table_constraints(table, *arguments, **kw)  # type: ignore[no-untyped-call]
        return f"{said}, \n\t{LOOKED_UP}" if table.name == "account" else said

    def visit_unique_constraint(self, constraint: UniqueConstraint, **kw: Any) -> str:
        said = super().visit_unique_constraint(constraint, **kw)
        return _of_other_columns(said, str(constraint.name))

    def visit_create_index(self, create: CreateIndex, **kw: Any) -> str:  # type: ignore[override]
        return _of_other_columns(super().visit_create_index(create, **kw), str(create.element.name))

    def post_create_table(self, table: Table) -> str:
        return OF_TABLE


def _of_other_columns(said: str, name: str) -> str:
    return f"{said[: said.rindex('(')]}({COLUMNS_OF[name]})" if name in COLUMNS_OF else said


class MariadbTables(MariaDBDialect, MySQLDialect_aiomysql):
    """SQLAlchemy's dialect of MariaDB over aiomysql, with tables made as above."""

    supports_statement_cache = True
    ddl_compiler = Tables
    type_compiler_cls = Types


DRIVER: Final = "mariadb+entrepot"
"""What an engine's URL says to have the tables made as above."""

registry.register(DRIVER.replace("+", "."), __name__, "MariadbTables")
