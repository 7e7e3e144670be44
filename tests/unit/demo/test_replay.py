"""Many callers at once, but each starts in its turn."""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from application.stock.lines import Units
from domain.kernel.refusal import Refusal
from entrypoints.demo.replay import Job, available_of, in_turn


async def test_jobs_start_in_order_and_no_more_than_the_callers_are_at_work() -> None:
    started: list[int] = []
    working = most = 0

    async def job(number: int) -> None:
        nonlocal working, most
        started.append(number)
        working += 1
        most = max(most, working)
        await asyncio.sleep(0.001 * (number % 3))
        working -= 1

    await in_turn((partial(job, number) for number in range(30)), callers=4)
    assert started == list(range(30))
    assert most == 4


async def test_the_first_failure_ends_all_and_is_raised_as_it_is() -> None:
    started: list[int] = []

    async def job(number: int) -> None:
        started.append(number)
        if number == 3:
            raise LookupError("three")
        await asyncio.sleep(0)

    def jobs() -> Iterator[Job]:
        yield from (partial(job, number) for number in range(1_000))

    with pytest.raises(LookupError, match="three"):
        await in_turn(jobs(), callers=2)
    assert len(started) < 10


def test_a_refused_lorry_is_cut_to_what_there_is() -> None:
    lines = (Units("bread", "W", 5), Units("cake", "W", 2), Units("tea", "W", 1))
    short = [{"line": "1", "grantable": 3}, {"line": "3", "grantable": 0}]
    refusal = Refusal("too little", code="stock.insufficient", short=short)
    assert available_of(lines, refusal) == (Units("bread", "W", 3), Units("cake", "W", 2))


def test_a_lorry_refused_for_another_reason_is_not_cut() -> None:
    with pytest.raises(Refusal, match="no such goods"):
        available_of((Units("bread", "W", 5),), Refusal("no such goods"))
