"""Kafka keeps what the ports of a broker promise, on a real server."""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import pytest

from adapters.kafka.channels import kafka_channels
from adapters.kafka.server import server_of
from application.kernel.broker import Channel, Channels, ParkedMessages
from application.kernel.outside_broker import OutsideChannels
from application.kernel.taking import Tries
from contracts.conformance.broker import ATTEMPTS, BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.yard import HandClock
from entrypoints.composition.settings import BrokerSettings
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of

TRIES = Tries(attempts=ATTEMPTS, first_wait=0.0, longest_wait=0.0)

TAKEOVER = 6.0
"""The least that a Kafka server allows unless it is told otherwise."""


class Place:
    """Topics of the test's own on the shared server."""

    def __init__(self) -> None:
        self.settings = BrokerSettings(url=url_of("kafka"), name=f"t-{token_hex(6)}", takeover_seconds=TAKEOVER)
        self.opened: list[OutsideChannels] = []

    def open(self, parked: ParkedMessages) -> OutsideChannels:
        self.opened.append(kafka_channels(self.settings, parked, TRIES))
        return self.opened[-1]

    async def remove(self) -> None:
        for each in self.opened:
            await each.close()
        async with server_of(self.settings.url, self.settings.name).admin() as admin:
            await admin.delete_topics([f"{self.settings.name}.{channel}" for channel in Channel])


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    yield place
    await place.remove()


class TestKafkaBroker(BrokerConformance):
    @pytest.fixture(autouse=True)
    def placed(self, place: Place) -> None:
        self.place = place

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self._under_test(MemoryYard(HandClock()).parked())

    def _under_test(self, parked: ParkedMessages) -> BrokerUnderTest:
        broker = self.place.open(parked)(Channel.EVENTS)
        return BrokerUnderTest(broker, parked, broker.stop, lambda: self._under_test(parked))


class TestKafkaChannels(ChannelsConformance):
    @pytest.fixture(autouse=True)
    def placed(self, place: Place) -> None:
        self.place = place

    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        parked = MemoryYard(HandClock()).parked()
        return self.place.open(parked), parked
