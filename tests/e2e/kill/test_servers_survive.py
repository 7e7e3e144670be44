"""A database server that is stopped, and two processes on one: what was acknowledged is there, once; none oversells."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.conformance.ground import TENANTS, ground_on
from domain.kernel.movement import Balances
from tests.e2e.kill.on_server import insist, new_ledger, opened
from tests.faults.figures import Record, came_of_it
from tests.services import PrivateServer, private_server

pytestmark = [pytest.mark.kill, pytest.mark.slow]

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["postgres"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PrivateServer]:
    """One of the test's own."""
    async with private_server(request.param, tmp_path) as private:
        yield private


async def other(url: str, name: str, most: int, stop_at: str = "-") -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.kill.on_server", url, name, str(most), stop_at),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_server_that_goes_in_the_middle_of_the_load_loses_nothing(
    server: PrivateServer, how: str, record_property: Record
) -> None:
    """Callers ask again under the same id until they are answered, as ours do."""
    url, callers, each, there = new_ledger(server.url), 32, 8, 200
    async with ground_on(await opened(url)) as ground:
        for tenant in TENANTS:
            await ground.shop(tenant).stock("A", there)
        heard: dict[tuple[str, str], str] = {}
        moments = {40: asyncio.Event(), 120: asyncio.Event()}
        clock = asyncio.get_running_loop().time
        there_again, went_on = 0.0, [0.0]

        async def caller(number: int) -> None:
            nonlocal there_again
            tenant = TENANTS[number % 2]
            for n in range(each):
                request = f"r{number}-{n}"
                heard[tenant, request] = await insist(ground, tenant, request)
                if there_again:
                    went_on.append(clock() - there_again)
                    there_again = 0.0
                if len(heard) in moments:
                    moments[len(heard)].set()

        async def break_it() -> None:
            nonlocal there_again
            for moment in moments.values():
                await moment.wait()
                await getattr(server, how)()
                await server.start()
                there_again = clock()

        await asyncio.gather(break_it(), *map(caller, range(callers)))
        assert Counter(heard.values()) == {"held": callers * each}
        lost = doubled = 0
        for tenant in TENANTS:
            seen = await ground.installation.snapshot(tenant)
            mine = {request for of, request in heard if of == tenant}
            lost += len(mine - seen.requests.keys())
            doubled += (await ground.shop(tenant).balances("A")).reserved - len(mine)
            assert mine == {id for id in seen.requests if id.startswith("r")}
            bought = callers * each // 2
            assert await ground.shop(tenant).balances("A") == Balances(available=there - bought, reserved=bought)
        came_of_it(record_property, acknowledged=len(heard), lost=lost, doubled=doubled, went_on=max(went_on))


async def test_two_processes_on_one_database_never_oversell(server: PrivateServer) -> None:
    url = new_ledger(server.url)
    async with ground_on(await opened(url)) as ground:
        for tenant in TENANTS:
            await ground.shop(tenant).stock("A", 37)
        sides = [await other(url, name, 100) for name in ("left", "right")]
        said = await asyncio.gather(*(side.communicate() for side in sides))
        outcomes = Counter(b" ".join(output for output, _ in said).decode().split())
        assert outcomes == {"held": 2 * 37, "stock.insufficient": 2 * 163}
        for tenant in TENANTS:
            assert await ground.shop(tenant).balances("A") == Balances(reserved=37)


@pytest.mark.parametrize("failpoint", ["accounts.loaded", "written.accounts"])
async def test_a_process_stopped_in_mid_batch_does_not_hold_the_others_up_for_long(
    server: PrivateServer, failpoint: str
) -> None:
    """The server ends the session of a writer that says nothing for five seconds; woken, it does its batch again."""
    url = new_ledger(server.url)
    async with ground_on(await opened(url)) as ground:
        for tenant in TENANTS:
            await ground.shop(tenant).stock("A", 100)
        sleeper = await other(url, "sleeper", 20, failpoint)
        assert sleeper.stdout is not None
        while await asyncio.wait_for(sleeper.stdout.readline(), 30) != b"stopping\n":
            pass
        try:
            mine = await asyncio.gather(*(insist(ground, tenant, f"mine {i}") for i in range(10) for tenant in TENANTS))
            assert Counter(mine) == {"held": 20}
        finally:
            os.kill(sleeper.pid, signal.SIGCONT)
        rest, _ = await asyncio.wait_for(sleeper.communicate(), 60)
        assert sleeper.returncode == 0
        assert set(rest.decode().split()) == {"held"}
        for tenant in TENANTS:
            assert await ground.shop(tenant).balances("A") == Balances(available=70, reserved=30)
