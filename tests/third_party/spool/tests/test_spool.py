"""What every broker must keep, asked of the spool."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from entrepot_spool import append, read, spool_channels

from adapters.memory.broker import MemoryParkedMessages
from adapters.memory.database import MemoryDatabase
from application.kernel.broker import Channel, Channels, ParkedMessages
from application.kernel.outside_broker import OutsideChannels
from application.kernel.taking import Tries
from contracts.conformance.broker import ATTEMPTS, BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.yard import HandClock

TRIES = Tries(attempts=ATTEMPTS, first_wait=0.0, longest_wait=0.0)


class OnFiles:
    """Processes that share a folder and the parked messages."""

    @pytest.fixture(autouse=True)
    async def processes(self, tmp_path: Path) -> AsyncIterator[None]:
        self.folder = tmp_path / "spool"
        self.parked: ParkedMessages = MemoryParkedMessages(MemoryDatabase(HandClock().time()))
        self.all: list[OutsideChannels] = []
        yield
        for each in self.all:
            await each.close()

    def open(self) -> OutsideChannels:
        self.all.append(spool_channels(self.folder, self.parked, TRIES))
        return self.all[-1]

    def process(self) -> BrokerUnderTest:
        broker = self.open()(Channel.EVENTS)
        return BrokerUnderTest(broker, self.parked, broker.stop, self.process)


class TestSpool(OnFiles, BrokerConformance, SharedBrokerConformance):
    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.process()


class TestSpoolChannels(OnFiles, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.open(), self.parked


def test_a_line_that_a_death_tore_is_passed_over_and_what_follows_is_read(tmp_path: Path) -> None:
    log = tmp_path / "0.log"
    append(log, [b'{"n": 1}'])
    with log.open("ab") as file:
        file.write(b'{"n": 2, "bo')
    assert [record["n"] for _, record in read(log, 0)] == [1], "a line that is being written is none yet"
    append(log, [b'{"n": 3}'])
    records = read(log, 0)
    assert [record["n"] for _, record in records] == [1, 3]
    assert read(log, records[-1][0]) == []
