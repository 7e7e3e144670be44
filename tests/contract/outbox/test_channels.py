"""The channels within the process, and the parked messages in memory and in SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.memory.broker import InProcessChannels
from application.kernel.broker import BrokerUnavailable, Channel, Channels, ParkedMessages
from contracts.conformance.channels import ChannelsConformance, ParkedMessagesConformance
from contracts.conformance.yard import HandClock, message
from tests.contract.outbox.installations import MemoryYard, SqliteYard


class TestInProcessChannels(ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        parked = MemoryYard(HandClock()).parked()
        return InProcessChannels(parked), parked


class TestParkedInMemory(ParkedMessagesConformance):
    async def open_parked(self, folder: Path, clock: HandClock) -> ParkedMessages:
        return MemoryYard(clock).parked()


class TestParkedInSqlite(ParkedMessagesConformance):
    @pytest.fixture(autouse=True)
    async def closing(self) -> AsyncIterator[None]:
        yield
        await self.yard.close()

    async def open_parked(self, folder: Path, clock: HandClock) -> ParkedMessages:
        self.yard = await SqliteYard(folder, clock).open()
        return self.yard.parked()


async def test_a_command_that_nobody_takes_is_not_accepted() -> None:
    channels = InProcessChannels(MemoryYard(HandClock()).parked())
    with pytest.raises(BrokerUnavailable, match="nobody"):
        await channels(Channel.COMMANDS).publish([message(1)])
    for channel in (Channel.EVENTS, Channel.REPLIES):
        await channels(channel).publish([message(1)])
