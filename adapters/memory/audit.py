"""What an audit reads, the seals and the history in memory. Whatever does not await sees one committed state."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from adapters.memory.database import MemoryDatabase
from application.kernel.events import BalancesChanged
from application.kernel.ledger_time import micros
from application.reconciliation.ports import Inspected, MakeLine, Passing, Period
from domain.kernel.account import AccountKey
from domain.kernel.books import Entry, Movement
from domain.reconciliation.inspected import (
    NOTHING_SEALED,
    Archived,
    InspectedAccount,
    InspectedReservation,
    Posting,
    Seal,
    SealedLine,
    Standing,
    State,
    Told,
)

T = TypeVar("T")
Place = tuple[str, AccountKey]


class MemoryAuditSource:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def inspect(self, look: Callable[[Inspected], T]) -> T:
        return look(MemoryInspected(self._database))


class MemoryInspected:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._seals: dict[int, Seal] = database.tables.setdefault("seal", {})
        self._lines: dict[Place, list[SealedLine]] = database.tables.setdefault("sealed", {})

    def state(self) -> State:
        database = self._database
        purged: dict[str, int] = database.tables.get("purged", {})
        partitions: list[Any] = database.tables.get("outbox", {}).get("partitions", [])
        return State(
            micros(database.committed_at),
            database.next_event - 1,
            len(database.outbox),
            sum(partition.purged for partition in partitions),
            purged.get("request", 0),
            purged.get("tombstone", 0),
            self._seals[max(self._seals)] if self._seals else None,
        )

    def seals(self) -> Iterator[Seal]:
        return (self._seals[number] for number in sorted(self._seals))

    def archives(self) -> Sequence[Archived]:
        kept: dict[int, Archived] = self._database.tables.get("archive", {})
        return [kept[seal] for seal in sorted(kept)]

    def reservations(self, changed_since: int) -> Iterator[InspectedReservation]:
        database = self._database
        for tenant, kept in database.reservations.items():
            for id, reservation in kept.items():
                row = database.deadlines.get((tenant, id))
                deadline = None if row is None else (row.number, row.due)
                yield InspectedReservation(tenant, id, reservation, reservation.status, deadline)

    def stray_deadlines(self) -> Iterator[tuple[str, str]]:
        database = self._database
        return ((tenant, id) for tenant, id in database.deadlines if id not in database.reservations.get(tenant, {}))

    def accounts(self, *, from_seal: bool) -> Iterator[tuple[InspectedAccount, Iterator[Posting]]]:
        for tenant, key in self.places():
            account = self._database.accounts.get(tenant, {}).get(key)
            standing = None if account is None else Standing(account.version, tuple(account.balances), account.floor)
            lines = tuple(self._lines.get((tenant, key), ()))[-1 if from_seal else 0 :]
            since = lines[-1].version if from_seal and lines else 0
            yield InspectedAccount(tenant, key, str(key), standing, lines), self.postings(tenant, key, since)

    def places(self) -> Iterator[Place]:
        """Every account, and what has movements without being one."""
        database = self._database
        for tenant in dict.fromkeys((*database.accounts, *database.movements)):
            accounts, journal = database.accounts.get(tenant, {}), database.movements.get(tenant, {})
            for key in dict.fromkeys((*journal, *accounts)):
                yield tenant, key

    def postings(self, tenant: str, key: AccountKey, since: int) -> Iterator[Posting]:
        """The account's movements from that version on."""
        requests = self._database.requests.get(tenant, {})
        for movement in self._database.movements.get(tenant, {}).get(key, ()):
            if movement.version >= since:
                kept = requests.get(movement.act.request)
                yield _posting(movement, None if kept is None else kept.number)

    def told(self) -> Iterator[Told]:
        database = self._database
        rows: list[tuple[str, str, int, Told]] = []
        for tenant, accounts in database.accounts.items():
            for key, account in accounts.items():
                subject = f"account:{key}"
                rows.append((tenant, subject, 0, Told(tenant, subject, None, account.version, 0)))
        for tenant, reservations in database.reservations.items():
            for id, reservation in reservations.items():
                subject = f"reservation:{id}"
                rows.append((tenant, subject, 0, Told(tenant, subject, None, reservation.events, 0)))
        for row in database.outbox.values():
            event = row.event
            before = event.data.version_before if isinstance(event.data, BalancesChanged) else event.number - 1
            told = Told(row.tenant, event.subject, before, event.number, micros(event.at))
            rows.append((row.tenant, event.subject, row.id, told))
        return (row[-1] for row in sorted(rows, key=lambda row: row[:3]))


