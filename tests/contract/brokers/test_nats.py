"""NATS JetStream keeps what the port promises, on a real server."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest

from adapters.nats.channels import nats_channels, replicas_of, servers_of
from application.kernel.broker import BrokerUnavailable, Channel, Channels, ParkedMessages
from application.kernel.outbox import PARTITIONS
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest, Consumer, until
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.yard import HandClock, message
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


class OnNats:
    @pytest.fixture(autouse=True)
    async def processes(self) -> AsyncIterator[Processes]:
        self.all = Processes(nats_channels, At(url_of("nats")), MemoryYard(HandClock()).parked())
        yield self.all
        await self.all.close()


class TestNatsBroker(OnNats, BrokerConformance, SharedBrokerConformance):
    gives_several = False

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.all.under_test()


class TestNatsChannels(OnNats, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked


class TestWhatIsSaid(OnNats):
    async def test_a_message_that_is_too_large_is_refused_with_those_before_it_accepted(self) -> None:
        events = self.all.channels()(Channel.EVENTS)
        large = message(2, data=b'"' + b"x" * 70_000_000 + b'"')
        with pytest.raises(BrokerUnavailable, match="raise its max_payload") as refused:
            await events.publish([message(1), large])
        assert refused.value.accepted == 1
        await events.publish([message(3)])

    async def test_a_stream_that_is_somebody_elses_is_refused_with_the_reason(self) -> None:
        name = f"{self.all.at.name}-events"
        client = await nats.connect(self.all.at.url)
        await client.jetstream().add_stream(name=name, subjects=[f"{name}.other"])
        with pytest.raises(BrokerUnavailable, match=f"the stream {name} is there, without the subjects"):
            await self.all.channels()(Channel.EVENTS).publish([message(1)])
        with pytest.raises(BrokerUnavailable, match="without the subjects"):
            await self.all.opened[0].forget()
        await client.jetstream().delete_stream(name)
        await client.close()

    async def test_a_stream_and_its_consumers_are_made_as_the_settings_say(self) -> None:
        events = self.all.channels()(Channel.EVENTS)
        events.subscribe("one group", Consumer())
        await events.publish([])
        client = await nats.connect(self.all.at.url)
        stream, name = client.jetstream(), f"{self.all.at.name}-events"
        config = (await stream.stream_info(name)).config
        consumers = await stream.consumers_info(name)
        await client.close()
        assert (config.storage, config.max_age, config.num_replicas) == ("file", 3600 * self.all.at.retention_hours, 1)
        assert (config.duplicate_window, config.allow_atomic) == (120, True)
        assert {each.name for each in consumers} == {f"one=20group-{n}" for n in range(PARTITIONS)}
        assert {each.config.max_ack_pending for each in consumers} == {1}
        assert {each.config.ack_wait for each in consumers} == {self.all.at.takeover_seconds}

    async def test_a_batch_is_kept_whole_or_not_at_all_and_a_repeat_of_it_once(self) -> None:
        events, consumer = self.all.channels()(Channel.EVENTS), Consumer()
        events.subscribe("one", consumer)
        await events.publish([message(n) for n in range(1, 601)])
        await events.publish([message(n) for n in range(590, 611)])
        await until(lambda: len(consumer.taken) == 610)
        assert [each.number for each in consumer.taken] == list(range(1, 611))

    async def test_a_consumer_that_was_deleted_is_made_again_and_the_group_goes_on(self) -> None:
        events, consumer = self.all.channels()(Channel.EVENTS), Consumer()
        events.subscribe("one", consumer)
        await events.publish([message(1)])
        await until(lambda: consumer.ids() == ["1-1"])
        client = await nats.connect(self.all.at.url)
        for n in range(PARTITIONS):
            await client.jetstream().delete_consumer(f"{self.all.at.name}-events", f"one-{n}")
        await client.close()
        async with asyncio.timeout(10):
            for n in itertools.count(2):
                await events.publish([message(n)])
                await asyncio.sleep(0.1)
                if len(consumer.taken) > 1:
                    break


async def test_a_server_that_is_away_is_said_at_once() -> None:
    events = nats_channels(At("nats://127.0.0.1:9"), MemoryYard(HandClock()).parked())(Channel.EVENTS)
    with pytest.raises(BrokerUnavailable, match="NATS is not reached"):
        await events.publish([message(1)])
    with pytest.raises(BrokerUnavailable):
        await events.reach()
    await events.close()


def test_a_url_says_where_and_how() -> None:
    url = "nats://shop:p%40ss@one:4222,two:4223?replicas=3"
    assert servers_of(url) == ["nats://shop:p%40ss@one:4222", "nats://shop:p%40ss@two:4223"]
    assert replicas_of(url) == 3
    assert (servers_of("nats://one:4222"), replicas_of("nats://one:4222")) == (["nats://one:4222"], 1)
