"""Reads that are asked for at once are read in one transaction, and no one of them can tell."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from adapters.sql import rounds
from adapters.sql.database import DIALECT, SqliteDatabase, Work
from adapters.sql.dialects.dialect import SqlDialect
from adapters.sql.rounds import ReadRounds, Seen
from application.kernel.ports import StoreError, StoreUnavailable
from contracts.conformance.broker import until
from tests.contract.ledger.installations import create_schema


class Counted:
    """A database that counts its reads, holds them up while it is `shut`, and refuses so many as it is told to."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.reads = 0
        self.refused = 0
        self.open = asyncio.Event()
        self.open.set()

    @property
    def dialect(self) -> SqlDialect:
        return DIALECT

    async def read(self, work: Work[Any]) -> Any:
        self.reads += 1
        await self.open.wait()
        if self.refused:
            self.refused -= 1
            raise StoreError("the database is away")
        return await self.database.read(work)


@pytest.fixture
async def counted(tmp_path: Path) -> AsyncIterator[Counted]:
    create_schema(tmp_path / "ledger.sqlite")
    database = SqliteDatabase(tmp_path / "ledger.sqlite")
    await database.open()
    yield Counted(database)
    await database.close()


def told(number: int, *, fails: str = "") -> Any:
    """What one reads: its own number, by way of the database; or a failure of its own."""

    def look(connection: Connection, seen: Seen) -> int:
        if fails:
            connection.execute(text(fails))
        seen[number] = seen.get(number, 0) + 1
        return int(connection.execute(text(f"SELECT {number}")).scalar_one())

    return look


async def asked(together: ReadRounds, looks: list[Any]) -> list[Any]:
    return await asyncio.gather(*map(together.read, looks), return_exceptions=True)


async def test_what_is_asked_at_once_is_one_read_and_each_has_its_own_answer(counted: Counted) -> None:
    together = ReadRounds(counted)
    assert await asked(together, [told(number) for number in range(rounds.MOST)]) == list(range(rounds.MOST))
    assert counted.reads == 1
    assert await together.read(told(7)) == 7
    assert counted.reads == 2, "who comes later is not answered from what was read before"


async def test_a_round_and_what_is_under_way_are_bounded_and_all_are_answered(counted: Counted) -> None:
    together = ReadRounds(counted)
    counted.open.clear()
    many = rounds.MOST * (rounds.UNDER_WAY + 2)
    answers = asyncio.ensure_future(asked(together, [told(number) for number in range(many)]))
    await until(lambda: counted.reads == rounds.UNDER_WAY)
    await asyncio.sleep(0.01)
    assert counted.reads == rounds.UNDER_WAY, "and no more"
    counted.open.set()
    assert await answers == list(range(many))
    assert counted.reads == rounds.UNDER_WAY + 2


async def test_one_fails_of_its_own_fault_and_no_other(counted: Counted) -> None:
    together = ReadRounds(counted)
    first, wrong, last = await asked(together, [told(1), told(2, fails="SELECT * FROM nowhere"), told(3)])
    assert (first, last) == (1, 3)
    assert isinstance(wrong, StoreError)


async def test_a_read_that_failed_once_is_tried_alone(counted: Counted) -> None:
    together = ReadRounds(counted)
    counted.refused = 2
    answers = await asked(together, [told(1), told(2), told(3)])
    assert [type(each) for each in answers].count(StoreError) == 1
    assert sorted(each for each in answers if isinstance(each, int)) != []
    assert await together.read(told(4)) == 4


@pytest.mark.parametrize("number", [1, 3])
async def test_where_a_driver_gives_a_read_up_nobody_waits_on(counted: Counted, number: int) -> None:
    async def cancelled(work: Work[Any]) -> Any:
        raise asyncio.CancelledError

    together = ReadRounds(counted)
    counted.read = cancelled  # type: ignore[method-assign]
    async with asyncio.timeout(0.5):
        answers = await asked(together, [told(each) for each in range(number)])
    assert [type(each) for each in answers] == [StoreUnavailable] * number
    del counted.read
    assert await together.read(told(7)) == 7


async def test_one_that_was_given_up_is_left_out_and_holds_up_nobody(counted: Counted) -> None:
    together = ReadRounds(counted)
    counted.open.clear()
    under_way, waits = (asyncio.create_task(together.read(told(number))) for number in (1, 2))
    await asyncio.sleep(0.01)
    under_way.cancel()
    counted.open.set()
    assert await waits == 2
    assert under_way.cancelled() or under_way.cancelling()
    never = asyncio.create_task(together.read(told(3)))
    await asyncio.sleep(0)
    never.cancel()
    await asyncio.wait([never])
    before = counted.reads
    assert await together.read(told(4)) == 4
    assert counted.reads == before + 1


async def test_a_read_is_of_a_commit_that_is_no_older_than_itself(counted: Counted) -> None:
    def epoch(connection: Connection, _: Seen) -> int:
        return int(connection.execute(text("SELECT count(*) FROM mark")).scalar_one())

    await counted.database.write(lambda connection: connection.execute(text("CREATE TABLE mark (at INTEGER)")))
    together = ReadRounds(counted)
    waiting = []
    for number in range(20):
        waiting.append(asyncio.create_task(together.read(epoch)))
        await asyncio.sleep(0)
        await counted.database.write(lambda connection: connection.execute(text("INSERT INTO mark VALUES (1)")))
        assert await together.read(epoch) == number + 1
    assert [least <= await each for least, each in enumerate(waiting)] == [True] * 20
