"""A circuit opens after failures in a row, lets one call through after its rest, and closes when that is answered."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.kernel.breaker import Backoff, BreakerLimits, CircuitBreaker, CircuitOpen


class Down(Exception):
    pass


class Line:
    """A system that fails while it is told to, a clock that is moved by hand, and a breaker between."""

    def __init__(self, failures: int = 3, rest: float = 10.0, longest: float = 40.0) -> None:
        self.now = 100.0
        self.down = False
        self.calls = 0
        limits = BreakerLimits(failures, rest, longest)
        self.breaker = CircuitBreaker("it", lambda: self.now, Down, limits)

    async def call(self) -> str:
        self.calls += 1
        if self.down:
            raise Down
        return "yes"

    async def ask(self) -> str:
        try:
            return await self.breaker(self.call)
        except Down:
            return "down"
        except CircuitOpen as error:
            return "open" if 0 < error.retry_after <= 40 else f"open for {error.retry_after} s"

    async def fail(self, times: int) -> None:
        self.down = True
        for _ in range(times):
            assert await self.ask() == "down"


async def test_it_opens_after_failures_in_a_row_alone() -> None:
    line = Line()
    await line.fail(2)
    line.down = False
    assert await line.ask() == "yes"
    await line.fail(3)
    assert line.breaker.open
    assert await line.ask() == "open"
    assert line.calls == 6, "it is not called while it is open"


@pytest.mark.parametrize(
    ("failures", "said"), [(1, "it failed and is left alone"), (3, "it failed 3 times in a row and is left alone")]
)
async def test_it_is_told_once_that_it_opens(failures: int, said: str, caplog: pytest.LogCaptureFixture) -> None:
    line = Line(failures)
    await line.fail(failures)
    assert await line.ask() == "open"
    assert caplog.messages == [said]


async def test_after_its_rest_one_call_decides() -> None:
    line = Line()
    await line.fail(3)
    line.now += 10
    assert await line.ask() == "down"
    assert await line.ask() == "open", "one failure is enough now"
    line.now += 19.9
    assert await line.ask() == "open", "and its rest is twice as long"
    line.now += 0.1
    line.down = False
    assert [await line.ask(), await line.ask()] == ["yes", "yes"]
    await line.fail(2)
    assert not line.breaker.open, "it begins anew"


async def test_its_rest_has_a_bound() -> None:
    line = Line()
    await line.fail(3)
    for _ in range(6):
        line.now += 40
        assert await line.ask() == "down"
    line.now += 40
    line.down = False
    assert await line.ask() == "yes"


async def test_only_one_call_is_let_through_to_try() -> None:
    line = Line()
    await line.fail(3)
    line.now += 10
    gate = asyncio.Event()

    async def slow() -> str:
        await gate.wait()
        return "yes"

    trial = asyncio.create_task(line.breaker(slow))
    await asyncio.sleep(0)
    assert await line.ask() == "open"
    gate.set()
    assert await trial == "yes"
    line.down = False
    assert await line.ask() == "yes"


async def test_a_trial_that_is_cancelled_decides_nothing() -> None:
    line = Line()
    await line.fail(3)
    line.now += 10
    trial = asyncio.create_task(line.breaker(asyncio.Event().wait))
    await asyncio.sleep(0)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    line.down = False
    assert await line.ask() == "yes", "the next one tries"


async def test_an_answer_that_says_no_is_an_answer() -> None:
    line = Line()
    await line.fail(2)

    async def no() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await line.breaker(no)
    await line.fail(2)
    assert not line.breaker.open


async def test_calls_under_way_when_it_opens_neither_open_it_longer_nor_again() -> None:
    line = Line()
    gate = asyncio.Event()

    async def late() -> str:
        await gate.wait()
        raise Down

    several = [asyncio.create_task(line.breaker(late)) for _ in range(9)]
    await asyncio.sleep(0)
    gate.set()
    assert len(await asyncio.gather(*several, return_exceptions=True)) == 9
    line.now += 10
    line.down = False
    assert await line.ask() == "yes"


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_up_to_a_bound_and_are_left_to_chance(attempt: int, chance: float) -> None:
    backoff = Backoff(first=0.2, longest=5.0)
    assert 0 <= backoff.wait(attempt, chance) <= min(5.0, 0.2 * 2 ** min(attempt, 30))
    assert backoff.wait(attempt, chance) <= backoff.wait(attempt + 1, chance)
