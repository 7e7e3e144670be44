"""A lower bound of a problem by its dual: prices of lines that no node can undercut for less than its charge.

Every line has a price `v` for each of its units. A node whose sources would give units below their prices is worth the
difference, and that, less its charge, is all that it can save. So whatever the prices, no plan counts less than

    sum of quantity x price  -  sum over nodes of max(0, worth - charge).

Limits that sources share are left out, and a parcel counts its smallest charge: both only lower the bound. Prices are
raised line by line to where the line would fill if each node asked for what is not yet covered of its charge; that is
the best price of one line while the others stay (Erlenkotter's dual ascent, for lines that can be divided).
"""

from typing import NamedTuple

from domain.sourcing.problem import Problem

Offer = tuple[int, int, int]
"""A source as lines see it: cost, number of the source (which settles ties), node."""


class Bound(NamedTuple):
    """No plan counts less than `total`. `prices` by line; `worth` by line and node."""

    total: int
    prices: list[int]
    worth: list[list[int]]


class Prices:
    """The prices of lines while they are raised. `opening`: by node, the least it is charged for anything."""

    def __init__(self, problem: Problem, offers: list[list[Offer]], opening: list[int]) -> None:
        self.problem, self.offers, self.opening = problem, offers, opening
        self.slack = list(opening)
        self.prices = [0] * len(offers)
        self.worth = [[0] * len(opening) for _ in offers]
        # How many lines have yet to take their share of a node's charge, in the first round.
        self.waiting = [0] * len(opening)
        for offered in offers:
            for node in {node for _, _, node in offered}:
                self.waiting[node] += 1

    def proven(self) -> int:
        """What the prices prove."""
        total = sum(q * v for q, v in zip(self.problem.quantities, self.prices, strict=True))
        return total + sum(slack for slack in self.slack if slack < 0)

    def marginal(self, line: int, *, sharing: bool) -> int:
        """The price at which the line fills, where each node asks for what is left of its charge (or a share)."""
        quantity, own = self.problem.quantities[line], self.worth[line]
        asked = [(self.problem.short_weight, quantity)]
        for cost, number, node in self.offers[line]:
            most = self.problem.sources[number].most
            free = self.slack[node] + own[node]
            if free > 0:
                share = free // self.waiting[node] if sharing else free
                asked.append((cost + share // (most if most < quantity else quantity), most))
            else:
                asked.append((cost, most))
        asked.sort()
        for price, most in asked:
            quantity -= most
            if quantity <= 0:
                return price
        raise AssertionError("what is short fills every line")

    def settle(self, line: int, price: int) -> None:
        """Give the line a price: what nodes are worth to it changes, and so what is left of their charges."""
        quantity, own, fresh = self.problem.quantities[line], self.worth[line], [0] * len(self.opening)
        for cost, number, node in self.offers[line]:
            if cost >= price:
                break
            most = self.problem.sources[number].most
            fresh[node] += (price - cost) * (most if most < quantity else quantity)
        self.slack = [slack + old - new for slack, old, new in zip(self.slack, own, fresh, strict=True)]
        self.worth[line] = fresh
        self.prices[line] = price


def ascend(problem: Problem, offers: list[list[Offer]], opening: list[int], rounds: int = 3) -> Bound:
    """Prices after some rounds, and what they prove."""
    prices = Prices(problem, offers, opening)
    order = sorted(range(len(offers)), key=lambda line: (len(offers[line]), line))
    best = Bound(0, list(prices.prices), list(prices.worth))
    for round_ in range(rounds):
        for line in order:
            prices.settle(line, prices.marginal(line, sharing=not round_))
            if not round_:
                for node in {node for _, _, node in offers[line]}:
                    prices.waiting[node] -= 1
        found = prices.proven()
        if found <= best.total and round_:
            break
        best = Bound(found, list(prices.prices), list(prices.worth))
    return best
