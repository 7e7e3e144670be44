"""RabbitMQ keeps what the port promises."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.rabbitmq import confirmations
from adapters.rabbitmq.channels import rabbitmq
from application.kernel.broker import Channel, Channels, ParkedMessages
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest, Consumer, until
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.yard import HandClock, message
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


class TestBesideWorkThatHoldsTheLoop(OnRabbitMq):
    async def test_what_many_publish_at_once_is_confirmed_though_most_wait_behind_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(confirmations, "PATIENCE", 5.0)
        events, taken = self.all.channels()(Channel.EVENTS), Consumer()
        events.subscribe("one", taken)
        await events.publish([message(1)])
        await until(lambda: len(taken.taken) == 1)

        async def hold() -> None:
            while True:
                began = time.perf_counter()
                while time.perf_counter() - began < 0.004:
                    pass
                await asyncio.sleep(0)

        holding = asyncio.ensure_future(hold())
        each = [[message(n, f"account:{key}") for n in range(2, 102)] for key in "ABCDEFGH"]
        await asyncio.gather(*(events.publish(messages) for messages in each))
        holding.cancel()
        await until(lambda: len(taken.taken) >= 801)
        assert len(taken.taken) == 801, "and none was sent twice"


class TestRabbitMqChannels(OnRabbitMq, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.all.channels(), self.all.parked
