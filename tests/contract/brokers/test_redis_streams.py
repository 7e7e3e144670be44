"""Redis Streams keep what the port promises, on Redis and on Valkey."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.redis.streams import redis_streams
from application.kernel.broker import Channels, ParkedMessages
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.yard import HandClock
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


class OnRedis:
    server = "redis"

    @pytest.fixture(autouse=True)
    async def processes(self) -> AsyncIterator[Processes]:
        self.all = Processes(redis_streams, At(url_of(self.server)), MemoryYard(HandClock()).parked())
        yield self.all
        await self.all.close()


class TestRedisStreams(OnRedis, BrokerConformance, SharedBrokerConformance):
    gives_several = True

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.all.under_test()


class TestRedisChannels(OnRedis, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked


class TestValkeyStreams(TestRedisStreams):
    server = "valkey"


class TestValkeyChannels(TestRedisChannels):
    server = "valkey"
