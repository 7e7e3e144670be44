"""The suite that every broker adapter inherits for its channel of events, and the one for inboxes.

    class TestMine(BrokerConformance):
        async def open_broker(self, folder):
            return MyBroker(...)        # three attempts to a message, waits of nothing between them

A broker must deliver at least once and in order, and get past what cannot be taken. It may acknowledge a publication
before anybody took it, if it keeps it: so what is expected is waited for.
"""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

import pytest

from application.kernel.broker import Broker, BrokerUnavailable, Delivery, NotNow, Parked, ParkedMessages, Poison
from application.kernel.outbox import PARTITIONS, Message, partition_of
from application.kernel.ports import Reach
from contracts.conformance.outbox import DieAt, Killed
from contracts.conformance.yard import TENANTS, HandClock, Installation, message

ATTEMPTS: Final = 3


class BrokerUnderTest(NamedTuple):
    """A broker, where it parks, how to end it as a killed process ends, and a new one over what was kept."""

    broker: Broker
    parked: ParkedMessages
    kill: Callable[[], None]
    another: Callable[[], "BrokerUnderTest"]


@dataclass
class Consumer:
    """A handler that notes what it takes. `failing` messages (ids) fail so many times; -1: always; -2: as poison.

    `early` messages (ids) come so many times at a bad moment.
    """

    failing: dict[str, int] = field(default_factory=dict)
    early: dict[str, int] = field(default_factory=dict)
    seen: list[Delivery] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    most_at_once: dict[int, int] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.busy: dict[int, int] = {}

    async def __call__(self, delivery: Delivery) -> None:
        place = delivery.message.partition
        self.busy[place] = self.busy.get(place, 0) + 1
        self.most_at_once[place] = max(self.most_at_once.get(place, 0), self.busy[place])
        try:
            self.seen.append(delivery)
            await self.gate.wait()
            await asyncio.sleep(0)
            if self.early.get(delivery.message.id, 0):
                self.early[delivery.message.id] -= 1
                raise NotNow("what it needs does not answer")
            left = self.failing.get(delivery.message.id, 0)
            if left == -2:
                raise Poison("of a version unknown here")
            if left:
                self.failing[delivery.message.id] = left - 1 if left > 0 else left
                raise RuntimeError("not now")
            self.taken.append(delivery.message)
        finally:
            self.busy[place] -= 1

    def ids(self) -> list[str]:
        return [each.id for each in self.taken]


