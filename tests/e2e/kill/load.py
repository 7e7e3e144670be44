"""A process that loads a ledger and kills itself: `load.py <database> <failpoint> <nth> <seed>`.

Every acknowledged answer is written to standard output as one JSON line, at once. Without a failpoint it runs to its
end.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from contracts.conformance.commands import Confirm, Done, Expire, Extend, Receive, Release, Ship, hold
from contracts.conformance.ground import TENANTS, Ground, code
from domain.stock.position import kinds
from tests.contract.ledger.installations import SqliteInstallation

STOCK = 60
GOODS = "ABC"


class Step(NamedTuple):
    """One call of the load."""

    request: str
    command: Any
    system: bool = False


class Heard(NamedTuple):
    """An answer that the client got."""

    tenant: str
    request: str
    reply: Done


def opening() -> list[Step]:
    return [Step(f"open {goods}", Receive(goods, STOCK)) for goods in GOODS]


def waves(seed: int) -> Iterator[list[Step]]:
    """The same load for the same seed: reserves, then what becomes of them, with repeats among them."""
    dice = random.Random(seed)
    for wave in range(6):
        ids = [f"w{wave}-{i}" for i in range(12)]
        yield [
            Step(id, hold(id, dice.choice(GOODS), dice.randint(1, 4), hold_for=timedelta(0 if i % 5 == 0 else 60)))
            for i, id in enumerate(ids)
        ]
        ends = [
            Step(f"expire:{id}:1", Expire(id), True)
            if i % 5 == 0
            else dice.choice(
                [
                    Step(f"c {id}", Confirm(id)),
                    Step(f"x {id}", Release(id)),
                    Step(f"e {id}", Extend(id)),
                ]
            )
            for i, id in enumerate(ids)
        ]
        yield ends + dice.sample(ends, 3)
        yield [
            Step(f"s {step.command.reservation}", Ship(step.command.reservation))
            for step in ends
            if "c " in step.request
        ]


async def main(path: Path, failpoint: str, nth: int, seed: int) -> None:
    left = [nth]
    armed = [False]

    def reach(name: str) -> None:
        if armed[0] and name == failpoint:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    ground = Ground(await SqliteInstallation(path, kinds(), reach).open())

    async def ask(tenant: str, step: Step) -> None:
        outcome = await ground.shop(tenant).outcome(step.command, step.request, system=step.system)
        if isinstance(outcome, Done):
            os.write(1, msgspec.json.encode(Heard(tenant, step.request, outcome)) + b"\n")
        elif code(outcome) not in ("stock.insufficient", "reservation.state", "reservation.unknown"):
            raise outcome

    for wave in [opening(), *waves(seed)]:
        await asyncio.gather(*(ask(tenant, step) for step in wave for tenant in TENANTS))
        armed[0] = True
    await ground.committer.drain()
    await ground.installation.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
