"""The outbox, its feed and the inbox in memory."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from adapters.memory.database import MemoryDatabase, OutboxRow
from application.kernel.outbox import PARTITIONS, Cursor, FeedGone, Lease, Message, Page, message_id
from application.kernel.ports import Codec, Reach, StoreError, pass_by


@dataclass(slots=True)
class _Partition:
    """The lease of a partition and its rows by number: those to publish, and those published, oldest first.

    The published begin after the position `purged`.
    """

    holder: str = ""
    token: int = 0
    leased_until: datetime | None = None
    purged: int = 0
    unpublished: deque[int] = field(default_factory=deque)
    published: deque[int] = field(default_factory=deque)

    @property
    def position(self) -> int:
        return self.purged + len(self.published)


class MemoryOutbox:
    """Outbox and feed over the memory database's rows, sorted by partition as they are first seen."""

    def __init__(self, database: MemoryDatabase, codec: Codec) -> None:
        self._database = database
        self._codec = codec
        self._table: dict[str, Any] = database.tables.setdefault("outbox", {"seen": 0})
        self._partitions: list[_Partition] = self._table.setdefault(
            "partitions", [_Partition() for _ in range(PARTITIONS)]
        )

    # -- the relay's side ---------------------------------------------------------------------------------------------

    async def pending(self) -> Collection[int]:
        self._see()
        return [number for number, partition in enumerate(self._partitions) if partition.unpublished]

    async def lease(self, holder: str, partitions: Collection[int], duration: timedelta) -> Collection[Lease]:
        async with self._database.writer:
            now, taken = self._database.now(), []
            for number in partitions:
                row = self._partitions[number]
                until = row.leased_until
                if row.holder == holder or until is None or not now < until <= now + duration:
                    row.holder, row.token, row.leased_until = holder, row.token + 1, now + duration
                    taken.append(Lease(number, row.token))
            return taken

    async def unpublished(self, partitions: Collection[int], limit: int) -> Mapping[int, Sequence[Message]]:
        self._see()
        return {
            number: [self._message(id) for id in islice(self._partitions[number].unpublished, limit)]
            for number in partitions
        }

    async def stamp(self, published: Mapping[Lease, Sequence[Message]], duration: timedelta) -> Collection[Lease]:
        async with self._database.writer:
            lost = [lease for lease in published if self._partitions[lease.partition].token != lease.token]
            for lease, messages in published.items():
                if lease in lost:
                    continue
                row = self._partitions[lease.partition]
                if [message.row for message in messages] != list(islice(row.unpublished, len(messages))):
                    raise StoreError("a message was published before, or out of turn")
                self._stamp(row, len(messages))
                row.leased_until = self._database.now() + duration
            return lost

    async def pass_on(self, leases: Collection[Lease], limit: int, duration: timedelta) -> Mapping[Lease, int]:
        async with self._database.writer:
            self._see()
            stamped: dict[Lease, int] = {}
            for lease in leases:
                row = self._partitions[lease.partition]
                if row.token == lease.token:
                    stamped[lease] = min(limit, len(row.unpublished))
                    self._stamp(row, stamped[lease])
                    if stamped[lease]:
                        row.leased_until = self._database.now() + duration
            return stamped

    def _stamp(self, row: _Partition, count: int) -> None:
        """Give its oldest rows their positions."""
        for _ in range(count):
            id = row.unpublished.popleft()
            row.published.append(id)
            self._database.outbox[id].position = row.position

    async def give_back(self, leases: Collection[Lease]) -> None:
        async with self._database.writer:
            for number, token in leases:
                row = self._partitions[number]
                if row.token == token:
                    row.holder, row.leased_until = "", None

    async def purge(self, keep: timedelta, limit: int) -> int:
        async with self._database.writer:
            before, deleted = self._database.earlier() - keep, 0
            for row in self._partitions:
                while row.published and deleted < limit and self._database.outbox[row.published[0]].event.at < before:
                    del self._database.outbox[row.published.popleft()]
                    row.purged += 1
                    deleted += 1
            return deleted

    # -- the feed -----------------------------------------------------------------------------------------------------

    async def end(self) -> Cursor:
        return self._cursor([row.position for row in self._partitions])

    async def read(self, tenant: str | None, after: Cursor | None, limit: int) -> Page:
        oldest = self._cursor([row.purged for row in self._partitions])
        start = oldest if after is None else after
        if start.epoch != oldest.epoch or any(
            not row.purged <= place <= row.position
            for row, place in zip(self._partitions, start.positions, strict=True)
        ):
            raise FeedGone("what follows this place is not kept here", oldest=oldest.text())
        share = max(1, limit // PARTITIONS)
        found: list[Message] = []
        places: list[int] = []
        for row, place in zip(self._partitions, start.positions, strict=True):
            ids = list(islice(row.published, place - row.purged, place - row.purged + share))
            found += (self._message(id) for id in ids if tenant in (None, self._database.outbox[id].tenant))
            places.append(place + len(ids))
        more = any(place < row.position for row, place in zip(self._partitions, places, strict=True))
        return Page(found, self._cursor(places), more)

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _cursor(self, positions: Sequence[int]) -> Cursor:
        return Cursor(self._database.epoch, tuple(positions))

    def _see(self) -> None:
        """Sort in the rows that were written since the last look."""
        for id in range(self._table["seen"] + 1, self._database.next_event):
            row: OutboxRow = self._database.outbox[id]
            self._partitions[row.partition].unpublished.append(id)
        self._table["seen"] = self._database.next_event - 1

    def _message(self, id: int) -> Message:
        row, epoch = self._database.outbox[id], self._database.epoch
        event = row.event
        return Message(
            message_id(epoch, id),
            epoch,
            row.tenant,
            row.partition,
            event.subject,
            event.number,
            event.type,
            self._codec.encode(event.data),
            None if event.act is None else event.act.request,
            event.at,
            row.trace,
        )


class Staged:
    """What an effect writes, over the tables of the memory database: kept as a whole, or not at all."""

    def __init__(self, tables: Mapping[str, Mapping[Any, Any]]) -> None:
        self._tables = tables
        self.written: dict[str, dict[Any, Any]] = {}

    def get(self, table: str, key: Any, default: Any = None) -> Any:
        staged = self.written.get(table, {})
        return staged[key] if key in staged else self._tables.get(table, {}).get(key, default)

    def put(self, table: str, key: Any, value: Any) -> None:
        self.written.setdefault(table, {})[key] = value


class MemoryInbox:
    """The inbox in memory; an effect writes through a Staged."""

    def __init__(self, database: MemoryDatabase, reach: Reach = pass_by) -> None:
        self._database = database
        self._reach = reach
        self._taken: dict[tuple[str, str], datetime] = database.tables.setdefault("inbox", {})

    async def once(self, consumer: str, message: Message, effect: Callable[[Staged], None]) -> bool:
        async with self._database.writer:
            if (consumer, message.id) in self._taken:
                return False
            staged = Staged(self._database.tables)
            effect(staged)
            self._reach("inbox.effected")
            for table, rows in staged.written.items():
                self._database.tables.setdefault(table, {}).update(rows)
            self._taken[consumer, message.id] = self._database.now()
        self._reach("inbox.committed")
        return True

    async def purge(self, keep: timedelta, limit: int) -> int:
        async with self._database.writer:
            before = self._database.earlier() - keep
            # Written in the order of time, so the oldest come first.
            old = [place for place, at in islice(self._taken.items(), limit) if at < before]
            for place in old:
                del self._taken[place]
            return len(old)
