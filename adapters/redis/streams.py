"""Events, commands and replies over Redis Streams: a stream for each partition, a consumer group for each group.

A stream is read as a log: the process that holds a partition reads on from the group's place and moves the place on,
fenced by its lease. So a process that lost its lease can read, which harms nobody, but neither keep others from a
message nor acknowledge one.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from secrets import token_hex
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from adapters.redis.stream_scripts import BEAT, DECLARE, LEAVE, SETTLE, TRIM
from application.kernel.broker import BrokerUnavailable, Channel, ParkedMessages
from application.kernel.lanes import Lane, LaneLost, Lanes, beat_of
from application.kernel.outbox import PARTITIONS, Message
from application.kernel.outside_broker import Intake, OutsideChannels, Server, Settle
from application.kernel.taking import Tries
from contracts.events.v1.cloudevents import from_kafka, to_binary_kafka
from contracts.events.v1.messages import AGAIN_FOR, came_at, from_record, to_record

logger = logging.getLogger(__name__)

FETCH: Final = 32
"""Most messages of a partition that are fetched ahead of what was taken."""
BLOCK_MS: Final = 1_000
PATIENCE: Final = 5.0
"""Seconds that the server has to answer."""
KEPT: Final = timedelta(minutes=10)
"""How long an entry stays that every group has taken, for those who read without one."""
TRIM_EVERY: Final = 10.0
CONNECTIONS: Final = 1_000
DATA: Final = b"data"

Fields = Mapping[bytes, bytes]
Entry = tuple[Message | None, str, Settle]
"""The message, None where it is for another group; the group that it comes again for; what says that it was taken."""


def redis_streams(
    server: Server,
    parked: ParkedMessages,
    tries: Tries | None = None,
    known: Mapping[Channel, Collection[str]] | None = None,
) -> OutsideChannels:
    """The channels of a Redis, or of a Valkey."""
    return OutsideChannels(lambda channel: StreamCarrier(server, channel), parked, tries, known)


class StreamCarrier:
    """One channel: `<name>:<channel>:<partition>` are its streams, each published to in transactions."""

    def __init__(self, server: Server, channel: Channel) -> None:
        self._channel = channel
        self._name = f"{server.name}:{channel}"
        self._silent_ms = int(server.takeover_seconds * 1_000)
        self._beat = beat_of(server.takeover_seconds)
        self._redis: Redis = Redis.from_url(
            server.url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            max_connections=CONNECTIONS,
        )
        self._scripts = {text: self._redis.register_script(text) for text in (DECLARE, BEAT, LEAVE, SETTLE, TRIM)}
        self._trim_at: dict[int, float] = {}
        self._asked_durable = False
        self._cut: asyncio.Task[None] | None = None

    # -- the carrier --------------------------------------------------------------------------------------------------

    async def declare(self, group: str) -> None:
        begin = "0" if self._channel is Channel.COMMANDS else "$"
        async with self._reaching():
            await self._run(DECLARE, [self._stream(n) for n in range(PARTITIONS)], [group, begin])

    async def publish(self, messages: Sequence[Message]) -> None:
        await self._add([(each.partition, self._fields(each)) for each in messages])

    async def requeue(self, group: str, messages: Sequence[Message]) -> None:
        await self._add([(each.partition, {**self._fields(each), AGAIN_FOR: group}) for each in messages])

    async def consume(self, group: str, intake: Intake) -> None:
        me = token_hex(12)
        keys = [f"{self._name}:{group}:members", *(self._holder(group, n) for n in range(PARTITIONS))]
        try:
            async with self._reaching(), Lanes(intake, lambda lane: self._read(group, me, lane)) as lanes:
                while True:
                    at = sorted(lanes.running)
                    share, lost, taken = await self._run(BEAT, keys, [me, self._silent_ms, *at])
                    lanes.drop(lost)
                    lanes.start(taken)
                    lanes.keep(share)
                    await lanes.pause(self._beat)
        finally:
            if self._cut is None:
                with contextlib.suppress(RedisError, OSError):
                    await self._run(LEAVE, keys, [me])

    async def reach(self) -> None:
        async with self._reaching():
            await self._redis.ping()

    async def forget(self, groups: Collection[str]) -> None:
        async with self._reaching():
            async for key in self._redis.scan_iter(f"{self._name}:*", count=1_000):
                await self._redis.delete(key)

    async def close(self) -> None:
        await self._redis.aclose()

    def abort(self) -> None:
        self._cut = asyncio.get_running_loop().create_task(self._redis.aclose())

    # -- the lanes ----------------------------------------------------------------------------------------------------

    async def _read(self, group: str, me: str, lane: Lane) -> None:
        """Bring the messages of a partition, from the group's place on."""
        stream, holder = self._stream(lane.partition), self._holder(group, lane.partition)
        place, count = await self._place(stream, group)

        async def settle(place: bytes, counted: int | str) -> None:
            if not await self._run(SETTLE, [holder, stream], [me, group, place, counted]):
                raise LaneLost(f"another process has {stream} for {group}")

        while True:
            found: Any = await self._redis.xread({stream: place}, count=FETCH, block=BLOCK_MS)
            waiting: deque[Entry] = deque()
            for id, fields in found[0][1] if found else ():
                place, count = id, None if count is None else count + 1
                again_for = fields.get(AGAIN_FOR.encode(), b"").decode(errors="replace")
                message = self._message(lane.partition, id, fields) if again_for in ("", group) else None
                waiting.append((message, again_for, partial(settle, place, "" if count is None else count)))
            while waiting:
                await _take(lane, [waiting.popleft() for _ in range(min(len(waiting), lane.at_once))])
            await self._trim(lane.partition)

    async def _place(self, stream: str, group: str) -> tuple[bytes, int | None]:
        """The last entry that the group took, and how many it took, where that is known."""
        for each in await self._redis.xinfo_groups(stream):
            if each["name"] == group.encode():
                return each["last-delivered-id"], each.get("entries-read")
        raise BrokerUnavailable(f"{stream} has no group {group} any more")

    # -- the server ---------------------------------------------------------------------------------------------------

    async def _add(self, entries: Sequence[tuple[int, Mapping[Any, Any]]]) -> None:
        async with self._reaching():
            await self._ask_durable()
            async with self._redis.pipeline(transaction=True) as transaction:
                for partition, fields in entries:
                    transaction.xadd(self._stream(partition), dict(fields))
                await transaction.execute()
        for partition in {partition for partition, _ in entries}:
            with contextlib.suppress(RedisError, OSError):  # it is kept, whatever becomes of this
                await self._trim(partition)

    async def _trim(self, partition: int) -> None:
        """Drop what every group has taken, and nothing else, now and then."""
        now = asyncio.get_running_loop().time()
        if self._trim_at.setdefault(partition, now) <= now:
            self._trim_at[partition] = now + TRIM_EVERY
            await self._run(TRIM, [self._stream(partition)], [int(KEPT.total_seconds() * 1_000)])

    async def _ask_durable(self) -> None:
        """Say so, once, where the server does not keep what it acknowledges through a loss of power."""
        if self._asked_durable:
            return
        self._asked_durable = True
        try:
            told = await self._redis.config_get("append*")
        except RedisError:  # not everyone may ask
            return
        if (told.get("appendonly"), told.get("appendfsync")) != ("yes", "always"):
            logger.warning("redis may lose what it acknowledged: set appendonly yes and appendfsync always")

    async def _run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        return await self._scripts[script](keys=keys, args=arguments)

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        if self._cut is not None:
            raise BrokerUnavailable("the connection was cut")
        try:
            yield
        except (RedisError, OSError) as error:
            raise BrokerUnavailable(f"redis: {error}") from error

    def _stream(self, partition: int) -> str:
        return f"{self._name}:{partition}"

    def _holder(self, group: str, partition: int) -> str:
        return f"{self._name}:{group}:holder:{partition}"

    # -- the binding --------------------------------------------------------------------------------------------------

    def _fields(self, message: Message) -> dict[Any, Any]:
        headers, body = to_record(message, to_binary_kafka, whole=self._channel is not Channel.EVENTS)
        return {**dict(headers), DATA: body}

    def _message(self, partition: int, id: bytes, fields: Fields) -> Message:
        headers = [(_text(name), _text(value)) for name, value in fields.items() if name != DATA]
        at = came_at(int(id.partition(b"-")[0]))
        whole = self._channel is not Channel.EVENTS
        body = fields.get(DATA, b"")
        return from_record(Message, from_kafka, headers, body, partition=partition, at=at, whole=whole)


async def _take(lane: Lane, entries: Sequence[Entry]) -> None:
    """Have them taken in their order: at once where all are for everybody, else one by one."""
    messages = [message for message, again_for, _ in entries if message is not None and not again_for]
    if 1 < len(messages) == len(entries) and await lane.take_together(messages, entries[-1][2]):
        return
    for message, again_for, settle in entries:
        if message is None:
            await settle()
        else:
            await lane.take(message, settle, parked=bool(again_for))


def _text(given: bytes) -> str:
    return given.decode(errors="replace")
