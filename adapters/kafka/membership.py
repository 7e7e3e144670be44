"""A process as a member of a group: it takes the partitions that the server gives it, while it gives them."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from adapters.kafka.server import CLOSING_SECONDS, KafkaServer, unavailable, within
from adapters.kafka.topics import Topic
from application.kernel.broker import BrokerUnavailable, Channel
from application.kernel.outbox import Message
from application.kernel.outside_broker import Intake, Settle
from contracts.events.v1.cloudevents import from_kafka
from contracts.events.v1.messages import AGAIN_FOR, came_at, from_record

logger = logging.getLogger(__name__)

AHEAD: Final = 2**20
"""Bytes that may wait in a lane; it is paused while there are more, until half of them are taken."""
RECORD_BYTES: Final = 1_000
"""What a record takes beside its bytes, roughly."""
LOOK_MILLISECONDS: Final = 100
METADATA_MILLISECONDS: Final = 3_000
"""Between two looks at what partitions there are: one of a topic made just now may not have been known yet."""
COMMIT_SECONDS: Final = 0.1
"""Between two commits: a death brings what was taken since again."""
BEGIN_SECONDS: Final = 0.5


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]
    """One stay in a group, from joining to leaving.

    The server has all members give up all partitions whenever one comes or goes, and shares them out anew. What is in
    hand has a while to be taken; what was taken is committed before another gets the partition.
    """

    def __init__(self, server: KafkaServer, topic: Topic, group: str, intake: Intake, takeover: float) -> None:
        self._topic = topic
        self._group = group
        self._intake = intake
        self.at_once = intake.at_once
        self._takeover = takeover
        self._consumer: AIOKafkaConsumer = server.consumer(
            topic.group(group),
            auto_offset_reset="earliest",
            session_timeout_ms=round(takeover * 1_000),
            heartbeat_interval_ms=min(3_000, round(takeover * 250)),
            rebalance_timeout_ms=round(max(2 * takeover, 20) * 1_000),
            max_poll_interval_ms=24 * 3_600_000,  # it is asked all the time, however slow the handlers are
            fetch_max_wait_ms=LOOK_MILLISECONDS,
            metadata_max_age_ms=METADATA_MILLISECONDS,
            partition_assignment_strategy=(RangePartitionAssignor,),
        )
        self._lanes: dict[TopicPartition, _Lane] = {}
        self._taken: dict[TopicPartition, int] = {}
        self._news = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._aborted = False

    async def run(self) -> None:
        """Until cancelled. Raises BrokerUnavailable, and what a lane raises."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._read(), name=f"{self._group}-reader")
                tasks.create_task(self._commit_on(), name=f"{self._group}-commits")
        except* (KafkaError, OSError) as errors:
            raise unavailable(errors.exceptions[0]) from errors
        except* Exception as errors:
            raise errors.exceptions[0] from None
        finally:
            self._tasks = None
            await self._leave()

    def abort(self) -> None:
        """Say nothing more to the server: it finds out that this member is silent."""
        self._aborted = True

    async def _leave(self) -> None:
        if self._aborted:
            coordinator = self._consumer._coordinator
            if coordinator is not None:
                coordinator.generation = -1  # then there is nothing to take leave from
        else:
            await within(CLOSING_SECONDS, self._commit())
        await within(CLOSING_SECONDS, self._consumer.stop())

    async def _read(self) -> None:
        self._consumer.subscribe([self._topic.name], listener=self)
        await self._consumer.start()
        while True:
            for partition, records in (await self._consumer.getmany(timeout_ms=LOOK_MILLISECONDS)).items():
                if lane := self._lanes.get(partition):
                    lane.put(records)
                    if lane.waiting > AHEAD:
                        self._consumer.pause(partition)

    # -- how far it is ------------------------------------------------------------------------------------------------

    def _settled(self, partition: TopicPartition, offset: int) -> None:
        self._taken[partition] = offset + 1
        self._news.set()
        lane = self._lanes.get(partition)
        if lane and lane.waiting <= AHEAD // 2 and partition in self._consumer.paused():
            self._consumer.resume(partition)

    async def _commit_on(self) -> None:
        """Commit what was taken; whoever cannot for too long lets go of everything, before another is given it."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                async with asyncio.timeout(self._takeover / 2):
                    await self._commit()
            except TimeoutError:
                raise BrokerUnavailable(f"Kafka took no commit for {self._takeover / 2:.1f} seconds") from None
            await asyncio.sleep(COMMIT_SECONDS)

    async def _commit(self) -> None:
        taken, self._taken = self._taken, {}
        if not taken or self._aborted:
            return
        try:
            await self._consumer.commit(taken)
        except (CommitFailedError, IllegalStateError) as error:
            logger.info("%s comes again for %s: %r", taken, self._group, error)  # they are shared out anew
        except BaseException:
            self._taken = {**taken, **self._taken}
            raise

    # -- what the server gives and takes ------------------------------------------------------------------------------

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        if self._tasks is None or self._aborted:
            return
        self._taken.clear()  # what could not be committed comes again, here or elsewhere
        for partition in assigned:
            lane = _Lane(self, partition)
            running = lane.run()
            try:
                lane.task = self._tasks.create_task(running, name=f"{self._group}-{partition.partition}")
            except RuntimeError:  # they are ending, and this member with them: another is given it then
                running.close()
                return
            self._lanes[partition] = lane

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        lanes = list(self._lanes.values())
        self._lanes.clear()
        if lanes:
            for lane in lanes:
                lane.end()
            tasks = [lane.task for lane in lanes]
            _, late = await asyncio.wait(tasks, timeout=min(self._takeover / 2, CLOSING_SECONDS))
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await within(CLOSING_SECONDS, self._commit())

    # -- for a lane ---------------------------------------------------------------------------------------------------

    async def begin(self, partition: int) -> None:
        while True:
            try:
                return await self._intake.begin(partition)
            except Exception as error:
                logger.warning("%s cannot begin with partition %d now: %r", self._group, partition, error)
                await asyncio.sleep(BEGIN_SECONDS)

    async def take_together(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> bool:
        """Whether they were taken; those that were requeued are for one at a time."""
        if len(records) == 1 or any(_again_for(each) is not None for each in records):
            return False
        settle = self._settle(partition, records[-1])
        return await self._intake.take_together([self._message(each) for each in records], settle)

    async def take(self, partition: TopicPartition, record: ConsumerRecord) -> None:
        settle = self._settle(partition, record)
        again_for = _again_for(record)
        if again_for is not None and again_for != self._group.encode():
            await settle()
        else:
            await self._intake.take(self._message(record), settle, parked=again_for is not None)

    def _settle(self, partition: TopicPartition, record: ConsumerRecord) -> Settle:
        """Says that all up to this record was taken."""

        async def settle() -> None:
            if self._aborted:
                raise BrokerUnavailable("the process is ending")
            self._settled(partition, record.offset)

        return settle

    def _message(self, record: ConsumerRecord) -> Message:
        headers = [(name, (value or b"").decode(errors="replace")) for name, value in record.headers]
        return from_record(
            Message,
            from_kafka,
            [each for each in headers if each[0] != AGAIN_FOR],
            record.value or b"",
            partition=record.partition,
            at=came_at(record.timestamp),
            whole=self._topic.channel is not Channel.EVENTS,
        )


def _again_for(record: ConsumerRecord) -> bytes | None:
    """The group that a record was requeued for."""
    return next((value for name, value in record.headers if name == AGAIN_FOR), None)


def _size(record: ConsumerRecord) -> int:
    """Bytes that it takes here, roughly."""
    parts = [record.key, record.value, *(value for _, value in record.headers)]
    return RECORD_BYTES + sum(len(part) for part in parts if part is not None)


class _Lane:
    """A partition while this process has it: its records, one after the other."""

    task: "asyncio.Task[None]"

    def __init__(self, member: Membership, partition: TopicPartition) -> None:
        self._member = member
        self._partition = partition
        self._records: asyncio.Queue[Any] = asyncio.Queue()
        self._ending = False
        self.waiting = 0
        """Bytes of the records that are there and not begun."""

    def put(self, records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            self._records.put_nowait(record)
            self.waiting += _size(record)

    def end(self) -> None:
        """Take nothing after what is in hand."""
        self._ending = True
        self._records.put_nowait(None)

    async def run(self) -> None:
        await self._member.begin(self._partition.partition)
        while (record := await self._records.get()) is not None and not self._ending:
            records = [record]
            while len(records) < self._member.at_once and not self._records.empty():
                records.append(self._records.get_nowait())
            self.waiting -= sum(map(_size, records))
            if not await self._member.take_together(self._partition, records):
                await self._one_by_one(records)

    async def _one_by_one(self, records: Sequence[ConsumerRecord]) -> None:
        for each in records:
            if self._ending:
                return
            await self._member.take(self._partition, each)
