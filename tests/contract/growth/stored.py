"""What released revisions left, as rows that can be put into any database by the columns that they had then."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, delete, insert

from adapters.sql import migrate as migrating
from adapters.sql import schema

RELEASED = sorted(Path(__file__).with_name("data").glob("*.sql"))
"""A database of each released revision with data in it, as SQL: `store_release` writes it, and nobody changes it."""


def revision_of(stored: Path) -> str:
    return stored.name.partition("_")[0]


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the tables to this revision."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(migrating.__file__).with_name("migrations")))
    command.upgrade(config, revision)


def loading(stored: Path) -> Callable[[Connection], None]:
    """Puts a release's rows where the tables are: by one INSERT for each table that names the columns of that time."""
    engine = create_engine("sqlite://")
    with engine.connect() as memory:
        driver: Any = memory.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.executescript(stored.read_text())
        tables = MetaData()
        tables.reflect(memory)
        tables.remove(tables.tables["alembic_version"])
        rows = {
            _of_that_time(table): [dict(row) for row in memory.execute(table.select()).mappings()]
            for table in tables.sorted_tables
        }
    engine.dispose()

    def load(connection: Connection) -> None:
        for table, of_table in rows.items():
            connection.execute(delete(table))
            if of_table:
                connection.execute(insert(table), of_table)

    return load


def _of_that_time(table: Table) -> Table:
    """The table with the columns that it had then, as every database has them."""
    known = schema.metadata.tables[table.name].c
    return Table(table.name, MetaData(), *(Column(column.name, known[column.name].type) for column in table.columns))
