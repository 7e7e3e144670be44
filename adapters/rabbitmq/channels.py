"""Events, commands and replies over RabbitMQ: for each group a quorum queue of each partition, bound to one exchange.

A queue has a single active consumer, which the server chooses; processes look at how many consume, and consume no more
queues than is their share.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, cast

from aio_pika import Connection, DeliveryMode, ExchangeType, connect
from aio_pika import Message as Letter
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    ChannelPreconditionFailed,
    PublishError,
)
from aiormq import Channel as Line
from aiormq.exceptions import ChannelLockedResource
from yarl import URL

from adapters.rabbitmq.confirmations import PATIENCE, Confirmations
from application.kernel.broker import BrokerUnavailable, Channel, ParkedMessages
from application.kernel.lanes import Lane, LaneLost, Lanes, beat_of, fair_share
from application.kernel.outbox import PARTITIONS, Message
from application.kernel.outside_broker import Intake, OutsideChannels, Server
from application.kernel.taking import Tries
from contracts.events.v1.cloudevents import canonical, from_amqp, to_binary_amqp
from contracts.events.v1.messages import AGAIN_FOR, from_record, to_record

FETCH: Final = 32
"""Most messages of a partition that are sent here ahead of what was taken."""
WRITTEN_AT_ONCE: Final = 8
"""Letters that are handed to the client in a turn of the loop. It takes ten in one, and of more one a turn: a process
that is busy would publish slower than events come."""
HOLDER: Final = ".holder"
"""What the name of the queue ends with that a process has to itself while it consumes another."""
UNKEYED: Final = 0
"""The partition of what comes with a routing key that names none."""
NO_LIMIT_FROM: Final = 4
"""The version from which a quorum queue drops what was delivered twenty times, unless it is told not to."""


def rabbitmq(
    server: Server,
    parked: ParkedMessages,
    tries: Tries | None = None,
    known: Mapping[Channel, Collection[str]] | None = None,
) -> OutsideChannels:
    """The channels of a RabbitMQ."""
    return OutsideChannels(lambda channel: QueueCarrier(server, channel), parked, tries, known)


class _Connection(Connection):
    """A connection that only this adapter ends.

    The client's own begins to end itself as it is collected, also where it never began or was lost: in whatever thread
    that happens, which may have no loop for it.
    """

    def __del__(self) -> None:
        """Nothing is left to do: what is open is among the carrier's connections until it is closed."""


