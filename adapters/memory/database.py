"""The memory database: what all memory adapters of one installation share."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from application.kernel.ledger_time import LedgerTime, machine_time, micros, moment
from domain.kernel.account import BEGINNING, Account, AccountKey
from domain.kernel.books import Entry, EntryKey, Event, Movement
from domain.kernel.reservation import Reservation


@dataclass(slots=True)
class KeptRequest:
    """An accepted request with its reply."""

    number: int
    command: str
    digest: bytes
    reply: object
    at: datetime


@dataclass(slots=True)
class DeadlineRow:
    """A due time that a worker may lease: `token` rises with each claim and fences the one before."""

    number: int
    due: datetime
    token: int = 0
    leased_until: datetime | None = None


@dataclass(slots=True)
class OutboxRow:
    """One event to publish; `position` is its place in its partition once it was published."""

    id: int
    tenant: str
    partition: int
    event: Event
    trace: str | None = None
    position: int | None = None


@dataclass
class MemoryDatabase:
    """Committed state only: a writer changes it in one step without awaiting, so readers never see half a batch.

    `entry_changes` holds the change number of every entry, the latest last.
    """

    time: LedgerTime = field(default_factory=machine_time)
    accounts: dict[str, dict[AccountKey, Account]] = field(default_factory=dict)
    movements: dict[str, dict[AccountKey, list[Movement]]] = field(default_factory=dict)
    by_command: dict[int, list[Movement]] = field(default_factory=dict)
    reservations: dict[str, dict[str, Reservation]] = field(default_factory=dict)
    entries: dict[str, dict[EntryKey, Entry]] = field(default_factory=dict)
    entry_changes: dict[tuple[str, EntryKey], int] = field(default_factory=dict)
    requests: dict[str, dict[str, KeptRequest]] = field(default_factory=dict)
    deadlines: dict[tuple[str, str], DeadlineRow] = field(default_factory=dict)
    outbox: dict[int, OutboxRow] = field(default_factory=dict)
    tables: dict[str, dict[Any, Any]] = field(default_factory=dict)
    epoch: int = 1
    next_number: int = 1
    next_event: int = 1
    next_change: int = 1
    committed_at: datetime = BEGINNING
    writer: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> datetime:
        """The ledger's time."""
        return moment(self.time.after(micros(self.committed_at)))

    def earlier(self) -> datetime:
        """The ledger's time or the clock's, whichever is earlier."""
        self.now()
        return moment(self.time.earlier())

    def clock(self) -> datetime:
        """What the clock shows."""
        return moment(self.time.clock())
