"""How a batch comes together: callers who need a few turns of the loop between two questions are not split up."""

import asyncio

import pytest

from adapters.encoding import JsonCodec
from adapters.memory.database import MemoryDatabase
from adapters.memory.ledger import MemoryLedgerStore
from application.kernel.group_commit import GroupCommitter
from tests.builders import call, receive

CALLERS = 12
TIMES = 6


async def batches(turns: list[int]) -> int:
    """In how many batches everyone's questions are committed; a caller takes so many turns between two of them."""
    committer = GroupCommitter(MemoryLedgerStore(MemoryDatabase()), JsonCodec().digest)
    committer.start()

    async def caller(number: int) -> None:
        for time in range(TIMES):
            await committer.submit(call(f"r{number}-{time}"), receive())
            for _ in range(turns[number % len(turns)]):
                await asyncio.sleep(0)

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    await committer.drain()
    assert committer.counts.accepted == CALLERS * TIMES
    return committer.counts.batches


@pytest.mark.parametrize("turns", [[0], [3], [0, 1, 2, 3], [0, 3, 6]])
async def test_who_was_just_answered_is_in_the_next_batch(turns: list[int]) -> None:
    assert await batches(turns) == TIMES


async def test_a_batch_does_not_wait_for_who_takes_long() -> None:
    assert await batches([0, 50]) > TIMES
