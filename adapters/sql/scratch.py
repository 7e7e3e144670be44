"""Databases to try things in, beside one of a server: made and migrated once, emptied for whoever is next."""

from collections.abc import Collection
from secrets import token_hex

from sqlalchemy import Connection, MetaData, delete, inspect, make_url, update

from adapters.sql import schema
from adapters.sql.server import ServerDialect, Work
from adapters.sql.server_schema import apart, migrate_server
from domain.kernel.account import AccountKind
from domain.kernel.register import Register

FIRST = {
    "moved": None,
    "epoch": 1,
    "committed_at": 0,
    "next_account": 1,
    "next_command": 1,
    "next_event": 1,
    "next_change": 1,
}


class ScratchDatabases:
    """Belongs to one process. Its methods wait, whether an event loop is running or not."""

    def __init__(
        self, url: str, dialect: ServerDialect, kinds: Collection[AccountKind], registers: Collection[Register]
    ) -> None:
        self._url = make_url(url)
        self._dialect = dialect
        self._kinds = kinds
        self._registers = registers
        self._name = f"entrepot_scratch_{token_hex(4)}"
        self._made: list[str] = []

    def make(self) -> str:
        """A new database with this release's tables; its URL."""
        name = f"{self._name}_{len(self._made)}"
        self._run(self._text(self._url.database), lambda connection: self._dialect.create_database(connection, name))
        self._made.append(name)
        url = self._text(name)
        migrate_server(url, self._dialect, self._kinds, self._registers)
        return url

    def empty(self, url: str) -> None:
        """Have a database of these as it was when it was made."""
        self._run(url, _empty)

    def drop(self) -> None:
        """Drop all that were made."""
        made, self._made = self._made, []

        def drop(connection: Connection) -> None:
            for name in made:
                self._dialect.drop_database(connection, name)

        if made:
            self._run(self._text(self._url.database), drop)

    def _text(self, name: str | None) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _run(self, url: str, work: Work[None]) -> None:
        apart(url, self._dialect, lambda database: database.alone(work))


def _empty(connection: Connection) -> None:
    own = schema.metadata.tables
    strange = [name for name in inspect(connection).get_table_names() if name not in own and name != "alembic_version"]
    if strange:
        others = MetaData()
        others.reflect(connection, only=strange)
        others.drop_all(connection)
    for name, table in own.items():
        if name != schema.state.name:
            connection.execute(delete(table))
    connection.execute(update(schema.state).values(FIRST))
