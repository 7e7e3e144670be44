"""RabbitMQ keeps what the port promises."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.rabbitmq.channels import rabbitmq
from application.kernel.broker import Channels, ParkedMessages
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.yard import HandClock
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


class OnRabbitMq:
    @pytest.fixture(autouse=True)
    async def processes(self) -> AsyncIterator[Processes]:
        self.all = Processes(rabbitmq, At(url_of("rabbitmq"), takeover_seconds=20.0), MemoryYard(HandClock()).parked())
        yield self.all
        await self.all.close()


class TestRabbitMq(OnRabbitMq, BrokerConformance, SharedBrokerConformance):
    gives_several = True

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.all.under_test()


class TestRabbitMqChannels(OnRabbitMq, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked
