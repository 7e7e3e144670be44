"""The channels within the process, and the parked messages in memory and in SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.memory.broker import InProcessChannels
from application.kernel.broker import Channels, ParkedMessages
from contracts.conformance.channels import ChannelsConformance, ParkedMessagesConformance
from contracts.conformance.yard import HandClock
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
