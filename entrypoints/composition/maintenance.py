"""What is done to an installation that is not open: its schema, its backups."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from adapters.sql import backup
from adapters.sql import migrate as schema
from adapters.sql.backup import BackupRefused
from adapters.sql.database import NotDurable
from adapters.sql.move import MoveRefused
from adapters.sql.restored import begin_epoch
from adapters.sql.scratch import ScratchDatabases
from adapters.sql.server_schema import apart, migrate_server, read_on_server, revision_on_server
from domain.stock.registers import REGISTERS
from entrypoints.composition.outside import kinds_of
from entrypoints.composition.ports import own_kinds
from entrypoints.composition.servers import dialect_of
from entrypoints.composition.settings import SERVERS, BadSettings, Settings, masked

T = TypeVar("T")

CannotOpen = (schema.SchemaMismatch, schema.OldSqlite, NotDurable, BackupRefused, MoveRefused)
"""Why a database cannot be opened, or not be copied: each says what to do."""


Scratches = ScratchDatabases
"""Databases of a server to try things in."""


class Copied(NamedTuple):
    """A backup made, or restored: the commit time of its state, its epoch and the bytes of the file."""

    file: str
    as_of: datetime
    epoch: int
    size: int


class Restored(NamedTuple):
    """A server's database begins a new epoch: the commit time of its state, and the epoch."""

    database: str
    as_of: datetime
    epoch: int


class Migrated(NamedTuple):
    """The schema's revision before ("" for a new database) and after."""

    database: str
    before: str
    after: str


def migrate(settings: Settings) -> Migrated:
    """Bring the database to this release's schema. Raises BadSettings, SchemaMismatch, OldSqlite."""
    kinds = kinds_of(own_kinds(), settings.kinds).values()
    chosen = settings.database
    if chosen.url.startswith(SERVERS):
        database = str(masked(chosen.url))
        return Migrated(database, *migrate_server(chosen.url, dialect_of(chosen.technology), kinds, REGISTERS))
    path = _path(settings)
    return Migrated(str(path), *schema.migrate(path, kinds, REGISTERS))


def is_new(settings: Settings) -> bool:
    """Whether there is no database yet, or on a server nothing in it. Raises BadSettings, StoreUnavailable."""
    chosen = settings.database
    if chosen.url.startswith(SERVERS):
        return not revision_on_server(chosen.url, dialect_of(chosen.technology))
    return chosen.path is not None and not chosen.path.exists()


def read_rows(settings: Settings, statement: str, take: Callable[[Iterator[Sequence[Any]]], T]) -> T:
    """Give the rows that a plain statement selects from a server's database, as they come, to `take`."""
    chosen = settings.database
    return read_on_server(chosen.url, dialect_of(chosen.technology), statement, take)


def back_up(settings: Settings, target: Path, *, force: bool) -> Copied:
    """Copy the last committed state to a file, beside whatever runs. Raises BadSettings, BackupRefused."""
    return Copied(str(target), *backup.back_up(_path(settings), target, force=force))


def restore(settings: Settings, source: Path, *, force: bool) -> Copied:
    """Make a backup the database of these settings, in a new epoch. Raises BadSettings, BackupRefused."""
    path = _path(settings)
    return Copied(str(path), *backup.restore(source, path, force=force))


def restored(settings: Settings) -> Restored:
    """Begin a new epoch in a database that a server restored. Raises BadSettings, StoreError."""
    chosen = settings.database
    if not chosen.url.startswith(SERVERS):
        raise BadSettings("only a database of a server is restored by the server's own means: run: entrepot restore")
    return Restored(str(masked(chosen.url)), *apart(chosen.url, dialect_of(chosen.technology), begin_epoch))


def scratch_databases(settings: Settings) -> Scratches:
    """Databases to try things in, beside the one of the settings, which is of a server."""
    chosen = settings.database
    kinds = kinds_of(own_kinds(), settings.kinds)
    return ScratchDatabases(chosen.url, dialect_of(chosen.technology), [*kinds.values()], REGISTERS)


def _path(settings: Settings) -> Path:
    path = settings.database.path
    if settings.database.url.startswith(SERVERS):
        raise BadSettings(
            "a database of a server is backed up by the server's own means: see docs/adapters/"
            f"{settings.database.technology}.md"
        )
    if path is None:
        raise BadSettings("the memory database is gone with its process: set ENTREPOT_DATABASE__URL=sqlite:///<path>")
    return path
