"""Reads that are asked for at once, in one transaction: what a read costs besides its rows is paid once for all."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from contextvars import Context
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection

from adapters.sql.database import Reads, SqliteDatabase
from application.kernel.ports import StoreUnavailable

T = TypeVar("T")

Seen = dict[Hashable, Any]
"""What this snapshot was asked already, and what it said: a key names the tenant where a statement does."""

Look = Callable[[Connection, Seen], T]
"""One of the reads of a round. It may be run again, of a later snapshot and with nothing seen."""

MOST: Final = 32
"""Most reads of a round."""

UNDER_WAY: Final = 4
"""Most rounds at a time, of a server; on SQLite one, for two would only take turns at the interpreter."""


class _Asked(NamedTuple):
    look: Look[Any]
    answer: asyncio.Future[Any]


class ReadRounds:
    """Gathers what is asked for within a turn of the event loop, and while all rounds are under way.

    A read is of a commit that is no older than itself: none joins a round that has begun. One that was cancelled is
    left out. Where a round fails each of it is read alone, so that every read fails of its own fault only.
    """

    def __init__(self, database: Reads) -> None:
        self._database = database
        self._most = 1 if isinstance(database, SqliteDatabase) else UNDER_WAY
        self._waiting: deque[_Asked] = deque()
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._called = False

    async def read(self, look: Look[T]) -> T:
        """What is seen of the last commit. Raises what `look` raises, StoreError."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(look, answer))
        self._call()
        return await answer

    def _call(self) -> None:
        if not self._called and self._waiting and self._under_way < self._most:
            self._called = True
            # In nobody's context: a round is not a part of the request that happened to come first.
            asyncio.get_running_loop().call_soon(self._begin, context=Context())

    def _begin(self) -> None:
        self._called = False
        while self._waiting and self._under_way < self._most:
            together: list[_Asked] = []
            while self._waiting and len(together) < MOST:
                asked = self._waiting.popleft()
                if not asked.answer.done():
                    together.append(asked)
            if together:
                round_ = asyncio.get_running_loop().create_task(self._round(together))
                self._tasks.add(round_)
                round_.add_done_callback(self._tasks.discard)
                self._under_way += 1

    def _ended(self) -> None:
        self._under_way -= 1
        self._call()

    async def _round(self, together: list[_Asked]) -> None:
        try:
            found = await self._read(together)
        except asyncio.CancelledError:  # asked for by nobody who waits here: none of them waits for what never comes
            for asked in together:
                if not asked.answer.done():
                    asked.answer.set_exception(StoreUnavailable("the read was given up"))
            raise
        finally:
            self._ended()  # the next begins while these are handed out
        for asked, answer in zip(together, found, strict=True):
            if not asked.answer.done():
                asked.answer.set_result(answer)
                await asyncio.sleep(0)  # what follows may take a while: others have their turn in between

    async def _read(self, together: list[_Asked]) -> list[Any]:
        """What each has seen; those that were read alone are answered already."""
        if len(together) > 1:
            try:
                return await self._database.read(lambda connection: _all(connection, together))
            except Exception:
                await asyncio.gather(*map(self._alone, together))
        else:
            await self._alone(together[0])
        return [None] * len(together)

    async def _alone(self, asked: _Asked) -> None:
        if asked.answer.done():
            return
        try:
            found = await self._database.read(lambda connection: asked.look(connection, {}))
        except Exception as error:
            if not asked.answer.done():
                asked.answer.set_exception(error)
        else:
            if not asked.answer.done():
                asked.answer.set_result(found)


def _all(connection: Connection, together: list[_Asked]) -> list[Any]:
    seen: Seen = {}
    return [asked.look(connection, seen) for asked in together]
