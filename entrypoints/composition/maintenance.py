"""What is done to an installation that is not open: its schema, its backups."""

from typing import NamedTuple

from adapters.sql import migrate as schema
from adapters.sql.database import NotDurable
from entrypoints.composition.outside import kinds_of
from entrypoints.composition.root import own_kinds
from entrypoints.composition.settings import BadSettings, Settings

CannotOpen = (schema.SchemaMismatch, schema.OldSqlite, NotDurable)
"""Why a database that is there cannot be opened: each says what to do."""


class Migrated(NamedTuple):
    """The schema's revision before ("" for a new database) and after."""

    database: str
    before: str
    after: str


def migrate(settings: Settings) -> Migrated:
    """Bring the database to this release's schema. Raises BadSettings, SchemaMismatch, OldSqlite."""
    path = settings.database.path
    if path is None:
        raise BadSettings("the memory database has no schema to migrate: set ENTREPOT_DATABASE__URL=sqlite:///<path>")
    before, after = schema.migrate(path, kinds_of(own_kinds(), settings.kinds).values())
    return Migrated(str(path), before, after)
