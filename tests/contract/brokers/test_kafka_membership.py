"""A member of a Kafka group that is ending, while the server still gives it partitions."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import timedelta

import pytest

from adapters.kafka.membership import Membership
from adapters.kafka.server import server_of
from adapters.kafka.topics import Topic
from application.kernel.broker import Channel
from application.kernel.outbox import Message
from application.kernel.outside_broker import Settle


class Begun:
    """An intake that counts the partitions that came."""

    at_once = 1

    def __init__(self) -> None:
        self.partitions: list[int] = []

    async def begin(self, partition: int) -> None:
        self.partitions.append(partition)

    async def take(self, message: Message, settle: Settle, *, parked: bool = False) -> None:
        await settle()

    async def take_together(self, messages: Sequence[Message], settle: Settle) -> bool:
        return False


async def test_partitions_that_come_while_it_is_ending_are_not_begun() -> None:
    topic = Topic("entrepot", Channel.EVENTS, timedelta(hours=1), 1, 1)
    begun = Begun()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes a connection, and never answers
        server = server_of(f"kafka://127.0.0.1:{silent.getsockname()[1]}", "entrepot")
        member = Membership(server, topic, "search", begun, 1)
        staying = asyncio.create_task(member.run())
        await asyncio.sleep(0.05)
        await member.on_partitions_assigned(topic.partitions[:1])
        await asyncio.sleep(0.05)
        assert begun.partitions == [0]
        staying.cancel()
        while not staying.done():
            await member.on_partitions_assigned(topic.partitions[1:2])
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await staying
        await member.on_partitions_revoked(topic.partitions[:2])
    assert begun.partitions == [0]
