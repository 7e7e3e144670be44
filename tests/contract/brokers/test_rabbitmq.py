"""RabbitMQ keeps what the port promises."""

from collections.abc import AsyncIterator
from pathlib import Path

import aio_pika
import pytest

from adapters.rabbitmq.channels import rabbitmq
from application.kernel.broker import Channel, Channels, ParkedMessages
from application.kernel.outbox import PARTITIONS
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.yard import HandClock
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


async def forget(at: At) -> None:
    """Delete everything of this name: the groups are those that the tests have."""
    async with await aio_pika.connect(at.url) as connection:
        channel = await connection.channel()
        for kind in Channel:
            for group in ("one", "two", "slow", "quick", "orders", f"group of {kind}"):
                for partition in range(PARTITIONS):
                    await channel.queue_delete(f"{at.name}.{kind}.{group}.{partition}")
            for exchange in (f"{at.name}.{kind}", f"{at.name}.{kind}.others"):
                await channel.exchange_delete(exchange)


class OnRabbitMq:
    @pytest.fixture(autouse=True)
    async def processes(self) -> AsyncIterator[Processes]:
        self.all = Processes(rabbitmq, At(url_of("rabbitmq"), takeover_seconds=20.0), MemoryYard(HandClock()).parked())
        yield self.all
        await self.all.close()
        await forget(self.all.at)


class TestRabbitMq(OnRabbitMq, BrokerConformance, SharedBrokerConformance):
    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.all.under_test()


class TestRabbitMqChannels(OnRabbitMq, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked
