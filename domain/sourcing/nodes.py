"""The exact search over nodes: which of a few are opened, where nothing else has to be decided.

Where sources share no limits and parcels are charged whatever they weigh, open nodes settle the rest: each line takes
from what costs least of them. So of n nodes there are 2^n plans to choose from, however many lines there are, and a
bound of each half of them is at hand: what is charged for the nodes that are opened, with what lines count if all
others that are not closed are free.
"""

from collections.abc import Sequence
from typing import Final

from domain.sourcing.bound import Offer
from domain.sourcing.problem import Problem

FEW: Final = 24
"""Most nodes for which this is thought to end sooner than a search line by line."""


def settled(problem: Problem, offers: Sequence[Sequence[Offer]]) -> bool:
    """Whether the nodes that are opened settle a plan: nothing is shared, nothing is weighed, and where a line is
    served by one node, none has it from several sources."""
    if len(problem.modes) > FEW or any(source.draws for source in problem.sources):
        return False
    total = sum(q * g for q, g in zip(problem.quantities, problem.grams, strict=True))
    if any(modes[0].upto is not None and modes[0].upto < total for modes in problem.modes):
        return False
    return all(
        len({node for _, _, node in offered}) == len(offered)
        for offered, whole in zip(offers, problem.whole, strict=True)
        if whole
    )


class OpenOrClosed:
    """Node by node, open first and then closed, those first that serve what few can. Sets of nodes are bits of numbers.

    `charges` by node; `best` is a plan that there is, `value` what it counts; none of the same value takes its place.
    """

    def __init__(
        self,
        problem: Problem,
        offers: Sequence[Sequence[Offer]],
        charges: Sequence[int],
        best: dict[int, int],
        value: int,
    ) -> None:
        self.problem, self.charges, self.best, self.value = problem, charges, best, value
        self.lines = [
            (quantity, [(cost, number, node, problem.sources[number].most) for cost, number, node in offered])
            for quantity, offered in zip(problem.quantities, offers, strict=True)
        ]
        self.most = len(charges) if problem.max_nodes is None else problem.max_nodes
        self.looked = 0

    def run(self, work: int) -> bool:
        """Whether every half was searched or cut off before `work` lines were looked at."""
        self.work = work
        return self.among((1 << len(self.charges)) - 1, 0, 0)

    def among(self, allowed: int, opened: int, charged: int) -> bool:
        """Look for a better plan of the nodes `allowed`, those `opened` among them, which are `charged` already."""
        if self.looked > self.work:
            return False
        if opened:
            self.fill(opened)
        left = allowed & ~opened
        if not left or opened.bit_count() == self.most:
            return True
        spent, node = self.fill(allowed, opened)
        least = min(charge for n, charge in enumerate(self.charges) if left >> n & 1)
        if node < 0 or charged + spent + least >= self.value:
            return True
        bit = 1 << node
        return self.among(allowed, opened | bit, charged + self.charges[node]) and self.among(
            allowed & ~bit, opened, charged
        )

    def fill(self, allowed: int, opened: int = 0) -> tuple[int, int]:
        """Have each line take from what costs least of the nodes allowed, and keep that plan if it is better.

        Answers what the lines count, and a node that is not `opened` of the line that has the fewest to take from; -1
        where those that are opened serve every line as well.
        """
        self.looked += len(self.lines)
        amounts: dict[int, int] = {}
        spent = used = 0
        node, fewest = -1, 1 << 62
        for wanted, offered in self.lines:
            there, first = 0, -1
            for cost, number, at, most in offered:
                if not allowed >> at & 1:
                    continue
                there += 1
                if wanted:
                    take = most if most < wanted else wanted
                    amounts[number] = take
                    wanted -= take
                    spent += take * cost
                    used |= 1 << at
                    if first < 0 and not opened >> at & 1:
                        first = at
            spent += wanted * self.problem.short_weight
            if first >= 0 and there < fewest:
                node, fewest = first, there
        if used.bit_count() <= self.most:
            value = spent + sum(charge for n, charge in enumerate(self.charges) if used >> n & 1)
            if value < self.value:
                self.best, self.value = amounts, value
        return spent, node
