"""How a channel lies in Kafka: its topic, and how far a group has come in it."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import CommitFailedError, KafkaError, TopicAlreadyExistsError, for_code

from adapters.kafka.server import ANSWER_SECONDS, CLOSING_SECONDS, MOST_BYTES, KafkaServer, unavailable, within
from application.kernel.broker import BrokerUnavailable, Channel
from application.kernel.outbox import PARTITIONS

EXISTS: Final = TopicAlreadyExistsError.errno


@dataclass(frozen=True, slots=True)
class Topic:
    """The topic of one channel. What is in it is kept for so long, on `replicas` servers, on `in_sync` for certain."""

    prefix: str
    channel: Channel
    keep: timedelta
    replicas: int
    in_sync: int

    @property
    def name(self) -> str:
        return f"{self.prefix}.{self.channel}"

    @property
    def partitions(self) -> list[TopicPartition]:
        return [TopicPartition(self.name, partition) for partition in range(PARTITIONS)]

    def group(self, group: str) -> str:
        """The name of a group, as Kafka has it: `entrepot.search`."""
        return f"{self.prefix}.{group}"

    async def create(self, admin: AIOKafkaAdminClient) -> None:
        """Create the topic unless it is there, as it must be. Raises BrokerUnavailable, KafkaError."""
        settings = {
            "cleanup.policy": "delete",
            "retention.ms": str(self.keep // timedelta(milliseconds=1)),
            "min.insync.replicas": str(self.in_sync),
            "max.message.bytes": str(MOST_BYTES),
        }
        wanted = NewTopic(self.name, PARTITIONS, self.replicas, topic_configs=settings)
        answer = await admin.create_topics([wanted])
        for _, code, *why in answer.topic_errors:
            if code not in (0, EXISTS):
                raise BrokerUnavailable(f"Kafka does not create the topic {self.name}: {for_code(code).__name__} {why}")
            if code == 0:
                return
        count = await self._count(admin)
        if count != PARTITIONS:
            raise BrokerUnavailable(
                f"the topic {self.name} has {count} partitions where all processes count on {PARTITIONS}: "
                "choose another name for the broker, or delete the topic"
            )

    async def _count(self, admin: AIOKafkaAdminClient) -> int:
        """How many partitions the topic has; one that was made just now is not known to every server at once."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                (found,) = await admin.describe_topics([self.name])
                if found["error_code"] == 0:
                    return len(found["partitions"])
                await asyncio.sleep(0.1)

    async def begin(self, server: KafkaServer, group: str) -> None:
        """Let the group begin here, unless it began before. Raises BrokerUnavailable."""
        name = self.group(group)
        async with server.admin() as admin:
            await self.create(admin)
            if await self._begun(admin, name):
                return
            # Where it begins is asked before a second look: had another process let the group begin meanwhile, and
            # published since, that would be lost for the group.
            first = await self._first(server, name)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    # Where somebody else deleted a topic of this name just now, the server forgets what groups knew of
                    # it in its own time, and with it perhaps what is committed meanwhile.
                    while not await self._begun(admin, name):
                        await self._commit(server, name, first)
                        await asyncio.sleep(0.1)
            except TimeoutError as error:
                raise BrokerUnavailable(f"Kafka did not take down where {name} begins") from error

    async def delete(self, admin: AIOKafkaAdminClient, groups: Collection[str]) -> None:
        """Delete the topic; return when the server forgot how far these groups had come in it, which takes it a while.

        Until then a group would be taken for one that began, by whoever uses the name anew. Raises TimeoutError.
        """
        await admin.delete_topics([self.name])
        for name in map(self.group, groups):
            async with asyncio.timeout(ANSWER_SECONDS):
                while max(await self._come(admin, name)) >= 0:  # noqa: ASYNC110 - the server's doing
                    await asyncio.sleep(0.1)

    async def _begun(self, admin: AIOKafkaAdminClient, group: str) -> bool:
        """Whether it is known of every partition how far the group has come."""
        return all(offset >= 0 for offset in await self._come(admin, group))

    async def _come(self, admin: AIOKafkaAdminClient, group: str) -> list[int]:
        """How far the group has come in each partition; -1 where that is not known."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                try:
                    known = await admin.list_consumer_group_offsets(group, partitions=self.partitions)
                    if known.keys() >= set(self.partitions):  # none at all: it is not ready to say
                        return [known[each].offset for each in self.partitions]
                except KafkaError as error:
                    if not error.retriable:
                        raise
                await asyncio.sleep(0.1)  # a server that comes up is not ready at once

    async def _first(self, server: KafkaServer, group: str) -> dict[TopicPartition, int]:
        """The first records that are for the group: what comes from now on; of commands, what is there too."""
        reader = server.consumer(group)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await reader.start()
            reader.assign(self.partitions)
            ask = reader.beginning_offsets if self.channel is Channel.COMMANDS else reader.end_offsets
            offsets: dict[TopicPartition, int] = await ask(self.partitions)
            return offsets
        except (KafkaError, OSError, TimeoutError) as error:
            raise unavailable(error) from error
        finally:
            await within(CLOSING_SECONDS, reader.stop())

    async def _commit(self, server: KafkaServer, group: str, offsets: dict[TopicPartition, int]) -> None:
        reader = server.consumer(group)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await reader.start()
                reader.assign(self.partitions)
                await reader.commit(offsets)
        except CommitFailedError:
            return  # the group has members: it began
        except (KafkaError, OSError, TimeoutError) as error:
            raise unavailable(error) from error
        finally:
            await within(CLOSING_SECONDS, reader.stop())
