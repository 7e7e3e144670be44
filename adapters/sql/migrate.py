"""Bringing a database to this release's schema, and refusing to run on any other."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect

from adapters.sql.database import DIALECT, DRIVER_ERRORS, cannot_open, sqlite_engine
from adapters.sql.dialects.dialect import SqlDialect
from adapters.sql.schema import metadata
from adapters.sql.views import create_views, drop_views, names_of_views
from domain.kernel.account import AccountKind
from domain.kernel.register import Register

REVISION: Final = "0003"
"""The newest revision, which this release runs on. Revisions are numbers: a greater one is a newer schema."""

OLDEST_SQLITE: Final = (3, 37, 0)


class SchemaMismatch(Exception):
    """The database is not of this release's schema. `found` is its revision, "" where it has none."""

    def __init__(self, message: str, found: str) -> None:
        super().__init__(message)
        self.found = found


class OldSchema(SchemaMismatch):
    """There is no schema yet, or one of an earlier release: migrating brings it up."""


class NewSchema(SchemaMismatch):
    """A later release migrated this database: only that release, or a later one, may run on it."""


class OldSqlite(Exception):
    """Python was built with a SQLite that lacks what the tables need."""


def require_sqlite() -> None:
    """Raises OldSqlite."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise OldSqlite(
            f"SQLite {wanted} or newer is needed and this Python has {sqlite3.sqlite_version}: "
            "use a Python that was built with a newer one"
        )


def revision_of(connection: Connection) -> str:
    """The revision of the schema, "" where there is none. Raises SchemaMismatch for tables of another origin."""
    names = inspect(connection).get_table_names()
    if "alembic_version" in names:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found:
            return str(found)
        # Where tables are not made in a transaction, some may be there that a migration made which did not end.
        names = [name for name in names if name not in metadata.tables]
    if foreign := sorted(set(names) - {"alembic_version"}):
        raise SchemaMismatch(
            f"the database has tables but no revision ({', '.join(foreign[:3])}, …): name another file or database", ""
        )
    return ""


def check_schema(path: Path) -> None:
    """Raises OldSchema, NewSchema, OldSqlite, each saying what to do; StoreUnavailable. Never makes a file."""
    require_sqlite()
    if not path.exists():
        raise OldSchema(f"there is no database at {path}; run: entrepot migrate", "")
    engine = sqlite_engine(path, writer=False)
    try:
        with _opened(path), engine.connect() as connection:
            found = revision_of(connection)
    finally:
        engine.dispose()
    require_current(str(path), found)


def require_current(where: str, found: str) -> None:
    """Raises OldSchema, NewSchema for a database (`where`: what people call it) that is not of this revision."""
    _require_known(where, found)
    if not found:
        raise OldSchema(f"{where} has no tables yet; run: entrepot migrate", found)
    if found < REVISION:
        raise OldSchema(
            f"{where} is at revision {found} and this release needs {REVISION}; run: entrepot migrate", found
        )


def migrate(path: Path, kinds: Iterable[AccountKind], registers: Iterable[Register]) -> tuple[str, str]:
    """Bring the database at `path` to this release's schema in one transaction and make its views anew.

    Safe to run again. Returns the revision before ("" for a new database) and after. Raises NewSchema, OldSqlite,
    StoreUnavailable.
    """
    require_sqlite()
    engine = sqlite_engine(path, writer=True)
    try:
        with _opened(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with engine.begin() as connection:
                before = bring_up(connection, DIALECT, str(path), tuple(kinds), tuple(registers))
        return before, REVISION
    finally:
        engine.dispose()


def bring_up(
    connection: Connection,
    dialect: SqlDialect,
    where: str,
    kinds: Collection[AccountKind],
    registers: Collection[Register],
) -> str:
    """Run the revisions that are missing, within the transaction, and make the views anew; the revision before."""
    # Alembic takes a while to load, and nothing but this needs it.
    from alembic import command
    from alembic.config import Config

    before = revision_of(connection)
    _require_known(where, before)
    drop_views(connection, names_of_views(kinds, registers))
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    command.upgrade(config, "head")
    create_views(connection, dialect, kinds, registers)
    return before


@contextmanager
def _opened(path: Path) -> Iterator[None]:
    """Raises StoreUnavailable for what the driver or the file system says of the file."""
    try:
        yield
    except (*DRIVER_ERRORS, OSError) as error:
        raise cannot_open(path, error) from error


def _require_known(where: str, found: str) -> None:
    if found > REVISION:
        raise NewSchema(
            f"{where} is at revision {found} and this release knows {REVISION}: "
            "run the release that migrated it, or a later one",
            found,
        )
