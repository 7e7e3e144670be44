"""Backups of a SQLite database: taken while it is written, restored under a new epoch."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Final, NamedTuple

from adapters.sql.times import moment

EPOCHS_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


class BackupRefused(Exception):
    """Nothing was written; the message says what to do."""


class BackedUp(NamedTuple):
    """A copy of one committed state: its commit time, its epoch and the bytes of the file."""

    as_of: datetime
    epoch: int
    size: int


def back_up(source: Path, target: Path, *, force: bool = False) -> BackedUp:
    """Copy the last committed state of `source` to the file `target`; the writer goes on meanwhile.

    The copy is one file, complete and on disk before it gets its name. Raises BackupRefused.
    """
    _require_free(target, f"{target} exists: name another file, or give --force to replace it", force=force)
    if not source.exists():
        raise BackupRefused(f"there is no database at {source}")
    if target.exists():
        # Whatever runs on it would go on in the file that was replaced, and all it commits would be lost.
        if target.samefile(source):
            raise BackupRefused(f"{target} is the database itself: name another file")
        _take_out_of_use(target)
    made = _copy(source, part := _part_of(target))
    _put(part, target)
    return made


def restore(source: Path, target: Path, *, force: bool = False) -> BackedUp:
    """Make `target` the database that `source` is a backup of, in a new epoch; nothing may run on `target`.

    Event ids hold the epoch: what happened after the backup is gone and its numbers are given again, so a consumer
    that sees another epoch must read the state anew. Raises BackupRefused.
    """
    _require_free(target, f"{target} exists: --force replaces it with the backup", force=force)
    if not source.exists():
        raise BackupRefused(f"there is no backup at {source}")
    replaced = _take_out_of_use(target) if target.exists() else 0
    _copy(source, part := _part_of(target))
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        epoch = next_epoch(max(replaced, _state(connection, part)[0]))
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE ledger_state SET epoch = ?", (epoch,))
        connection.execute("UPDATE outbox_lease SET holder = '', leased_until = 0, token = token + 1")
        connection.execute("UPDATE deadline SET leased_until = NULL, token = token + 1")
        connection.execute("COMMIT")
        as_of = moment(_state(connection, part)[1])
    _put(part, target)
    return BackedUp(as_of, epoch, target.stat().st_size)


def next_epoch(known: int) -> int:
    """The same backup may be restored twice, and the database between them lost: time tells those epochs apart."""
    return max(known + 1, int((datetime.now(UTC) - EPOCHS_SINCE).total_seconds()))


def _copy(source: Path, part: Path) -> BackedUp:
    """Copy a database into the file `part`, check it and have it on disk."""
    try:
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(part)) as copy:
            # In one step: it reads one snapshot, where smaller ones would begin anew with each commit of the writer.
            original.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            if (fault := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise BackupRefused(f"{source} is damaged: {fault}")
            epoch, committed_at = _state(copy, source)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, sqlite3.DatabaseError | OSError):
            raise BackupRefused(f"{source} cannot be copied to {part.parent}: {error}") from error
        raise
    return BackedUp(moment(committed_at), epoch, part.stat().st_size)


def _put(part: Path, target: Path) -> None:
    """Give the file its name. A log left of what had that name before would be taken for its own."""
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + suffix).unlink()
    part.replace(target)
    _sync_directory(target)


def _state(connection: sqlite3.Connection, path: Path) -> tuple[int, int]:
    """The epoch and the time of the last commit."""
    try:
        row: tuple[int, int] | None = connection.execute("SELECT epoch, committed_at FROM ledger_state").fetchone()
    except sqlite3.DatabaseError:
        row = None
    if row is None:
        raise BackupRefused(f"{path} is not a database of this application")
    return row


def _take_out_of_use(target: Path) -> int:
    """The epoch of the database that is to be replaced. Raises BackupRefused while anything has it open."""
    try:
        with closing(sqlite3.connect(target, timeout=0.2)) as connection:
            # Leaving WAL mode needs the file for oneself alone.
            if connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
                raise BackupRefused(f"{target} is in use: stop what runs on it first")
            return _state(connection, target)[0]
    except sqlite3.OperationalError as error:
        raise BackupRefused(f"{target} is in use: stop what runs on it first ({error})") from error
    except sqlite3.DatabaseError:
        return 0  # damaged: what it held cannot be known, and force was said


def _require_free(target: Path, taken: str, *, force: bool) -> None:
    if target.exists() and not force:
        raise BackupRefused(taken)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackupRefused(f"{target.parent} cannot be made: {error.strerror or error}") from error


def _part_of(target: Path) -> Path:
    """Where the file is made: nobody else's, who may be making one of the same name."""
    return target.with_name(f"{target.name}.{token_hex(4)}.part")


def _sync_directory(target: Path) -> None:
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
