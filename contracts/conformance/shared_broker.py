"""The suite for a broker that several processes share, inherited beside that of every broker.

    class TestMine(BrokerConformance, SharedBrokerConformance): ...

`another` then gives what another process has, on the same server.
"""

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from application.kernel.broker import Delivery
from application.kernel.outbox import Message, partition_of
from contracts.conformance.broker import BrokerUnderTest, Consumer, parked_of, until
from contracts.conformance.yard import message

PATIENCE: Final = 60.0
"""Seconds within which every partition finds somebody to take it."""


def apart(count: int) -> list[str]:
    """Subjects, each of a partition of its own."""
    found: dict[int, str] = {}
    for n in range(1_000):
        found.setdefault(partition_of("north", f"account:{n}"), f"account:{n}")
    return list(found.values())[:count]


@dataclass
class Member:
    """One process of the group, and what it takes."""

    number: int
    process: BrokerUnderTest
    consumer: Consumer


@dataclass
class Crowd:
    """The processes of one group over time, and what they took between them, in the order of time."""

    publisher: BrokerUnderTest
    subjects: list[str]
    told: int = 0
    taken: list[tuple[int, Message]] = field(default_factory=list)
    members: list["Member"] = field(default_factory=list)
    most_at_once: dict[int, int] = field(default_factory=dict)
    busy: dict[int, int] = field(default_factory=dict)

    async def join(self, process: BrokerUnderTest) -> Member:
        """Have a process subscribe; return when the server knows of the group."""
        consumer = Consumer()
        consumer.busy, consumer.most_at_once = self.busy, self.most_at_once
        member = Member(len(self.members), process, consumer)
        self.members.append(member)

        async def take(delivery: Delivery) -> None:
            await consumer(delivery)
            self.taken.append((member.number, delivery.message))

        process.broker.subscribe("one", take)
        await process.broker.publish([])
        return member

    async def tell(self) -> None:
        """Publish the next message of every subject."""
        self.told += 1
        for place, subject in enumerate(self.subjects):
            await self.publisher.broker.publish([self.message(place, subject, self.told)])

    def message(self, place: int, subject: str, number: int) -> Message:
        return message(number * 100 + place, subject)

    async def all_taken(self) -> None:
        expected = {(subject, number) for subject in self.subjects for number in range(1, self.told + 1)}
        await until(lambda: {(each.subject, each.number // 100) for _, each in self.taken} >= expected, PATIENCE)

    async def tell_until(self, reached: Callable[[], bool]) -> None:
        """Go on publishing, each round when the last was taken, until it is as it should be."""
        for _ in range(1_000):
            await self.tell()
            await self.all_taken()
            if reached():
                return
        raise AssertionError("it never came to that")

    def takers(self) -> set[int]:
        """The numbers of those who took the messages of the last round."""
        return {who for who, each in self.taken if each.number // 100 == self.told}

    def in_order(self) -> bool:
        """Whether the messages of each subject, where they came first, came in their order."""
        for subject in self.subjects:
            firsts = list(dict.fromkeys(each.number for _, each in self.taken if each.subject == subject))
            if firsts != sorted(firsts):
                return False
        return True


class SharedBrokerConformance:
    """Within a group each partition is one process's at a time, and nobody's for no longer than it must be."""

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        """As for the suite of every broker."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def opened(self, tmp_path: Path) -> AsyncIterator[Callable[[], BrokerUnderTest]]:
        """Gives one process after the other."""
        processes = [await self.open_broker(tmp_path)]

        def another() -> BrokerUnderTest:
            processes.append(processes[0].another())
            return processes[-1]

        yield another
        for each in processes:
            each.kill()

    async def test_processes_share_the_partitions_and_each_has_one_consumer(
        self, opened: Callable[[], BrokerUnderTest]
    ) -> None:
        crowd = Crowd(opened(), apart(12))
        one, two = await crowd.join(opened()), await crowd.join(opened())
        await crowd.tell_until(lambda: crowd.takers() == {one.number, two.number})
        assert crowd.in_order()
        assert set(crowd.most_at_once.values()) == {1}

    async def test_one_that_joins_gets_its_share_and_one_that_leaves_gives_it_back(
        self, opened: Callable[[], BrokerUnderTest]
    ) -> None:
        crowd = Crowd(opened(), apart(12))
        first = await crowd.join(opened())
        await crowd.tell()
        await crowd.all_taken()
        second = await crowd.join(opened())
        await crowd.tell_until(lambda: second.number in crowd.takers())
        await first.process.broker.drain()
        seen = len(first.consumer.seen)
        await crowd.tell()
        await crowd.all_taken()
        assert len(first.consumer.seen) == seen
        assert crowd.in_order()
        assert set(crowd.most_at_once.values()) == {1}

    async def test_what_a_killed_process_had_in_hand_comes_to_one_that_runs_already(
        self, opened: Callable[[], BrokerUnderTest]
    ) -> None:
        crowd = Crowd(opened(), apart(12))
        one, two = await crowd.join(opened()), await crowd.join(opened())
        await crowd.tell_until(lambda: crowd.takers() == {one.number, two.number})
        one.consumer.gate.clear()
        seen = len(one.consumer.seen)
        await crowd.tell()
        await until(lambda: len(one.consumer.seen) > seen, PATIENCE)
        one.process.kill()
        await crowd.tell()
        await crowd.all_taken()
        assert crowd.takers() == {two.number}
        assert crowd.in_order()

    async def test_who_takes_over_knows_what_is_missing_and_who_requeues_need_not_be_who_takes(
        self, opened: Callable[[], BrokerUnderTest]
    ) -> None:
        crowd = Crowd(opened(), apart(12))
        one, two = await crowd.join(opened()), await crowd.join(opened())
        await crowd.tell_until(lambda: crowd.takers() == {one.number, two.number})
        subject = next(each.subject for who, each in reversed(crowd.taken) if who == one.number)
        place = crowd.subjects.index(subject)
        poison = crowd.message(place, subject, 901)
        for member in crowd.members:
            member.consumer.failing[poison.id] = -2
        await crowd.publisher.broker.publish([poison])
        await parked_of(one.process, "one", (poison.id, 1))
        await one.process.broker.drain()
        await crowd.publisher.broker.publish([crowd.message(place, subject, 902)])
        await until(lambda: any(each.message.number // 100 == 902 for each in two.consumer.seen), PATIENCE)
        (later,) = [each for each in two.consumer.seen if each.message.number // 100 == 902]
        assert later.after_gap
        two.consumer.failing.clear()
        three = await crowd.join(opened())
        assert await three.process.broker.requeue("one", [poison.id]) == 1
        await until(lambda: any(each == poison for _, each in crowd.taken), PATIENCE)
        await parked_of(two.process, "one")
        await crowd.publisher.broker.publish([crowd.message(place, subject, 903)])
        await until(lambda: any(each.number // 100 == 903 for _, each in crowd.taken), PATIENCE)
        (last,) = [
            each for member in crowd.members for each in member.consumer.seen if each.message.number // 100 == 903
        ]
        assert not last.after_gap
        assert [each.number for _, each in crowd.taken].count(poison.number) == 1

    async def test_what_is_published_while_none_of_the_group_runs_is_kept_for_it(
        self, opened: Callable[[], BrokerUnderTest]
    ) -> None:
        crowd = Crowd(opened(), apart(4))
        early = await crowd.join(opened())
        await crowd.tell()
        await crowd.all_taken()
        await early.process.broker.drain()
        await crowd.tell()
        await crowd.tell()
        await crowd.join(opened())
        await crowd.all_taken()
        assert crowd.in_order()

    @pytest.mark.parametrize("seed", [1, 2])
    async def test_while_processes_come_and_go_nothing_is_lost_and_the_order_stays(
        self, opened: Callable[[], BrokerUnderTest], seed: int
    ) -> None:
        chance = random.Random(seed)
        crowd = Crowd(opened(), apart(8))
        members = [await crowd.join(opened())]
        for _ in range(6):
            for _ in range(5):
                await crowd.tell()
            if len(members) < 2 or (len(members) < 3 and chance.random() < 0.5):
                members.append(await crowd.join(opened()))
            else:
                gone = members.pop(chance.randrange(len(members)))
                if chance.random() < 0.5:
                    gone.process.kill()
                else:
                    await gone.process.broker.drain()
        await crowd.all_taken()
        assert crowd.in_order()