class QueueCarrier:
    """One channel: the exchange `<name>.<channel>`, and the queues `<name>.<channel>.<group>.<partition>` behind it."""

    def __init__(self, server: Server, channel: Channel) -> None:
        self._channel = channel
        self._exchange = f"{server.name}.{channel}"
        self._others = f"{server.name}.{channel}.others"
        self._beat = beat_of(server.takeover_seconds)
        # The server takes two heartbeats that did not come for death.
        self._url = URL(server.url).update_query(heartbeat=max(1, int(server.takeover_seconds / 2)))
        self._groups: set[str] = set()
        self._connections: set[AbstractConnection] = set()
        self._link: AbstractConnection | None = None
        self._out: AbstractChannel | None = None
        self._opening = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._confirmed = Confirmations()
        self._cut: asyncio.Task[object] | None = None

    # -- the carrier --------------------------------------------------------------------------------------------------

    async def declare(self, group: str) -> None:
        async with self._reaching():
            for partition in range(PARTITIONS):
                queue = self._queue(group, partition)
                await self._declare_queue(queue)
                channel = await self._publisher()
                bound = await channel.get_queue(queue, ensure=False)
                await bound.bind(self._exchange, routing_key=str(partition))
                if partition == UNKEYED:
                    await bound.bind(self._others)
            self._groups.add(group)

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._send(self._exchange, [(str(each.partition), self._letter(each)) for each in messages])

    async def requeue(self, group: str, messages: Sequence[Message]) -> None:
        again = {AGAIN_FOR: group}
        letters = [(self._queue(group, each.partition), self._letter(each, again)) for each in messages]
        await self._send("", letters)

    async def consume(self, group: str, intake: Intake) -> None:
        async with self._reaching(), await self._connect() as connection:
            look = await connection.channel()
            crowd = f"{self._exchange}.{group}.members"
            await (await look.declare_queue(crowd, auto_delete=True)).consume(_ignore, no_ack=True)
            at: set[int] = set()
            async with Lanes(intake, lambda lane: self._read(connection, group, lane, at)) as lanes:
                while True:
                    members = await look.declare_queue(crowd, auto_delete=True)
                    share = fair_share(members.declaration_result.consumer_count or 0)
                    await self._choose(look, group, lanes, share, frozenset(at))
                    await lanes.pause(self._beat)

    async def reach(self) -> None:
        async with self._reaching():
            await (await self._publisher()).declare_exchange(self._exchange, passive=True)

    async def forget(self, groups: Collection[str]) -> None:
        async with self._reaching():
            channel = await self._publisher()
            for group in groups:
                for partition in range(PARTITIONS):
                    await channel.queue_delete(self._queue(group, partition))
            for exchange in (self._exchange, self._others):
                await channel.exchange_delete(exchange)

    async def close(self) -> None:
        for connection in list(self._connections):
            await connection.close()

    def abort(self) -> None:
        self._cut = asyncio.get_running_loop().create_task(self.close())

    @property
    def _wanted(self) -> bool:
        """Somebody is to have what is published here, so that there must be a queue for it."""
        return bool(self._groups) or self._channel is Channel.COMMANDS

    # -- the lanes ----------------------------------------------------------------------------------------------------

    async def _choose(self, look: AbstractChannel, group: str, lanes: Lanes, share: int, at: frozenset[int]) -> None:
        """Consume what nobody consumes, up to the share; leave what is too much.

        `at`: what this process has told the server that it consumes.
        """
        counts = {}
        for partition in range(PARTITIONS):
            queue = await look.declare_queue(self._queue(group, partition), passive=True)
            counts[partition] = queue.declaration_result.consumer_count or 0
        mine = lanes.running
        # A queue that recovers after the server was killed may forget who has consumed it since.
        lanes.drop([partition for partition in at if not counts[partition]])
        free = [partition for partition in counts if not counts[partition] and partition not in mine]
        random.shuffle(free)
        lanes.start(free[: max(0, share - len(mine))])
        lanes.keep(share)

    async def _read(self, connection: AbstractConnection, group: str, lane: Lane, at: set[int]) -> None:
        """Bring the messages of a partition. What was not acknowledged goes back to its place when this ends."""
        arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        queue = self._queue(group, lane.partition)
        opening = asyncio.get_running_loop().create_task(_consuming(connection, queue, arrived))
        try:
            await asyncio.shield(opening)
            at.add(lane.partition)
            first = True
            while (message := await arrived.get()) is not None:
                if first:  # from now on it is this consumer that is active
                    await lane.begin()
                    first = False
                came = [message, *_there(arrived, lane.at_once - 1)]
                if await self._taken_together(lane, came):
                    continue
                for each in came:
                    again = each.headers.get(AGAIN_FOR) is not None
                    await lane.take(self._message(lane.partition, each), each.ack, parked=again)
            raise BrokerUnavailable("rabbitmq: the channel was closed")
        finally:
            at.discard(lane.partition)
            await asyncio.shield(asyncio.get_running_loop().create_task(_closed(opening, queue)))

    async def _taken_together(self, lane: Lane, came: Sequence[AbstractIncomingMessage]) -> bool:
        """Whether they were taken; those that were requeued are for one at a time."""
        if len(came) == 1 or any(each.headers.get(AGAIN_FOR) is not None for each in came):
            return False

        async def settle() -> None:
            await came[-1].ack(multiple=True)

        return await lane.take_together([self._message(lane.partition, each) for each in came], settle)

    # -- the server ---------------------------------------------------------------------------------------------------

    async def _send(self, exchange: str, letters: Sequence[tuple[str, Letter]]) -> None:
        async with self._reaching():
            channel = await self._publisher()
            line = cast("Line", await channel.get_underlay_channel())
            sent = await self._written(line, exchange, letters)
            await self._confirmed(sent)  # in whichever order
        for kept, task in enumerate(sent):
            if task.cancelled():
                reason = f"nothing was confirmed for {PATIENCE:.0f} seconds, or the connection was lost"
                raise BrokerUnavailable(f"rabbitmq: {reason}", accepted=kept)
            result = task.exception()
            if isinstance(result, PublishError) and exchange and not self._wanted:
                continue  # it was returned: nobody has ever subscribed
            if result is not None:
                raise BrokerUnavailable(f"rabbitmq: {result!r}", accepted=kept) from result

    async def _written(
        self, line: Line, exchange: str, letters: Sequence[tuple[str, Letter]]
    ) -> Sequence[asyncio.Task[object]]:
        """The publishing of each, begun in this order."""
        start = asyncio.get_running_loop().create_task
        sent: list[asyncio.Task[object]] = []
        try:
            async with self._writing:
                for place in range(0, len(letters), WRITTEN_AT_ONCE):
                    some = letters[place : place + WRITTEN_AT_ONCE]
                    sent += [start(_publish(line, exchange, key, letter)) for key, letter in some]
                    await asyncio.sleep(0)
        except asyncio.CancelledError:
            for each in sent:
                each.cancel()
            raise
        return sent

    async def _publisher(self) -> AbstractChannel:
        """The channel to publish on, opened where there is none."""
        async with self._opening:
            if self._out is None or self._out.is_closed:
                if self._link is None or self._link not in self._connections:
                    self._link = await self._connect()
                channel = await self._link.channel(on_return_raises=True)
                others = await channel.declare_exchange(self._others, ExchangeType.FANOUT, durable=True)
                elsewhere: dict[str, Any] = {"alternate-exchange": others.name}
                await channel.declare_exchange(self._exchange, ExchangeType.DIRECT, durable=True, arguments=elsewhere)
                self._out = channel
            return self._out

    async def _declare_queue(self, name: str) -> None:
        """Make a queue that is not there. One that is stays as it is, as whoever runs the server made it."""
        arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-single-active-consumer": True}
        channel = await self._publisher()
        if _version(self._link) >= NO_LIMIT_FROM:
            arguments["x-delivery-limit"] = -1
        try:
            await channel.declare_queue(name, durable=True, arguments=arguments)
        except ChannelPreconditionFailed:
            channel = await self._publisher()
            await channel.declare_queue(name, passive=True)

    async def _connect(self) -> AbstractConnection:
        if self._cut is not None:
            raise BrokerUnavailable("the connection was cut")
        connection = await connect(self._url, timeout=PATIENCE, connection_class=_Connection)
        self._connections.add(connection)
        connection.close_callbacks.add(lambda *_: self._connections.discard(connection))
        return connection

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        if self._cut is not None:
            raise BrokerUnavailable("the connection was cut")
        try:
            yield
        except BrokerUnavailable:
            raise
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise BrokerUnavailable("rabbitmq: the connection was lost") from None
        except CONNECTION_EXCEPTIONS as error:
            raise BrokerUnavailable(f"rabbitmq: {error!r}") from error

    def _queue(self, group: str, partition: int) -> str:
        return f"{self._exchange}.{group}.{partition}"

    # -- the binding --------------------------------------------------------------------------------------------------

    def _letter(self, message: Message, more: Mapping[str, str] | None = None) -> Letter:
        headers, body = to_record(message, to_binary_amqp, whole=self._channel is not Channel.EVENTS)
        properties: dict[str, Any] = {**dict(headers), **(more or {})}
        content = properties.pop("content-type", None)
        return Letter(body, headers=properties, content_type=content, delivery_mode=DeliveryMode.PERSISTENT)

    def _message(self, partition: int, came: AbstractIncomingMessage) -> Message:
        headers = [(name, canonical(value)) for name, value in came.headers.items()]
        if came.content_type is not None:
            headers.append(("content-type", came.content_type))
        at, whole = came.timestamp or datetime.now(UTC), self._channel is not Channel.EVENTS
        return from_record(Message, from_amqp, headers, came.body, partition=partition, at=at, whole=whole)


