"""One database: a single writing connection, several reading ones, and the thread work that SQLite needs.

Adapters speak to it through functions of a synchronous SQLAlchemy Connection. On SQLite, writes run where they are
called and only COMMIT, which waits for the disk, in a thread: sqlite3 gives up the interpreter lock at every row, and a
writing thread would wait for it behind a busy event loop at each. Reads run in threads. For a server the same functions
run over an asynchronous driver (`AsyncConnection.run_sync`).
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from adapters.sql.dialects.dialect import Row, SqlDialect
from adapters.sql.dialects.sqlite import SqliteDialect
from adapters.sql.driver import fetch
from application.kernel.ports import CommitUnknown, Contention, StoreUnavailable

T = TypeVar("T")
Work = Callable[[Connection], T]

DRIVER_ERRORS: Final = (DBAPIError, sqlite3.Error)
DIALECT: Final = SqliteDialect()
MOVED: Final = "SELECT moved FROM ledger_state"
LOCK_TIMEOUT: Final = 5.0
LOCK_POLL: Final = 0.002
CHECKPOINT_EVERY: Final = 0.5
LOG_BYTES: Final = 64 * 2**20
"""From this size on the write-ahead log is begun anew: written over, and cut to it when a long read had let it grow."""


class WriterSession(Protocol):
    """One write transaction, step by step."""

    @property
    def state(self) -> Row | None:
        """The row of `ledger_state`, its columns as in `statements.STATE`, where the writers' turn is taken by it."""
        ...

    async def run(self, work: Work[T]) -> T:
        """Do this within the transaction."""
        ...

    async def finish(self, work: Work[T]) -> T:
        """Do this and commit, in one step."""
        ...


class Reads(Protocol):
    """What queries need of a database, whatever the dialect."""

    @property
    def dialect(self) -> SqlDialect:
        """How it is spoken to."""
        ...

    async def read(self, work: Work[T]) -> T:
        """A read of the last commit; never waits for the writer."""
        ...


class Database(Reads, Protocol):
    """What the SQL adapters need of a database."""

    def writing(self) -> contextlib.AbstractAsyncContextManager[WriterSession]:
        """A write transaction; rolled back unless finished."""
        ...

    async def write(self, work: Work[T]) -> T:
        """A whole write transaction in one step."""
        ...

    async def glance(self, work: Work[T]) -> T:
        """A read of a few rows of the last commit, which were only just written."""
        ...


Guard = Callable[[str | None], None]
"""Told before a write why nothing may be written here, where that is so; raises, or lets it pass."""


def require_here(moved: str | None) -> None:
    """Raises StoreUnavailable where the ledger is not here: it has moved, or is only just moving in."""
    if moved is not None:
        raise StoreUnavailable(moved)


def cannot_open(path: Path, error: Exception) -> StoreUnavailable:
    """What to say of a file that could not be opened, or turned out to be no database."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return StoreUnavailable(f"cannot open {path}: {cause}")


def sqlite_engine(path: Path, *, writer: bool, lock_timeout: float = LOCK_TIMEOUT) -> Engine:
    """An engine of one connection whose transactions begin as they must: IMMEDIATE to write, a snapshot to read."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),  # whatever is in the name: a ? begins no parameters
        connect_args={
            "check_same_thread": False,
            "timeout": lock_timeout,
            "isolation_level": None,
            "cached_statements": 512,
        },
        pool_size=1 if writer else 0,
        max_overflow=0 if writer else -1,
        hide_parameters=True,  # an error tells the statement: its values may be anyone's data
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=0",
            f"journal_size_limit={LOG_BYTES}",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "foreign_keys=ON",
            *([] if writer else ["query_only=ON"]),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # By the driver: for a read of one row this alone would otherwise be a good part of what it costs.
        driver: Any = connection.connection.driver_connection
        driver.execute(begin)

    return engine


class NotDurable(Exception):
    """The database would not keep a commit through a power cut: the writer refuses to start."""


def durability(connection: Connection) -> dict[str, object]:
    """The settings that decide whether a commit is kept, read back from the live connection."""
    names = ("journal_mode", "synchronous", "wal_autocheckpoint")
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


def require_durable(connection: Connection) -> None:
    settings = durability(connection)
    if settings["journal_mode"] != "wal" or settings["synchronous"] not in (2, 3):
        raise NotDurable(f"SQLite must run with journal_mode=WAL and synchronous=FULL, this one has {settings}")


