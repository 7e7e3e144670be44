"""Which lanes run: those begun, until they are ended; also where that happens in one turn of the loop."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from application.kernel.lanes import Lane, Lanes
from application.kernel.outbox import Message
from application.kernel.outside_broker import Settle


class Idle:
    """An intake to which nothing comes."""

    at_once = 1

    async def begin(self, partition: int) -> None: ...

    async def take(self, message: Message, settle: Settle, *, parked: bool = False) -> None:
        raise NotImplementedError("nothing comes")

    async def take_together(self, messages: Sequence[Message], settle: Settle) -> bool:
        raise NotImplementedError("nothing comes")


async def waits(lane: Lane) -> None:
    await lane.begin()
    await asyncio.Event().wait()


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    async with Lanes(Idle(), waits) as opened:
        yield opened


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_that_is_ended_before_it_began_is_gone_and_may_begin_again(lanes: Lanes) -> None:
    lanes.start([3])
    lanes.keep(0)
    await turn()
    assert lanes.running == frozenset()
    lanes.start([3])
    await turn()
    assert lanes.running == {3}


async def test_those_that_others_have_by_now_leave_room_for_those_that_were_taken(lanes: Lanes) -> None:
    lanes.start(range(8))
    await turn()
    lanes.drop(range(8))
    lanes.start(range(8, 16))
    lanes.keep(8)
    await turn()
    assert lanes.running == frozenset(range(8, 16))


async def test_what_is_beside_the_share_leaves_once_and_not_more_each_time(lanes: Lanes) -> None:
    lanes.start(range(10))
    await turn()
    lanes.keep(8)
    lanes.keep(8)
    await turn()
    assert lanes.running == frozenset(range(8))
