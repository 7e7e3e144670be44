"""Faults in front of a real store: an error before or after a step, an answer lost, a store that waits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from application.kernel.command import Records
from application.kernel.ports import Changes, LedgerBatch, LedgerStore, Loaded
from domain.kernel.account import AccountKey
from domain.kernel.books import EntryKey

Plan = Callable[[Sequence[Changes]], Exception | None]


def no_fault(_changes: Sequence[Changes]) -> Exception | None:
    return None


class FaultyStore:
    """A store with faults planted around it. Underneath is a real one.

    `before_save` and `after_save` see what is being written and may give the error to raise: before, nothing is kept;
    after, everything is, and the answer is lost. `opening` errors are raised, in order, where a batch begins. While
    `gate` is cleared, no batch begins; `knocked` is set when the first one wants to.
    """

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self.before_save: Plan = no_fault
        self.after_save: Plan = no_fault
        self.opening: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = 0
        self.knocked = asyncio.Event()

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[LedgerBatch]:
        self.begun += 1
        self.knocked.set()
        await self.gate.wait()
        if self.opening:
            raise self.opening.pop(0)
        async with self._store.batch() as batch:
            yield _FaultyBatch(self, batch)


class _FaultyBatch:
    def __init__(self, faults: FaultyStore, batch: LedgerBatch) -> None:
        self._faults = faults
        self._batch = batch

    async def records(
        self, reservations: Mapping[str, Collection[str]], entries: Mapping[str, Collection[EntryKey]]
    ) -> Mapping[str, Records]:
        return await self._batch.records(reservations, entries)

    async def load(
        self, accounts: Mapping[str, Collection[AccountKey]], requests: Mapping[str, Collection[str]]
    ) -> Loaded:
        return await self._batch.load(accounts, requests)

    async def save(self, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        if error := self._faults.before_save(changes):
            raise error
        await self._batch.save(now, used, changes)
        if error := self._faults.after_save(changes):
            raise error
