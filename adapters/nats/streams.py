"""How a channel lies in JetStream: its stream, the subjects in it, and the consumers of a group."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec

from adapters.nats.connection import Refused, Session
from application.kernel.broker import BrokerUnavailable, Channel
from application.kernel.outbox import PARTITIONS

API: Final = "$JS.API"
NOT_FOUND: Final = 10059
IN_USE: Final = 10058
DEDUPE: Final = timedelta(minutes=2)
"""How long a stream knows a message again by its id: a relay repeats at once what it does not know to be kept."""

_ODD: Final = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Streams:
    """The stream of one channel. `keep`: how long; `takeover`: how long a consumer may be silent about a message."""

    name: str
    channel: Channel
    keep: timedelta
    takeover: timedelta
    replicas: int

    @property
    def stream(self) -> str:
        return f"{self.name}-{self.channel}"

    def subject(self, partition: int) -> str:
        """What is published to everyone: `entrepot.events.7`."""
        return f"{self.name}.{self.channel}.{partition}"

    def again(self, group: str, partition: int) -> str:
        """What was parked and comes again, for one group alone: `entrepot.events.again.search.7`."""
        return f"{self.name}.{self.channel}.again.{token(group)}.{partition}"

    def consumer(self, group: str, partition: int) -> str:
        return f"{token(group)}-{partition}"

    def next(self, group: str, partition: int) -> str:
        """Where to ask for messages."""
        return f"{API}.CONSUMER.MSG.NEXT.{self.stream}.{self.consumer(group, partition)}"

    async def prepare(self, session: Session) -> bool:
        """Create the stream unless it is there; whether it takes batches as one. Raises BrokerUnavailable."""
        try:
            found = await session.ask(f"{API}.STREAM.INFO.{self.stream}")
        except Refused as refused:
            if refused.number != NOT_FOUND:
                raise
            found = await self._create(session)
        config = found["config"]
        if missing := set(self._subjects) - set(config["subjects"]):
            raise BrokerUnavailable(f"the stream {self.stream} is there, without the subjects {', '.join(missing)}")
        return bool(config.get("allow_atomic"))

    async def forget(self, session: Session) -> None:
        """Delete the stream and all consumers of it. Raises BrokerUnavailable."""
        await session.ask(f"{API}.STREAM.DELETE.{self.stream}")

    async def _create(self, session: Session) -> Any:
        config = {
            "name": self.stream,
            "subjects": self._subjects,
            "retention": "limits",
            "discard": "old",
            "storage": "file",
            "max_age": nanoseconds(self.keep),
            "duplicate_window": nanoseconds(min(DEDUPE, self.keep)),
            "num_replicas": self.replicas,
            "allow_atomic": True,
        }
        try:
            return await session.ask(f"{API}.STREAM.CREATE.{self.stream}", msgspec.json.encode(config))
        except Refused as refused:
            if refused.number != IN_USE:
                raise
            return await session.ask(f"{API}.STREAM.INFO.{self.stream}")  # another process was quicker

    @property
    def _subjects(self) -> list[str]:
        return [f"{self.name}.{self.channel}.*", f"{self.name}.{self.channel}.again.*.*"]

    async def declare(self, session: Session, group: str) -> None:
        """Create the consumers of a group unless they are there. Raises BrokerUnavailable."""
        await asyncio.gather(*(self._declare(session, group, partition) for partition in range(PARTITIONS)))

    async def _declare(self, session: Session, group: str, partition: int) -> None:
        consumer = self.consumer(group, partition)
        config = {
            "name": consumer,
            "durable_name": consumer,
            "description": f"partition {partition} of {self.channel} for {group}",
            "deliver_policy": "all" if self.channel is Channel.COMMANDS else "new",
            "ack_policy": "explicit",
            "ack_wait": nanoseconds(self.takeover),
            "max_deliver": -1,
            "max_ack_pending": 1,  # one message in hand, whoever has it: order, whatever dies
            "filter_subjects": [self.subject(partition), self.again(group, partition)],
        }
        body = msgspec.json.encode({"stream_name": self.stream, "config": config, "action": ""})
        await session.ask(f"{API}.CONSUMER.CREATE.{self.stream}.{consumer}", body)


def token(group: str) -> str:
    """The name of a group as part of a subject and of a consumer's name."""
    return _ODD.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), group)


def nanoseconds(duration: timedelta) -> int:
    return round(duration / timedelta(microseconds=1)) * 1_000
