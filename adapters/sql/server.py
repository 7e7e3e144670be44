"""A database server: one writing connection whose transactions take turns with other processes', several that read.

The adapters' functions of a synchronous Connection run over an asynchronous driver, in the event loop. All writers of a
database, of all processes, take turns by the one row of `ledger_state`, which the first statement of a transaction
locks: what they read after it is what the last commit left, and everything is numbered in the order of the commits.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from sqlalchemy import URL, Connection, make_url

from adapters.sql.database import Guard, require_here
from adapters.sql.dialects.dialect import Row, SqlDialect
from application.kernel.ports import CommitUnknown, Contention, StoreUnavailable
from application.kernel.reachable import Calls

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine  # needs greenlet, an extra of the servers' drivers

T = TypeVar("T")
Work = Callable[[Connection], T]

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
CONNECT_SECONDS: Final = 5.0
HEARD_SECONDS: Final = 1.0
"""How old the server's time may be when a read begins; between, this machine's clock carries it on."""


class Turn(NamedTuple):
    """What the statement that takes the turn reads: the server's clock in microseconds since 1970, the state's row, and
    why nothing may be written here, if so.
    """

    clock: int
    state: Row
    moved: str | None


class ServerDialect(SqlDialect, Protocol):
    """What a server's dialect says beyond: how transactions begin and end. Runs on a Connection as all of it does."""

    def engine(self, url: URL, *, writer: bool) -> "AsyncEngine":
        """An engine without a pool and without transactions of its own, each connection set up for its work."""
        ...

    def begin_writing(self, connection: Connection) -> Turn:
        """Begin a transaction and wait for the turn."""
        ...

    def begin_reading(self, connection: Connection) -> None:
        """Begin a transaction that sees one snapshot and changes nothing."""
        ...

    def commit(self, connection: Connection) -> None:
        """COMMIT, and nothing else than that: a transaction that failed before must raise."""
        ...

    def rollback(self, connection: Connection) -> None: ...

    def begin_migrating(self, connection: Connection) -> None:
        """Begin a transaction, where the tables can be changed in one, and wait for others who migrate to be done."""
        ...

    def clock(self, connection: Connection) -> int:
        """The server's time in microseconds since 1970."""
        ...

    def require_fit(self, connection: Connection) -> None:
        """Raises NotDurable for a server that would not keep a commit, StoreUnavailable for one that takes none."""
        ...

    def create_database(self, connection: Connection, name: str) -> None:
        """Beside the one that the connection is for."""
        ...

    def drop_database(self, connection: Connection, name: str) -> None:
        """With whatever is connected to it."""
        ...

    def lost(self, error: Exception) -> bool:
        """Whether the connection is of no use after this error."""
        ...

    def settled(self, error: Exception) -> bool:
        """Whether this error, as the answer to COMMIT, says for certain that nothing was committed."""
        ...

    def driver_errors(self) -> tuple[type[Exception], ...]:
        """What the driver, and SQLAlchemy on its behalf, raise."""
        ...


class ServerClock:
    """The time of the server, as it was heard last and has passed here since: called, microseconds since 1970."""

    def __init__(self) -> None:
        self._ahead = time.time_ns() // 1_000 - time.monotonic_ns() // 1_000
        self._heard = -HEARD_SECONDS

    def __call__(self) -> int:
        return time.monotonic_ns() // 1_000 + self._ahead

    def hear(self, clock: int) -> None:
        """What the server's clock showed a moment ago."""
        self._ahead = clock - time.monotonic_ns() // 1_000
        self._heard = time.monotonic()

    @property
    def stale(self) -> bool:
        """Whether it is time to hear the server again."""
        return time.monotonic() - self._heard >= HEARD_SECONDS


