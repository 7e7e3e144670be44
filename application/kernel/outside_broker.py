"""The broker over a server outside: what all of them have in common, so that an adapter carries and nothing more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, Protocol

from application.kernel.broker import BrokerUnavailable, Channel, Handler, ParkedMessages
from application.kernel.outbox import Message
from application.kernel.reachable import Calls
from application.kernel.taking import Sleep, Taking, Tries

logger = logging.getLogger(__name__)

FIRST_WAIT: Final = 0.05
LONGEST_WAIT: Final = 5.0
"""Seconds between attempts to reach a server that does not answer: they double from the one to the other."""

PATIENCE: Final = 0.5
"""Seconds that giving back may take."""

Settle = Callable[[], Awaitable[None]]
"""Tells the server that a message is done with, so that it does not come again."""


class Server(Protocol):
    """Where a server is, and what the settings say of it."""

    @property
    def url(self) -> str: ...
    @property
    def name(self) -> str:
        """What the names of streams, queues, topics begin with."""
        ...

    @property
    def takeover_seconds(self) -> float:
        """How long a process that holds something may be silent."""
        ...

    @property
    def retention_hours(self) -> int: ...


class Intake(Protocol):
    """Where a carrier puts what comes for a group: gives it to the handler, or parks it."""

    @property
    def at_once(self) -> int:
        """Most messages of a partition to be given together; 1 where they are only taken one by one."""
        ...

    async def begin(self, partition: int) -> None:
        """The partition came to this process, for the first time or again: called before its first message.

        Raises StoreError: begin again later.
        """
        ...

    async def take(self, message: Message, settle: Settle, *, parked: bool = False) -> None:
        """Return when the message was taken or parked, and settled. One after the other in a partition.

        `parked`: it was requeued. Raises what `settle` raises. While the broker drains it does not return for a message
        that was not begun: wait until you are cancelled.
        """
        ...

    async def take_together(self, messages: Sequence[Message], settle: Settle) -> bool:
        """Return whether messages of one partition, none of them requeued, were taken at once and, all together,
        settled; where they were not, give them one after the other. Raises what `settle` raises.
        """
        ...


class Carrier(Protocol):
    """One channel of a server, as the adapter of a technology reaches it.

    It connects when it is first used and again whenever it is used after it lost the connection; it neither waits
    between attempts nor repeats them: who calls does. Raises BrokerUnavailable where the server does not answer.
    """

    async def declare(self, group: str) -> None:
        """From now on the server keeps for this group whatever is published. Done before: nothing changes.

        Of commands, what is there already is for it too: one that nobody was there to take is still to be done.
        """
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Give messages of one partition, in order; return when the server keeps them.

        Raises BrokerUnavailable, with how many of them, from the first, it keeps for certain.
        """
        ...

    async def requeue(self, group: str, messages: Sequence[Message]) -> None:
        """Give messages to this group alone, each behind what waits in its partition, to be taken as `parked`."""
        ...

    async def consume(self, group: str, intake: Intake) -> None:
        """Give what comes to the intake, until cancelled; then give back what this process holds for the group.

        A partition is held by one process at a time, and taken over from one that is silent. No more is fetched than
        a bounded number of messages a partition ahead of what the intake took. Raises when the connection is lost,
        after everything that it brought was let go: then it is called again.
        """
        ...

    async def reach(self) -> None:
        """Return if the server answers."""
        ...

    async def forget(self, groups: Collection[str]) -> None:
        """Delete from the server all there is of this channel, and of how far these groups are."""
        ...

    async def close(self) -> None:
        """Give the connection back. Nothing else is called after it."""
        ...

    def abort(self) -> None:
        """As a process that is killed: give nothing back, and reach the server no more."""
        ...


