"""What the suites of outbox, broker, clock and deadlines stand on: one database, its ports, and time by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from application.kernel.broker import BrokerUnavailable, ParkedMessages
from application.kernel.call import Call
from application.kernel.command import Command
from application.kernel.deadlines import Deadlines
from application.kernel.group_commit import GroupCommitter
from application.kernel.inbox import Inbox
from application.kernel.ledger_time import LedgerTime
from application.kernel.outbox import Message, Outbox, OutboxFeed, partition_of
from application.kernel.ports import LedgerStore
from contracts.conformance.commands import Receive, Reserve
from domain.kernel.account import BEGINNING

TENANTS: Final = ("north", "south")
START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class HandClock:
    """A clock that moves when told to, and the true time beside it: `steady` seconds pass, `shown` is what it shows."""

    shown: datetime = START
    steady: float = 1_000.0

    def pass_by(self, by: timedelta) -> None:
        """Time passes, and the clock shows it."""
        self.steady += by.total_seconds()
        self.shown += by

    def jump(self, by: timedelta) -> None:
        """The clock is set, no time passes."""
        self.shown += by

    def moment(self) -> datetime:
        return self.shown

    def micros(self) -> int:
        """Microseconds since 1970."""
        return (self.shown - BEGINNING) // timedelta(microseconds=1)

    def seconds(self) -> float:
        return self.steady

    def time(self) -> LedgerTime:
        """The ledger's time by this clock, as another process would have it."""
        return LedgerTime(self.micros, self.seconds)


class Installation(Protocol):
    """One database under test with the adapters on it. Every port given anew is as another process would have it."""

    def store(self) -> LedgerStore: ...

    def outbox(self) -> Outbox: ...

    def feed(self) -> OutboxFeed: ...

    def deadlines(self) -> Deadlines: ...

    def inbox(self) -> Inbox[Any]: ...

    def parked(self) -> ParkedMessages: ...

    def digest(self, value: object) -> bytes: ...

    def count(self, key: str) -> Callable[[Any], None]:
        """An effect for the inbox: adds one to a number kept in the database under this key."""
        ...

    async def counted(self, key: str) -> int:
        """The number that `count` raised."""
        ...

    async def new_epoch(self) -> None:
        """As after a backup was restored."""
        ...

    async def close(self) -> None: ...


class Yard:
    """An installation with a committer on it."""

    def __init__(self, installation: Installation, clock: HandClock) -> None:
        self.installation = installation
        self.clock = clock
        self.committer = GroupCommitter(installation.store(), installation.digest)
        self.committer.start()

    async def submit(self, tenant: str, request: str, command: Command[Any]) -> Any:
        return await self.committer.submit(Call(tenant, "clerk", request), command)

    async def receive(self, goods: str, times: int = 1, tenants: Sequence[str] = TENANTS) -> None:
        """So many receipts of a goods, one after the other, by each tenant under equal request ids."""
        for n in range(times):
            await asyncio.gather(*(self.submit(t, f"receive {goods} {n}", Receive(goods, 10)) for t in tenants))

    async def reserve(self, reservation: str, hold_for: timedelta, tenants: Sequence[str] = TENANTS) -> None:
        """One unit of A held by each tenant under equal ids; there must be some."""
        wish = ("1", 1, ((("A", "N1"),),))
        command = Reserve(reservation, (wish,), hold_for=hold_for)
        await asyncio.gather(*(self.submit(t, reservation, command) for t in tenants))


@asynccontextmanager
async def yard_on(installation: Installation, clock: HandClock) -> AsyncIterator[Yard]:
    yard = Yard(installation, clock)
    try:
        yield yard
    finally:
        await yard.committer.drain()
        await installation.close()


@dataclass
class Wire:
    """A publisher that keeps what it was given. `refuse` so many publications, keeping the first `keeping` messages.

    While `gate` is cleared it answers nobody.
    """

    kept: list[Message] = field(default_factory=list)
    refuse: int = 0
    keeping: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def publish(self, messages: Sequence[Message]) -> None:
        await self.gate.wait()
        if self.refuse:
            self.refuse -= 1
            self.kept += messages[: self.keeping]
            raise BrokerUnavailable("nobody there", accepted=min(self.keeping, len(messages)))
        self.kept += messages

    def ids(self) -> list[str]:
        return [message.id for message in self.kept]


def message(n: int, subject: str = "account:A", *, tenant: str = "north", data: bytes = b"{}") -> Message:
    """A message that no database has told; `n` makes its id and its number."""
    partition = partition_of(tenant, subject)
    return Message(f"1-{n}", 1, tenant, partition, subject, n, "Told", data, f"request {n}", START)
