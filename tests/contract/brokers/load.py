"""Events published as a relay publishes them, and effects that say when each happened: for servers that fail."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from application.kernel.broker import Broker, BrokerUnavailable, Delivery, Handler, Publisher
from application.kernel.outbox import PARTITIONS, Message, partition_of
from contracts.conformance.yard import START, Installation

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
    """Subscribe; once this returns, what anybody publishes is for the group."""
    broker.subscribe(GROUP, handler)
    await broker.publish([])


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

    async def __call__(self, delivery: Delivery) -> None:
        self.delivered[delivery.message.id] += 1
        await asyncio.sleep(self.slow)
        inbox = self.installation.inbox()
        await inbox.once(GROUP, delivery.message, lambda _: self.done.append(delivery.message))

    def numbers(self, subject: str) -> list[int]:
        return [each.number for each in self.done if each.subject == subject]

    async def complete(self, load: Load, within: float) -> None:
        """Wait until all of the load has had its effect, once each and in the order of each subject."""
        async with asyncio.timeout(within):
            while len(self.done) < load.total:  # noqa: ASYNC110 - it comes from elsewhere
                await asyncio.sleep(0.02)
        for subject in load.subjects:
            assert self.numbers(subject) == list(range(1, load.each + 1)), subject
