"""The ledger in memory."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.memory.database import DeadlineRow, KeptRequest, MemoryDatabase, OutboxRow
from application.kernel.command import Records
from application.kernel.outbox import partition_of
from application.kernel.ports import Changes, Contention, KeptReply, KeyTaken, Loaded, Reach, StoreError, pass_by
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import EntryKey
from domain.kernel.quantity import MAX_BALANCE


class MemoryLedgerStore:
    """One writer at a time; what a batch read cannot change before it ends; a batch that is left is forgotten."""

    def __init__(self, database: MemoryDatabase, reach: Reach = pass_by) -> None:
        self._database = database
        self._reach = reach

    @asynccontextmanager
    async def batch(self) -> AsyncIterator["MemoryLedgerBatch"]:
        async with self._database.writer:
            self._reach("begun")
            yield MemoryLedgerBatch(self._database, self._reach)


class MemoryLedgerBatch:
    def __init__(self, database: MemoryDatabase, reach: Reach) -> None:
        self._database = database
        self._reach = reach

    async def records(
        self, reservations: Mapping[str, Collection[str]], entries: Mapping[str, Collection[EntryKey]]
    ) -> Mapping[str, Records]:
        database = self._database
        found = {}
        for tenant in reservations.keys() | entries.keys():
            kept = database.reservations.get(tenant, {})
            known = database.entries.get(tenant, {})
            loaded = {id: kept.get(id) for id in reservations.get(tenant, ())}
            for id, reservation in loaded.items():
                row = database.deadlines.get((tenant, id))
                if reservation is not None and row is not None:
                    loaded[id] = replace(reservation, token=row.token)
            found[tenant] = Records(loaded, {key: known.get(key) for key in entries.get(tenant, ())})
        self._reach("records.loaded")
        return found

    async def load(
        self, accounts: Mapping[str, Collection[AccountKey]], requests: Mapping[str, Collection[str]]
    ) -> Loaded:
        database = self._database
        loaded = {}
        now = database.now()
        for tenant, keys in accounts.items():
            known = database.accounts.get(tenant, {})
            mine = loaded[tenant] = {key: known.get(key) or Account(key) for key in keys}
            now = max(now, *(account.changed_at for account in mine.values())) if mine else now
        self._reach("accounts.loaded")
        replies = {
            tenant: {id: _kept(row) for id in ids if (row := database.requests.get(tenant, {}).get(id))}
            for tenant, ids in requests.items()
        }
        self._reach("replies.loaded")
        return Loaded(now, database.next_number, loaded, replies)

    async def save(self, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        for each in changes:
            self._check(each)
        for step in ("replies", "accounts", "movements", "reservations", "deadlines", "entries", "events"):
            self._reach(f"written.{step}")
        for each in changes:
            self._apply(each, now)
        self._database.next_number += used
        self._database.committed_at = now
        self._database.now()  # from here it goes on, whatever is done to the clock
        self._reach("committed")

    def _check(self, changes: Changes) -> None:
        """What a database would guard by constraints."""
        database, tenant = self._database, changes.tenant
        taken = database.requests.get(tenant, {})
        if any(reply.request in taken for reply in changes.replies):
            raise KeyTaken("request id taken")
        known = database.accounts.get(tenant, {})
        for before, account in changes.accounts:
            if (known[account.key].version if account.key in known else 0) != before:
                raise Contention(f"{account.key} moved meanwhile")
            if not all(0 <= balance <= MAX_BALANCE for balance in account.balances):
                raise StoreError(f"{account.key} has an impossible balance: {account.balances}")

    def _apply(self, changes: Changes, now: datetime) -> None:
        database, tenant = self._database, changes.tenant
        requests = database.requests.setdefault(tenant, {})
        for reply in changes.replies:
            requests[reply.request] = KeptRequest(reply.number, reply.command, reply.digest, reply.reply, now)
        database.accounts.setdefault(tenant, {}).update({account.key: account for _, account in changes.accounts})
        journal = database.movements.setdefault(tenant, {})
        for movement in changes.movements:
            journal.setdefault(movement.account, []).append(movement)
            database.by_command.setdefault(movement.act.number, []).append(movement)
        kept = database.reservations.setdefault(tenant, {})
        for reservation in changes.reservations:
            kept[reservation.id] = reservation
            place = (tenant, reservation.id)
            if not reservation.awaits_deadline:
                database.deadlines.pop(place, None)
            elif reservation.due is not None:
                row = database.deadlines.get(place)
                if row is None or row.number != reservation.deadline:
                    database.deadlines[place] = DeadlineRow(reservation.deadline, reservation.due)
        entries = database.entries.setdefault(tenant, {})
        for entry in changes.entries:
            entries[entry.key] = entry
            database.entry_changes.pop((tenant, entry.key), None)
            database.entry_changes[tenant, entry.key] = database.next_change
            database.next_change += 1
        for event in changes.events:
            id = database.next_event
            database.next_event += 1
            trace = changes.traces.get((event.subject, event.number))
            database.outbox[id] = OutboxRow(id, tenant, partition_of(tenant, event.subject), event, trace)


def _kept(row: KeptRequest) -> KeptReply:
    def read(_type: Any) -> Any:
        return row.reply

    return KeptReply(row.command, row.digest, read)
