"""The exact search where fewer nodes go first: one node, then sets of two, then of three, until one serves everything.

Of few nodes there are not many sets, and nearly all of them lack something. Which nodes have so much of a line, or
more, is a number with a bit for each of them; who completes a set is what is left when those of all lines are cut.
Nodes are in the order of their charges, so that a set which costs too much ends the row that it stands in.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from domain.sourcing.bound import Offer
from domain.sourcing.offers import Search

LARGEST: Final = 3
"""Sets of more nodes than this are too many."""

STEP: Final = 64
"""Of so many nodes at a time it is kept who gives most: what is asked for is put together from there."""

REMEMBERED: Final = 256
"""Most answers that a line keeps: each has a bit for every node."""


class Wanted:
    """One line: what each node gives of it, and who gives how much. Nodes are numbered by their charges."""

    def __init__(self, quantity: int, whole: bool, offers: dict[int, list[tuple[int, int, int]]]) -> None:
        self.quantity, self.whole, self.offers = quantity, whole, offers
        self.gives = {
            node: min(quantity, sum(most for _, _, most in offered)) for node, offered in sorted(offers.items())
        }
        self.units = min(quantity, sum(self.gives.values()))
        self.known: dict[int, int] = {}

    def at_least(self, units: int) -> int:
        """The nodes that give so much or more, as bits."""
        found = self.known.get(units)
        if found is None:
            nodes, most, steps = self._ranked
            number = bisect_right(most, -units)
            step = number // STEP
            found = steps[step]
            for node in nodes[step * STEP : number]:
                found |= 1 << node
            if len(self.known) < REMEMBERED:
                self.known[units] = found
        return found

    @cached_property
    def _ranked(self) -> tuple[list[int], list[int], list[int]]:
        """Who gives most first; what each gives, below zero so that it rises; and as bits the first of every STEP."""
        nodes = sorted(self.gives, key=lambda node: -self.gives[node])
        steps = [0]
        for start in range(0, len(nodes), STEP):
            steps.append(steps[-1] | sum(1 << node for node in nodes[start : start + STEP]))
        return nodes, [-self.gives[node] for node in nodes], steps

    def filled(self, nodes: Sequence[int]) -> list[tuple[int, int, int]]:
        """From these nodes what costs least: costs, sources and amounts. A whole line is one node's."""
        if not self.whole:
            return self.take([each for node in nodes for each in self.offers.get(node, ())])
        own = [self.take(self.offers[node]) for node in nodes if node in self.offers]
        return min(own, key=lambda taken: sum(cost * amount for cost, _, amount in taken), default=[])

    def take(self, offered: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        taken, wanted = [], self.quantity
        for cost, number, most in sorted(offered):
            amount = min(most, wanted)
            taken.append((cost, number, amount))
            wanted -= amount
            if not wanted:
                break
        return taken


class FewestNodes:
    """Sets of nodes that serve all that can be served, by their size. Needs what `fits` says.

    `best` and `value` are the best plan, `looked` is the work.
    """

    def __init__(self, search: Search, work: int) -> None:
        self.problem, self.best, self.value = search.problem, search.best, search.value
        self.work, self.looked, self.others = work, 0, 0
        self.least = search.filled()
        nodes = sorted(
            {node for offered in search.offers for _, _, node in offered}, key=lambda n: (search.opening[n], n)
        )
        numbers = {node: n for n, node in enumerate(nodes)}
        self.charges = [search.opening[node] for node in nodes]
        self.lines = [
            Wanted(quantity, whole, _by_node(offered, numbers, search))
            for quantity, whole, offered in zip(self.problem.quantities, self.problem.whole, search.offers, strict=True)
        ]
        self.rarest = sorted(range(len(self.lines)), key=lambda line: len(self.lines[line].gives))

    @property
    def bound(self) -> int:
        """No plan is below it."""
        return min(self.value, self.others)

    def run(self) -> bool:
        """Whether the best plan is proven."""
        most = len(self.charges) if self.problem.max_nodes is None else self.problem.max_nodes
        wanted = [line.units for line in self.lines]
        for size in range(1, min(most, len(self.charges)) + 1):
            self.others = self.least + sum(self.charges[:size])
            if self.others >= self.value:
                return True
            if size > LARGEST or not self.complete(size, (), wanted, 0, 0):
                return False
        return True

    def complete(self, size: int, nodes: tuple[int, ...], wanted: Sequence[int], barred: int, charged: int) -> bool:
        """Look at every set that has `size` nodes more than these, none of them `barred`, and serves what is `wanted`.

        False when the work is done before that.
        """
        if size == 1:
            return self.last(nodes, wanted, barred, charged)
        line = next((line for line in self.rarest if wanted[line]), None)
        if line is None:
            return True  # fewer serve everything, and were looked at
        spent = charged + self.least + sum(self.charges[: size - 1])
        for node in self.lines[line].gives:
            if barred >> node & 1:
                continue
            self.looked += 1
            if self.looked > self.work:
                return False
            if spent + self.charges[node] >= self.value:
                return True
            left = [max(0, units - each.gives.get(node, 0)) for units, each in zip(wanted, self.lines, strict=True)]
            barred |= 1 << node
            if not self.complete(size - 1, (*nodes, node), left, barred, charged + self.charges[node]):
                return False
        return True

    def last(self, nodes: tuple[int, ...], wanted: Sequence[int], barred: int, charged: int) -> bool:
        """The same for one more."""
        left = ((1 << len(self.charges)) - 1) & ~barred
        for units, line in zip(wanted, self.lines, strict=True):
            if units:
                left &= line.at_least(units)
                if not left:
                    return True
        while left:
            node = (left & -left).bit_length() - 1
            left &= left - 1
            self.looked += 1
            if self.looked > self.work:
                return False
            if charged + self.charges[node] + self.least >= self.value:
                return True
            self.fill((*nodes, node), charged + self.charges[node])
        return True

    def fill(self, nodes: tuple[int, ...], value: int) -> None:
        """Keep the plan of these nodes, which are charged `value`, if it is better."""
        amounts: dict[int, int] = {}
        for line in self.lines:
            short = line.quantity
            for cost, number, amount in line.filled(nodes):
                amounts[number] = amount
                value += cost * amount
                short -= amount
            value += short * self.problem.short_weight
            if value >= self.value:
                return
        self.best, self.value = amounts, value


def fits(search: Search) -> bool:
    """Whether fewer nodes go first, nothing is shared or weighed, and the best plan serves all that can be served."""
    problem = search.problem
    if not problem.nodes_first or search.heavy or any(source.draws for source in search.sources):
        return False
    return search.value // problem.short_weight == search.filled() // problem.short_weight


def _by_node(
    offered: Sequence[Offer], numbers: dict[int, int], search: Search
) -> dict[int, list[tuple[int, int, int]]]:
    found: dict[int, list[tuple[int, int, int]]] = {}
    for cost, number, node in offered:
        found.setdefault(numbers[node], []).append((cost, number, search.sources[number].most))
    return found