class ServerDatabase:
    """A database of a server, reached by `url`. Connections are made when needed, and anew when they are lost."""

    def __init__(
        self,
        url: str,
        dialect: ServerDialect,
        *,
        readers: int = 4,
        clock: ServerClock | None = None,
        guard: Guard = require_here,
    ) -> None:
        self.url = make_url(url)
        self.guard = guard
        self.dialect = dialect
        self.clock = clock or ServerClock()
        self.calls = Calls()
        self._errors = dialect.driver_errors()
        self._writing = _Line(self, writer=True)
        self._reading = _Line(self, writer=False)
        self._turn = asyncio.Lock()
        self._writer: AsyncConnection | None = None
        self._idle: list[AsyncConnection] = []
        self._readers = asyncio.Semaphore(readers)
        self._closed = False

    async def open(self) -> None:
        """Connect the writer. Raises NotDurable, StoreUnavailable."""
        self._writer = await self._writing.connect()

    async def close(self) -> None:
        async with self._turn:
            self._closed = True
            writer, self._writer = self._writer, None
            if writer is not None:
                await drop(writer)
        while self._idle:
            await drop(self._idle.pop())
        await self._writing.engine.dispose()
        await self._reading.engine.dispose()

    @property
    def where(self) -> str:
        """What people call it, without its password."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    def translate(self, error: Exception) -> Exception:
        return self.dialect.translate(error)

    async def reach(self) -> None:
        """Return if it answers a reader. Raises StoreError."""
        with self.calls.one():
            await self.read(_nothing)

    # -- writing ------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["_ServerSession"]:
        async with self._turn:
            with self.calls.one():  # to begin is to be answered, and to connect again where that is needed
                session = await self._begin()
            try:
                yield session
            finally:
                if not await session.leave():
                    self._writer = None

    async def _begin(self) -> "_ServerSession":
        """A transaction that has the turn; on a new connection, where the one that there was turns out to be lost."""
        if self._closed:
            raise StoreUnavailable("the database is closed")
        fresh = self._writer is None
        writer = self._writer = self._writer or await self._writing.connect()
        session = _ServerSession(self, writer)
        try:
            await session.begin()
        except BaseException as error:
            if not await session.leave():
                self._writer = None
                if not fresh and isinstance(error, Contention):
                    return await self._begin()
            raise
        return session

    async def write(self, work: Work[T]) -> T:
        async with self.writing() as session:
            return await session.finish(work)

    async def migrate(self, work: Work[T]) -> T:
        """Do this, which changes tables, alone."""

        def run(connection: Connection) -> T:
            self.dialect.begin_migrating(connection)
            result = work(connection)
            self.dialect.commit(connection)
            return result

        return await self.alone(run)

    async def alone(self, work: Work[T]) -> T:
        """Do this over a connection of its own, in no transaction but one that it begins itself."""
        connection = await self._writing.connect()
        try:
            return await connection.run_sync(work)
        except self._errors as error:
            raise self.translate(error) from error
        finally:
            await drop(connection)

    # -- reading ------------------------------------------------------------------------------------------------------

    async def read(self, work: Work[T]) -> T:
        async with self._readers:
            while True:
                known = bool(self._idle)
                connection = self._idle.pop() if known else await self._reading.connect()
                kept = False
                try:
                    result = await connection.run_sync(self._read, work)
                    kept = True
                    return result
                except self._errors as error:
                    if self.dialect.lost(error):
                        if known:
                            continue  # it was lost while nobody used it, and has changed nothing
                    else:
                        kept = await self._rolled_back(connection)
                    raise self.dialect.translate(error) from error
                except Exception:
                    kept = await self._rolled_back(connection)
                    raise
                finally:
                    if kept and not self._closed:
                        self._idle.append(connection)
                    else:
                        await drop(connection)

    def _read(self, connection: Connection, work: Work[T]) -> T:
        self.dialect.begin_reading(connection)
        if self.clock.stale:
            self.clock.hear(self.dialect.clock(connection))
        result = work(connection)
        self.dialect.rollback(connection)
        return result

    async def glance(self, work: Work[T]) -> T:
        # Beside the writers: it need not wait for its turn.
        return await self.read(work)

    async def _rolled_back(self, connection: "AsyncConnection") -> bool:
        try:
            await connection.run_sync(self.dialect.rollback)
        except self._errors:
            return False
        return True


class _Line:
    """Makes connections of one purpose; after one that failed not before a pause, longer each time."""

    def __init__(self, database: ServerDatabase, *, writer: bool) -> None:
        self.engine = database.dialect.engine(database.url, writer=writer)
        self._database = database
        self._writer = writer
        self._pause = 0.0
        self._not_before = 0.0
        self._failure: Exception | None = None

    async def connect(self) -> "AsyncConnection":
        """Raises NotDurable, StoreUnavailable."""
        if self._failure is not None and time.monotonic() < self._not_before:
            raise self._unreachable(self._failure)
        dialect = self._database.dialect
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await self.engine.connect()
        except self._database.dialect.driver_errors() as error:
            self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
            self._not_before = time.monotonic() + self._pause
            self._failure = error
            raise self._unreachable(error) from error
        self._failure, self._pause = None, 0.0
        try:
            if self._writer:
                await connection.run_sync(dialect.require_fit)
            self._database.clock.hear(await connection.run_sync(dialect.clock))
        except BaseException as error:
            await drop(connection)
            if isinstance(error, dialect.driver_errors()):
                raise self._unreachable(error) from error
            raise
        return connection

    def _unreachable(self, error: Exception) -> StoreUnavailable:
        told = str(getattr(error, "orig", None) or error) or type(error).__name__
        return StoreUnavailable(
            f"{self._database.where} cannot be reached: {told.strip().splitlines()[0]}: "
            "start the server, or correct ENTREPOT_DATABASE__URL"
        )


async def drop(connection: "AsyncConnection") -> None:
    """Close it, whatever state it is in; what it has open is rolled back by the server."""
    with suppress(Exception):
        await connection.invalidate()
    with suppress(Exception):
        await connection.close()


def _nothing(_: Connection) -> None:
    """What is done to see that it could be."""


class _ServerSession:
    """One write transaction of the writing connection."""

    def __init__(self, database: ServerDatabase, connection: "AsyncConnection") -> None:
        self._database = database
        self._dialect = database.dialect
        self._connection = connection
        self._open = True
        self._usable = True
        self.state: Row | None = None

    async def begin(self) -> None:
        turn = await self.run(self._dialect.begin_writing)
        self._database.clock.hear(turn.clock)
        self._database.guard(turn.moved)
        self.state = turn.state

    async def run(self, work: Work[T]) -> T:
        usable, self._usable = self._usable, False  # until it is known: a step may be cancelled halfway
        try:
            result = await self._connection.run_sync(work)
        except self._database.dialect.driver_errors() as error:
            if self._dialect.lost(error):
                # Nothing was committed, and on another connection it may well be.
                raise Contention(f"the connection was lost: {error}") from error
            self._usable = usable
            raise self._dialect.translate(error) from error
        except Exception:
            self._usable = usable
            raise
        self._usable = usable
        return result

    async def finish(self, work: Work[T]) -> T:
        result = await self.run(work)
        self._open = False
        committing = asyncio.ensure_future(self._commit())
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await asyncio.wait((committing,))
            raise
        return result

    async def _commit(self) -> None:
        try:
            await self._connection.run_sync(self._dialect.commit)
        except self._database.dialect.driver_errors() as error:
            if self._dialect.settled(error):
                raise self._dialect.translate(error) from error
            self._usable = False
            raise CommitUnknown(f"the answer to COMMIT was lost: {error}") from error

    async def leave(self) -> bool:
        """Roll back what was not finished; whether the connection can be used again."""
        if self._open and self._usable:
            self._open = False
            self._usable = await asyncio.shield(self._database._rolled_back(self._connection))
        if not self._usable:
            await asyncio.shield(drop(self._connection))
        return self._usable
