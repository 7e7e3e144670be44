"""The broker within the process keeps what the port promises, parking in memory and in SQLite; so do the inboxes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.memory.broker import BrokerLimits, InProcessBroker
from application.kernel.broker import BrokerUnavailable, Delivery, ParkedMessages
from application.kernel.ports import Reach, StoreUnavailable
from contracts.conformance.broker import (
    ATTEMPTS,
    BrokerConformance,
    BrokerUnderTest,
    Consumer,
    InboxConformance,
    settle,
    until,
)
from contracts.conformance.yard import HandClock, Installation, message
from tests.contract.outbox.installations import MemoryYard, SqliteYard

LIMITS = BrokerLimits(attempts=ATTEMPTS, first_wait=0.0, longest_wait=0.0, queue=4)


def under_test(parked: ParkedMessages) -> BrokerUnderTest:
    broker = InProcessBroker(parked, LIMITS)
    return BrokerUnderTest(broker, parked, broker.stop, lambda: under_test(parked))


class TestInProcessBroker(BrokerConformance):
    gives_several = True

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return under_test(MemoryYard(HandClock()).parked())


class TestInProcessBrokerThatParksInSqlite(BrokerConformance):
    @pytest.fixture(autouse=True)
    async def opened(self, tmp_path: Path) -> AsyncIterator[None]:
        self.yard = await SqliteYard(tmp_path, HandClock()).open()
        yield
        await self.yard.close()

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return under_test(self.yard.parked())


class TestMemoryInbox(InboxConformance):
    async def open_yard(self, folder: Path, clock: HandClock, reach: Reach) -> Installation:
        return MemoryYard(clock, reach)


class TestSqliteInbox(InboxConformance):
    async def open_yard(self, folder: Path, clock: HandClock, reach: Reach) -> Installation:
        return await SqliteYard(folder, clock, reach).open()


async def test_the_relay_waits_while_the_queue_of_a_partition_is_full() -> None:
    consumer = Consumer()
    consumer.gate.clear()
    broker = InProcessBroker(MemoryYard(HandClock()).parked(), LIMITS)
    broker.subscribe("one", consumer)
    publishing = [asyncio.ensure_future(broker.publish([message(n)])) for n in range(1, 20)]
    await until(lambda: bool(consumer.seen))
    await settle()
    (lane,) = broker._lanes.values()
    assert lane.queue.qsize() == LIMITS.queue
    consumer.gate.set()
    await asyncio.gather(*publishing)
    assert consumer.ids() == [f"1-{n}" for n in range(1, 20)]


async def test_a_broker_stopped_at_once_says_what_it_keeps() -> None:
    taken: list[int] = []

    async def stand_still_at_four(delivery: Delivery) -> None:
        taken.append(delivery.message.number)
        if delivery.message.number == 4:
            await asyncio.Event().wait()

    broker = InProcessBroker(MemoryYard(HandClock()).parked(), LIMITS)
    broker.subscribe("one", stand_still_at_four)
    publishing = asyncio.ensure_future(broker.publish([message(n) for n in range(1, 20)]))
    await until(lambda: 4 in taken)
    broker.stop()
    with pytest.raises(BrokerUnavailable) as stopped:
        await publishing
    assert stopped.value.accepted == 3
    with pytest.raises(BrokerUnavailable):
        await broker.publish([message(99)])


async def test_waits_between_tries_double_and_are_bounded() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    limits = BrokerLimits(attempts=6, first_wait=0.5, longest_wait=3.0)
    broker = InProcessBroker(MemoryYard(HandClock()).parked(), limits, sleep)
    broker.subscribe("one", Consumer({"1-1": -1}))
    await broker.publish([message(1)])
    assert slept == [0.5, 1.0, 2.0, 3.0, 3.0]
    broker.stop()


async def test_what_cannot_be_parked_is_tried_on_and_never_dropped() -> None:
    parked = MemoryYard(HandClock()).parked()
    park, down = parked.park, 3

    async def failing(*row: object) -> None:
        nonlocal down
        if down:
            down -= 1
            raise StoreUnavailable("the database is away")
        await park(*row)  # type: ignore[arg-type]

    parked.park = failing  # type: ignore[method-assign, assignment]
    consumer = Consumer({"1-1": -1})
    broker = InProcessBroker(parked, LIMITS)
    broker.subscribe("one", consumer)
    await broker.publish([message(1), message(2)])
    assert [each.attempt for each in consumer.seen] == [1, 2, 3, 4, 5, 6, 1]
    assert [each.message.id for each in await parked.parked("one", 10)] == ["1-1"]
    broker.stop()


async def test_a_consumer_whose_own_call_was_cancelled_has_failed_and_its_partition_goes_on() -> None:
    taken: list[int] = []

    async def cancelled_at_two(delivery: Delivery) -> None:
        if delivery.message.number == 2:
            raise asyncio.CancelledError  # as when the connection that it waits for is closed
        taken.append(delivery.message.number)

    parked = MemoryYard(HandClock()).parked()
    broker = InProcessBroker(parked, LIMITS)
    broker.subscribe("one", cancelled_at_two)
    async with asyncio.timeout(5):
        await broker.publish([message(n) for n in range(1, 4)])
        await broker.drain()
    assert taken == [1, 3]
    assert [each.message.number for each in await parked.parked("one", 10)] == [2]
