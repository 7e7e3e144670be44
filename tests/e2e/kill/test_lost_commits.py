"""COMMITs that are cut off on a real server: what became of each is found by running the same commands again."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from contracts.conformance.commands import hold
from contracts.conformance.ground import TENANTS, Ground, code, ground_on
from tests.e2e.kill.line import Cut, line_to
from tests.e2e.kill.on_server import new_ledger, opened
from tests.faults.figures import Record, came_of_it
from tests.services import PrivateServer, private_server

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

CALLERS = 8
PATIENCE = 40.0


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["postgres", "mariadb"])
async def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PrivateServer]:
    async with private_server(request.param, tmp_path_factory.mktemp(request.param)) as private:
        yield private


class Load:
    """Callers of both tenants who ask once and wait: each must be told what became of it, and never "unknown"."""

    def __init__(self, ground: Ground, each: int) -> None:
        self._ground = ground
        self._each = each
        self.held: set[tuple[str, str]] = set()
        self.waited = 0.0

    async def run(self) -> None:
        await asyncio.gather(*(self._buy(tenant, n) for tenant in TENANTS for n in range(CALLERS)))

    async def _buy(self, tenant: str, caller: int) -> None:
        clock = asyncio.get_running_loop().time
        for n in range(self._each):
            request, began = f"r{caller}-{n}", clock()
            outcome = await self._ground.shop(tenant).outcome(hold(request), request, deadline=began + PATIENCE)
            assert code(outcome) == "held"
            self.held.add((tenant, request))
            self.waited = max(self.waited, clock() - began)

    async def settle(self, record: Record) -> None:
        """Look that all that was acknowledged is there, once."""
        lost = doubled = 0
        for tenant in TENANTS:
            seen = await self._ground.installation.snapshot(tenant)
            mine = {request for of, request in self.held if of == tenant}
            lost += len(mine - seen.requests.keys())
            doubled += (await self._ground.shop(tenant).balances("A")).reserved - len(mine)
        came_of_it(record, acknowledged=len(self.held), lost=lost, doubled=doubled, went_on=self.waited)
        record("run again and found", self._ground.committer.counts.repeated)
        assert self._ground.committer.counts.unknown == 0


@pytest.mark.parametrize("cut", Cut)
async def test_a_commit_that_is_cut_off_under_load(server: PrivateServer, cut: Cut, record_property: Record) -> None:
    url = await asyncio.to_thread(new_ledger, server.url)
    async with line_to(url, late=2.0) as line, ground_on(await opened(line.url)) as ground:
        for tenant in TENANTS:
            await ground.shop(tenant).stock("A", 1_000)
        load = Load(ground, 30)
        running = asyncio.create_task(load.run())
        for part in (50, 150, 250):
            await until(lambda part=part: len(load.held) >= part, running)  # type: ignore[misc]
            line.cut = cut
            await until(lambda: line.cut is None, running)
        await running
        assert line.cuts == 3
        assert ground.committer.counts.repeated >= 3, "what had been committed was found"
        await load.settle(record_property)


async def test_a_commit_whose_answer_goes_down_with_the_server(server: PrivateServer, record_property: Record) -> None:
    """Who waited is told as soon as the server is there again: nobody had to ask again."""
    url = await asyncio.to_thread(new_ledger, server.url)
    async with line_to(url) as line, ground_on(await opened(line.url)) as ground:
        for tenant in TENANTS:
            await ground.shop(tenant).stock("A", 1_000)
        line.answered = server.kill
        line.cut = Cut.ANSWER
        load = Load(ground, 1)
        running = asyncio.create_task(load.run())
        await until(lambda: line.cut is None, running)
        while await server.answers(0):  # noqa: ASYNC110 - it is about to be killed
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        await asyncio.sleep(0.5)
        await asyncio.sleep(0.5)
        line.answered = None
        await server.start()
        await running
        assert ground.committer.counts.repeated == 2 * CALLERS
        await load.settle(record_property)


async def until(condition: Callable[[], bool], running: "asyncio.Task[None]") -> None:
    """Wait for it; what fails meanwhile, fails the test."""
    async with asyncio.timeout(60):
        while not condition():
            if running.done():
                running.result()
                raise AssertionError("the load was over before that")
            await asyncio.sleep(0.002)
