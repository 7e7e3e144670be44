"""Move supply (到货改期): what was announced comes on another date, and what was promised of it moves along."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.stock.announce_supply import announce
from application.stock.expected import (
    STEP,
    ExpectedAfter,
    LatePromise,
    expected_after,
    movable,
    receipt_key,
    turn,
    waiting,
)
from application.stock.handle import Mentions
from application.stock.lines import reasoned
from application.stock.ports import Registers, ReservationsHolding
from application.stock.wait import submit_with
from application.stock.withdraw_supply import ExpectedSupplyLate, taken_away
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import whole
from domain.kernel.refusal import InvalidInput
from domain.stock.expected import ANNOUNCE, WITHDRAW
from domain.stock.position import NONE


@dataclass(frozen=True, slots=True)
class SupplyMoved:
    """What comes on the other date, and both receipts after; `late` names who was promised it for an earlier date.

    `left` is what this command did not come to: go on with a command for so much.
    """

    moved: int
    left: int
    expected: ExpectedAfter
    to: ExpectedAfter
    late: tuple[LatePromise, ...]


@dataclass(frozen=True, slots=True)
class MoveSupply:
    """`quantity` of an expected receipt (None: all of it) comes on the date `to` instead of `on`; a reason is required.

    First moves what nobody was promised, then what was, the last promise made first: reservations hold the same units
    on the new date, and where that is later they are named. One command acts on at most 100 of them; `left` says how
    much is to be moved by another. Refused: `expected.unknown`, `expected.too_little`.
    """

    name: ClassVar[str] = "MoveSupply"
    reply: ClassVar[type] = SupplyMoved

    goods: str
    node: str
    on: str
    to: str
    reason: str
    quantity: int | None = None
    owner: str = NONE

    def __post_init__(self) -> None:
        reasoned(self.reason)
        if self.quantity is not None:
            whole(self.quantity)
        if self.key == self.target:
            raise InvalidInput(f"it is expected on {self.on} already", field="to")

    @property
    def key(self) -> AccountKey:
        return receipt_key(self.owner, self.goods, self.node, self.on)

    @property
    def target(self) -> AccountKey:
        return receipt_key(self.owner, self.goods, self.node, self.to)

    def mentions(self) -> Mentions:
        return Mentions((self.goods,), (self.node,))


@dataclass(frozen=True, slots=True)
class SupplyMove:
    """The ledger's part: the caller's wish, with those who may have to move along."""

    name: ClassVar[str] = MoveSupply.name
    reply: ClassVar[type] = SupplyMoved

    asked: MoveSupply
    holders: tuple[str, ...] = ()

    def touches(self) -> Touches:
        return Touches(self.holders, (self.asked.key, self.asked.target))

    def decide(self, ledger: Ledger) -> SupplyMoved:
        asked, key, target = self.asked, self.asked.key, self.asked.target
        wanted = taken_away(ledger, key, asked.quantity)
        free = min(ledger.account(key).grantable, wanted)
        if free:
            ledger.post(key, WITHDRAW, free, scene="move", reason=asked.reason)
            announce(ledger, target, free, "move", asked.reason)
        left = wanted - free
        account = ledger.account(key)
        lacking = max(0, account.floor - account.balances.available)  # of the last: what moves is not theirs
        late: list[LatePromise] = []
        for holder in reversed(waiting(ledger, self.holders, key)):
            held = sum(holder.holding(key))
            passed = min(held, lacking)
            lacking -= passed
            most = min(left, held - passed)
            if not most or not movable(holder):
                continue
            ledger.post(target, ANNOUNCE, most, scene="move", reason=asked.reason)
            turned = sum(each.quantity for each in turn(ledger, holder, key, target, most))
            if turned < most:  # a kit is not torn apart
                ledger.post(target, WITHDRAW, most - turned, scene="move", reason=asked.reason)
            if turned:
                ledger.post(key, WITHDRAW, turned, scene="move", reason=asked.reason)
                late.append(LatePromise(holder.id, holder.order, turned))
                left -= turned
        later = tuple(late) if asked.to > asked.on else ()
        reply = SupplyMoved(wanted - left, left, expected_after(ledger, key), expected_after(ledger, target), later)
        ledger.tell("SupplyMoved", reply)
        if later:
            told = ExpectedSupplyLate(
                asked.goods, asked.node, asked.owner, asked.on, asked.to, asked.reason, later, left > 0
            )
            ledger.tell("ExpectedSupplyLate", told, number=2)
        return reply


class MoveSupplyHandler:
    """Looks up who was promised the receipt, the last first, and commits."""

    def __init__(self, commit: Commit, registers: Registers, holders: ReservationsHolding) -> None:
        self._commit = commit
        self._registers = registers
        self._holders = holders

    async def __call__(self, call: Call, command: MoveSupply) -> SupplyMoved:
        """Raises the command's refusals, Unanswered."""

        async def planned() -> SupplyMove:
            found = await self._holders.holding(call.tenant, command.key, STEP)
            return SupplyMove(command, tuple(each.reservation for each in found))

        return await submit_with(self._commit, self._registers, call, command, planned)