class SqliteDatabase:
    """A SQLite file in WAL mode: one writer, a few readers in threads, checkpoints beside the commits.

    With `threads=False` everything runs in the calling thread, one step after the other: for simulations.
    """

    def __init__(self, path: Path, *, readers: int = 4, threads: bool = True, guard: Guard = require_here) -> None:
        self.path = path
        self._guard = guard
        self.dialect = DIALECT
        self._writer_engine = sqlite_engine(path, writer=True, lock_timeout=0)
        self._reader_engine = sqlite_engine(path, writer=False)
        self._commit_thread = ThreadPoolExecutor(1, "sqlite-commit") if threads else None
        self._reader_threads = ThreadPoolExecutor(readers, "sqlite-reader") if threads else None
        self._turn = asyncio.Lock()
        self._writer: Connection | None = None
        self._readers: list[Connection] = []
        self._checkpointer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect the writer. Raises NotDurable, StoreUnavailable."""
        self._writer = await self._connect()
        if self._commit_thread is not None:
            self._checkpointer = asyncio.get_running_loop().create_task(self._checkpoint_now_and_then())

    async def _connect(self) -> Connection:
        try:
            connection = self._writer_engine.connect()
        except DBAPIError as error:
            raise cannot_open(self.path, error) from error
        await self._begin(connection)
        try:
            require_durable(connection)
        finally:
            connection.rollback()
        return connection

    async def close(self) -> None:
        if self._checkpointer is not None:
            self._checkpointer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checkpointer
        async with self._turn:
            if self._writer is not None:
                writer, self._writer = self._writer, None
                writer.close()
        if self._reader_threads is not None:
            self._reader_threads.shutdown()
        while self._readers:
            self._readers.pop().close()
        for engine in (self._writer_engine, self._reader_engine):
            engine.dispose()
        if self._commit_thread is not None:
            self._commit_thread.shutdown()

    # -- writing ------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["_SqliteSession"]:
        async with self._turn:
            writer = self._writer
            if writer is None:
                raise StoreUnavailable("the database is closed")
            await self._begin(writer)
            try:
                [[moved]] = fetch(writer, MOVED, ())
                self._guard(moved)
                yield _SqliteSession(self, writer)
            finally:
                writer.rollback()

    async def _begin(self, writer: Connection) -> None:
        """BEGIN IMMEDIATE, waiting for other processes' transactions without holding up this one's callers."""
        give_up = asyncio.get_running_loop().time() + LOCK_TIMEOUT
        while True:
            try:
                writer.begin()
                return
            except DRIVER_ERRORS as error:
                if not isinstance(DIALECT.translate(error), Contention) or asyncio.get_running_loop().time() > give_up:
                    raise DIALECT.translate(error) from error
            await asyncio.sleep(LOCK_POLL)

    async def commit(self, writer: Connection) -> None:
        """COMMIT, in the thread that waits for the disk; never abandoned halfway, even when the caller is cancelled."""
        if self._commit_thread is None:
            writer.commit()
            return
        committing = asyncio.get_running_loop().run_in_executor(self._commit_thread, writer.commit)
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await asyncio.wait((committing,))
            raise

    async def write(self, work: Work[T]) -> T:
        async with self.writing() as session:
            return await session.finish(work)

    # -- reading ------------------------------------------------------------------------------------------------------

    async def glance(self, work: Work[T]) -> T:
        # Where they are written: there their pages are at hand, and a thread costs more than to read a few rows.
        async with self.writing() as session:
            return await session.run(work)

    async def read(self, work: Work[T]) -> T:
        if self._reader_threads is None:
            return self._read(work)
        return await asyncio.get_running_loop().run_in_executor(self._reader_threads, self._read, work)

    def _read(self, work: Work[T]) -> T:
        try:
            connection = self._readers.pop()
        except IndexError:
            try:
                connection = self._reader_engine.connect()
            except DBAPIError as error:
                raise cannot_open(self.path, error) from error
        try:
            with connection.begin():
                return work(connection)
        except DRIVER_ERRORS as error:
            raise DIALECT.translate(error) from error
        finally:
            self._readers.append(connection)

    # -- checkpoints --------------------------------------------------------------------------------------------------

    @property
    def _log(self) -> Path:
        return self.path.with_name(self.path.name + "-wal")

    @property
    def log_bytes(self) -> int:
        """Size of the write-ahead log."""
        return _size(self._log)

    @property
    def file_bytes(self) -> int:
        """Size of the file, which checkpoints bring up to the log."""
        return _size(self.path)

    async def _checkpoint_now_and_then(self) -> None:
        written = -1
        while True:
            await asyncio.sleep(CHECKPOINT_EVERY)
            with contextlib.suppress(FileNotFoundError):
                before, written = written, self._log.stat().st_mtime_ns
                if before != written and await asyncio.to_thread(self._checkpoint, "PASSIVE") >= LOG_BYTES:
                    # What is left to bring up is what was committed meanwhile: the writer waits for a few pages only.
                    async with self._turn:
                        await asyncio.to_thread(self._checkpoint, "RESTART")

    def _checkpoint(self, mode: str) -> int:
        """Bring the file up to the log; bytes of the log that are in use."""
        connection = self._reader_engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only=OFF")
            # The writer waits meanwhile: an audit or backup that reads for minutes must not hold it up for seconds.
            cursor.execute("PRAGMA busy_timeout=20")
            cursor.execute(f"PRAGMA wal_checkpoint({mode})")
            [(_busy, pages, _done)] = cursor.fetchall()
            [(page,)] = cursor.execute("PRAGMA page_size").fetchall()
            cursor.execute(f"PRAGMA busy_timeout={int(LOCK_TIMEOUT * 1000)}")
            cursor.execute("PRAGMA query_only=ON")
            cursor.close()
        finally:
            connection.close()
        return int(pages) * int(page)


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


class _SqliteSession:
    state: None = None

    def __init__(self, database: SqliteDatabase, connection: Connection) -> None:
        self._database = database
        self._connection = connection

    async def run(self, work: Work[T]) -> T:
        try:
            result = work(self._connection)
        except DRIVER_ERRORS as error:
            raise DIALECT.translate(error) from error
        # A large batch takes a while: between its steps all others of this loop have their turn.
        await asyncio.sleep(0)
        return result

    async def finish(self, work: Work[T]) -> T:
        result = await self.run(work)
        try:
            await self._database.commit(self._connection)
        except DRIVER_ERRORS as error:
            # SQLite leaves the transaction open, and SQLAlchemy holds it to be over: end it past SQLAlchemy. What the
            # log has of it may yet be found there after a restart: not kept, not lost, unknown.
            driver = self._connection.connection.driver_connection
            if driver is not None:
                driver.rollback()
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise CommitUnknown(f"COMMIT failed: {cause}") from error
        return result