def _posting(movement: Movement, kept: int | None) -> Posting:
    act = movement.act
    return Posting(
        movement.version,
        movement.kind.name,
        movement.quantity,
        tuple(movement.after),
        movement.floor,
        act.number,
        movement.subject,
        movement.scene,
        movement.reason,
        micros(movement.at),
        act.request,
        act.command,
        act.actor,
        act.principal,
        kept,
    )


class MemorySealStore:
    """Seals everything in one step, which no other closing can come between."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def begin(self) -> Period:
        database = self._database
        before = MemoryInspected(database).state().seal
        number = before.number + 1 if before else 1
        return Period(number, micros(database.committed_at), database.next_number - 1, before)

    async def seal_some(
        self, period: Period, after: int, most: int, make: MakeLine
    ) -> tuple[int | None, list[SealedLine]]:
        ledger = MemoryInspected(self._database)
        made: dict[Place, SealedLine] = {}
        lines: dict[Place, list[SealedLine]] = self._database.tables.setdefault("sealed", {})
        for account, _ in ledger.accounts(from_seal=True):
            if account.key is None:
                continue
            opening = account.sealed[-1] if account.sealed else NOTHING_SEALED
            since = [
                posting
                for posting in ledger.postings(account.tenant, account.key, opening.version + 1)
                if posting.command <= period.command
            ]
            if since:
                made[account.tenant, account.key] = make(account, opening, iter(since))
        for place, line in made.items():
            lines.setdefault(place, []).append(line)
        return None, list(made.values())

    async def close(self, period: Period, seal: Seal) -> None:
        self._database.tables.setdefault("seal", {})[seal.number] = seal


class MemoryHistory:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def now(self) -> datetime:
        return min(self._database.committed_at, self._database.earlier())

    async def purge_requests(self, before: datetime, limit: int) -> int:
        deleted = 0
        async with self._database.writer:
            for kept in self._database.requests.values():
                old = [id for id, row in kept.items() if row.at < before][: limit - deleted]
                for id in old:
                    del kept[id]
                deleted += len(old)
            self._mark("request", before, deleted)
        return deleted

    async def purge_tombstones(self, before: datetime, limit: int) -> int:
        deleted = 0
        async with self._database.writer:
            for kept in self._database.reservations.values():
                old = [id for id, row in kept.items() if row.is_tombstone and row.changed_at < before]
                for id in old[: limit - deleted]:
                    del kept[id]
                    deleted += 1
            self._mark("tombstone", before, deleted)
        return deleted

    async def purge_entries(self, passing: Passing, before: datetime, limit: int) -> int:
        database, deleted = self._database, 0
        async with database.writer:
            for tenant, entries in database.entries.items():
                old = [key for key, entry in entries.items() if _passed(entry, passing, before)][: limit - deleted]
                for key in old:
                    del entries[key]
                    del database.entry_changes[tenant, key]
                deleted += len(old)
        return deleted

    async def old_entries(
        self, register: str, but: Mapping[str, Any], before: datetime, limit: int
    ) -> Sequence[tuple[str, str]]:
        old = [
            (tenant, entry.key.code)
            for tenant, entries in self._database.entries.items()
            for entry in entries.values()
            if _passed(entry, Passing(register), before) and entry.facts != but
        ]
        return old[:limit]

    def _mark(self, what: str, before: datetime, deleted: int) -> None:
        marks: dict[str, int] = self._database.tables.setdefault("purged", {})
        if deleted:
            marks[what] = max(micros(before), marks.get(what, 0))


def _passed(entry: Entry, passing: Passing, before: datetime) -> bool:
    return (
        entry.key.register == passing.register
        and (passing.facts is None or entry.facts == passing.facts)
        and entry.changed_at is not None
        and entry.changed_at < before
    )
