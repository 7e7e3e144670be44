"""The broker: carries messages over channels, to the groups of consumers that subscribed."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from application.kernel.outbox import Message, partition_of


class Channel(StrEnum):
    """What is carried, each kind apart from the others.

    Events are told by the ledger and published by the relay. Commands come from outside, replies go back there: of
    these a message's `data` is one CloudEvent whole, as structured JSON, whose parts only the handler judges; `epoch`
    and `number` are 0, the `subject` is the key that the sender gave.
    """

    EVENTS = "events"
    COMMANDS = "commands"
    REPLIES = "replies"


GROUP_OF_COMMANDS: Final = "commands"
"""The group that takes commands, and the name under which they are parked: known before it ever ran."""


def letter(id: str, tenant: str, key: str, type: str, request: str | None, data: bytes, at: datetime) -> Message:
    """A message of the channels of commands and replies; `data` is the whole CloudEvent, the rest its label."""
    return Message(id, 0, tenant, partition_of(tenant, key), key, 0, type, data, request, at)


class BrokerUnavailable(Exception):
    """The broker does not answer, or is stopping. The first `accepted` of the messages given are kept by it."""

    def __init__(self, message: str, *, accepted: int = 0) -> None:
        super().__init__(message)
        self.accepted = accepted


class Poison(Exception):
    """Raised by a handler for a message that no repeat will make good: malformed, of an unknown version."""


class NotNow(Exception):
    """Raised by a handler when what it needs does not answer: the message is good, the moment is not.

    The message is delivered again, after ever longer waits, as often as it takes. It is not parked for it, and what
    follows in its partition waits.
    """


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


class TakesTogether(Protocol):
    """A handler that may be given several messages of a partition at once, where the broker has as many for it."""

    async def __call__(self, delivery: Delivery) -> None: ...

    async def together(self, messages: Sequence[Message]) -> None:
        """Take all of these, which come in order. To return is to acknowledge all of them.

        To raise acknowledges none: then they come one by one, from the first on, whatever became of them before.
        """
        ...


class Publisher(Protocol):
    """The relay's side of the broker."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Give messages of one partition, in order. Returns when the broker keeps them, come what may.

        Waits while its queues are full. The same message may be given again. Raises BrokerUnavailable.
        """
        ...


class Broker(Publisher, Protocol):
    """One channel of a broker, with its consumers.

    Each group gets every message at least once; within a group a partition has one consumer at a time, which sees the
    messages of a key in the order published. What a handler does not take after some attempts is parked, the reason
    kept, and later messages go on. `Taking` does the trying and the parking for every adapter.
    """

    def subscribe(self, group: str, handler: Handler) -> None:
        """Deliver everything published from now on to this handler, in the name of the group.

        A group is of one channel: what it could not take is parked under its name.
        """
        ...

    async def requeue(self, group: str, messages: Collection[str]) -> int:
        """Deliver parked messages (ids) again, behind what waits; how many were found. They stay parked until taken."""
        ...

    async def drain(self) -> None:
        """Accept no more, finish what was accepted or leave it to the next process, stop."""
        ...

    def stop(self) -> None:
        """Stop at once, as a process that is killed: what was not settled counts as not accepted, or as not taken."""
        ...


class Channels(Protocol):
    """A connection with a broker: the adapter behind the port `broker`."""

    def __call__(self, channel: Channel) -> Broker:
        """The broker of this channel, the same one every time."""
        ...


class ParkedPlace(NamedTuple):
    """Where a parked message stands among all of its tenant's."""

    at: datetime
    group: str
    message: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that a group could not take, with the attempts made and the last failure."""

    group: str
    message: Message
    attempts: int
    reason: str
    at: datetime

    @property
    def place(self) -> ParkedPlace:
        return ParkedPlace(self.at, self.group, self.message.id)


class ParkedMessages(Protocol):
    """Where parked messages are kept. Raises StoreError."""

    async def park(self, group: str, message: Message, attempts: int, reason: str) -> None:
        """Keep a message; one parked already keeps its place, with the attempts added and the new reason."""
        ...

    async def parked(self, group: str, limit: int) -> Sequence[Parked]:
        """The parked messages of a group, the oldest first."""
        ...

    async def of_tenant(self, tenant: str, limit: int, after: ParkedPlace | None = None) -> Sequence[Parked]:
        """A tenant's parked messages of every group, by their places, those after this one."""
        ...

    async def find(self, group: str, messages: Collection[str]) -> Sequence[Parked]:
        """Those of these messages (ids) that are parked, the oldest first."""
        ...

    async def remove(self, group: str, message: str) -> bool:
        """Forget a parked message that was taken or given up; False if it was not there."""
        ...
