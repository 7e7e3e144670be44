"""The ledger read back from its tables by one plain statement, and laid beside the demonstration's own tally."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from domain.kernel.account import AccountKind
from domain.kernel.movement import OUTSIDE, Balances
from domain.stock.position import POSITION, kinds
from entrypoints.composition.maintenance import read_rows
from entrypoints.composition.settings import Settings
from entrypoints.demo.tally import Place, Tally

BUCKETS: Final = Balances._fields
MOST_FAULTS: Final = 10

MOVEMENTS: Final = f"""
    SELECT a.id, a.kind, a.d2, a.d3, a.version, {", ".join(f"a.{name}" for name in BUCKETS)},
           m.version, m.kind, m.quantity, m.scene, m.subject, {", ".join(f"m.{name}" for name in BUCKETS)}
    FROM account AS a LEFT JOIN movement AS m ON m.account = a.id
    ORDER BY a.id, m.version
"""


@dataclass(slots=True)
class Reading:
    """What the ledger's tables say: prefixes checked, where they do not add up, and sums to lay beside the tally."""

    prefixes: int = 0
    accounts: int = 0
    faults: list[str] = field(default_factory=list)
    came: Counter[str] = field(default_factory=Counter)
    sold: Counter[str] = field(default_factory=Counter)
    on_hand: Counter[Place] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    expired: set[str] = field(default_factory=set)

    def fault(self, what: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(what)

    @property
    def oversold_units(self) -> int:
        """Per goods: units sold beyond all that ever came from the outside."""
        return sum(max(0, sold - self.came[goods]) for goods, sold in self.sold.items())


@dataclass(slots=True)
class _Account:
    id: int
    kind: AccountKind
    goods: str
    node: str
    version: int
    balances: tuple[int, ...]


def read_ledger(settings: Settings) -> Reading:
    """Follow every account from its first movement to its last, and its balances with it.

    After each movement: the version is the next, the balances are those before it with the quantity moved between the
    two buckets that the movement's name stands for, and none is negative. After the last: they are the account's.
    """
    path = settings.database.path
    if path is None:
        return read_rows(settings, MOVEMENTS, _read)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return _read(connection.execute(MOVEMENTS))


def _read(rows: Iterator[Sequence[Any]]) -> Reading:
    reading = Reading()
    for account, movements in _by_account(rows):
        reading.accounts += 1
        _follow(reading, account, movements)
    return reading


def _by_account(rows: Iterator[Sequence[Any]]) -> Iterator[tuple[_Account, list[tuple[object, ...]]]]:
    known: Mapping[str, AccountKind] = kinds()
    width = len(BUCKETS)
    account: _Account | None = None
    movements: list[tuple[object, ...]] = []
    for id, kind, goods, node, version, *rest in rows:
        if account is None or account.id != id:
            if account is not None:
                yield account, movements
            account, movements = _Account(id, known[kind], goods, node, version, tuple(rest[:width])), []
        if rest[width] is not None:
            movements.append(tuple(rest[width:]))
    if account is not None:
        yield account, movements


def _follow(reading: Reading, account: _Account, movements: list[tuple[object, ...]]) -> None:
    where = f"{account.goods} at {account.node}"
    balances = [0] * len(BUCKETS)
    is_stock = account.kind is POSITION
    version = 0
    for version, (at, name, quantity, scene, subject, *after) in enumerate(movements, 1):
        movement = account.kind.allowed[str(name)]
        moved = int(str(quantity))
        for bucket, change in ((movement.source, -moved), (movement.target, moved)):
            if bucket is not OUTSIDE:
                balances[bucket] += change
        reading.prefixes += 1
        if at != version or balances != after or min(balances) < 0:
            reading.fault(f"{where}: version {at} does not follow from the one before it")
            balances = [int(str(value)) for value in after]
        if is_stock:
            if movement.source is OUTSIDE:
                reading.came[account.goods] += moved
            if movement.name == "SHIP" and scene == "sale":
                reading.sold[account.goods] += moved
            if movement.name == "EXPIRE":
                reading.expired.add(str(subject))
    if version != account.version or tuple(balances) != account.balances:
        reading.fault(f"{where}: its balances are not those after its last movement")
    if is_stock:
        held = Balances(*balances)
        reading.on_hand[account.goods, account.node] += held.on_hand
        reading.open.update(reserved=held.reserved, allocated=held.allocated, in_transit=held.in_transit)


def compare(tally: Tally, reading: Reading) -> list[str]:
    """Every way in which the ledger and the tally disagree, or something is left open that should have ended."""
    found = list(reading.faults)
    if tally.oversold_units or reading.oversold_units:
        found.append(f"oversold: {tally.oversold_units} by the tally, {reading.oversold_units} by the ledger")
    found += [
        f"{goods}: {tally.sold[goods]} sold by the tally, {reading.sold[goods]} by the ledger"
        for goods in sorted(tally.sold.keys() | reading.sold.keys())
        if tally.sold[goods] != reading.sold[goods]
    ]
    here = tally.on_hand()
    for goods, node in sorted(here.keys() | reading.on_hand.keys()):
        counted, kept = here[goods, node], reading.on_hand[goods, node]
        if counted != kept:
            found.append(f"{goods} at {node}: {counted} on hand by the tally, {kept} by the ledger")
    found += [f"{units} units are still {bucket}" for bucket, units in reading.open.items() if units]
    if never := len(tally.to_expire - reading.expired):
        found.append(f"{never} reservations passed their time and did not expire")
    if early := len(reading.expired - tally.to_expire):
        found.append(f"{early} reservations expired that should not have")
    return found
