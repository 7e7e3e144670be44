"""The exact search: a good plan first, then what could be better, within a counted budget.

Of plans of equal value the first one found stays, in an order that depends on the problem alone, so that the same input
gives the same plan.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.sourcing.bound import ascend
from domain.sourcing.fewest import FewestNodes, fits
from domain.sourcing.lines import LineByLine
from domain.sourcing.nodes import OpenOrClosed, settled
from domain.sourcing.offers import Search
from domain.sourcing.problem import Problem, Solution

WORK: Final = 20_000
"""How many sources a search looks at before it stops and states the gap: about 100 ms."""


def solve(problem: Problem, work: int = WORK) -> Solution:
    """The best plan, or the best that `work` looks found, with the bound that is proven. Deterministic."""
    search = Search(problem)
    search.fill()
    floor = search.filled()
    if search.value <= floor:
        return Solution(search.best, search.value, search.value)
    singles = search.singles()
    for _, node in singles[:1]:
        search.fill(frozenset((node,)))
    if search.needs_no_second(floor, singles):
        return Solution(search.best, search.value, search.value)
    nothing = [0] * len(search.opening)
    search.cut(floor, nothing, search.opening)
    if not search.heavy:
        small, numbers = search.left()
    else:
        # What weighs is worked out for those alone that are left.
        search, before = search.left()
        parcels = search.cut_by_parcels(floor) if search.value < problem.short_weight else 0
        search.cut(search.filled(search.weighed()), [0] * len(search.opening), search.low)
        floor = min(search.value, floor + parcels)
        small, kept = search.left()
        numbers = [before[n] for n in kept]
    looked = 0
    if fits(small):
        sets = FewestNodes(small, work // 2)
        proven = sets.run()
        small.best, small.value, looked = sets.best, sets.value, sets.looked
        if proven:
            return Solution(named(small.best, numbers), small.value, small.value, looked)
        floor = max(floor, sets.bound)
    for node in small.alone()[:3]:
        small.fill(frozenset((node,)))
    if any(small.opening):
        small.fill(share=True)
        small.shrink()
    dual = (
        ascend(small.problem, small.weighed(), small.low)
        if small.heavy
        else ascend(small.problem, small.offers, small.opening)
    )
    floor = max(floor, small.lifted(dual.total))
    if small.value > floor:
        small.cut(dual.total, [sum(column) for column in zip(*dual.worth, strict=True)], small.low)
        least, kept = small.left()
        found = searched(least, [numbers[n] for n in kept], floor, work - looked)
        return found._replace(looked=looked + found.looked)
    return Solution(named(small.best, numbers), small.value, small.value, looked)


def searched(search: Search, numbers: Sequence[int], floor: int, work: int) -> Solution:
    """Branch over what is left; `numbers` are those that sources had, `floor` what is proven already."""
    tree: LineByLine | OpenOrClosed
    if settled(search.problem, search.offers):
        tree = OpenOrClosed(search.problem, search.offers, search.opening, search.best, search.value)
        finished = tree.run(work)
        search.best, search.value = tree.best, tree.value
    else:
        tree = LineByLine(search, work)
        finished = tree.run()
    bound = search.value if finished else min(floor, search.value)
    return Solution(named(search.best, numbers), search.value, bound, tree.looked)


def named(amounts: Mapping[int, int], numbers: Sequence[int]) -> dict[int, int]:
    """The amounts by the numbers that sources had before others were left out."""
    return {numbers[own]: amount for own, amount in amounts.items()}