async def _publish(line: Line, exchange: str, key: str, letter: Letter) -> None:
    """Return when it was confirmed, not waited for until it has left the process. Raises PublishError where no queue
    takes it.
    """
    body, properties = letter.body, letter.properties
    await line.basic_publish(
        body, exchange=exchange, routing_key=key, properties=properties, mandatory=True, wait=False
    )


async def _consuming(
    connection: AbstractConnection, queue: str, arrived: "asyncio.Queue[AbstractIncomingMessage | None]"
) -> AbstractChannel:
    """A channel over which the messages of a queue arrive, and None when it is closed."""

    async def put(message: AbstractIncomingMessage) -> None:
        arrived.put_nowait(message)

    channel = await connection.channel(publisher_confirms=False)
    try:
        await channel.declare_queue(queue + HOLDER, exclusive=True)
    except ChannelLockedResource:
        raise LaneLost(f"another process consumes {queue}") from None
    channel.close_callbacks.add(lambda *_: arrived.put_nowait(None))
    await channel.set_qos(prefetch_count=FETCH)
    await (await channel.get_queue(queue, ensure=False)).consume(put)
    return channel


def _there(arrived: "asyncio.Queue[AbstractIncomingMessage | None]", most: int) -> Iterator[AbstractIncomingMessage]:
    """What has arrived by now, so many at most."""
    for _ in range(min(arrived.qsize(), most)):
        if (message := arrived.get_nowait()) is None:
            arrived.put_nowait(None)  # behind it comes nothing
            return
        yield message


async def _closed(opening: "asyncio.Task[AbstractChannel]", queue: str) -> None:
    """Close a channel, perhaps while it is being opened.

    Neither is broken off half-way, whoever is in a hurry: the driver would wait for answers that never come, and the
    server would take offence, and close the connection.
    """
    with contextlib.suppress(*CONNECTION_EXCEPTIONS, asyncio.CancelledError, TimeoutError, LaneLost):
        async with asyncio.timeout(PATIENCE):
            channel = await opening
            await channel.queue_delete(queue + HOLDER)
            await channel.close()


async def _ignore(_: object) -> None:
    """Nobody sends anything there: who consumes is counted."""


def _version(connection: AbstractConnection | None) -> int:
    """The major version of the server."""
    transport = None if connection is None else connection.transport
    properties = {} if transport is None else transport.connection.server_properties
    return int(canonical(properties.get("version", "0")).partition(".")[0])
