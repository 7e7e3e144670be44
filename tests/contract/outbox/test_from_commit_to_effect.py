"""From a commit through relay, broker and inbox to an effect that happens once, with everything failing on the way."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.memory.broker import BrokerLimits, InProcessBroker
from application.kernel.broker import BrokerUnavailable, Delivery
from application.kernel.outbox import Message
from application.kernel.relay import Relay, RelayLimits
from contracts.conformance.yard import TENANTS, HandClock, Installation, yard_on
from entrypoints.worker.worker import Pace, Worker
from tests.contract.outbox.installations import MemoryYard, SqliteYard

LEASE = timedelta(seconds=15)


class Unruly:
    """A publisher that duplicates, sends what it sent before again, and fails after it delivered."""

    def __init__(self, broker: InProcessBroker, chance: random.Random) -> None:
        self.broker = broker
        self.chance = chance
        self.sent: list[Message] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        await self.broker.publish(messages)
        self.sent += messages
        for old in self.chance.sample(self.sent, min(3, len(self.sent))):
            await self.broker.publish([old])
        if self.chance.random() < 0.3:
            raise BrokerUnavailable("the answer was lost", accepted=self.chance.randrange(len(messages) + 1))


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_effect_happens_once_though_messages_are_repeated_reordered_and_fail(
    tmp_path: Path, kind: str, seed: int
) -> None:
    clock, chance = HandClock(), random.Random(seed)
    installation: Installation = MemoryYard(clock) if kind == "memory" else await SqliteYard(tmp_path, clock).open()
    async with yard_on(installation, clock) as yard:
        versions: dict[tuple[str, str], int] = {}
        told: Counter[str] = Counter()

        async def projection(delivery: Delivery) -> None:
            message = delivery.message
            if chance.random() < 0.1:
                raise RuntimeError("not now")
            if await installation.inbox().once("projection", message, installation.count(f"{message.tenant} effects")):
                told[message.id] += 1
                versions[message.key] = max(versions.get(message.key, 0), message.number)
            if chance.random() < 0.05:
                raise RuntimeError("after the effect")

        broker = InProcessBroker(installation.parked(), BrokerLimits(attempts=50, first_wait=0.0, longest_wait=0.0))
        broker.subscribe("projection", projection)
        limits = RelayLimits(batch=5, lease=LEASE, idle=0.001, first_wait=0.0, longest_wait=0.0)
        relays = [Relay(installation.outbox(), Unruly(broker, chance), f"relay-{n}", limits) for n in range(2)]
        worker = Worker(
            {f"relay-{n}": relay for n, relay in enumerate(relays)},
            [*(relay.close for relay in relays), broker.drain],
            Pace(first=0.001, poll=0.01),
        )
        worker.start()
        for goods in "ABC":
            await yard.receive(goods, 5)
            for n in range(len(relays)):
                worker.wake(f"relay-{n}")
        async with asyncio.timeout(20):
            while await installation.outbox().pending():  # noqa: ASYNC110 - the outbox is what says so
                await asyncio.sleep(0.005)
        await worker.stop()
        assert set(told.values()) == {1}
        assert len(told) == 60
        for tenant in TENANTS:
            assert await installation.counted(f"{tenant} effects") == 30
            assert versions[tenant, "account:stock:-/A/N1/-/-"] == 5
        assert await installation.parked().parked("projection", 10) == []
