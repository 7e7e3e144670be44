"""A ledger in a database of a server that a test breaks; and the other process, where it takes two."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from application.kernel.ports import Reach, pass_by
from application.kernel.unanswered import Unanswered
from contracts.conformance.commands import hold
from contracts.conformance.ground import TENANTS, Ground, code
from domain.stock.position import kinds
from entrypoints.composition.maintenance import migrate, scratch_databases
from entrypoints.composition.settings import load_settings
from entrypoints.conformance.scratch import Scratch


def new_ledger(url: str) -> str:
    """A new database on the server with this release's tables; its URL."""
    made = scratch_databases(load_settings(database={"url": url})).make()
    migrate(load_settings(database={"url": made}))
    return made


async def opened(url: str, reach: Reach = pass_by) -> Scratch:
    """The ledger at this URL."""
    return await Scratch(Path(), kinds(), reach, settings=load_settings(database={"url": url})).open()


async def insist(ground: Ground, tenant: str, request: str, within: float = 60.0) -> str:
    """Hold a unit, asking again under the same id until there is an answer; its code, and what was said before."""
    give_up = asyncio.get_running_loop().time() + within
    while True:
        outcome = await ground.shop(tenant).outcome(hold(request), request)
        if not isinstance(outcome, Unanswered) or asyncio.get_running_loop().time() > give_up:
            return code(outcome)
        await asyncio.sleep(0.05)


async def buy(url: str, name: str, most: int, stop_at: str) -> None:
    """The other process: buys, a few at a time; stops itself with SIGSTOP when it comes to the failpoint."""

    def reach(failpoint: str) -> None:
        if failpoint == stop_at and name not in stopped and bought >= 5:
            stopped.add(name)
            os.write(1, b"stopping\n")
            os.kill(os.getpid(), signal.SIGSTOP)

    stopped: set[str] = set()
    bought = 0
    ground = Ground(await opened(url, reach))
    while bought < most:
        some = range(bought, bought + 5)
        codes = await asyncio.gather(*(insist(ground, tenant, f"{name} {i}") for i in some for tenant in TENANTS))
        bought += 5
        os.write(1, (" ".join(codes) + "\n").encode())
    await ground.committer.drain()
    await ground.installation.close()


if __name__ == "__main__":
    asyncio.run(buy(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
