"""Histories: what the clients ask, when, and what goes wrong. Drawn from a seed, and shrunk when a run fails."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from application.kernel.deadlines import DEADLINE_FAILPOINTS
from application.kernel.ports import FAILPOINTS
from application.kernel.relay import RELAY_FAILPOINTS
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.extend_reservation import ExtendReservation
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, StockLine
from application.stock.set_safety_stock import SafetyStock, SetSafetyStock
from application.stock.ship_reservation import ShipReservation
from domain.kernel.reservation import Pick

TENANTS: Final = ("north", "south")
GOODS: Final = ("A", "B")
NODES: Final = ("N1", "N2")
PROCESSES: Final = 2
SECONDS: Final = 30.0
CRASHES: Final = (*FAILPOINTS, *DEADLINE_FAILPOINTS, *RELAY_FAILPOINTS)


class Ask(NamedTuple):
    """A client asks, both tenants' under the same id; `copies` come later and nobody waits for them.

    `lost` answers are thrown away on their way, and the client asks again.
    """

    at: float
    request: str
    command: Any
    copies: tuple[float, ...] = ()
    lost: int = 0
    deadline: float | None = None


class Kill(NamedTuple):
    """A process dies at the next reach of a failpoint, and another takes its place after a while."""

    at: float
    process: int
    failpoint: str
    down: float


class Jump(NamedTuple):
    """The wall clock is set, by so many seconds."""

    at: float
    by: float


class Wire(NamedTuple):
    """For a while the broker fails, before it keeps what it is given or after."""

    at: float
    until: float
    keeps: bool


Step = Ask | Kill | Jump | Wire


def drawn(seed: int, asks: int = 36) -> list[Step]:
    """The history of a seed."""
    dice = random.Random(seed)
    steps: list[Step] = []
    made: list[str] = []
    for number in range(asks):
        at = dice.uniform(0, SECONDS)
        command = _command(dice, number, made)
        copies = tuple(dice.uniform(0, SECONDS / 2) for _ in range(dice.choice((0, 0, 1, 2))))
        deadline = dice.choice((None, None, 0.0, 0.05, 2.0))
        steps.append(Ask(at, f"q{number}", command, copies, dice.choice((0, 0, 0, 1, 2)), deadline))
    for _ in range(dice.randint(0, 6)):
        at, down = dice.uniform(0, SECONDS), dice.uniform(0.1, 4)
        steps.append(Kill(at, dice.randrange(PROCESSES), dice.choice(CRASHES), down))
    steps += [
        Jump(dice.uniform(0, SECONDS), dice.choice((3600.0, -3600.0, dice.uniform(-90, 90))))
        for _ in range(dice.choice((0, 0, 1, 2)))
    ]
    for _ in range(dice.choice((0, 1, 2))):
        at = dice.uniform(0, SECONDS)
        steps.append(Wire(at, at + dice.uniform(0.1, 5), dice.random() < 0.5))
    return sorted(steps, key=lambda step: step.at)


def _command(dice: random.Random, number: int, made: list[str]) -> Any:
    kind = (
        dice.choice(("receive", "reserve", "reserve", "reserve", "act", "act", "act", "safety"))
        if number > 2
        else "receive"
    )
    if kind == "receive":
        return ReceiveStock((ReceivedLine(dice.choice(GOODS), dice.choice(NODES), dice.randint(1, 12)),))
    if kind == "safety":
        return SetSafetyStock((SafetyStock(dice.choice(GOODS), dice.choice(NODES), dice.randint(0, 6)),))
    if kind == "reserve" or not made:
        id = f"r{len(made)}"
        made.append(id)
        nodes = tuple(dice.sample(NODES, dice.randint(1, 2)))
        lines = tuple(StockLine(dice.choice(GOODS), dice.randint(1, 4), nodes) for _ in range(dice.randint(1, 2)))
        hold_for = dice.choice((timedelta(seconds=dice.randint(1, 20)), timedelta(minutes=10), None))
        return ReserveStock(lines, id, None, hold_for, partial=dice.random() < 0.3)
    # Any time: also before the reserve, which may come late.
    id = dice.choice((*made, f"r{len(made)}"))
    return dice.choice(
        (
            ConfirmReservation(id),
            ConfirmReservation(id, (Pick("1", 1),)),
            ReleaseReservation(id),
            ShipReservation(id),
            DeallocateReservation(id),
            ExtendReservation(id, timedelta(seconds=dice.randint(1, 15))),
        )
    )


def shrunk(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool], *, runs: int = 150) -> list[Step]:
    """The history without the steps that the failure does not need: halves first, then one by one."""
    kept = list(steps)
    size = max(1, len(kept) // 2)
    while runs > 0:
        start, smaller = 0, False
        while start < len(kept) and runs > 0:
            fewer = kept[:start] + kept[start + size :]
            runs -= 1
            if fewer and fails(fewer):
                kept, smaller = fewer, True
            else:
                start += size
        if size == 1 and not smaller:
            break
        size = max(1, size // 2)
    return kept
