"""The suites for what opens a broker's channels, and for what keeps parked messages.

class TestMine(ChannelsConformance):
    async def open_channels(self, folder):
        return MyChannels(...), its_parked_messages
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from application.kernel.broker import Channel, Channels, Parked, ParkedMessages, letter
from application.kernel.outbox import Message
from contracts.conformance.broker import Consumer, until
from contracts.conformance.yard import START, HandClock, message
from contracts.events.v1.cloudevents import to_structured
from contracts.events.v1.envelope import Event
from contracts.events.v1.messages import label_of


def carried(channel: Channel, n: int) -> Message:
    """What a channel is for: an event of the outbox, or the whole of a CloudEvent."""
    if channel is Channel.EVENTS:
        return message(n)
    event = Event(
        f"r-{n}",
        "/tenants/north%20pole/shop",
        f"entrepot.command.v1.command-{n}",
        datacontenttype="application/json",
        data=b'{"n": %d}' % n,
        extensions={"partitionkey": "cart \u00fc/7"},
    )
    return labelled(to_structured(event))


def labelled(envelope: bytes) -> Message:
    return letter(*label_of(envelope), data=envelope, at=START)


def alike(one: Message, other: Message) -> bool:
    """The same message: a broker may have a time of its own for when it came."""
    return replace(one, at=START) == replace(other, at=START)


class ChannelsConformance:
    """Each channel is a broker of its own, and carries what it is for."""

    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        """A connection that parks in a database of this folder."""
        raise NotImplementedError("the subclass of each adapter says how")

    async def test_what_is_published_on_a_channel_comes_to_those_of_that_channel_alone(self, tmp_path: Path) -> None:
        channels, _ = await self.open_channels(tmp_path)
        consumers = {channel: Consumer() for channel in Channel}
        for channel, consumer in consumers.items():
            channels(channel).subscribe(f"group of {channel}", consumer)
        for n, channel in enumerate(Channel, 1):
            await channels(channel).publish([carried(channel, n)])
        await until(lambda: all(consumer.taken for consumer in consumers.values()))
        await asyncio.gather(*(channels(channel).drain() for channel in Channel))
        for n, (channel, consumer) in enumerate(consumers.items(), 1):
            (taken,) = consumer.taken
            assert alike(taken, carried(channel, n))

    async def test_commands_of_a_key_come_in_their_order(self, tmp_path: Path) -> None:
        channels, _ = await self.open_channels(tmp_path)
        consumer = Consumer()
        channels(Channel.COMMANDS).subscribe("orders", consumer)
        sent = [carried(Channel.COMMANDS, n) for n in range(1, 21)]
        for each in sent:
            await channels(Channel.COMMANDS).publish([each])
        await until(lambda: len(consumer.taken) == len(sent))
        await asyncio.gather(*(channels(channel).drain() for channel in Channel))
        assert consumer.ids() == [each.id for each in sent]
        assert set(consumer.most_at_once.values()) == {1}

    async def test_a_channel_whose_consumer_stands_still_holds_up_no_other(self, tmp_path: Path) -> None:
        channels, _ = await self.open_channels(tmp_path)
        slow, quick = Consumer(), Consumer()
        slow.gate.clear()
        channels(Channel.COMMANDS).subscribe("slow", slow)
        channels(Channel.EVENTS).subscribe("quick", quick)
        publishing = asyncio.ensure_future(channels(Channel.COMMANDS).publish([carried(Channel.COMMANDS, 1)]))
        await until(lambda: bool(slow.seen))
        await channels(Channel.EVENTS).publish([message(2)])
        await until(lambda: quick.ids() == ["1-2"])
        slow.gate.set()
        await publishing
        await until(lambda: len(slow.taken) == 1)
        await asyncio.gather(*(channels(channel).drain() for channel in Channel))

    async def test_a_channel_is_the_same_every_time(self, tmp_path: Path) -> None:
        channels, _ = await self.open_channels(tmp_path)
        assert channels(Channel.REPLIES) is channels(Channel.REPLIES)
        await asyncio.gather(*(channels(channel).drain() for channel in Channel))

    async def test_what_is_no_event_at_all_is_parked_as_it_came_and_requeued(self, tmp_path: Path) -> None:
        channels, parked = await self.open_channels(tmp_path)
        odd = labelled('{"id": "no JSON", "source": "\U0001f4e6"'.encode() + b"\xff")
        consumer = Consumer({odd.id: -2})
        commands = channels(Channel.COMMANDS)
        commands.subscribe("orders", consumer)
        await commands.publish([odd])
        await until(lambda: bool(consumer.seen))
        async with asyncio.timeout(10):
            while not (found := await parked.parked("orders", 10)):  # noqa: ASYNC110 - another's code parks it
                await asyncio.sleep(0.001)
        assert alike(found[0].message, odd)
        consumer.failing.clear()
        assert await commands.requeue("orders", [odd.id]) == 1
        await until(lambda: len(consumer.taken) == 1)
        await asyncio.gather(*(channels(channel).drain() for channel in Channel))
        assert alike(consumer.taken[0], odd)
        assert await parked.parked("orders", 10) == []


class ParkedMessagesConformance:
    """What a group could not take is kept until it is taken or given up."""

    async def open_parked(self, folder: Path, clock: HandClock) -> ParkedMessages:
        """None parked yet, in a database of this folder, whose time is the clock's."""
        raise NotImplementedError("the subclass of each adapter says how")

    async def test_a_message_parked_again_keeps_its_place(self, tmp_path: Path) -> None:
        clock = HandClock()
        parked = await self.open_parked(tmp_path, clock)
        await parked.park("one", message(1), 1, "the first reason")
        began = clock.shown
        clock.pass_by(timedelta(hours=1))
        await parked.park("one", message(2), 1, "another")
        await parked.park("one", message(1), 3, "the second reason")
        first, _ = await parked.parked("one", 10)
        assert (first.message, first.attempts, first.reason) == (message(1), 4, "the second reason")
        assert first.at == began
        assert [each.message.id for each in await parked.parked("one", 1)] == ["1-1"]

    async def test_a_tenants_parked_messages_of_every_group_come_page_by_page(self, tmp_path: Path) -> None:
        clock = HandClock()
        parked = await self.open_parked(tmp_path, clock)
        for n in range(1, 8):
            if n not in (3, 4):  # some at one moment
                clock.pass_by(timedelta(microseconds=1))
            await parked.park("two" if n % 2 else "one", message(n), 1, "why")
            await parked.park("one", message(n + 100, tenant="south"), 1, "why")
        found: list[Parked] = []
        after = None
        while page := await parked.of_tenant("north", 2, after):
            found += page
            after = page[-1].place
        assert sorted(each.message.number for each in found) == list(range(1, 8))
        assert [each.place for each in found] == sorted(each.place for each in found)
        assert await parked.of_tenant("nobody", 10) == []

    async def test_what_was_given_up_is_gone_and_only_that(self, tmp_path: Path) -> None:
        parked = await self.open_parked(tmp_path, HandClock())
        await parked.park("one", message(1), 1, "why")
        await parked.park("two", message(1), 1, "why")
        assert await parked.remove("one", "1-1")
        assert not await parked.remove("one", "1-1")
        assert [each.message.id for each in await parked.find("two", ["1-1", "1-2"])] == ["1-1"]
