"""What tests are made of, with defaults that a story need not mention."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from application.kernel.call import Call
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.reserve_stock import ReserveStock, StockLine
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Act, Entry, EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.movement import Balances
from domain.kernel.reservation import GroupHold, Hold, Plan, PlannedLine, Reservation, Way
from domain.stock.position import Position

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def call(request: str = "r1", tenant: str = "acme", actor: str = "clerk", **rest: Any) -> Call:
    return Call(tenant, actor, request, **rest)


def receive(goods: str = "A", node: str = "N1", quantity: int = 1, **rest: Any) -> ReceiveStock:
    return ReceiveStock((ReceivedLine(goods, node, quantity),), **rest)


def reserve(goods: str = "A", node: str = "N1", quantity: int = 1, **rest: Any) -> ReserveStock:
    return ReserveStock((StockLine(goods, quantity, (node,)),), **rest)


# -- below the use cases: the kernel alone --------------------------------------------------------------------------


def key(goods: str = "A", node: str = "N1") -> AccountKey:
    return Position(goods, node).key


def account(goods: str = "A", node: str = "N1", *, version: int = 1, floor: int = 0, **balances: int) -> Account:
    return Account(key(goods, node), Balances(**balances), version, floor)


def way(*holds: AccountKey | tuple[AccountKey, int]) -> Way:
    """Accounts taken together, one unit of each unless said otherwise."""
    return tuple(Hold(hold) if isinstance(hold, AccountKey) else Hold(*hold) for hold in holds)


def line(id: str = "1", quantity: int = 1, *ways: Way) -> PlannedLine:
    return PlannedLine(id, quantity, ways or (way(key()),))


def plan(
    *lines: PlannedLine, groups: Iterable[GroupHold] = (), openings: Mapping[AccountKey, int] | None = None
) -> Plan:
    return Plan(lines or (line(),), tuple(groups), openings or {})


def ledger(
    *accounts: Account,
    reservations: Iterable[Reservation] = (),
    absent: Iterable[str] = ("r1", "r2"),
    entries: Mapping[EntryKey, Entry | None] | None = None,
    now: datetime = NOON,
    begun: bool = True,
) -> Ledger:
    """A ledger of these accounts, with reservations that are there and some that are not, a command begun."""
    known: dict[str, Reservation | None] = dict.fromkeys(absent)
    known.update({each.id: each for each in reservations})
    made = Ledger(now, {each.key: each for each in accounts}, known, entries or {})
    if begun:
        begin(made)
    return made


def begin(on: Ledger, number: int = 1, request: str = "q1") -> Ledger:
    on.begin(Act(number, request, "Test", "clerk", "gateway"))
    return on


def later(seconds: float = 1800) -> datetime:
    return NOON + timedelta(seconds=seconds)
