"""Kafka keeps what the port promises, on a real server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from adapters.kafka.channels import kafka_channels
from adapters.kafka.server import server_of, within
from adapters.kafka.topics import Topic
from application.kernel.broker import BrokerUnavailable, Channel, Channels, ParkedMessages
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.yard import HandClock, message
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


class OnKafka:
    @pytest.fixture(autouse=True)
    async def processes(self) -> AsyncIterator[Processes]:
        self.all = Processes(kafka_channels, At(url_of("kafka")), MemoryYard(HandClock()).parked())
        yield self.all
        await self.all.close()


class TestKafkaBroker(OnKafka, BrokerConformance, SharedBrokerConformance):
    gives_several = True

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.all.under_test()


class TestKafkaChannels(OnKafka, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked


class TestWhatIsSaid(OnKafka):
    async def test_a_topic_with_other_partitions_is_refused_with_what_to_do(self) -> None:
        at = self.all.at
        async with server_of(at.url, at.name).admin() as admin:
            for channel in Channel:
                await admin.create_topics([NewTopic(f"{at.name}.{channel}", 3, 1)])
        with pytest.raises(BrokerUnavailable, match="has 3 partitions where all processes count on 16") as refused:
            await self.all.channels()(Channel.EVENTS).publish([message(1)])
        assert refused.value.accepted == 0

    async def test_a_message_that_is_too_large_is_refused_with_those_before_it_accepted(self) -> None:
        events = self.all.channels()(Channel.EVENTS)
        for channel in Channel:
            await self.all.opened[0](channel).publish([message(1)])
        large = message(3, data=b'"' + b"x" * 9_000_000 + b'"')
        with pytest.raises(BrokerUnavailable, match="MessageSizeTooLarge") as refused:
            await events.publish([message(2), large])
        assert refused.value.accepted <= 1
        await events.publish([message(4)])

    async def test_a_topic_is_made_as_the_settings_say(self) -> None:
        at, channels = self.all.at, self.all.channels()
        for channel in Channel:
            await channels(channel).publish([message(1)])
        name = Topic(at.name, Channel.EVENTS, timedelta(hours=1), 1, 1).name
        async with server_of(at.url, at.name).admin() as admin:
            resource = ConfigResource(ConfigResourceType.TOPIC, name)
            (answer,) = await admin.describe_configs([resource])
        said = {each[0]: each[1] for each in answer.resources[0][4]}
        assert said["retention.ms"] == str(3_600_000 * at.retention_hours)
        assert (said["cleanup.policy"], said["min.insync.replicas"]) == ("delete", "1")


async def test_a_server_that_is_away_is_said_at_once() -> None:
    events = kafka_channels(At("kafka://127.0.0.1:9"), MemoryYard(HandClock()).parked())(Channel.EVENTS)
    with pytest.raises(BrokerUnavailable, match="Unable to bootstrap"):
        await events.publish([message(1)])
    with pytest.raises(BrokerUnavailable):
        await events.reach()
    await events.close()


def test_a_url_says_where_and_how() -> None:
    server = server_of("kafka://shop:p%40ss@one:9092,two:9093?replicas=3&tls=true&mechanism=SCRAM-SHA-512", "entrepot")
    assert server.hosts == ["one:9092", "two:9093"]
    assert (server.replicas, server.in_sync) == (3, 2)
    security = dict(server.security)
    assert security.pop("ssl_context").check_hostname
    assert security == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "shop",
        "sasl_plain_password": "p@ss",
    }
    assert server_of("kafka://one:9092", "entrepot").security == {"security_protocol": "PLAINTEXT"}
    assert logging.getLogger("aiokafka").level == logging.CRITICAL, "it says the same many times a second"


async def test_what_does_not_end_is_waited_for_no_longer_than_it_may_take() -> None:
    hears: asyncio.Event = asyncio.Event()

    async def deaf() -> None:
        while not hears.is_set():
            with suppress(asyncio.CancelledError):
                await hears.wait()

    async with asyncio.timeout(5):
        await within(0.05, deaf())
    hears.set()
    await asyncio.sleep(0.01)
