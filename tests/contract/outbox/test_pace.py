"""How often the relay looks, in virtual time: at once when it was idle, and no more often than its interval."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from application.kernel.outbox import PARTITIONS, Message
from application.kernel.relay import Relay, RelayLimits
from contracts.conformance.yard import HandClock, Wire, Yard, yard_on
from entrypoints.worker.worker import Pace, Worker
from tests.contract.outbox.installations import MemoryYard
from tests.simulation.loop import run

INTERVAL = 0.5
LIMITS = RelayLimits(interval=INTERVAL, batch=4, lease=timedelta(hours=1), idle=60.0)


class Rounds:
    """An outbox, and the moments at which a relay's rounds asked it."""

    def __init__(self, yard: Yard) -> None:
        self._outbox = yard.installation.outbox()
        self.asked: list[float] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._outbox, name)

        async def noted(*args: object) -> object:
            if name in ("pending", "unpublished", "pass_on"):
                self.asked.append(asyncio.get_running_loop().time())
            return await method(*args)

        return noted


Scene = Callable[[Yard, Relay, Rounds], Awaitable[None]]


def play(scene: Scene, *, heard: bool = True) -> None:
    """In virtual time, over the memory database."""

    async def played() -> None:
        clock = HandClock()
        async with yard_on(MemoryYard(clock), clock) as yard:
            rounds = Rounds(yard)
            outbox: Any = rounds
            relay = Relay(outbox, Wire(), "relay-1", LIMITS, heard=lambda: heard)
            await scene(yard, relay, rounds)

    run(played(), random.Random(1))


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("heard", [True, False])
def test_however_often_it_is_woken_rounds_keep_their_distance_and_grow(heard: bool) -> None:
    async def scene(yard: Yard, relay: Relay, rounds: Rounds) -> None:
        worker = Worker({"relay": relay}, [relay.close], Pace(first=60, poll=60))
        worker.start()
        await asyncio.sleep(10)
        rounds.asked.clear()
        began = now()
        for n in range(40):
            await yard.receive(f"G{n}", tenants=["north"])
            worker.wake("relay")
            await asyncio.sleep(INTERVAL / 10)
        await asyncio.sleep(10)
        await worker.stop()
        times = sorted(set(rounds.asked))
        assert times[0] == began, "the first after a rest is published at once"
        assert all(later - sooner >= INTERVAL * 0.999 for sooner, later in pairwise(times))
        assert len(times) <= 40 / 10 + 2
        assert relay.counts.published == 80
        assert not await yard.installation.outbox().pending()

    play(scene, heard=heard)


@pytest.mark.parametrize("heard", [True, False])
def test_what_a_round_left_behind_is_fetched_at_once(heard: bool) -> None:
    async def scene(yard: Yard, relay: Relay, rounds: Rounds) -> None:
        await yard.receive("A", 20, tenants=["north"])  # all balances of one account: 20 messages of one partition
        began = now()
        while relay.counts.published < 40:
            assert await relay() == 0.0
        assert now() == began

    play(scene, heard=heard)


def test_what_lands_before_the_next_round_is_stamped_together_and_one_that_hangs_holds_it_up_no_longer() -> None:
    async def scene(yard: Yard, relay: Relay, rounds: Rounds) -> None:
        for n in range(20):
            await yard.receive(f"G{n}", tenants=["north"])
        partitions = sorted(await yard.installation.outbox().pending())
        first, *_, hanging = partitions
        waits = {first: 0.0, hanging: 100 * INTERVAL}

        class Parting:
            async def publish(self, messages: Sequence[Message]) -> None:
                await asyncio.sleep(waits.get(messages[0].partition, INTERVAL / 2))

        outbox: Any = rounds
        relay = Relay(outbox, Parting(), "relay-2", replace(LIMITS, batch=100))
        began = now()
        await relay()
        assert now() == pytest.approx(began + INTERVAL)
        assert set(await yard.installation.outbox().pending()) == {hanging}

    play(scene)


def test_a_relay_that_holds_everything_asks_for_no_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(yard: Yard, relay: Relay, rounds: Rounds) -> None:
        for n in range(100):
            await yard.receive(f"G{n}", tenants=["north"])
        assert len(await yard.installation.outbox().pending()) == PARTITIONS
        while await relay() <= 0:
            pass

        async def asked() -> None:
            raise AssertionError("it holds all there is")

        monkeypatch.setattr(rounds, "pending", asked, raising=False)
        await yard.receive("A", tenants=["north"])
        while await relay() <= 0:
            pass
        assert relay.counts.published == 202

    play(scene)
