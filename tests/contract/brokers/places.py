"""Where the servers of brokers are for tests: a namespace of its own for each test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

from application.kernel.broker import Channel, ParkedMessages
from application.kernel.outside_broker import OutsideChannels, Server
from application.kernel.taking import Tries
from contracts.conformance.broker import ATTEMPTS, BrokerUnderTest

TRIES: Final = Tries(attempts=ATTEMPTS, first_wait=0.0, longest_wait=0.0)


@dataclass(frozen=True)
class At:
    """A server, as the settings say it; short-tempered, because tests do not like to wait."""

    url: str
    name: str = field(default_factory=lambda: f"t{token_hex(6)}")
    takeover_seconds: float = 2.0
    retention_hours: int = 1


Open = Callable[[Server, ParkedMessages, Tries], OutsideChannels]


@dataclass
class Processes:
    """So many connections with one server, each as a process of its own has it."""

    open: Open
    at: At
    parked: ParkedMessages
    opened: list[OutsideChannels] = field(default_factory=list)

    def channels(self) -> OutsideChannels:
        self.opened.append(self.open(self.at, self.parked, TRIES))
        return self.opened[-1]

    def under_test(self) -> BrokerUnderTest:
        broker = self.channels()(Channel.EVENTS)
        return BrokerUnderTest(broker, self.parked, broker.stop, self.under_test)

    async def close(self) -> None:
        """Give back the connections, and leave nothing on the server."""
        for each in self.opened:
            await each.close()
        last = self.open(self.at, self.parked, TRIES)
        try:
            await last.forget(self.opened)
        finally:
            await last.close()
