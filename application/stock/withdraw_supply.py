"""Withdraw supply (取消到货): less will come on a date than was announced, and those who were promised it are named."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.stock.expected import (
    STEP,
    ExpectedAfter,
    LatePromise,
    announced,
    expected_after,
    receipt_key,
    waiting,
)
from application.stock.handle import Mentions
from application.stock.lines import reasoned
from application.stock.ports import Registers, ReservationsHolding
from application.stock.wait import submit_with
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import whole
from domain.stock.expected import WITHDRAW, ExpectedTooLittle, broken, to_come, withdrawal
from domain.stock.position import NONE


@dataclass(frozen=True, slots=True)
class SupplyWithdrawn:
    """What will not come, the receipt after, and whose promises that breaks; `more` says that not all are named."""

    withdrawn: int
    expected: ExpectedAfter
    late: tuple[LatePromise, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class ExpectedSupplyLate:
    """Promised units of a goods that will not be at a node on the date; `to` is the new one, None: none is known."""

    goods: str
    node: str
    owner: str
    on: str
    to: str | None
    reason: str
    late: tuple[LatePromise, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class WithdrawSupply:
    """`quantity` of an expected receipt (None: all of it) will not come; a reason is required.

    First goes what nobody was promised. Then promises lack the rest, the last made first: they keep what they hold,
    which is granted to nobody when they give it back, and are named (at most 100, `more` if there are others). Release
    them, exchange their holds, or announce more. Refused: `expected.unknown`, `expected.too_little`.
    """

    name: ClassVar[str] = "WithdrawSupply"
    reply: ClassVar[type] = SupplyWithdrawn

    goods: str
    node: str
    on: str
    reason: str
    quantity: int | None = None
    owner: str = NONE

    def __post_init__(self) -> None:
        reasoned(self.reason)
        if self.quantity is not None:
            whole(self.quantity)
        _ = self.key

    @property
    def key(self) -> AccountKey:
        return receipt_key(self.owner, self.goods, self.node, self.on)

    def mentions(self) -> Mentions:
        return Mentions((self.goods,), (self.node,))


def taken_away(ledger: Ledger, key: AccountKey, quantity: int | None) -> int:
    """How much a command takes of a receipt. Raises ExpectedUnknown, ExpectedTooLittle."""
    announced(ledger, key)
    there = to_come(ledger.account(key))
    wanted = there if quantity is None else quantity
    if wanted > there or not wanted:
        raise ExpectedTooLittle(f"{there} are to come, {wanted} wanted", expected=there, wanted=wanted)
    return wanted


@dataclass(frozen=True, slots=True)
class SupplyWithdrawal:
    """The ledger's part: the caller's wish, with those who may be named."""

    name: ClassVar[str] = WithdrawSupply.name
    reply: ClassVar[type] = SupplyWithdrawn

    asked: WithdrawSupply
    holders: tuple[str, ...] = ()

    def touches(self) -> Touches:
        return Touches(self.holders, (self.asked.key,))

    def decide(self, ledger: Ledger) -> SupplyWithdrawn:
        asked, key = self.asked, self.asked.key
        wanted = taken_away(ledger, key, asked.quantity)
        free, floor = withdrawal(ledger.account(key), wanted)
        if free:
            ledger.post(key, WITHDRAW, free, reason=asked.reason)
        if floor != ledger.account(key).floor:
            ledger.set_floor(key, floor, reason=asked.reason)
        lacking = max(0, floor - ledger.account(key).balances.available)
        found = waiting(ledger, self.holders, key)
        late = tuple(
            LatePromise(each.reservation, ledger.reservation(each.reservation).order, each.quantity)
            for each in broken(found, key, lacking)
        )
        more = sum(each.quantity for each in late) < lacking
        reply = SupplyWithdrawn(wanted, expected_after(ledger, key), late, more)
        ledger.tell("SupplyWithdrawn", reply)
        if lacking:
            told = ExpectedSupplyLate(asked.goods, asked.node, asked.owner, asked.on, None, asked.reason, late, more)
            ledger.tell("ExpectedSupplyLate", told, number=2)
        return reply


class WithdrawSupplyHandler:
    """Looks up who was promised the receipt, the last first, and commits."""

    def __init__(self, commit: Commit, registers: Registers, holders: ReservationsHolding) -> None:
        self._commit = commit
        self._registers = registers
        self._holders = holders

    async def __call__(self, call: Call, command: WithdrawSupply) -> SupplyWithdrawn:
        """Raises the command's refusals, Unanswered."""

        async def planned() -> SupplyWithdrawal:
            found = await self._holders.holding(call.tenant, command.key, STEP)
            return SupplyWithdrawal(command, tuple(each.reservation for each in found))

        return await submit_with(self._commit, self._registers, call, command, planned)