class Together(Consumer):
    """May be given several at once, and takes all of them or fails; `rounds` are the ids that came so."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rounds: list[list[str]] = []

    def times_given(self) -> int:
        return len(self.seen) + len(self.rounds)

    async def together(self, messages: Sequence[Message]) -> None:
        self.rounds.append([each.id for each in messages])
        await self.gate.wait()
        if any(self.failing.get(each.id, 0) for each in messages):
            raise RuntimeError("not all of these")
        self.taken += messages


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def until(reached: Callable[[], bool], within: float = 30.0) -> None:
    """Wait until it is so. A killed process may hold something until it is missed, so it may take a while."""
    async with asyncio.timeout(within):
        while not reached():  # noqa: ASYNC110 - whatever is waited for may live in another's code
            await asyncio.sleep(0.001)


async def come(consumer: Consumer, *ids: str) -> None:
    """Wait until just these were taken, in this order."""
    await until(lambda: len(consumer.taken) >= len(ids))
    await settle()
    assert consumer.ids() == list(ids)


async def parked_of(under_test: BrokerUnderTest, group: str, *attempts: tuple[str, int]) -> list[Parked]:
    """What is parked for a group, once just these messages (ids) are, after so many attempts."""
    found: list[Parked] = []
    async with asyncio.timeout(30):
        while True:
            found = list(await under_test.parked.parked(group, 10))
            if [(each.message.id, each.attempts) for each in found] == list(attempts):
                return found
            await asyncio.sleep(0.001)


class BrokerConformance:
    """Everything is taken at least once, or parked with its reason; nothing stands still for it."""

    gives_several: ClassVar[bool | None] = None
    """Whether a handler that takes several messages at once is given what waits so; None: either will do."""

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        """A broker that parks in a database of this folder, makes ATTEMPTS attempts and does not wait between."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def under_test(self, tmp_path: Path) -> AsyncIterator[BrokerUnderTest]:
        opened = await self.open_broker(tmp_path)
        yield opened
        opened.kill()

    async def test_each_group_gets_each_message_in_order_of_its_key(self, under_test: BrokerUnderTest) -> None:
        broker, one, two = under_test.broker, Consumer(), Consumer()
        broker.subscribe("one", one)
        broker.subscribe("two", two)
        told = [message(n, tenant=tenant) for n in range(1, 21) for tenant in TENANTS]
        for tenant in TENANTS:
            await broker.publish([each for each in told if each.tenant == tenant])
        await until(lambda: len(one.taken) == len(two.taken) == len(told))
        for consumer in (one, two):
            for tenant in TENANTS:
                numbers = [each.number for each in consumer.taken if each.tenant == tenant]
                assert numbers == list(range(1, 21))

    async def test_a_published_message_was_taken_or_is_kept(self, under_test: BrokerUnderTest) -> None:
        """`publish` has returned: even if the process ends now, every group takes it or has taken it."""
        consumer = Consumer()
        under_test.broker.subscribe("one", consumer)
        await under_test.broker.publish([message(1), message(2)])
        under_test.kill()
        again = under_test.another()
        again.broker.subscribe("one", consumer)
        await until(lambda: set(consumer.ids()) == {"1-1", "1-2"})
        again.kill()

    async def test_what_was_in_hand_when_the_process_was_killed_comes_again(self, under_test: BrokerUnderTest) -> None:
        cut, consumer = Consumer(), Consumer()
        cut.gate.clear()
        under_test.broker.subscribe("one", cut)
        publishing = asyncio.ensure_future(under_test.broker.publish([message(1), message(2)]))
        await until(lambda: bool(cut.seen))
        under_test.kill()
        (refused,) = await asyncio.gather(publishing, return_exceptions=True)
        again = under_test.another()
        again.broker.subscribe("one", consumer)
        if isinstance(refused, BrokerUnavailable):  # then whoever published it still has it
            await again.broker.publish([message(1), message(2)][refused.accepted :])
        await until(lambda: consumer.ids() == ["1-1", "1-2"])
        again.kill()

    async def test_a_partition_has_one_consumer_at_a_time_and_partitions_go_apart(
        self, under_test: BrokerUnderTest
    ) -> None:
        broker, consumer = under_test.broker, Consumer()
        consumer.gate.clear()
        broker.subscribe("one", consumer)
        subjects = [f"account:{n}" for n in range(40)]
        by_partition: dict[int, list[Message]] = {}
        for n, subject in enumerate(subjects, 1):
            by_partition.setdefault(partition_of("north", subject), []).append(message(n, subject))
        assert len(by_partition) > PARTITIONS // 2
        publishing = [asyncio.ensure_future(broker.publish(each)) for each in by_partition.values()]
        await until(lambda: len({each.message.partition for each in consumer.seen}) == len(by_partition))
        consumer.gate.set()
        await asyncio.gather(*publishing)
        await until(lambda: len(consumer.taken) == 40)
        assert set(consumer.most_at_once.values()) == {1}

    async def test_what_fails_is_delivered_again_before_what_follows(self, under_test: BrokerUnderTest) -> None:
        consumer = Consumer({"1-2": ATTEMPTS - 1})
        under_test.broker.subscribe("one", consumer)
        await under_test.broker.publish([message(n) for n in (1, 2, 3)])
        await come(consumer, "1-1", "1-2", "1-3")
        assert [each.attempt for each in consumer.seen] == [1, 1, 2, 3, 1]
        assert await under_test.parked.parked("one", 10) == []

    async def test_what_always_fails_is_parked_and_its_key_goes_on_with_the_gap_told(
        self, under_test: BrokerUnderTest
    ) -> None:
        consumer, other = Consumer({"1-2": -1}), Consumer()
        under_test.broker.subscribe("one", consumer)
        under_test.broker.subscribe("two", other)
        await under_test.broker.publish([message(n) for n in (1, 2, 3)])
        await come(consumer, "1-1", "1-3")
        await come(other, "1-1", "1-2", "1-3")  # another group is not concerned
        assert [each.after_gap for each in consumer.seen if each.message.id == "1-3"] == [True]
        assert not any(each.after_gap for each in other.seen)
        (parked,) = await parked_of(under_test, "one", ("1-2", ATTEMPTS))
        assert parked.message == message(2)
        assert "not now" in parked.reason

    async def test_who_takes_several_at_once_gets_each_in_turn_and_what_fails_is_parked_alone(
        self, under_test: BrokerUnderTest
    ) -> None:
        consumer, other = Together({"1-4": -2}), Consumer()
        under_test.broker.subscribe("one", consumer)
        under_test.broker.subscribe("two", other)
        await under_test.broker.publish([message(n) for n in range(1, 8)])
        await come(consumer, "1-1", "1-2", "1-3", "1-5", "1-6", "1-7")
        await come(other, *(f"1-{n}" for n in range(1, 8)))
        await parked_of(under_test, "one", ("1-4", 1))
        await under_test.broker.publish([message(n) for n in range(8, 12)])
        await until(lambda: len(consumer.taken) == 10)
        # What comes behind a gap comes one by one, and is told of it.
        assert [each.message.id for each in consumer.seen if each.after_gap] == [
            f"1-{n}" for n in (5, 6, 7, 8, 9, 10, 11)
        ]

    async def test_what_waits_is_given_several_at_once_where_the_adapter_can(self, under_test: BrokerUnderTest) -> None:
        consumer = Together()
        consumer.gate.clear()
        under_test.broker.subscribe("one", consumer)
        first = asyncio.ensure_future(under_test.broker.publish([message(1)]))
        await until(lambda: consumer.times_given() == 1)
        rest = asyncio.ensure_future(under_test.broker.publish([message(n) for n in range(2, 9)]))
        await asyncio.sleep(0.3)
        consumer.gate.set()
        await asyncio.gather(first, rest)
        await come(consumer, *(f"1-{n}" for n in range(1, 9)))
        gave_several = any(len(each) > 1 for each in consumer.rounds)
        assert gave_several == (gave_several if self.gives_several is None else self.gives_several)

    async def test_what_was_taken_at_once_is_settled_and_what_was_in_hand_comes_again(
        self, under_test: BrokerUnderTest
    ) -> None:
        consumer, again = Together(), Consumer()
        under_test.broker.subscribe("one", consumer)
        await under_test.broker.publish([message(n) for n in range(1, 6)])
        await come(consumer, *(f"1-{n}" for n in range(1, 6)))
        consumer.gate.clear()
        before = consumer.times_given()
        more = asyncio.ensure_future(under_test.broker.publish([message(6), message(7)]))
        await until(lambda: consumer.times_given() > before)
        await asyncio.sleep(0.3)  # Kafka commits so often
        under_test.kill()
        (refused,) = await asyncio.gather(more, return_exceptions=True)
        opened = under_test.another()
        opened.broker.subscribe("one", again)
        if isinstance(refused, BrokerUnavailable):
            await opened.broker.publish([message(6), message(7)][refused.accepted :])
        await until(lambda: {"1-6", "1-7"} <= set(again.ids()))
        assert again.ids()[-2:] == ["1-6", "1-7"]
        opened.kill()

    async def test_poison_is_parked_at_once(self, under_test: BrokerUnderTest) -> None:
        consumer = Consumer({"1-1": -2})
        under_test.broker.subscribe("one", consumer)
        await under_test.broker.publish([message(1, data=b"\xff\x00 not JSON"), message(2)])
        await come(consumer, "1-2")
        (parked,) = await parked_of(under_test, "one", ("1-1", 1))
        assert parked.message.data == b"\xff\x00 not JSON"
        assert parked.reason.startswith("Poison")

    async def test_what_comes_at_a_bad_moment_is_tried_on_however_often_and_what_follows_waits(
        self, under_test: BrokerUnderTest
    ) -> None:
        consumer = Consumer({"1-2": ATTEMPTS - 1}, early={"1-1": 5 * ATTEMPTS, "1-2": 2})
        under_test.broker.subscribe("one", consumer)
        await under_test.broker.publish([message(n) for n in (1, 2, 3)])
        await come(consumer, "1-1", "1-2", "1-3")
        assert await under_test.parked.parked("one", 10) == [], "a bad moment is no failure of the message"

    async def test_what_was_parked_is_requeued_and_the_gap_closes(self, under_test: BrokerUnderTest) -> None:
        consumer = Consumer({"1-1": -1, "1-2": -1})
        broker = under_test.broker
        broker.subscribe("one", consumer)
        await broker.publish([message(n) for n in (1, 2, 3)])
        await come(consumer, "1-3")
        del consumer.failing["1-1"]
        assert await broker.requeue("one", ["1-1", "1-2", "1-99"]) == 2
        await parked_of(under_test, "one", ("1-2", 2 * ATTEMPTS))
        await broker.publish([message(4)])
        await come(consumer, "1-3", "1-1", "1-4")
        assert consumer.seen[-1].after_gap, "one is still missing"
        consumer.failing.clear()
        assert await broker.requeue("one", ["1-2"]) == 1
        await parked_of(under_test, "one")
        await broker.publish([message(5)])
        await come(consumer, "1-3", "1-1", "1-4", "1-2", "1-5")
        assert not consumer.seen[-1].after_gap

    async def test_a_message_requeued_twice_closes_its_own_gap_alone(self, under_test: BrokerUnderTest) -> None:
        consumer = Consumer({"1-1": -2, "1-2": -2})
        broker = under_test.broker
        broker.subscribe("one", consumer)
        await broker.publish([message(1), message(2)])
        await parked_of(under_test, "one", ("1-1", 1), ("1-2", 1))
        del consumer.failing["1-1"]
        consumer.gate.clear()  # else the first may be taken before the second is looked for
        assert await broker.requeue("one", ["1-1"]) == await broker.requeue("one", ["1-1"]) == 1
        consumer.gate.set()
        await until(lambda: consumer.ids() == ["1-1", "1-1"])
        await broker.publish([message(3)])
        await come(consumer, "1-1", "1-1", "1-3")
        assert consumer.seen[-1].after_gap

    async def test_a_gap_is_remembered_by_the_next_process(self, under_test: BrokerUnderTest) -> None:
        consumer = Consumer({"1-1": -2})
        under_test.broker.subscribe("one", consumer)
        await under_test.broker.publish([message(1)])
        await parked_of(under_test, "one", ("1-1", 1))
        await settle()
        under_test.kill()
        again = under_test.another()
        again.broker.subscribe("one", consumer)
        await again.broker.publish([message(2)])
        await come(consumer, "1-2")
        await again.broker.publish([message(2, "account:B")])
        await come(consumer, "1-2", "1-2")
        told = [each for each in consumer.seen if each.message.id != "1-1"]
        assert [each.after_gap for each in told] == [True, False]
        again.kill()

    async def test_draining_takes_no_more_and_leaves_nothing_behind(self, under_test: BrokerUnderTest) -> None:
        """What was accepted is taken by the end of it, or kept for the next."""
        consumer = Consumer()
        consumer.gate.clear()
        under_test.broker.subscribe("one", consumer)
        publishing = asyncio.ensure_future(under_test.broker.publish([message(n) for n in range(1, 9)]))
        await until(lambda: bool(consumer.seen))
        draining = asyncio.ensure_future(under_test.broker.drain())
        await settle()
        with pytest.raises(BrokerUnavailable):
            await under_test.broker.publish([message(9)])
        consumer.gate.set()
        await publishing
        await draining
        taken = len(consumer.seen)
        await settle()
        assert len(consumer.seen) == taken, "a broker that was drained delivers nothing"
        again = under_test.another()
        again.broker.subscribe("one", consumer)
        await until(lambda: len(consumer.taken) >= 8)
        assert list(dict.fromkeys(consumer.ids())) == [f"1-{n}" for n in range(1, 9)]
        again.kill()

    async def test_a_consumer_that_stands_still_has_little_waiting_in_its_process(
        self, under_test: BrokerUnderTest
    ) -> None:
        """What is published meanwhile waits with the server, or with whoever publishes."""
        consumer, number, size = Consumer(), 200, 48 * 1024
        consumer.gate.clear()
        broker = under_test.broker
        broker.subscribe("one", consumer)

        async def publish() -> None:
            for n in range(1, number):
                await broker.publish([message(n, data=json.dumps("x" * size).encode())])

        tracemalloc.start()
        try:
            publishing = asyncio.ensure_future(publish())
            await until(lambda: bool(consumer.seen))
            await asyncio.wait([publishing], timeout=3)
            waiting, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert waiting < number * size / 2
        consumer.gate.set()
        await publishing
        await come(consumer, *(f"1-{n}" for n in range(1, number)))

    async def test_the_same_message_given_twice_may_come_twice_but_never_out_of_turn(
        self, under_test: BrokerUnderTest
    ) -> None:
        consumer = Consumer()
        under_test.broker.subscribe("one", consumer)
        await under_test.broker.publish([message(1), message(2)])
        await under_test.broker.publish([message(2), message(3)])
        await until(lambda: "1-3" in consumer.ids())
        assert list(dict.fromkeys(consumer.ids())) == ["1-1", "1-2", "1-3"]


