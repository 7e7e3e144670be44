"""The outbox: events are written with what they tell of, then published by one relay per partition, in order."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from domain.kernel.refusal import InvalidInput, Refusal

PARTITIONS: Final = 16
"""How many partitions events are spread over; fixed for the life of an installation."""


def partition_of(tenant: str, subject: str) -> int:
    """The partition of an event: CRC-32 of the UTF-8 key, so that every process and version agrees."""
    return zlib.crc32(f"{tenant}/{subject}".encode()) % PARTITIONS


@dataclass(frozen=True, slots=True)
class Message:
    """One event as it is published; `data` is its JSON, `at` the ledger's time of the transaction that told it.

    `id` is unique for ever: the epoch and the number of the outbox row. A restored backup begins a new epoch, because
    what was told after the backup may be told again otherwise. Order is kept per key, the tenant and the `subject`,
    whose events `number` counts. `request` is the id of the request that caused it, if one did; `trace` its place in
    the trace that was recorded then (W3C traceparent), if one was.
    """

    id: str
    epoch: int
    tenant: str
    partition: int
    subject: str
    number: int
    type: str
    data: bytes
    request: str | None
    at: datetime
    trace: str | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What order is kept by."""
        return self.tenant, self.subject

    @property
    def row(self) -> int:
        """The number of its outbox row."""
        return int(self.id.partition("-")[2])


def message_id(epoch: int, row: int) -> str:
    return f"{epoch}-{row}"


class Lease(NamedTuple):
    """The right to publish a partition. `token` rises with every taking, so an older one can stamp no more."""

    partition: int
    token: int


class Outbox(Protocol):
    """The rows to publish, as the relay sees them. Raises StoreError."""

    async def pending(self) -> Collection[int]:
        """The partitions that hold unpublished rows."""
        ...

    async def lease(self, holder: str, partitions: Collection[int], duration: timedelta) -> Collection[Lease]:
        """Take those of the partitions that nobody else holds; the holder's own are taken anew.

        A lease that ends later than one taken now would was written by a clock since set back: it is free.
        """
        ...

    async def unpublished(self, partitions: Collection[int], limit: int) -> Mapping[int, Sequence[Message]]:
        """Up to `limit` unpublished rows of each partition, in the order to publish them."""
        ...

    async def stamp(self, published: Mapping[Lease, Sequence[Message]], duration: timedelta) -> Collection[Lease]:
        """Give each message the next position of its partition, in order, and hold the lease on for `duration`.

        Nothing is stamped under a lease that another has taken since: those are returned.
        """
        ...

    async def pass_on(self, leases: Collection[Lease], limit: int, duration: timedelta) -> Mapping[Lease, int]:
        """Stamp up to `limit` unpublished rows of each partition, as `stamp` does, unread: nobody listens.

        How many of each were stamped. Nothing is under a lease that another has taken since: those are not in it.
        Where there was something, the lease is held on.
        """
        ...

    async def give_back(self, leases: Collection[Lease]) -> None:
        """Let others take these at once; those lost meanwhile are passed over."""
        ...

    async def purge(self, keep: timedelta, limit: int) -> int:
        """Delete up to `limit` rows published, and older than `keep`; how many. A partition's oldest go first."""
        ...


class FeedGone(Refusal):
    """What follows this place is no longer kept, or never was.

    Read the state anew, then go on from `oldest`.
    """

    code = "feed.gone"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed: the position reached in every partition. Opaque to those who read the feed."""

    epoch: int
    positions: tuple[int, ...]

    def text(self) -> str:
        return ".".join(format(number, "x") for number in (self.epoch, *self.positions))

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises InvalidInput for what `text` did not give."""
        parts = text.split(".") if len(text) <= 17 * (PARTITIONS + 1) else []
        if len(parts) != PARTITIONS + 1 or not all(
            0 < len(part) <= 16 and set(part) <= set("0123456789abcdef") for part in parts
        ):
            raise InvalidInput("`after` is not a place that the feed gave", field="after")
        epoch, *positions = (int(part, 16) for part in parts)
        return cls(epoch, tuple(positions))


class Page(NamedTuple):
    """Messages of the feed and the place after them. `more`: there is another page already."""

    messages: Sequence[Message]
    after: Cursor
    more: bool


class OutboxFeed(Protocol):
    """What was published, for those who fetch it: order is kept per key, not between partitions."""

    async def read(self, tenant: str | None, after: Cursor | None, limit: int) -> Page:
        """A tenant's messages (None: everyone's) after a place (None: from the oldest kept).

        Looks at `limit` messages at most, all tenants', at least one a partition, and goes past those of others: a
        page may be empty and still not be the last. Raises FeedGone.
        """
        ...

    async def end(self) -> Cursor:
        """The place after all that is published now."""
        ...
