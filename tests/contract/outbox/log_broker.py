"""A broker outside, as small as one can be: a log of each partition that keeps what it is given, and its adapter.

The log stands for a server. It knows nothing of ours: records are headers and bytes, as a log of records has them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from application.kernel.broker import BrokerUnavailable, Channel, ParkedMessages
from application.kernel.outbox import PARTITIONS, Message
from application.kernel.outside_broker import Intake, OutsideBroker, OutsideChannels
from application.kernel.taking import Tries
from contracts.conformance.yard import START
from contracts.events.v1.cloudevents import Headers, from_kafka, to_binary_kafka
from contracts.events.v1.messages import AGAIN_FOR, from_record, to_record
from entrypoints.composition.outside import Given

Record = tuple[Headers, bytes]

LOGS: "dict[str, Log]" = {}
"""The servers there are, by the URL of the database beside them: what an address would say."""


@dataclass
class Log:
    """The server: records by topic and partition, and how far each group has come. It outlives its clients."""

    records: defaultdict[tuple[str, int], list[Record]] = field(default_factory=lambda: defaultdict(list))
    offsets: dict[tuple[str, str, int], int] = field(default_factory=dict)
    turns: defaultdict[tuple[str, str, int], asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    news: asyncio.Condition = field(default_factory=asyncio.Condition)


# -- the adapter ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def open_log(given: Given) -> AsyncIterator[OutsideChannels]:
    """The factory: ENTREPOT_ADAPTERS__BROKER=tests.contract.outbox.log_broker:open_log."""
    channels = channels_of(LOGS.setdefault(given.settings.database.url, Log()), given.parked(), given.tries)
    yield channels
    await channels.close()


def channels_of(log: Log, parked: ParkedMessages, tries: Tries | None = None) -> OutsideChannels:
    return OutsideChannels(lambda channel: LogCarrier(log, channel), parked, tries)


def events_of(log: Log, parked: ParkedMessages, tries: Tries | None = None) -> OutsideBroker:
    return channels_of(log, parked, tries)(Channel.EVENTS)


class LogCarrier:
    """One topic. What is published is kept; a group's place is moved on when a message was settled."""

    def __init__(self, log: Log, channel: Channel) -> None:
        self._log = log
        self._channel = channel
        self._cut = False

    async def declare(self, group: str) -> None:
        for partition in range(PARTITIONS):
            # A command that was sent before anybody was there to take it is still to be done.
            begin = 0 if self._channel is Channel.COMMANDS else len(self._log.records[self._channel, partition])
            self._log.offsets.setdefault((self._channel, group, partition), begin)

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._append([(each.partition, self._record(each)) for each in messages])

    async def requeue(self, group: str, messages: Sequence[Message]) -> None:
        again = [(each.partition, self._record(each)) for each in messages]
        await self._append([(part, ((*headers, (AGAIN_FOR, group)), body)) for part, (headers, body) in again])

    async def consume(self, group: str, intake: Intake) -> None:
        async with asyncio.TaskGroup() as lanes:
            for partition in range(PARTITIONS):
                lanes.create_task(self._lane(group, partition, intake))

    async def reach(self) -> None:
        if self._cut:
            raise BrokerUnavailable("the connection was cut")

    async def forget(self, groups: Collection[str]) -> None:
        for partition in range(PARTITIONS):
            self._log.records.pop((self._channel, partition), None)
            for group in groups:
                self._log.offsets.pop((self._channel, group, partition), None)

    async def close(self) -> None:
        self._cut = True

    def abort(self) -> None:
        self._cut = True

    async def _append(self, records: Sequence[tuple[int, Record]]) -> None:
        await self.reach()
        for partition, record in records:
            self._log.records[self._channel, partition].append(record)
        async with self._log.news:
            self._log.news.notify_all()

    async def _lane(self, group: str, partition: int, intake: Intake) -> None:
        place, records = (self._channel, group, partition), self._log.records[self._channel, partition]
        async with self._log.turns[place]:  # one process at a time
            await intake.begin(partition)
            while True:
                offset = self._log.offsets[place]

                async def settle(after: int = offset + 1) -> None:
                    await self.reach()
                    self._log.offsets[place] = after

                if offset == len(records):
                    async with self._log.news:
                        while offset == len(records):
                            await self._log.news.wait()
                    continue
                headers, body = records[offset]
                again_for = dict(headers).get(AGAIN_FOR, group)
                if again_for == group:
                    await intake.take(
                        self._message(partition, headers, body), settle, parked=AGAIN_FOR in dict(headers)
                    )
                else:
                    await settle()

    # -- the binding --------------------------------------------------------------------------------------------------

    def _record(self, message: Message) -> Record:
        return to_record(message, to_binary_kafka, whole=self._channel is not Channel.EVENTS)

    def _message(self, partition: int, headers: Headers, body: bytes) -> Message:
        whole = self._channel is not Channel.EVENTS
        return from_record(Message, from_kafka, headers, body, partition=partition, at=START, whole=whole)