class InboxConformance:
    """A message's effect happens once, whatever is delivered how often and whoever dies."""

    async def open_yard(self, folder: Path, clock: HandClock, reach: Reach) -> Installation:
        """An empty database; the inbox reaches "inbox.effected" before, "inbox.committed" after its commit."""
        raise NotImplementedError("the subclass of each adapter says how")

    async def _run(self, folder: Path, name: str, deliveries: Sequence[tuple[str, Message]]) -> tuple[int, int]:
        """(effects that were said to happen, the number kept) after all deliveries, with a death on the way."""
        yard = await self.open_yard(folder, HandClock(), DieAt(name))
        try:
            said = 0
            for consumer, each in deliveries:
                try:
                    said += await yard.inbox().once(consumer, each, yard.count("effects"))
                except Killed:
                    said += await yard.inbox().once(consumer, each, yard.count("effects"))
            return said, await yard.counted("effects")
        finally:
            await yard.close()

    async def test_duplicates_and_reordering_have_no_further_effect(self, tmp_path: Path) -> None:
        one, two = message(1), message(2)
        deliveries = [("stock", each) for each in (one, two, one, two, two, one)]
        assert await self._run(tmp_path, "never", deliveries) == (2, 2)

    async def test_each_consumer_has_its_own_memory_and_epochs_are_apart(self, tmp_path: Path) -> None:
        restored = Message("2-1", 2, "north", 0, "account:A", 1, "Told", b"{}", None, message(1).at)
        deliveries = [("stock", message(1)), ("search", message(1)), ("stock", restored)]
        assert await self._run(tmp_path, "never", deliveries) == (3, 3)

    async def test_a_consumer_killed_before_the_commit_has_the_effect_once(self, tmp_path: Path) -> None:
        assert await self._run(tmp_path, "inbox.effected", [("stock", message(1)), ("stock", message(1))]) == (1, 1)

    async def test_a_consumer_killed_after_the_commit_has_the_effect_once(self, tmp_path: Path) -> None:
        said, kept = await self._run(tmp_path, "inbox.committed", [("stock", message(1)), ("stock", message(1))])
        assert (said, kept) == (0, 1)

    async def test_an_effect_that_fails_leaves_nothing(self, tmp_path: Path) -> None:
        yard = await self.open_yard(tmp_path, HandClock(), DieAt("never"))
        effect = yard.count("effects")

        def failing(transaction: object) -> None:
            effect(transaction)
            raise ValueError("after it wrote")

        with pytest.raises(ValueError, match="after it wrote"):
            await yard.inbox().once("stock", message(1), failing)
        assert await yard.counted("effects") == 0
        assert await yard.inbox().once("stock", message(1), effect)
        assert await yard.counted("effects") == 1
        await yard.close()

    async def test_many_at_once_have_the_effect_once(self, tmp_path: Path) -> None:
        yard = await self.open_yard(tmp_path, HandClock(), DieAt("never"))
        inbox = yard.inbox()
        said = await asyncio.gather(*(inbox.once("stock", message(1), yard.count("effects")) for _ in range(20)))
        assert sum(said) == 1
        assert await yard.counted("effects") == 1
        await yard.close()

    async def test_old_memories_are_purged_in_bounded_steps(self, tmp_path: Path) -> None:
        clock = HandClock()
        yard = await self.open_yard(tmp_path, clock, DieAt("never"))
        inbox = yard.inbox()
        for n in range(5):
            await inbox.once("stock", message(n), yard.count("effects"))
        clock.pass_by(timedelta(days=2))
        await inbox.once("stock", message(9), yard.count("effects"))
        assert [await inbox.purge(timedelta(days=1), 3) for _ in range(3)] == [3, 2, 0]
        assert not await inbox.once("stock", message(9), yard.count("effects"))
        await yard.close()
