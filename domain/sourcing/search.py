"""The exact search: a good plan first, then branch and bound over what could be better, within a counted budget.

Ties. Lines are taken by how few sources they have, then by number; a line's sources by cost, then by number. Of plans
of equal value the first one found in that order stays. Numbers follow distance and name (sources.py), never the order
in which anything was handed in, so that the same input gives the same plan.
"""

from collections.abc import Sequence
from typing import Final

from domain.sourcing.bound import Bound, Offer, ascend
from domain.sourcing.problem import Problem, Solution, Source

WORK: Final = 20_000
"""How many sources a search looks at before it stops and states the gap: about 100 ms."""

MANY: Final = 64
"""Nodes beyond which the cheap cut is worth its pass before prices are raised."""

SHRUNK: Final = 12
"""How many nodes of a plan are tried to be left out."""

DEEPEST: Final = 300
"""Takes on one path of the search: Python's own stack ends at a thousand."""


class Search:
    """One problem, its offers by line in order, and the best plan so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.sources = problem.sources
        quantities, whole = problem.quantities, problem.whole
        self.offers: list[list[Offer]] = [[] for _ in quantities]
        for number, (line, node, cost, most, _) in enumerate(problem.sources):
            if most:
                self.offers[line].append((cost, number, node))
        for line, offered in enumerate(self.offers):
            if whole[line]:
                self.offers[line] = self._whole(quantities[line], offered)
        for offered in self.offers:
            offered.sort()
        self.order = sorted(range(len(self.offers)), key=lambda line: (len(self.offers[line]), line))
        self.opening = [modes[0].charge + problem.node_weight for modes in problem.modes]
        self.best: dict[int, int] = {}
        self.value = problem.value(self.best)

    def _whole(self, quantity: int, offered: list[Offer]) -> list[Offer]:
        """What is offered by nodes that have all of a line."""
        held: dict[int, int] = {}
        for _, number, node in offered:
            held[node] = held.get(node, 0) + self.sources[number].most
        return [each for each in offered if held[each[2]] >= quantity]

    def keep(self, amounts: dict[int, int], value: int) -> None:
        if value < self.value:
            self.value, self.best = value, dict(amounts)

    def fill(self, only: frozenset[int] | None = None, *, share: bool = False) -> None:
        """Try a plan made without looking back: each line from what costs least, opened nodes (`share`) counted in."""
        problem, sources, opening = self.problem, self.sources, self.opening
        draft = Draft(problem)
        for line in self.order:
            wanted = problem.quantities[line]
            offered = self.offers[line]
            if only is not None:
                offered = [each for each in offered if each[2] in only]
            elif share:
                offered = [
                    (
                        cost if node in draft.opened else cost + opening[node] // min(wanted, sources[number].most),
                        number,
                        node,
                    )
                    for cost, number, node in offered
                ]
                offered.sort()
            if not problem.whole[line]:
                draft.take(offered, wanted)
                continue
            for node in dict.fromkeys(node for _, _, node in offered):
                trial = draft.copy()
                if not trial.take([each for each in offered if each[2] == node], wanted):
                    draft = trial
                    break
        self.keep(draft.amounts, problem.value(draft.amounts))

    def filled(self) -> int:
        """What lines count at least, each by itself and every node free of charge."""
        total = 0
        for quantity, offered in zip(self.problem.quantities, self.offers, strict=True):
            for cost, number, _ in offered:
                take = min(quantity, self.sources[number].most)
                total += take * cost
                quantity -= take
                if not quantity:
                    break
            total += quantity * self.problem.short_weight
        return total

    def lifted(self, bound: int) -> int:
        """A bound, raised to whole nodes where fewer nodes go first."""
        weight = self.problem.node_weight
        return max(bound, -((self.problem.dearest - bound) // weight) * weight) if weight else bound

    def cut(self, floor: int, worth: Sequence[int]) -> None:
        """Leave out every node that, put into any plan, would make it no better than the best one there is."""
        gone = {
            n
            for n, (open_, saved) in enumerate(zip(self.opening, worth, strict=True))
            if self.lifted(floor + max(0, open_ - saved)) >= self.value
        }
        if gone:
            self.offers = [[each for each in offered if each[2] not in gone] for offered in self.offers]

    def alone(self) -> list[int]:
        """Nodes that each could serve every line alone, as far as sources say, the cheapest first."""
        covers = [0] * len(self.opening)
        counts = list(self.opening)
        for quantity, offered in zip(self.problem.quantities, self.offers, strict=True):
            seen: set[int] = set()
            for cost, number, node in offered:
                if self.sources[number].most >= quantity and node not in seen:
                    seen.add(node)
                    covers[node] += 1
                    counts[node] += cost * quantity
        lines = len(self.offers)
        return sorted((n for n, covered in enumerate(covers) if covered == lines), key=lambda n: (counts[n], n))

    def used(self) -> list[int]:
        """The nodes of the best plan."""
        return sorted({self.sources[number].node for number in self.best})

    def shrink(self) -> None:
        """From the nodes of the best plan leave out one after the other as long as that makes it better."""
        for node in self.used()[:SHRUNK]:
            now = frozenset(self.used())
            if node in now and len(now) > 1:
                self.fill(now - {node})


class Draft:
    """A plan while it is made without looking back."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.amounts: dict[int, int] = {}
        self.rest = list(problem.limits)
        self.opened: set[int] = set()

    def copy(self) -> "Draft":
        other = Draft(self.problem)
        other.amounts, other.rest, other.opened = dict(self.amounts), list(self.rest), set(self.opened)
        return other

    def take(self, offered: list[Offer], wanted: int) -> int:
        """Take what is wanted from the offers in their order; answers what they leave short."""
        opened, rest, most_nodes = self.opened, self.rest, self.problem.max_nodes
        for _, number, node in offered:
            if node not in opened and len(opened) == most_nodes:
                continue
            source = self.problem.sources[number]
            amount = room(source, min(wanted, source.most), rest)
            if amount:
                self.amounts[number] = amount
                opened.add(node)
                for limit, units in source.draws:
                    rest[limit] -= amount * units
                wanted -= amount
                if not wanted:
                    break
        return wanted


