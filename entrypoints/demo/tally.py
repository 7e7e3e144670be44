"""The demonstration's own count of what it asked for and was answered, never read from the ledger."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

Place = tuple[str, str]
"""A goods and a node."""


@dataclass(slots=True)
class Tally:
    """What came to every place and what left it, in the order of the answers.

    `oversold` is what left a place beyond all that had come there until then: whatever anyone's ledger says, those
    units cannot have been there. Times are seconds.
    """

    baskets: int = 0
    empty: int = 0
    lines: int = 0
    skipped: int = 0
    fuel_lines: int = 0
    from_warehouse: int = 0
    reserved: int = 0
    reserved_lines: int = 0
    shipped: int = 0
    released: int = 0
    to_expire: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    short_lines: Counter[str] = field(default_factory=Counter)
    receipts: int = 0
    transfers: int = 0
    cut_transfers: int = 0
    transferred: int = 0
    damaged: int = 0
    lost: int = 0
    opened: int = 0
    commands: int = 0
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0
    came: Counter[Place] = field(default_factory=Counter)
    left: Counter[Place] = field(default_factory=Counter)
    sold: Counter[str] = field(default_factory=Counter)
    oversold: Counter[Place] = field(default_factory=Counter)

    def comes(self, goods: str, node: str, quantity: int) -> None:
        self.came[goods, node] += quantity

    def leaves(self, goods: str, node: str, quantity: int) -> None:
        place = (goods, node)
        self.left[place] += quantity
        self.oversold[place] = max(self.oversold[place], self.left[place] - self.came[place])

    def sells(self, goods: str, node: str, quantity: int) -> None:
        self.leaves(goods, node, quantity)
        self.sold[goods] += quantity

    @property
    def oversold_units(self) -> int:
        return sum(self.oversold.values())

    def on_hand(self) -> Counter[Place]:
        """What must lie where now."""
        here = Counter(self.came)
        here.subtract(self.left)
        return here

    def wait(self, share: float) -> float:
        """The time within which this share of the reservations was answered."""
        return quantile(self.waits, share)


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that is not below `share` of them; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
