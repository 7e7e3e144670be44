"""Reserve stock (下单预占): hold every line for a while, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.ports import StoreError
from application.kernel.turned_down import or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.answers import ReservationMoved, granted, tell_moved
from application.stock.handle import Mentions, objection
from application.stock.lines import MAX_SCENE
from application.stock.plan_ahead import Beside, PlanAhead, nothing_beside
from application.stock.ports import LEAVING, HoldPlan, Registers
from application.stock.quotas import NONE_ALIKE, Alike, QuotaBook, Quotas, Take, by_one_quota, cap_holds
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import calendar_day, flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal
from domain.kernel.reservation import MAX_LINES, Hold, Plan, PlannedLine, Way
from domain.stock.position import NONE, position_key
from domain.stock.quota import MODES, QuotaExclusive, channel_name

SHORTEST_HOLD: Final = timedelta(seconds=1)
LONGEST_HOLD: Final = timedelta(days=30)
MAX_NODES: Final = 50


@dataclass(slots=True)
class StockLine:
    """`quantity` of a goods (smallest unit) from the first of `nodes` that has it all; else from them in turn.

    With `expected_by` (YYYY-MM-DD), also of what is expected at them up to that day, the earliest first.
    """

    goods: str
    quantity: int
    nodes: tuple[str, ...]
    line: str = ""
    owner: str = NONE
    lot: str = NONE
    expected_by: str = ""

    def __post_init__(self) -> None:
        whole(self.quantity)
        if self.expected_by:
            calendar_day(self.expected_by, "expected_by")
            if self.lot != NONE:
                raise InvalidInput("of a lot nothing can be expected", field="expected_by")
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
    `channel` is the sales channel that it is sold through: its quotas are used, and counted, with the stock.
    With `ship_on` (YYYY-MM-DD) it takes up that day of its nodes, one for each line.
    """

    name: ClassVar[str] = "ReserveStock"
    reply: ClassVar[type] = ReservationMoved
    ADDED_LATER: ClassVar[Mapping[str, str]] = {"channel": "", "ship_on": "", "expected_by": ""}

    lines: tuple[StockLine, ...]
    reservation: str = ""
    order: str | None = None
    hold_for: timedelta | None = timedelta(minutes=30)
    partial: bool = False
    scene: str = "sale"
    channel: str = ""
    ship_on: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MAX_LINES:
            raise InvalidInput(f"a reservation has 1 to {MAX_LINES} lines", field="lines", most=MAX_LINES)
        if self.channel:
            channel_name(self.channel)
        if self.reservation:
            identifier(self.reservation, "reservation")
        if self.order is not None:
            identifier(self.order, "order")
        identifier(self.scene, "scene", most=MAX_SCENE)
        if self.hold_for is not None:
            bounded_hold(self.hold_for)
        flag(self.partial, "partial")
        if self.ship_on:
            calendar_day(self.ship_on, "ship_on")
            if any(len(line.nodes) > 1 for line in self.lines):
                raise InvalidInput("with ship_on, a line names one node", field="nodes", most=1)

    def mentions(self) -> Mentions:
        return Mentions([line.goods for line in self.lines], [node for line in self.lines for node in line.nodes])


def plan_of(lines: Sequence[StockLine]) -> Plan:
    """Each line held on the positions of its nodes, in the order given; unnamed ones get their number."""
    planned = []
    for number, line in enumerate(lines, 1):
        ways = [(Hold(position_key(line.owner, line.goods, node, line.lot)),) for node in line.nodes]
        planned.append(PlannedLine(line.line or str(number), line.quantity, tuple(ways)))
    return Plan(tuple(planned))


def plan_through(book: QuotaBook, channel: str, lines: Sequence[StockLine]) -> tuple[Plan, Alike]:
    """Each line held as the channel (empty: none) may take it: what reserves for the channel before what is shared.

    Raises QuotaExclusive for a line that other channels alone may sell.
    """
    planned = []
    alike: dict[str, tuple[int, ...]] = {}
    for number, line in enumerate(lines, 1):
        takes = [
            take
            for node in line.nodes
            for take in book.takes(line.goods, node, channel, owner=line.owner, lot=line.lot)
        ]
        if not takes:
            excluding = {quota.code for node in line.nodes for quota in book.excluding(line.goods, node, channel)}
            raise QuotaExclusive(
                f"{line.goods} sells through other channels alone",
                goods=line.goods,
                channel=channel,
                quotas=sorted(excluding),
            )
        by_quota: dict[tuple[int, str], dict[Way, None]] = {}
        for take in takes:
            by_quota.setdefault(_preferred(take), {})[take.way()] = None
        groups = [by_quota[each] for each in sorted(by_quota)]
        name = line.line or str(number)
        planned.append(PlannedLine(name, line.quantity, tuple(way for group in groups for way in group)))
        if len(groups) > 1:
            alike[name] = tuple(map(len, groups))
    return Plan(tuple(planned)), alike


