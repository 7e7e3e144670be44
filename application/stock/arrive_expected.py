"""Expected supply arrives (到货): it becomes stock, and whoever was promised it holds the stock from then on."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.stock.answers import PositionAfter, positions_after
from application.stock.expected import (
    STEP,
    ExpectedAfter,
    Turned,
    announced,
    expected_after,
    movable,
    receipt_key,
    turn,
    waiting,
)
from application.stock.handle import Mentions
from application.stock.lines import allowed
from application.stock.ports import ExpectedReader, Registers
from application.stock.receive_stock import ReceivedLine
from application.stock.wait import submit_with
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import whole
from domain.kernel.reservation import Reservation
from domain.stock.expected import TURN
from domain.stock.position import NONE, RECEIVE


@dataclass(frozen=True, slots=True)
class ExpectedArrived:
    """What came in, and who holds it by now: `turned` in the order they were made; the rest of it is available.

    `left` is what this command did not come to: go on with a command for so much.
    """

    goods: str
    node: str
    owner: str
    on: str
    lot: str
    received: int
    left: int
    turned: tuple[Turned, ...]
    expected: ExpectedAfter
    positions: tuple[PositionAfter, ...]


@dataclass(frozen=True, slots=True)
class ArriveExpected:
    """`quantity` of an expected receipt is here, as the lot `lot`: it is received into stock.

    Reservations that hold the receipt hold the stock from then on, in the order they were made, whatever the safety
    stock is; none of them can be overtaken. What they do not need is available, also what is more than was announced.
    One command acts on at most 100 reservations and receives no more than they take: `left` says how much is to be
    received by another. Refused: `expected.unknown`, `goods.*`, `node.*`, `ledger.balance_too_large`.
    """

    name: ClassVar[str] = "ArriveExpected"
    reply: ClassVar[type] = ExpectedArrived

    goods: str
    node: str
    on: str
    quantity: int
    owner: str = NONE
    lot: str = NONE
    expires: str = ""
    scene: str = "purchase"
    reason: str = ""

    def __post_init__(self) -> None:
        whole(self.quantity)
        allowed(self.reason, self.scene)
        _ = self.key
        ReceivedLine(self.goods, self.node, self.quantity, self.owner, self.lot, self.expires)

    @property
    def key(self) -> AccountKey:
        return receipt_key(self.owner, self.goods, self.node, self.on)

    @property
    def position(self) -> AccountKey:
        return ReceivedLine(self.goods, self.node, self.quantity, self.owner, self.lot).key

    def mentions(self) -> Mentions:
        return Mentions((self.goods,), (self.node,))


@dataclass(frozen=True, slots=True)
class ExpectedArrival:
    """The ledger's part: the caller's wish, with those who wait the longest."""

    name: ClassVar[str] = ArriveExpected.name
    reply: ClassVar[type] = ExpectedArrived

    asked: ArriveExpected
    holders: tuple[str, ...] = ()

    def touches(self) -> Touches:
        return Touches(self.holders, (self.asked.key, self.asked.position))

    def decide(self, ledger: Ledger) -> ExpectedArrived:
        asked, key = self.asked, self.asked.key
        announced(ledger, key)
        left = asked.quantity
        turned: list[Turned] = []
        passed = 0  # units of those who can have no more of it
        for holder in waiting(ledger, self.holders, key):
            held = sum(holder.holding(key))
            most = min(left, held) if movable(holder) else 0
            mine = self._turn(ledger, holder, most) if most else []
            turned += mine
            passed += held - sum(each.quantity for each in mine)
            left -= most
        balances = ledger.account(key).balances
        if left and balances.reserved + balances.allocated == passed:
            free = min(left, ledger.account(key).grantable)
            if free:
                ledger.post(key, TURN, free, scene=asked.scene, reason=asked.reason)
            self._receive(ledger, left)
            left = 0
        self._lower_floor(ledger)
        reply = ExpectedArrived(
            asked.goods,
            asked.node,
            asked.owner,
            asked.on,
            asked.lot,
            asked.quantity - left,
            left,
            tuple(turned),
            expected_after(ledger, key),
            positions_after(ledger, [asked.position]),
        )
        ledger.tell("ExpectedArrived", reply)
        return reply

    def _turn(self, ledger: Ledger, holder: Reservation, most: int) -> list[Turned]:
        """Receive units for one reservation, and have it hold them; what would tear a kit apart is available."""
        asked, key = self.asked, self.asked.key
        self._receive(ledger, most)
        turned = turn(ledger, holder, key, asked.position, most)
        quantity = sum(each.quantity for each in turned)
        if quantity:
            ledger.post(key, TURN, quantity, scene=asked.scene, reason=asked.reason)
        return turned

    def _receive(self, ledger: Ledger, quantity: int) -> None:
        asked = self.asked
        expiry = {"expires": asked.expires} if asked.expires else None
        ledger.post(asked.position, RECEIVE, quantity, scene=asked.scene, reason=asked.reason, facts=expiry)

    def _lower_floor(self, ledger: Ledger) -> None:
        """What came beyond what was still announced is no longer lacking."""
        account = ledger.account(self.asked.key)
        most = account.balances.on_hand
        if account.floor > most:
            ledger.set_floor(self.asked.key, most, reason=self.asked.reason)


class ArriveExpectedHandler:
    """Looks up who waits the longest, and commits."""

    def __init__(self, commit: Commit, registers: Registers, expected: ExpectedReader) -> None:
        self._commit = commit
        self._registers = registers
        self._expected = expected

    async def __call__(self, call: Call, command: ArriveExpected) -> ExpectedArrived:
        """Raises the command's refusals, Unanswered."""

        async def planned() -> ExpectedArrival:
            found = await self._expected.holders(call.tenant, command.key, STEP)
            return ExpectedArrival(command, tuple(each.id for each in found))

        return await submit_with(self._commit, self._registers, call, command, planned)
