"""A broker that keeps what it is given passes the suites: they are for others than the one within the process too."""

from pathlib import Path

from application.kernel.broker import Channels, ParkedMessages
from application.kernel.taking import Tries
from contracts.conformance.broker import ATTEMPTS, BrokerConformance, BrokerUnderTest
from contracts.conformance.channels import ChannelsConformance
from contracts.conformance.yard import HandClock
from tests.contract.outbox.installations import MemoryYard
from tests.contract.outbox.log_broker import Log, channels_of, events_of

TRIES = Tries(attempts=ATTEMPTS, first_wait=0.0, longest_wait=0.0)


def under_test(log: Log, parked: ParkedMessages) -> BrokerUnderTest:
    broker = events_of(log, parked, TRIES)
    return BrokerUnderTest(broker, parked, broker.stop, lambda: under_test(log, parked))


class TestLogBroker(BrokerConformance):
    # Its server is within this process, and so is whatever waits there.
    test_a_consumer_that_stands_still_has_little_waiting_in_its_process = None  # type: ignore[assignment]

    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return under_test(Log(), MemoryYard(HandClock()).parked())


class TestLogChannels(ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        parked = MemoryYard(HandClock()).parked()
        return channels_of(Log(), parked, TRIES), parked
