"""The problem behind a plan, bare of names: whole numbers that a search and a solver outside both understand.

Lines want quantities; sources give them, each to one line from one node, at a cost by the unit; sources draw on common
limits (a position that two lines want, a cap, a day's units); a node that gives anything sends one parcel, charged by
its weight. Wanted is what leaves the fewest units short; of those the plan of least value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Draw(NamedTuple):
    """`units` of a limit (by its number) go with every unit of a source."""

    limit: int
    units: int


class Source(NamedTuple):
    """At most `most` units for a line (by number) from a node (by number), each at `cost`."""

    line: int
    node: int
    cost: int
    most: int
    draws: tuple[Draw, ...] = ()


class Mode(NamedTuple):
    """A parcel of at most `upto` grams (None: of any weight) is charged `charge`."""

    upto: int | None
    charge: int


@dataclass(frozen=True)
class Problem:
    """`modes` by node, rising in weight and charge, the last without end; `whole` by line: one node serves all of it.

    `nodes_first`: fewer nodes go before less cost.
    """

    quantities: tuple[int, ...]
    grams: tuple[int, ...]
    whole: tuple[bool, ...]
    sources: tuple[Source, ...]
    modes: tuple[tuple[Mode, ...], ...]
    limits: tuple[int, ...] = ()
    max_nodes: int | None = None
    nodes_first: bool = False

    @cached_property
    def dearest(self) -> int:
        """No plan costs more, whatever it leaves short."""
        unit = [0] * len(self.quantities)
        charges = [modes[-1].charge for modes in self.modes]
        for line, _, cost, _, _ in self.sources:
            if cost > unit[line]:
                unit[line] = cost
        most = min(len(charges), sum(self.quantities), len(charges) if self.max_nodes is None else self.max_nodes)
        charges.sort(reverse=True)
        return sum(q * c for q, c in zip(self.quantities, unit, strict=True)) + sum(charges[:most])

    @cached_property
    def node_weight(self) -> int:
        """What a node counts where fewer go first: so much that no cost comes near it."""
        return 1_000 * (self.dearest + 1) if self.nodes_first else 0

    @cached_property
    def short_weight(self) -> int:
        """What a unit that is left short counts: more than any plan's whole value."""
        return max(self.dearest + 1, self.node_weight * (2 + len(self.modes)))

    def charge(self, node: int, grams: int) -> int:
        """What the parcel of a node that sends `grams` is charged."""
        for upto, charge in self.modes[node]:
            if upto is None or grams <= upto:
                return charge
        raise BrokenRule("a parcel heavier than every mode")

    def value(self, amounts: Mapping[int, int]) -> int:
        """What a plan counts in all, by which plans are compared. Raises BrokenRule."""
        wanted = list(self.quantities)
        rest = list(self.limits)
        grams: dict[int, int] = {}
        at: dict[int, int] = {}
        total = 0
        for number, amount in amounts.items():
            line, node, cost, most, draws = self.sources[number]
            kept(0 < amount <= most, "a source gives what it does not have")
            kept(not self.whole[line] or at.setdefault(line, node) == node, "a whole line is split")
            wanted[line] -= amount
            grams[node] = grams.get(node, 0) + amount * self.grams[line]
            total += amount * cost
            for limit, units in draws:
                rest[limit] -= units * amount
        kept(min(wanted, default=0) >= 0, "a line gets more than it wants")
        kept(not any(wanted[line] for line in at), "a whole line is served in part")
        kept(min(rest, default=0) >= 0, "a limit is passed")
        kept(self.max_nodes is None or len(grams) <= self.max_nodes, "too many nodes")
        total += sum(self.charge(node, weight) for node, weight in grams.items())
        return total + len(grams) * self.node_weight + sum(wanted) * self.short_weight


def kept(rule: bool, otherwise: str) -> None:
    if not rule:
        raise BrokenRule(otherwise)


class BrokenRule(Exception):
    """A plan that is none: a fault of whoever made it, a solver's or ours."""


class Solution(NamedTuple):
    """`amounts` of the sources that give; `value` is theirs, and no plan's is below `bound`. `looked`: the work."""

    amounts: Mapping[int, int]
    value: int
    bound: int
    looked: int = 0

    @property
    def proven(self) -> bool:
        return self.bound >= self.value


def room(source: Source, take: int, rest: Sequence[int]) -> int:
    """How much of `take` the limits leave."""
    for limit, units in source.draws:
        if rest[limit] < take * units:
            take = rest[limit] // units
    return take