def caps_beside(book: QuotaBook, channel: str) -> Beside:
    """What the channel (empty: none) holds beside what is expected."""

    def beside(goods: str, node: str) -> Way | None:
        caps = book.ahead(goods, node, channel)
        return None if caps is None else cap_holds(caps)

    return beside


def _preferred(take: Take) -> tuple[int, str]:
    """Quota after quota: what is exclusive, what is set aside, and last all that is shared or plain."""
    last = len(MODES) - 1
    return (MODES.index(take.mode), take.quota) if take.mode and MODES.index(take.mode) < last else (last, "")


@dataclass(slots=True)
class HoldPlanned:
    """The ledger's part of a reserve: the caller's wish with the plan made for it before the queue.

    `alike` says of a line that may be served by several quotas how many of its ways each of them has, in order.
    """

    name: ClassVar[str] = ReserveStock.name
    reply: ClassVar[type] = ReservationMoved

    asked: ReserveStock
    reservation: str
    plan: Plan
    alike: Alike = field(default_factory=lambda: NONE_ALIKE)

    def touches(self) -> Touches:
        entries = (EntryKey(LEAVING, self.reservation),) if self.asked.ship_on else ()
        return Touches(reservations=(self.reservation,), accounts=self.plan.accounts(), entries=entries)

    def decide(self, ledger: Ledger) -> ReservationMoved:
        asked = self.asked
        made = ledger.reserve(
            self.reservation,
            by_one_quota(ledger, self.plan, self.alike) if self.alike else self.plan,
            until=None if asked.hold_for is None else ledger.now + asked.hold_for,
            partial=asked.partial,
            order=asked.order,
            scene=asked.scene,
        )
        if asked.ship_on:
            names = (line.line for line in self.plan.lines)
            days = {name: {line.nodes[0]: asked.ship_on} for name, line in zip(names, asked.lines, strict=True)}
            ledger.write_entry(LEAVING, self.reservation, {"days": days, "active": True})
        return tell_moved(ledger, "StockReserved", made, granted(made))


class ReserveStockHandler:
    """Checks the registers, asks who else holds something, and commits."""

    def __init__(
        self,
        commit: Commit,
        registers: Registers,
        plans: Sequence[HoldPlan] = (),
        quotas: Quotas | None = None,
        ahead: PlanAhead | None = None,
    ) -> None:
        self._commit = commit
        self._registers = registers
        self._plans = tuple(plans)
        self._quotas = quotas
        self._ahead = ahead

    async def __call__(self, call: Call, command: ReserveStock) -> ReservationMoved:
        """The reply. Raises UnknownGoods, UnknownNode and the like, QuotaExclusive, what other contexts refuse,
        InsufficientBalance, ReservationExists, ReservationCancelled; Unavailable where nothing can be planned, and
        Unanswered.
        """
        plan, alike = plan_of(command.lines), NONE_ALIKE
        refusal = await objection(call, self._registers, command.mentions())
        if refusal is None:
            try:
                beside: Beside = nothing_beside
                if self._quotas is not None and (book := await self._quotas.of(call.tenant)):
                    plan, alike = plan_through(book, command.channel, command.lines)
                    beside = caps_beside(book, command.channel)
                if self._ahead is not None and (command.ship_on or any(line.expected_by for line in command.lines)):
                    plan = await self._ahead(call, plan, command.lines, command.ship_on, beside)
                for other in self._plans:
                    plan = await other.extend(call, plan)
            except Refusal as objected:
                refusal = objected
            except StoreError as error:
                raise Unavailable(f"what it would hold cannot be read: {error}", request=call.request) from error
        held = HoldPlanned(command, command.reservation or call.request, plan, alike)
        return await self._commit.submit(call, or_turned_down(held, refusal), asked=command)
