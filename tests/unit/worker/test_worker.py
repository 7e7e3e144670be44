"""The worker runs its jobs until it is stopped; a job that fails stops neither itself nor another."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from entrypoints.worker.worker import Pace, Regularly, Worker

PACE = Pace(first=0.001, poll=0.002, grace=0.1)


class Job:
    """Does `todo` pieces of work, then has nothing more to do. Fails for `failures` calls first."""

    def __init__(self, todo: int = 0, failures: int = 0, idle: float = 60.0) -> None:
        self.todo = todo
        self.failures = failures
        self.idle = idle
        self.done = 0
        self.calls = 0

    async def __call__(self) -> float:
        self.calls += 1
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")
        if self.done < self.todo:
            self.done += 1
            return 0.0
        return self.idle


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - it is what is tested that nothing more is needed
            await asyncio.sleep(0.001)


async def test_a_job_is_called_again_at_once_while_there_is_more() -> None:
    job = Job(todo=100)
    worker = Worker({"job": job}, pace=Pace(first=60, poll=60))
    worker.start()
    await until(lambda: job.done == 100)
    await until(lambda: job.calls == 101)
    await worker.stop()
    assert job.calls == 101


async def test_an_idle_job_is_asked_now_and_then_though_nobody_wakes_it() -> None:
    job = Job()
    worker = Worker({"job": job}, pace=PACE)
    worker.start()
    await until(lambda: job.calls >= 3)
    await worker.stop()


async def test_a_wake_has_an_idle_job_look_at_once() -> None:
    job = Job()
    worker = Worker({"job": job}, pace=Pace(first=60, poll=60))
    worker.start()
    await until(lambda: job.calls == 1)
    job.todo = 1
    worker.wake("job")
    await until(lambda: job.done == 1)
    await worker.stop()


async def test_a_wake_while_the_job_is_at_work_is_not_lost() -> None:
    started, go_on = asyncio.Event(), asyncio.Event()
    calls = 0

    async def job() -> float:
        nonlocal calls
        calls += 1
        started.set()
        await go_on.wait()
        return 60.0

    worker = Worker({"job": job}, pace=Pace(first=60, poll=60))
    worker.start()
    await started.wait()
    worker.wake("job")
    go_on.set()
    await until(lambda: calls == 2)
    await worker.stop()


async def test_a_job_that_fails_is_tried_again_and_another_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    failing, other = Job(todo=1, failures=2), Job(todo=1_000)
    worker = Worker({"failing": failing, "other": other}, pace=PACE)
    with caplog.at_level(logging.ERROR):
        worker.start()
        await until(lambda: failing.done == 1 and other.done == 1_000)
    await worker.stop()
    assert [record.getMessage().split(" and ")[0] for record in caplog.records] == ["failing failed"] * 2


async def test_stopping_lets_a_piece_of_work_end_and_then_gives_back() -> None:
    order: list[str] = []
    started = asyncio.Event()

    async def job() -> float:
        started.set()
        await asyncio.sleep(0.01)
        order.append("worked")
        return 0.0

    async def give_back() -> None:
        order.append("given back")

    worker = Worker({"job": job}, [give_back], Pace(grace=5))
    worker.start()
    await started.wait()
    await worker.stop()
    assert order == ["worked", "given back"]


async def test_work_that_does_not_end_is_cut_off_and_everything_is_given_back_all_the_same() -> None:
    given: list[str] = []

    async def job() -> float:
        await asyncio.Event().wait()
        return 0.0

    async def fails() -> None:
        raise RuntimeError("the database is away")

    async def gives() -> None:
        given.append("back")

    worker = Worker({"job": job}, [fails, gives], Pace(grace=0.01))
    worker.start()
    await asyncio.sleep(0)
    await worker.stop()
    assert given == ["back"]


async def test_it_is_not_started_twice_and_may_be_started_again() -> None:
    job = Job(todo=10**9)
    worker = Worker({"job": job}, pace=PACE)
    worker.start()
    with pytest.raises(RuntimeError):
        worker.start()
    await worker.stop()
    done = job.done
    worker.start()
    await until(lambda: job.done > done)
    await worker.stop()


async def test_what_is_done_regularly_is_done_once_in_a_while() -> None:
    done: list[float] = []
    clock = asyncio.get_running_loop().time

    async def work() -> None:
        done.append(clock())

    began = clock()
    job = Regularly(work, 0.02)
    assert 0 < await job() <= 0.02
    assert done == []
    worker = Worker({"job": job}, pace=PACE)
    worker.start()
    await until(lambda: len(done) >= 2)
    await worker.stop()
    assert done[0] - began >= 0.02
    assert done[1] - done[0] >= 0.02


async def test_what_is_done_regularly_and_failed_is_due_again_at_once() -> None:
    async def work() -> None:
        raise OSError("out of reach")

    job = Regularly(work, 0.0)
    for _ in range(2):
        with pytest.raises(OSError, match="out of reach"):
            await job()


async def test_what_is_never_given_back_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def stuck() -> None:
        await asyncio.Event().wait()

    async def quick() -> None:
        ended.append("quick")

    worker = Worker({}, [stuck, quick], Pace(finish=0.01))
    worker.start()
    async with asyncio.timeout(5):
        await worker.stop()
    assert ended == ["quick"]
    assert "cut off" in caplog.text
