"""What carries one channel over Kafka."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from adapters.kafka.membership import Membership
from adapters.kafka.server import ANSWER_SECONDS, CLOSING_SECONDS, KafkaServer, unavailable, within
from adapters.kafka.topics import Topic
from application.kernel.broker import BrokerUnavailable, Channel
from application.kernel.outbox import Message
from application.kernel.outside_broker import Intake
from contracts.events.v1.cloudevents import to_binary_kafka
from contracts.events.v1.messages import AGAIN_FOR, to_record

Headers = list[tuple[str, bytes]]


class KafkaCarrier:
    """One topic. A group's partitions are shared out among its members by the server."""

    def __init__(self, server: KafkaServer, topic: Topic, takeover: float) -> None:
        self._server = server
        self._topic = topic
        self._takeover = takeover
        self._whole = topic.channel is not Channel.EVENTS
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._members: set[Membership] = set()
        self._ended = False

    async def reach(self) -> None:
        async with self._server.admin() as admin:
            await admin.describe_cluster()

    async def declare(self, group: str) -> None:
        await self._topic.begin(self._server, group)

    async def forget(self, groups: Collection[str]) -> None:
        """The groups themselves, which are empty, the server forgets by itself with time."""
        async with self._server.admin() as admin:
            await self._topic.delete(admin, groups)

    # -- publish ------------------------------------------------------------------------------------------------------

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._send(messages, [])

    async def requeue(self, group: str, messages: Sequence[Message]) -> None:
        for each in messages:
            await self._send([each], [(AGAIN_FOR, group.encode())])

    async def _send(self, messages: Sequence[Message], further: Headers) -> None:
        """Have messages of one partition kept, a batch of them at a time: all of it, or nothing."""
        producer = await self._open()
        kept = given = 0
        batch = producer.create_batch()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):  # by itself it would repeat for ever
                for each in messages:
                    record = self._record(each, further)
                    if batch.append(**record) is None:  # it is full
                        await (await producer.send_batch(batch, self._topic.name, partition=each.partition))
                        kept = given
                        batch = producer.create_batch()
                        batch.append(**record)
                    given += 1
                await (await producer.send_batch(batch, self._topic.name, partition=messages[0].partition))
        except (KafkaError, OSError, TimeoutError, AssertionError) as error:
            await self._give_up(producer)
            raise unavailable(error, accepted=kept) from error

    def _record(self, message: Message, further: Headers) -> dict[str, Any]:
        headers, body = to_record(message, to_binary_kafka, whole=self._whole)
        return {
            "key": "/".join(message.key).encode(),
            "value": body,
            "headers": [(name, value.encode()) for name, value in headers] + further,
            "timestamp": None,
        }

    async def _open(self) -> AIOKafkaProducer:
        """The producer there is, or a new one. Raises BrokerUnavailable."""
        async with self._opening:
            if self._ended:
                raise BrokerUnavailable("the connection with Kafka was given back")
            if self._producer is None:
                async with self._server.admin() as admin:
                    await self._topic.create(admin)
                producer = self._server.producer()
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await producer.start()
                except BaseException as error:
                    await abandon(producer)
                    if isinstance(error, KafkaError | OSError | TimeoutError):
                        raise unavailable(error) from error
                    raise
                self._producer = producer
            return self._producer

    async def _give_up(self, producer: AIOKafkaProducer) -> None:
        """Use another from now on: of this one it is not known what it still sends."""
        current = self._producer is producer
        if current:
            self._producer = None
            await abandon(producer)

    # -- consume ------------------------------------------------------------------------------------------------------

    async def consume(self, group: str, intake: Intake) -> None:
        member = Membership(self._server, self._topic, group, intake, self._takeover)
        self._members.add(member)
        try:
            await member.run()
        finally:
            self._members.discard(member)

    async def close(self) -> None:
        async with self._opening:
            self._ended = True
            producer, self._producer = self._producer, None
        if producer is not None:
            await abandon(producer)

    def abort(self) -> None:
        self._ended = True
        for member in self._members:
            member.abort()


async def abandon(producer: AIOKafkaProducer) -> None:
    """End a producer with all that it has in hand. Its own way of stopping waits until everything was sent.

    Whoever else waits for it does so until his time is up.
    """
    producer._closed = True
    if (sending := producer._sender.sender_task) is not None:
        sending.remove_done_callback(producer._sender._fail_all)  # it takes every producer for a transactional one
    await within(CLOSING_SECONDS, producer._sender.close())
    await within(CLOSING_SECONDS, producer.client.close())
