"""The broker: carries messages from the relay to the groups of consumers that subscribed."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from application.kernel.outbox import Message


class BrokerUnavailable(Exception):
    """The broker does not answer, or is stopping. The first `accepted` of the messages given are kept by it."""

    def __init__(self, message: str, *, accepted: int = 0) -> None:
        super().__init__(message)
        self.accepted = accepted


class Poison(Exception):
    """Raised by a handler for a message that no repeat will make good: malformed, of an unknown version."""


class Delivery(NamedTuple):
    """One attempt to have a message handled.

    `attempt` counts from 1. `after_gap`: an earlier message of the same key is parked for this group, so what it told
    is missing; a projection takes any higher version, a command stands alone.
    """

    message: Message
    attempt: int
    after_gap: bool


Handler = Callable[[Delivery], Awaitable[None]]
"""Takes a message. To return is to acknowledge; to raise is to have it delivered again, then parked."""


class Publisher(Protocol):
    """The relay's side of the broker."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Give messages of one partition, in order. Returns when the broker keeps them, come what may.

        Waits while its queues are full. The same message may be given again. Raises BrokerUnavailable.
        """
        ...


class Broker(Publisher, Protocol):
    """A broker with consumers.

    Each group gets every message at least once; within a group a partition has one consumer at a time, which sees the
    messages of a key in the order published. What a handler does not take after some attempts is parked, the reason
    kept, and later messages go on.
    """

    def subscribe(self, group: str, handler: Handler) -> None:
        """Deliver everything published from now on to this handler, in the name of the group."""
        ...

    async def requeue(self, group: str, messages: Collection[str]) -> int:
        """Deliver parked messages (ids) again, behind what waits; how many were found. They stay parked until taken."""
        ...

    async def drain(self) -> None:
        """Accept no more, finish what was accepted, stop."""
        ...


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that a group could not take, with the attempts made and the last failure."""

    group: str
    message: Message
    attempts: int
    reason: str
    at: datetime


class ParkedMessages(Protocol):
    """Where parked messages are kept. Raises StoreError."""

    async def park(self, group: str, message: Message, attempts: int, reason: str) -> None:
        """Keep a message; one parked already keeps its place, with the attempts added and the new reason."""
        ...

    async def parked(self, group: str, limit: int) -> Sequence[Parked]:
        """The parked messages of a group, the oldest first."""
        ...

    async def find(self, group: str, messages: Collection[str]) -> Sequence[Parked]:
        """Those of these messages (ids) that are parked, the oldest first."""
        ...

    async def remove(self, group: str, message: str) -> bool:
        """Forget a parked message that was taken or given up; False if it was not there."""
        ...
