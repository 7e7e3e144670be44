"""Reserve stock (下单预占): hold every line for a while, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.stock.answers import ReservationMoved, granted, reservation_moved
from application.stock.handle import Mentions, TurnedDown, objection
from application.stock.lines import MAX_SCENE
from application.stock.ports import HoldPlan, Registers
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal
from domain.kernel.reservation import MAX_LINES, Hold, Plan, PlannedLine
from domain.stock.position import NONE, position_key

SHORTEST_HOLD: Final = timedelta(seconds=1)
LONGEST_HOLD: Final = timedelta(days=30)
MAX_NODES: Final = 50


@dataclass(slots=True)
class StockLine:
    """`quantity` of a goods (smallest unit) from the first of `nodes` that has it all; else from them in turn."""

    goods: str
    quantity: int
    nodes: tuple[str, ...]
    line: str = ""
    owner: str = NONE
    lot: str = NONE

    def __post_init__(self) -> None:
        whole(self.quantity)
        if not 1 <= len(self.nodes) <= MAX_NODES:
            raise InvalidInput(f"a line names 1 to {MAX_NODES} nodes", field="nodes", most=MAX_NODES)
        if len(set(self.nodes)) != len(self.nodes):
            raise InvalidInput("a line names a node twice", field="nodes")


def bounded_hold(hold_for: object) -> None:
    """Raises InvalidInput for a hold that is shorter or longer than a reservation may be held for."""
    if not isinstance(hold_for, timedelta) or not SHORTEST_HOLD <= hold_for <= LONGEST_HOLD:
        raise InvalidInput(
            f"hold_for must be from {SHORTEST_HOLD.seconds} second to {LONGEST_HOLD.days} days",
            field="hold_for",
            least=SHORTEST_HOLD.total_seconds(),
            most=LONGEST_HOLD.total_seconds(),
        )


@dataclass(slots=True)
class ReserveStock:
    """Hold every line for `hold_for`, or nothing (or, if `partial`, what there is).

    `reservation` is chosen by the caller, unique within the tenant; by default it is the request id. `order` is the
    caller's own reference, to find the reservation by. `hold_for` None holds until it is released (a frozen transfer).
    """

    name: ClassVar[str] = "ReserveStock"
    reply: ClassVar[type] = ReservationMoved

    lines: tuple[StockLine, ...]
    reservation: str = ""
    order: str | None = None
    hold_for: timedelta | None = timedelta(minutes=30)
    partial: bool = False
    scene: str = "sale"

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MAX_LINES:
            raise InvalidInput(f"a reservation has 1 to {MAX_LINES} lines", field="lines", most=MAX_LINES)
        if self.reservation:
            identifier(self.reservation, "reservation")
        if self.order is not None:
            identifier(self.order, "order")
        identifier(self.scene, "scene", most=MAX_SCENE)
        if self.hold_for is not None:
            bounded_hold(self.hold_for)
        flag(self.partial, "partial")

    def mentions(self) -> Mentions:
        return Mentions([line.goods for line in self.lines], [node for line in self.lines for node in line.nodes])


def plan_of(lines: Sequence[StockLine]) -> Plan:
    """Each line held on the positions of its nodes, in the order given; unnamed ones get their number."""
    planned = []
    for number, line in enumerate(lines, 1):
        ways = [(Hold(position_key(line.owner, line.goods, node, line.lot)),) for node in line.nodes]
        planned.append(PlannedLine(line.line or str(number), line.quantity, tuple(ways)))
    return Plan(tuple(planned))


@dataclass(slots=True)
class HoldPlanned:
    """The ledger's part of a reserve: the caller's wish with the plan made for it before the queue."""

    name: ClassVar[str] = ReserveStock.name
    reply: ClassVar[type] = ReservationMoved

    asked: ReserveStock
    reservation: str
    plan: Plan

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,), accounts=self.plan.accounts())

    def decide(self, ledger: Ledger) -> ReservationMoved:
        asked = self.asked
        made = ledger.reserve(
            self.reservation,
            self.plan,
            until=None if asked.hold_for is None else ledger.now + asked.hold_for,
            partial=asked.partial,
            order=asked.order,
            scene=asked.scene,
        )
        reply = reservation_moved(ledger, made, granted(made))
        ledger.tell_of(made, "StockReserved", reply)
        return reply


class ReserveStockHandler:
    """Checks the registers, asks who else holds something, and commits."""

    def __init__(self, commit: Commit, registers: Registers, plans: Sequence[HoldPlan] = ()) -> None:
        self._commit = commit
        self._registers = registers
        self._plans = tuple(plans)

    async def __call__(self, call: Call, command: ReserveStock) -> ReservationMoved:
        """Raises UnknownGoods, UnknownNode, InsufficientBalance, ReservationExists, ReservationCancelled."""
        plan = plan_of(command.lines)
        reservation = command.reservation or call.request
        refusal = await objection(call, self._registers, command.mentions())
        if refusal is None:
            try:
                for other in self._plans:
                    plan = await other.extend(call, plan)
            except Refusal as objected:
                refusal = objected
        held = HoldPlanned(command, reservation, plan)
        if refusal is None:
            return await self._commit.submit(call, held, asked=command)
        turned_down: Any = TurnedDown(held, refusal)
        reply: ReservationMoved = await self._commit.submit(call, turned_down, asked=command)
        return reply
