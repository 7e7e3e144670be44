"""The databases that are servers, each with the dialect that it is spoken to in."""

from collections.abc import Callable
from typing import Final

from adapters.sql.database import DIALECT
from adapters.sql.dialects.dialect import SqlDialect
from adapters.sql.server import ServerDialect
from entrypoints.composition.optional import optional

DIALECTS: Final[dict[str, Callable[[], ServerDialect]]] = {
    "postgresql": optional("adapters.sql.dialects.postgresql:postgresql", "postgresql"),
    "mariadb": optional("adapters.sql.dialects.mariadb:mariadb", "mariadb"),
}
"""By the technology's name. A dialect is made when its database is chosen, not before: its driver is an extra."""


def dialect_of(technology: str) -> ServerDialect:
    """Raises BadSettings where the driver is not installed."""
    return DIALECTS[technology]()


def dialect_of_database(database: object) -> SqlDialect:
    """How an open database is spoken to; SQLite's for the memory one, to which nobody speaks."""
    dialect: SqlDialect = getattr(database, "dialect", DIALECT)
    return dialect
