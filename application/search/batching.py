"""Batching: what comes from many at once is written together, while the batch before is under way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from application.search.documents import Document, Ref
from application.search.ports import DocumentRefused, Taken

MOST: Final = 500
"""Documents of one batch, those of one caller more or less."""

Put = Callable[[Sequence[Document]], Awaitable[Taken]]


@dataclass(slots=True, eq=False)
class _Given:
    documents: Sequence[Document]
    settled: "asyncio.Future[None]"


class Batching:
    """Writes documents in batches, one at a time, and answers each caller when its own are kept.

    Of several versions of a document in one batch only the latest is written. Where the index refuses one, the batch
    is written again caller by caller, so that the refusal meets whom it concerns.
    """

    def __init__(self, put: Put, most: int = MOST) -> None:
        self._put = put
        self._most = most
        self._waiting: list[_Given] = []
        self._writing: asyncio.Task[None] | None = None
        self.taken = Taken(0, 0)

    async def __call__(self, documents: Sequence[Document]) -> None:
        """Raises IndexUnavailable, DocumentRefused, and whatever else the index raises."""
        if not documents:
            return
        loop = asyncio.get_running_loop()
        given = _Given(documents, loop.create_future())
        self._waiting.append(given)
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write(), name="search-batches")
        await given.settled

    async def _write(self) -> None:
        while self._waiting:
            batch: list[_Given] = []
            count = 0
            while self._waiting and (not batch or count + len(self._waiting[0].documents) <= self._most):
                batch.append(self._waiting.pop(0))
                count += len(batch[-1].documents)
            try:
                await self._write_one(batch)
            finally:
                for given in batch:  # only where this task is cancelled is anything left
                    given.settled.cancel()

    async def _write_one(self, batch: Sequence[_Given]) -> None:
        try:
            await self._count(latest(each for given in batch for each in given.documents))
        except DocumentRefused as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            for given in batch:
                await self._write_one([given])
        except Exception as error:
            _fail(batch, error)
        else:
            for given in batch:
                if not given.settled.done():
                    given.settled.set_result(None)

    async def _count(self, documents: Sequence[Document]) -> None:
        written, known = await self._put(documents)
        self.taken = Taken(self.taken.written + written, self.taken.known + known)


def _fail(batch: Sequence[_Given], error: Exception) -> None:
    for given in batch:
        if not given.settled.done():
            given.settled.set_exception(error)


def latest(documents: Iterable[Document]) -> Sequence[Document]:
    """Each document once, in its latest version."""
    found: dict[tuple[str, Ref], Document] = {}
    for each in documents:
        known = found.get((each.kind.name, each.ref))
        if known is None or known.version < each.version:
            found[each.kind.name, each.ref] = each
    return list(found.values())