def room(source: Source, take: int, rest: Sequence[int]) -> int:
    """How much of `take` the limits leave."""
    for limit, units in source.draws:
        if rest[limit] < take * units:
            take = rest[limit] // units
    return take


def solve(problem: Problem, work: int = WORK) -> Solution:
    """The best plan, or the best that `work` looks found, with the bound that is proven. Deterministic."""
    search = Search(problem)
    search.fill()
    floor = search.filled()
    if search.value > floor:
        for node in search.alone()[:3]:
            search.fill(frozenset((node,)))
        if any(search.opening):
            search.fill(share=True)
            search.shrink()
        if len(search.opening) > MANY:
            search.cut(floor, [0] * len(search.opening))
        dual = ascend(problem, search.offers, search.opening)
        floor = max(floor, search.lifted(dual.total))
        search.cut(dual.total, [sum(column) for column in zip(*dual.worth, strict=True)])
    if search.value <= floor:
        return Solution(search.best, search.value, search.value)
    tree = Tree(search, ascend(problem, search.offers, search.opening), work)
    finished = tree.run()
    return Solution(search.best, search.value, search.value if finished else min(floor, search.value), tree.looked)


class Tree:
    """Branch and bound: line by line, source by source, take as much as there is, or less where that may matter."""

    def __init__(self, search: Search, dual: Bound, work: int) -> None:
        problem = search.problem
        self.search, self.problem, self.work = search, problem, work
        self.looked = 0
        lines, nodes = search.order, len(search.opening)
        # What the lines from `k` on count at least, and what each node is worth to them once it is open.
        self.after = [0] * (len(lines) + 1)
        self.saved = [[0] * nodes for _ in range(len(lines) + 1)]
        prices = 0
        for k in range(len(lines) - 1, -1, -1):
            line = lines[k]
            prices += problem.quantities[line] * dual.prices[line]
            worth = [a + b for a, b in zip(self.saved[k + 1], dual.worth[line], strict=True)]
            self.after[k] = prices - sum(max(0, w - o) for w, o in zip(worth, search.opening, strict=True))
            self.saved[k] = worth
        total = sum(problem.quantities[line] * problem.grams[line] for line in range(len(lines)))
        # A parcel's weight matters where not even all of it fits the first mode.
        self.weighs = [modes[0].upto is not None and modes[0].upto < total for modes in problem.modes]
        self.amounts: dict[int, int] = {}
        self.lifts = problem.nodes_first
        self.rest = list(problem.limits)
        self.opened: dict[int, int] = {}
        self.saves = [[min(w, o) for w, o in zip(row, search.opening, strict=True)] for row in self.saved]

    def run(self) -> bool:
        """Whether the whole tree was searched or cut off."""
        return self.line(0, 0, 0)

    def line(self, k: int, spent: int, depth: int) -> bool:
        if k == len(self.search.order):
            if spent < self.search.value:
                self.search.keep(self.amounts, spent)
            return True
        saves = self.saves[k]
        bound = spent + self.after[k] - sum([saves[node] for node in self.opened])
        if bound >= self.search.value or (self.lifts and self.search.lifted(bound) >= self.search.value):
            return True
        number = self.search.order[k]
        return self.take(k, 0, self.problem.quantities[number], spent, depth)

    def take(self, k: int, start: int, wanted: int, spent: int, depth: int, at: int | None = None) -> bool:
        """Serve `wanted` units of the k-th line from its sources from `start` on (at one node), or leave them short."""
        if depth > DEEPEST:
            return False
        problem, search, opened = self.problem, self.search, self.opened
        line = search.order[k]
        offered, saves = search.offers[line], self.saves[k + 1]
        tail = self.after[k + 1] - sum([saves[node] for node in opened])
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
        spent += amount * source.cost + problem.charge(node, grams)
        spent += problem.node_weight if before is None else -problem.charge(node, before)
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
        if before is None:
            del self.opened[node]
        else:
            self.opened[node] = before
        return finished
