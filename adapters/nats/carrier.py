"""What carries one channel over JetStream."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from nats.aio.msg import Msg

from adapters.nats.connection import Connection, Refused, Session
from adapters.nats.lane import Lane
from adapters.nats.streams import Streams
from application.kernel.broker import BrokerUnavailable, Channel
from application.kernel.outbox import PARTITIONS, Message
from application.kernel.outside_broker import Intake
from contracts.events.v1.cloudevents import Headers, from_nats, to_binary_nats
from contracts.events.v1.messages import from_record, to_record

BATCH: Final = 256
"""Messages that are kept all together or not at all; the server takes up to 1000."""
BATCH_BYTES: Final = 2**22

Record = tuple[str, Mapping[str, str], bytes]
"""Subject, headers, body."""


class NatsCarrier:
    """One stream. A group has a consumer for each partition, in the server, which hands out one message at a time."""

    def __init__(self, servers: list[str], streams: Streams) -> None:
        self._streams = streams
        self._whole = streams.channel is not Channel.EVENTS
        self._atomic = False
        self._connection = Connection(servers, f"{streams.name} {streams.channel}", self._prepare)
        self._ended = False

    async def _prepare(self, session: Session) -> None:
        self._atomic = await self._streams.prepare(session)

    async def reach(self) -> None:
        session = await self._connection()
        await session.ask("$JS.API.INFO")

    async def declare(self, group: str) -> None:
        session = await self._connection()
        await self._streams.prepare(session)
        await self._streams.declare(session, group)

    async def forget(self, groups: Collection[str]) -> None:
        await self._streams.forget(await self._connection())

    async def close(self) -> None:
        await self._connection.close()

    def abort(self) -> None:
        self._ended = True
        self._connection.abort()

    # -- publish ------------------------------------------------------------------------------------------------------

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._keep([self._record(each) for each in messages])

    async def requeue(self, group: str, messages: Sequence[Message]) -> None:
        for each in messages:
            _, headers, body = self._record(each, again=True)
            await self._keep([(self._streams.again(group, each.partition), headers, body)])

    def _record(self, message: Message, *, again: bool = False) -> Record:
        headers, body = to_record(message, to_binary_nats, whole=self._whole)
        named = dict(headers)
        if not (self._whole or again):
            # Only the relay repeats what was kept. The same command may come twice, to be answered twice.
            named["Nats-Msg-Id"] = quote(f"{message.id}@{message.tenant}/{message.subject}", safe="@/:")
        return self._streams.subject(message.partition), named, body

    async def _keep(self, records: Sequence[Record]) -> None:
        """Have records kept in their order, one known to be before the next is sent. Raises BrokerUnavailable."""
        kept = 0
        try:
            session = await self._connection()
            for part in parts(records):
                if not (self._atomic and len(part) > 1 and await self._keep_together(session, part)):
                    for subject, headers, body in part:
                        await session.ask(subject, body, headers)
                        kept += 1
                else:
                    kept += len(part)
        except BrokerUnavailable as error:
            raise BrokerUnavailable(str(error), accepted=kept) from error

    async def _keep_together(self, session: Session, records: Sequence[Record]) -> bool:
        """Have all of the records kept, or none: False. Raises BrokerUnavailable where that is not known."""
        batch = uuid4().hex
        for n, (subject, headers, body) in enumerate(records, 1):
            placed = {**headers, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(n)}
            if n < len(records):
                await session.tell(subject, body, headers=placed)
                continue
            try:
                await session.ask(subject, body, {**placed, "Nats-Batch-Commit": "1"})
            except Refused:
                return False  # one of them is kept already, or there are too many batches at a time
        return True

    # -- consume ------------------------------------------------------------------------------------------------------

    async def consume(self, group: str, intake: Intake) -> None:
        session = await self._connection()
        lanes = [Lane(session, self._streams, group, partition, intake) for partition in range(PARTITIONS)]
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane in lanes:
                    tasks.create_task(lane.run(self._message), name=f"{group}-{lane.partition}")
                tasks.create_task(self._tell_progress(session, lanes))
        except* Exception as errors:
            raise errors.exceptions[0] from None
        finally:
            if not self._ended:
                await asyncio.gather(*(lane.give_back() for lane in lanes), return_exceptions=True)

    async def _tell_progress(self, session: Session, lanes: Sequence["Lane"]) -> None:
        """Say of each message in hand that it is worked on: else it is given to another."""
        while True:
            await asyncio.sleep(self._streams.takeover.total_seconds() / 4)
            for lane in lanes:
                if lane.in_hand:
                    await session.tell(lane.in_hand, b"+WPI")

    def _message(self, message: Msg, partition: int, at: datetime) -> Message:
        headers: Headers = list((message.headers or {}).items())
        return from_record(Message, from_nats, headers, message.data, partition=partition, at=at, whole=self._whole)


def parts(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records in their order, in parts that the server can take as one."""
    part: list[Record] = []
    size = 0
    for record in records:
        if part and (len(part) == BATCH or size + len(record[2]) > BATCH_BYTES):
            yield part
            part, size = [], 0
        part.append(record)
        size += len(record[2])
    if part:
        yield part