class OutsideBroker:
    """One channel of a broker outside: tries, parks, requeues, reconnects and drains over whatever carries.

    A message is accepted when the server keeps it. Each group is made known to the server before anything is published
    here: those that are subscribed, and those `known` to be elsewhere, whose messages are kept though they never ran.
    """

    def __init__(
        self,
        carrier: Carrier,
        parked: ParkedMessages,
        tries: Tries | None = None,
        known: Collection[str] = (),
        sleep: Sleep = asyncio.sleep,
        calls: Calls | None = None,
    ) -> None:
        self._carrier = carrier
        self._calls = calls or Calls()
        self._parked = parked
        self._tries = tries or Tries()
        self._known = frozenset(known)
        self._sleep = sleep
        self._declared: set[str] = set()
        self._groups: dict[str, _Intake] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._publishing = _Count()
        self._closing = False

    def subscribe(self, group: str, handler: Handler) -> None:
        if group in self._groups:
            raise ValueError(f"group {group} has a handler already")
        intake = self._groups[group] = _Intake(Taking(group, handler, self._parked, self._tries, self._sleep))
        name = f"{group}-consumer"
        self._tasks.append(asyncio.get_running_loop().create_task(self._consume(group, intake), name=name))

    async def publish(self, messages: Sequence[Message]) -> None:
        with self._publishing, self._calls.one():
            await self._declare()
            if messages:
                try:
                    await self._carrier.publish(messages)
                except BrokerUnavailable:
                    self._declared.clear()  # a server that comes back may have forgotten
                    raise

    async def requeue(self, group: str, messages: Collection[str]) -> int:
        if group not in self._groups and group not in self._known:
            raise ValueError(f"nobody subscribed in the name of {group}")
        with self._publishing:
            found = await self._parked.find(group, messages)
            if found:
                await self._declare()
                await self._carrier.requeue(group, [each.message for each in found])
        return len(found)

    async def reach(self) -> None:
        """Return if the server answers. Raises BrokerUnavailable."""
        await self._carrier.reach()

    @property
    def groups(self) -> frozenset[str]:
        """Those that were subscribed here, and those known to be elsewhere."""
        return self._known.union(self._groups)

    async def forget(self, groups: Collection[str]) -> None:
        """Delete from the server all there is of this channel, for these groups too. Raises BrokerUnavailable."""
        await self._carrier.forget(self.groups.union(groups))

    async def drain(self) -> None:
        self._closing = True
        try:
            await self._publishing.none()
            for intake in self._groups.values():
                await intake.drain()
        finally:
            for task in self._tasks:
                task.cancel()
        await ended(self._tasks, PATIENCE)

    async def close(self) -> None:
        """Let go of what is in hand, it comes again; give the connection back."""
        self._closing = True
        await ended(self._tasks, PATIENCE)
        await self._carrier.close()

    def stop(self) -> None:
        self._closing = True
        self._carrier.abort()
        for task in self._tasks:
            task.cancel()

    async def _declare(self) -> None:
        """Raises BrokerUnavailable."""
        if self._closing:
            raise BrokerUnavailable("the broker is stopping")
        for group in {*self._groups, *self._known} - self._declared:
            await self._carrier.declare(group)
            self._declared.add(group)

    async def _consume(self, group: str, intake: "_Intake") -> None:
        """Consume, and again whenever the connection was lost, after ever longer waits."""
        wait = FIRST_WAIT
        while True:
            taken = intake.taken
            try:
                await self._carrier.declare(group)
                self._declared.add(group)
                await self._carrier.consume(group, intake)
                error: Exception = BrokerUnavailable("the server ended it")
            except Exception as raised:
                error = raised
            if self._closing:
                return
            if intake.taken > taken:
                wait = FIRST_WAIT
            logger.warning("%s takes nothing for now, again in %.2f s: %s", group, wait, str(error) or repr(error))
            await self._sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)


async def ended(tasks: Collection[asyncio.Task[None]], patience: float) -> None:
    """Have tasks end. They are cancelled again every `patience` seconds: a driver may swallow a cancellation that comes
    together with something else.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=patience)


class OutsideChannels:
    """The channels of a connection with a server, each with a carrier of its own."""

    def __init__(
        self,
        carrier: Callable[[Channel], Carrier],
        parked: ParkedMessages,
        tries: Tries | None = None,
        known: Mapping[Channel, Collection[str]] | None = None,
    ) -> None:
        groups = known or {}
        self.calls = Calls()
        self._brokers = {
            channel: OutsideBroker(carrier(channel), parked, tries, groups.get(channel, ()), calls=self.calls)
            for channel in Channel
        }

    def __call__(self, channel: Channel) -> OutsideBroker:
        return self._brokers[channel]

    async def reach(self) -> None:
        """Return if the server answers. Raises BrokerUnavailable."""
        with self.calls.one():
            await self._brokers[Channel.EVENTS].reach()

    async def forget(self, others: Collection["OutsideChannels"] = ()) -> None:
        """Delete from the server all that goes by this name, for the groups of these others too, and nobody uses any
        more: for whoever tried something under a name of its own. Raises BrokerUnavailable.
        """
        for channel, broker in self._brokers.items():
            await broker.forget({group for each in others for group in each(channel).groups})

    async def close(self) -> None:
        """Let go of what is in hand, and give the connections back."""
        await asyncio.gather(*(broker.close() for broker in self._brokers.values()), return_exceptions=True)


class _Count:
    """How many are at something, and a wait until none is."""

    def __init__(self) -> None:
        self._number = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._number += 1
        self._none.clear()

    def __exit__(self, *_: object) -> None:
        self._number -= 1
        if not self._number:
            self._none.set()

    async def none(self) -> None:
        await self._none.wait()


class _Intake:
    """The intake of one group in this process."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._turns: dict[int, asyncio.Lock] = {}
        self._in_hand = _Count()
        self._draining = False
        self.taken = 0
        self.at_once = taking.at_once

    async def begin(self, partition: int) -> None:
        await self._taking.begin_anew(partition)

    async def take(self, message: Message, settle: Settle, *, parked: bool = False) -> None:
        # Should a carrier give two of a partition at once, they still go one after the other.
        async with self._turns.setdefault(message.partition, asyncio.Lock()):
            if self._draining:
                await asyncio.get_running_loop().create_future()
            with self._in_hand:
                await self._taking(message, parked=parked)
                await settle()
                self.taken += 1

    async def take_together(self, messages: Sequence[Message], settle: Settle) -> bool:
        async with self._turns.setdefault(messages[0].partition, asyncio.Lock()):
            if self._draining:
                return False
            with self._in_hand:
                if not await self._taking.together(messages):
                    return False
                await settle()
                self.taken += len(messages)
                return True

    async def drain(self) -> None:
        """Begin nothing more; return when what was begun is settled."""
        self._draining = True
        await self._in_hand.none()
