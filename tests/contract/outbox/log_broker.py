"""A broker outside, as small as one can be: a log of each partition that keeps what it is given, and its adapter.

The log stands for a server. It knows nothing of ours: records are headers and bytes, as a log of records has them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

from application.kernel.broker import BrokerUnavailable, Channel, Handler, ParkedMessages, letter
from application.kernel.outbox import PARTITIONS, Message
from application.kernel.taking import Taking, Tries
from contracts.conformance.yard import START
from contracts.events.v1.catalogue import EVENT
from contracts.events.v1.cloudevents import STRUCTURED, Headers, from_kafka, to_binary_kafka
from contracts.events.v1.messages import TENANTS, envelope_of, event_of, label_of
from entrypoints.composition.outside import Given

Record = tuple[Headers, bytes]

LOGS: "dict[str, Log]" = {}
"""The servers there are, by the URL of the database beside them: what an address would say."""


@dataclass
class Log:
    """The server: records by topic and partition, and how far each group has come. It outlives its clients."""

    records: defaultdict[tuple[str, int], list[Record]] = field(default_factory=lambda: defaultdict(list))
    offsets: dict[tuple[str, str, int], int] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)


# -- the adapter ------------------------------------------------------------------------------------------------------


class LogChannels:
    """A connection with the log."""

    def __init__(self, log: Log, parked: ParkedMessages, tries: Tries | None = None) -> None:
        self._brokers = {channel: LogBroker(log, channel, parked, tries) for channel in Channel}

    def __call__(self, channel: Channel) -> "LogBroker":
        return self._brokers[channel]


@asynccontextmanager
async def open_log(given: Given) -> AsyncIterator[LogChannels]:
    """The factory: ENTREPOT_ADAPTERS__BROKER=tests.contract.outbox.log_broker:open_log."""
    channels = LogChannels(LOGS.setdefault(given.settings.database.url, Log()), given.parked(), given.tries)
    yield channels
    for channel in Channel:
        await channels(channel).drain()


class LogBroker:
    """One topic. What is published is kept; a group's place is moved on when a message was taken or parked."""

    def __init__(self, log: Log, channel: Channel, parked: ParkedMessages, tries: Tries | None = None) -> None:
        self._log = log
        self._channel = channel
        self._parked = parked
        self._tries = tries
        self._groups: dict[str, Taking] = {}
        self._turns: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: list[asyncio.Task[None]] = []
        self._draining = False

    async def publish(self, messages: Sequence[Message]) -> None:
        if self._draining:
            raise BrokerUnavailable("the connection is closing")
        for each in messages:
            self._log.records[self._channel, each.partition].append(self._record(each))
        async with self._log.news:
            self._log.news.notify_all()

    def subscribe(self, group: str, handler: Handler) -> None:
        self._groups[group] = Taking(group, handler, self._parked, self._tries)
        for partition in range(PARTITIONS):
            self._log.offsets.setdefault(
                (self._channel, group, partition), len(self._log.records[self._channel, partition])
            )
            self._tasks.append(asyncio.create_task(self._consume(group, partition)))

    async def requeue(self, group: str, messages: Collection[str]) -> int:
        if group not in self._groups:
            raise ValueError(f"nobody subscribed in the name of {group}")
        found = await self._parked.find(group, messages)
        self._tasks += [asyncio.create_task(self._take(group, each.message, parked=True)) for each in found]
        return len(found)

    async def drain(self) -> None:
        self._draining = True
        async with self._log.news:
            self._log.news.notify_all()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        """As a killed process ends."""
        for task in self._tasks:
            task.cancel()

    async def _consume(self, group: str, partition: int) -> None:
        await self._groups[group].begin()
        place, records = (self._channel, group, partition), self._log.records[self._channel, partition]
        while not self._draining:
            offset = self._log.offsets[place]
            if offset < len(records):
                await self._take(group, self._message(records[offset], partition))
                self._log.offsets[place] = offset + 1
                continue
            async with self._log.news:
                await self._log.news.wait_for(lambda: self._draining or self._log.offsets[place] < len(records))

    async def _take(self, group: str, message: Message, *, parked: bool = False) -> None:
        async with self._turns[group, message.partition]:
            await self._groups[group](message, parked=parked)

    # -- the binding --------------------------------------------------------------------------------------------------

    def _record(self, message: Message) -> Record:
        if self._channel is Channel.EVENTS:
            return to_binary_kafka(event_of(message))
        return [("content-type", STRUCTURED)], message.data

    def _message(self, record: Record, partition: int) -> Message:
        if self._channel is not Channel.EVENTS:
            envelope = envelope_of(from_kafka, *record)
            return letter(*label_of(envelope), data=envelope, at=START)
        (event,) = from_kafka(*record)
        request = event.extensions.get("requestid")
        return Message(
            event.id,
            int(event.id.partition("-")[0]),
            unquote(event.source.removeprefix(TENANTS)),
            partition,
            event.subject or "",
            int(event.extensions["sequence"]),
            event.type.removeprefix(EVENT),
            event.data or b"",
            None if request is None else str(request),
            event.time or START,
        )
