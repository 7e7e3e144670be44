"""The exact search line by line: branch and bound where lines share limits, or where parcels are charged by weight."""

from typing import Final

from domain.sourcing.bound import Offer, ascend
from domain.sourcing.offers import Search
from domain.sourcing.problem import room

DEEPEST: Final = 300
"""Takes on one path of the search: Python's own stack ends at a thousand."""


class Ahead:
    """What lines count at least that are still to come: by how many of them are done, and what open nodes save."""

    def __init__(self, search: Search, offers: list[list[Offer]], opening: list[int]) -> None:
        lines, dual = search.order, ascend(search.problem, offers, opening)
        self.after = [0] * (len(lines) + 1)
        self.saves = [[0] * len(opening) for _ in range(len(lines) + 1)]
        prices, worth = 0, [0] * len(opening)
        for k in range(len(lines) - 1, -1, -1):
            line = lines[k]
            prices += search.problem.quantities[line] * dual.prices[line]
            worth = [a + b for a, b in zip(worth, dual.worth[line], strict=True)]
            self.saves[k] = [min(w, o) for w, o in zip(worth, opening, strict=True)]
            self.after[k] = prices - sum([w - o for w, o in zip(worth, opening, strict=True) if w > o])


class LineByLine:
    """Source by source, take as much as there is, or less where that may matter."""

    def __init__(self, search: Search, work: int) -> None:
        problem = search.problem
        self.search, self.problem, self.work = search, problem, work
        self.looked = 0
        total = sum(q * g for q, g in zip(problem.quantities, problem.grams, strict=True))
        # A parcel's weight matters where not even all of it fits the first mode.
        self.weighs = [modes[0].upto is not None and modes[0].upto < total for modes in problem.modes]
        self.ahead = Ahead(search, search.offers, search.opening)
        # The same with parcels that count by their weight from the first gram on: better as long as they are light.
        self.steep = Ahead(search, search.weighed(), search.low) if search.heavy else None
        self.amounts: dict[int, int] = {}
        self.lifts = problem.nodes_first
        self.rest = list(problem.limits)
        self.opened: dict[int, int] = {}
        self.eased = 0

    def run(self) -> bool:
        """Whether the whole tree was searched or cut off."""
        return self.line(0, 0, 0)

    def line(self, k: int, spent: int, depth: int) -> bool:
        if k == len(self.search.order):
            if spent < self.search.value:
                self.search.keep(self.amounts, spent)
            return True
        if self.hopeless(self.ahead, k, spent) or (
            self.steep is not None and self.hopeless(self.steep, k, spent - self.eased)
        ):
            return True
        return self.take(k, 0, self.problem.quantities[self.search.order[k]], spent, depth)

    def hopeless(self, ahead: Ahead, k: int, spent: int) -> bool:
        """Whether nothing better can come of it, with what is `spent` and the lines from `k` on ahead."""
        saves = ahead.saves[k]
        bound = spent + ahead.after[k] - sum([saves[node] for node in self.opened])
        return bound >= self.search.value or (self.lifts and self.search.lifted(bound) >= self.search.value)

    def take(self, k: int, start: int, wanted: int, spent: int, depth: int, at: int | None = None) -> bool:
        """Serve `wanted` units of the k-th line from its sources from `start` on (at one node), or leave them short."""
        if depth > DEEPEST:
            return False
        problem, search, opened = self.problem, self.search, self.opened
        line = search.order[k]
        offered, saves = search.offers[line], self.ahead.saves[k + 1]
        tail = self.ahead.after[k + 1] - sum([saves[node] for node in opened])
        full = len(opened) == problem.max_nodes
        for place in range(start, len(offered)):
            cost, number, node = offered[place]
            if spent + wanted * cost + tail >= search.value:
                return True
            self.looked += 1
            if self.looked > self.work:
                return False
            if (at is not None and node != at) or (
                node not in opened
                and (full or spent + wanted * cost + search.opening[node] + tail - saves[node] >= search.value)
            ):
                continue
            source = search.sources[number]
            most = room(source, min(wanted, source.most), self.rest)
            # Less than there is can only be better where something else wants it, or where the parcel grows too heavy.
            least = 1 if source.draws or self.weighs[node] else most
            for amount in range(most, least - 1, -1) if most else ():
                self.looked += 1
                if self.looked > self.work or not self.branch(k, place, number, amount, wanted, spent, depth):
                    return False
        if at is None and spent + wanted * problem.short_weight + tail < search.value:
            return self.line(k + 1, spent + wanted * problem.short_weight, depth)
        return True

    def branch(self, k: int, place: int, number: int, amount: int, wanted: int, spent: int, depth: int) -> bool:
        """Take `amount` of a source, go on, and put it back."""
        source = self.search.sources[number]
        node, problem = source.node, self.problem
        before = self.opened.get(node)
        grams = (before or 0) + amount * problem.grams[source.line]
        rise = problem.charge(node, grams) - (0 if before is None else problem.charge(node, before))
        spent += amount * source.cost + rise + (problem.node_weight if before is None else 0)
        # By how much charges are above what they count where weight counts by the unit.
        eased = rise - amount * self.search.slopes[number] - (self.search.feet[node][0] if before is None else 0)
        self.eased += eased
        self.opened[node] = grams
        self.amounts[number] = amount
        for limit, units in source.draws:
            self.rest[limit] -= units * amount
        if amount == wanted:
            finished = self.line(k + 1, spent, depth + 1)
        else:
            at = node if problem.whole[source.line] else None
            finished = self.take(k, place + 1, wanted - amount, spent, depth + 1, at)
        for limit, units in source.draws:
            self.rest[limit] += units * amount
        del self.amounts[number]
        self.eased -= eased
        if before is None:
            del self.opened[node]
        else:
            self.opened[node] = before
        return finished
