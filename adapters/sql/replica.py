"""Queries from a replica that is close behind; from the primary where it is not, or not known to be."""

import asyncio
import time
from collections import deque
from typing import Final, TypeVar

from sqlalchemy import Connection, select

from adapters.sql.account_reads import SOURCE
from adapters.sql.database import Reads
from adapters.sql.dialects.dialect import Query, SqlDialect, prepare
from adapters.sql.schema import state
from adapters.sql.server import ServerDatabase, Work
from application.kernel.ports import StoreError
from application.stock.queries import VersionNotReached

T = TypeVar("T")
Mark = tuple[int, int]
"""How far a database is: its epoch, and the number that its next command gets."""

REPLICA: Final = "replica"
"""The source that answers."""

SAMPLES: Final = 4
"""How often in the time of the lag the primary is asked how far it is."""


class Behind(Exception):
    """The replica may be further behind than it may."""


class ReplicaReads:
    """A replica that answers while what the primary had committed `lag` seconds ago is in it, else the primary.

    How far behind it is, no clock tells: while nothing is written the last commit grows old without anything being
    wrong, and what a replica says of itself is wrong once it is cut off. So the primary is asked, a few times in the
    time of the lag, how far it is, and the replica, in the very snapshot that answers, whether it has come so far.
    """

    def __init__(self, primary: Reads, replica: ServerDatabase, lag: float) -> None:
        self._primary = primary
        self._replica = replica
        self._lag = lag
        self._samples: deque[tuple[float, Mark]] = deque(maxlen=4 * SAMPLES)
        self._sampling: asyncio.Task[None] | None = None
        self._state = _mark_of(replica.dialect)

    @property
    def dialect(self) -> SqlDialect:
        return self._replica.dialect

    async def read(self, work: Work[T]) -> T:
        """As of a database. A version that the replica has not reached, the primary may have."""
        await self._sample()
        try:
            return await self._replica.read(lambda connection: self._answer(connection, work))
        except (Behind, VersionNotReached, StoreError):
            return await self._primary.read(work)

    def _answer(self, connection: Connection, work: Work[T]) -> T:
        reached, since = self._reached(connection), time.monotonic() - self._lag
        if not any(at >= since and mark <= reached for at, mark in self._samples):
            raise Behind
        connection.info[SOURCE] = REPLICA
        return work(connection)

    async def _sample(self) -> None:
        """Know how far the primary is: lately, or at least not longer ago than the lag; one asks for all."""
        age = time.monotonic() - self._samples[-1][0] if self._samples else self._lag
        if age < self._lag / SAMPLES:
            return
        if self._sampling is None or self._sampling.done():
            self._sampling = asyncio.create_task(self._ask())
        if age >= self._lag:
            await asyncio.shield(self._sampling)

    async def _ask(self) -> None:
        began = time.monotonic()
        try:
            self._samples.append((began, await self._primary.read(self._reached)))
        except StoreError:
            return  # without it nothing is newer than it was, until the replica is too far behind

    def _reached(self, connection: Connection) -> Mark:
        [(epoch, next_command)] = self._state(connection)
        return epoch, next_command

    async def close(self) -> None:
        if self._sampling is not None:
            await asyncio.wait((self._sampling,))
        await self._replica.close()


def _mark_of(dialect: SqlDialect) -> Query:
    return prepare(dialect, select(state.c.epoch, state.c.next_command))
