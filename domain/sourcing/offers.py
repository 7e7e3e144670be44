"""What lines are offered: a good plan made without looking back, and offers left out that no better plan would use.

Ties. Lines are taken by how few sources they have, then by number; a line's sources by cost, then by number. Numbers
follow distance and name (sources.py), never the order in which anything was handed in.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from heapq import nsmallest
from typing import Final

from domain.sourcing.bound import Offer
from domain.sourcing.problem import Problem, Source, room

SHRUNK: Final = 12
"""How many nodes of a plan are tried to be left out."""

PARCELS: Final = 64
"""Into how many parcels the weight of a demand is thought to be divided at most, for a bound."""

STEPS: Final = 8 * PARCELS
"""In how many steps of weight that bound is worked out at most, however unevenly the parcels' limits are."""


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

    def filled(self, offers: list[list[Offer]] | None = None) -> int:
        """What lines count at least, each by itself and every node free of charge."""
        total = 0
        for quantity, offered in zip(self.problem.quantities, offers or self.offers, strict=True):
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

    def cut(self, floor: int, worth: Sequence[int], opening: Sequence[int]) -> None:
        """Leave out every node that, put into any plan, would make it no better than the best one there is."""
        spare = self.value - floor
        gone = {n for n, (open_, saved) in enumerate(zip(opening, worth, strict=True)) if open_ - saved >= spare}
        if gone:
            self.offers = [[each for each in offered if each[2] not in gone] for offered in self.offers]

    def weighed(self) -> list[list[Offer]]:
        """The offers, each with what its weight adds to a parcel at least."""
        return [
            sorted([(cost + self.slopes[number], number, node) for cost, number, node in offered])
            for offered in self.offers
        ]

    @cached_property
    def heavy(self) -> bool:
        """Whether a parcel's weight may matter: not even all there is to send fits the first mode everywhere."""
        total = sum(q * g for q, g in zip(self.problem.quantities, self.problem.grams, strict=True))
        return any(modes[0].upto is not None and modes[0].upto < total for modes in self.problem.modes)

    @cached_property
    def feet(self) -> list[tuple[int, int, int]]:
        """By node a line that its parcel's charge is never below: where it starts, and its rise by so many grams.

        It goes through the charge of all there is to send, so that one parcel for everything counts what it costs.
        """
        total = sum(q * g for q, g in zip(self.problem.quantities, self.problem.grams, strict=True))
        found = []
        for modes in self.problem.modes:
            first = modes[0]
            if first.upto is None or first.upto >= total:
                found.append((first.charge, 0, 1))
                continue
            ends = [(upto, charge) for upto, charge in modes if upto is not None and upto < total]
            whole = modes[min(len(ends), len(modes) - 1)].charge
            rise, grams = 0, 1
            for upto, charge in ends:
                if (whole - charge) * grams > rise * (total - upto):
                    rise, grams = whole - charge, total - upto
            start = whole + (-rise * total // grams)
            if start < 0:
                start, rise, grams = 0, whole, total
                for upto, charge in ends:
                    if upto > 0 and charge * grams < rise * upto:
                        rise, grams = charge, upto
            found.append((start, rise, grams))
        return found

    @cached_property
    def slopes(self) -> list[int]:
        """By source, what a unit adds to that line at least."""
        grams = self.problem.grams
        return [self.feet[node][1] * grams[line] // self.feet[node][2] for line, node, _, _, _ in self.sources]

    @cached_property
    def low(self) -> list[int]:
        """By node, where its line starts: what opening it counts at least if its weight is counted by the unit."""
        return [start + self.problem.node_weight for start, _, _ in self.feet]

    def left(self) -> tuple["Search", Sequence[int]]:
        """The same with those nodes and sources alone that are left, and the numbers the sources had."""
        problem = self.problem
        numbers = sorted(number for offered in self.offers for _, number, _ in offered)
        numbers = sorted({*numbers, *self.best})
        nodes = {node: n for n, node in enumerate(sorted({self.sources[number].node for number in numbers}))}
        make = tuple.__new__
        sources = tuple(
            [
                make(Source, (line, nodes[node], cost, most, draws))
                for line, node, cost, most, draws in map(self.sources.__getitem__, numbers)
            ]
        )
        modes = tuple([problem.modes[node] for node in nodes])
        reduced = replace(problem, sources=sources, modes=modes)
        # What is left counts as it did before, so that values and bounds are the same.
        reduced.__dict__.update({name: getattr(problem, name) for name in ("dearest", "node_weight", "short_weight")})
        small = Search(reduced)
        own = {number: n for n, number in enumerate(numbers)}
        small.best, small.value = {own[number]: amount for number, amount in self.best.items()}, self.value
        return small, numbers

    def cut_by_parcels(self, floor: int) -> int:
        """Leave out every node whose parcel, with the cheapest parcels for the rest of the weight, is too dear already.

        Answers what all parcels together count at least. Only for plans that leave nothing short.
        """
        total = sum(q * g for q, g in zip(self.problem.quantities, self.problem.grams, strict=True))
        left = {node for offered in self.offers for _, _, node in offered}
        if not left:
            return 0
        # A parcel that holds less than a part in PARCELS is taken to hold that: it lowers the bound, and ends sooner.
        least = -(-total // PARCELS)
        # Limits are raised to whole steps: a parcel that holds more lowers the bound as well, and the sums are few.
        step = -(-total // STEPS) or 1
        ends: dict[int, list[tuple[int, int]]] = {}
        cheapest: dict[int, int] = {}
        for node in left:
            ends[node] = []
            for upto, charge in self.problem.modes[node]:
                holds = total if upto is None else min(total, -(-max(upto, least) // step) * step)
                charge += self.problem.node_weight
                ends[node].append((holds, charge))
                if charge < cheapest.get(holds, charge + 1):
                    cheapest[holds] = charge
        known: dict[int, int] = {}

        def packed(grams: int) -> int:
            if grams <= 0:
                return 0
            found = known.get(grams)
            if found is None:
                found = known[grams] = min(charge + packed(grams - holds) for holds, charge in cheapest.items())
            return found

        spare = self.value - floor
        gone = {
            node
            for node, parcels in ends.items()
            if min(charge + packed(total - holds) for holds, charge in parcels) >= spare
        }
        self.offers = [[each for each in offered if each[2] not in gone] for offered in self.offers]
        return packed(total)

    def alone(self) -> list[int]:
        """Nodes that each could serve every line alone, as far as sources say, the cheapest first."""
        return [node for _, node in self.singles()]

    def singles(self) -> list[tuple[int, int]]:
        """The same, each with what it counts at least when it serves all."""
        problem = self.problem
        total = sum(q * g for q, g in zip(problem.quantities, problem.grams, strict=True))
        covers = [0] * len(self.opening)
        counts = [0] * len(self.opening)
        for quantity, offered in zip(self.problem.quantities, self.offers, strict=True):
            seen: set[int] = set()
            for cost, number, node in offered:
                if self.sources[number].most >= quantity and node not in seen:
                    seen.add(node)
                    covers[node] += 1
                    counts[node] += cost * quantity
        lines = len(self.offers)
        able = [n for n, covered in enumerate(covers) if covered == lines]
        return sorted([(counts[n] + problem.node_weight + problem.charge(n, total), n) for n in able])

    def needs_no_second(self, floor: int, singles: Sequence[tuple[int, int]]) -> bool:
        """Whether the best plan is proven by this alone: no node serves all for less, and no two cost so little.

        Only where a node has one source of a line: several might serve it together.
        """
        if self.value >= self.problem.short_weight or (singles and singles[0][0] < self.value):
            return False
        if self.value > floor + sum(nsmallest(2, self.opening)) and sum(self.problem.quantities) > 1:
            return False
        return all(len({node for _, _, node in offered}) == len(offered) for offered in self.offers)

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
