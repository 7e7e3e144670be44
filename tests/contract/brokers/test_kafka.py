"""Kafka keeps what the port promises, on a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.kafka.channels import kafka_channels
from adapters.kafka.server import server_of
from application.kernel.broker import Channel, Channels, ParkedMessages
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.yard import HandClock
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


async def forget(at: At) -> None:
    async with server_of(at.url, at.name).admin() as admin:
        await admin.delete_topics([f"{at.name}.{channel}" for channel in Channel])


class OnKafka:
    @pytest.fixture(autouse=True)
    async def processes(self) -> AsyncIterator[Processes]:
        self.all = Processes(kafka_channels, At(url_of("kafka")), MemoryYard(HandClock()).parked())
        yield self.all
        await self.all.close()
        await forget(self.all.at)


class TestKafkaBroker(OnKafka, BrokerConformance):
    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.all.under_test()


class TestKafkaChannels(OnKafka, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked
