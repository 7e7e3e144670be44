"""Events published as a relay publishes them, and effects that say when each happened: for servers that fail."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from application.kernel.broker import Broker, BrokerUnavailable, Delivery, Handler, Publisher
from application.kernel.outbox import PARTITIONS, Message, partition_of
from contracts.conformance.yard import START, Installation
from tests.faults.figures import Record, came_of_it

GROUP: Final = "projection"
TENANT: Final = "north"


def subjects(count: int) -> list[str]:
    """Subjects of as many partitions as there are, if there are enough of them."""
    found: dict[int, str] = {}
    n = 0
    while len(found) < min(count, PARTITIONS):
        n += 1
        found.setdefault(partition_of(TENANT, f"account:{n}"), f"account:{n}")
    return list(found.values())


async def listen(broker: Broker, handler: Handler) -> None:
    """Subscribe; once this returns, what anybody publishes is for the group. A server that was just killed may reset
    a connection once more.
    """
    broker.subscribe(GROUP, handler)
    async with asyncio.timeout(30):
        while True:
            try:
                return await broker.publish([])
            except BrokerUnavailable:
                await asyncio.sleep(0.1)


@dataclass
class Load:
    """So many events of each subject. Nothing is published that was accepted, nothing is left out that was not."""

    publisher: Publisher
    each: int
    subjects: Sequence[str] = field(default_factory=lambda: subjects(8))
    batch: int = 5
    pause: float = 0.005
    accepted: int = 0
    refused: int = 0
    offered_at: dict[str, float] = field(default_factory=dict)
    """When each was first given to the broker, by the event loop's clock."""

    @property
    def total(self) -> int:
        return self.each * len(self.subjects)

    def message(self, subject: str, number: int) -> Message:
        id = f"1-{self.subjects.index(subject) * self.each + number}"
        place = partition_of(TENANT, subject)
        return Message(id, 1, TENANT, place, subject, number, "Told", b'{"n":%d}' % number, None, START)

    async def run(self) -> None:
        await asyncio.gather(*(self._publish(subject) for subject in self.subjects))

    async def _publish(self, subject: str) -> None:
        left = [self.message(subject, number) for number in range(1, self.each + 1)]
        while left:
            now = asyncio.get_running_loop().time()
            for each in left[: self.batch]:
                self.offered_at.setdefault(each.id, now)
            try:
                await self.publisher.publish(left[: self.batch])
                taken = min(self.batch, len(left))
            except BrokerUnavailable as error:
                taken = error.accepted
                self.refused += 1
                await asyncio.sleep(0.1)
            left = left[taken:]
            self.accepted += taken
            await asyncio.sleep(self.pause)


@dataclass
class Effects:
    """What a projection does once for every event, whoever delivers it how often."""

    installation: Installation
    done: list[Message] = field(default_factory=list)
    delivered: Counter[str] = field(default_factory=Counter)
    slow: float = 0.001
    done_at: dict[str, float] = field(default_factory=dict)
    """When each effect happened first, by the event loop's clock."""

    async def __call__(self, delivery: Delivery) -> None:
        self.delivered[delivery.message.id] += 1
        await asyncio.sleep(self.slow)
        inbox = self.installation.inbox()
        await inbox.once(GROUP, delivery.message, lambda _: self._do(delivery.message))

    def _do(self, message: Message) -> None:
        self.done.append(message)
        self.done_at.setdefault(message.id, asyncio.get_running_loop().time())

    def came_of(self, record: Record, load: "Load", back_at: float) -> None:
        """Say what came of a load, whose server was there again at that time."""
        late = [at for id, at in self.done_at.items() if at > back_at and load.offered_at[id] < back_at]
        came_of_it(
            record,
            acknowledged=load.accepted,
            lost=load.accepted - len(self.done_at),
            doubled=len(self.done) - len(self.done_at),
            went_on=min((at for at in self.done_at.values() if at > back_at), default=back_at) - back_at,
            lags=[at - load.offered_at[id] for id, at in self.done_at.items()],
            caught_up=max(late, default=back_at) - back_at,
        )
        record("delivered more than once", sum(count > 1 for count in self.delivered.values()))

    def numbers(self, subject: str) -> list[int]:
        return [each.number for each in self.done if each.subject == subject]

    async def complete(self, load: Load, within: float) -> None:
        """Wait until all of the load has had its effect, once each and in the order of each subject."""
        async with asyncio.timeout(within):
            while len(self.done) < load.total:  # noqa: ASYNC110 - it comes from elsewhere
                await asyncio.sleep(0.02)
        for subject in load.subjects:
            assert self.numbers(subject) == list(range(1, load.each + 1)), subject
