"""Expected supply (预计到货): receipts announced for a date, which may be promised before they are here.

A kind of account: what is still to come of a goods at a node on a date. It is held and given back as stock is, but it
cannot leave: what arrives is received into a position, and what was held here is held there from then on.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from domain.kernel.account import Account, AccountKey, AccountKind
from domain.kernel.movement import CONFIRM, DEALLOCATE, EXPIRE, RELEASE, RESERVE, SET_FLOOR, Bucket, MovementKind
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Reservation
from domain.stock.position import NONE

ANNOUNCE: Final = MovementKind("ANNOUNCE", Bucket.OUTSIDE, Bucket.AVAILABLE)
WITHDRAW: Final = MovementKind("WITHDRAW", Bucket.AVAILABLE, Bucket.OUTSIDE)
TURN: Final = MovementKind("TURN", Bucket.AVAILABLE, Bucket.OUTSIDE)

EXPECTED: Final = AccountKind(
    name="expected",
    dimensions=("owner", "goods", "node", "date"),
    movements=frozenset(
        {RESERVE, RELEASE, EXPIRE, CONFIRM, DEALLOCATE, SET_FLOOR, ANNOUNCE, WITHDRAW, TURN},
    ),
    insufficient="expected.insufficient",
    view="expected_supply",
)
"""What is announced of a goods of an owner at a node for a date, and has not arrived.

`floor` is what was withdrawn from under those who had been promised it: it is granted to nobody when it is given back.
"""


class ExpectedUnknown(Refusal):
    """Nothing is announced of this goods at this node for this date (`account`).

    Announce it, or correct the date.
    """

    code = "expected.unknown"


class ExpectedTooLittle(Refusal):
    """Less is still to come than the command takes away (`expected`, `wanted`).

    Take no more than that; with no quantity it is all there is.
    """

    code = "expected.too_little"


class NotArrived(Refusal):
    """What shall be shipped is promised from goods that have not arrived (`lines`).

    Ship it once it has arrived, or exchange its holds to stock that is here.
    """

    code = "expected.not_arrived"


def expected_key(owner: str, goods: str, node: str, on: date) -> AccountKey:
    """Raises InvalidInput when a part cannot be an identity."""
    return EXPECTED.key(owner, goods, node, on.isoformat())


class Expected(NamedTuple):
    """An expected receipt by the names of its dimensions: a reading of an account, never a second store of it."""

    goods: str
    node: str
    on: date
    owner: str = NONE

    @property
    def key(self) -> AccountKey:
        """Raises InvalidInput when a part cannot be an identity."""
        return expected_key(self.owner, self.goods, self.node, self.on)

    @classmethod
    def of(cls, key: AccountKey) -> "Expected":
        owner, goods, node, on = key.values
        return cls(goods, node, date.fromisoformat(on), owner)


def to_come(account: Account) -> int:
    """How much is announced and has not arrived."""
    balances = account.balances
    return balances.available + balances.reserved + balances.allocated - account.floor


def withdrawal(account: Account, quantity: int) -> tuple[int, int]:
    """How much of what is taken away nobody was promised, and the floor after: what promises now lack."""
    free = min(account.grantable, quantity)
    return free, account.floor + quantity - free


class Broken(NamedTuple):
    """A reservation that was promised units of an expected receipt, and how many of them it will not have by then."""

    reservation: str
    quantity: int


def broken(holders: Iterable[Reservation], key: AccountKey, lacking: int) -> Sequence[Broken]:
    """Who lacks the units that are `lacking`: the last made go without first. `holders` come in the order made."""
    found: list[Broken] = []
    for holder in reversed(list(holders)):
        if lacking <= 0:
            break
        held = sum(holder.holding(key))
        if held:
            short = min(held, lacking)
            found.append(Broken(holder.id, short))
            lacking -= short
    return tuple(reversed(found))


def made(holder: Reservation) -> tuple[int, str]:
    """What puts reservations in the order they were made: the number of the command that made each."""
    return holder.commands[0], holder.id


def kinds() -> Mapping[str, AccountKind]:
    """The kind of account that expected supply is kept in, by name."""
    return {EXPECTED.name: EXPECTED}
