"""NATS JetStream keeps what the port promises, on a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest

from adapters.nats.channels import nats_channels
from application.kernel.broker import Channel, Channels, ParkedMessages
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.yard import HandClock
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


async def forget(at: At) -> None:
    client = await nats.connect(at.url)
    for channel in Channel:
        await client.request(f"$JS.API.STREAM.DELETE.{at.name}-{channel}", timeout=5)
    await client.close()


class OnNats:
    @pytest.fixture(autouse=True)
    async def processes(self) -> AsyncIterator[Processes]:
        self.all = Processes(nats_channels, At(url_of("nats")), MemoryYard(HandClock()).parked())
        yield self.all
        await self.all.close()
        await forget(self.all.at)


class TestNatsBroker(OnNats, BrokerConformance):
    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.all.under_test()


class TestNatsChannels(OnNats, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked
