"""OR-Library's warehouse location: 25 instances, solved to the published optimum by what solves least cost."""

import json
import time
from typing import Final

from rich.table import Table

from adapters.highs.solver import HighsSolver
from domain.sourcing.problem import Draw, Mode, Problem, Source
from domain.sourcing.search import solve
from tests.acceptance.data import Rules, console, folder

UNIT: Final = 10**9
"""Costs are fractions of a unit's: whole numbers of a thousand-millionth."""


def read(text: str) -> tuple[Problem, list[list[float]], list[float]]:
    """The problem, what all of each customer's demand costs from each warehouse, and what warehouses cost."""
    numbers = iter(text.split())
    warehouses, customers = int(next(numbers)), int(next(numbers))
    capacities, fixed = [], []
    for _ in range(warehouses):
        capacities.append(int(float(next(numbers))))
        fixed.append(float(next(numbers)))
    quantities, costs = [], []
    for _ in range(customers):
        quantities.append(int(float(next(numbers))))
        costs.append([float(next(numbers)) for _ in range(warehouses)])
    sources = tuple(
        Source(customer, warehouse, round(cost * UNIT / quantity), quantity, (Draw(warehouse, 1),))
        for customer, (quantity, row) in enumerate(zip(quantities, costs, strict=True))
        for warehouse, cost in enumerate(row)
    )
    modes = tuple((Mode(None, round(cost * UNIT)),) for cost in fixed)
    none = (0,) * customers
    return Problem(tuple(quantities), none, (False,) * customers, sources, modes, tuple(capacities)), costs, fixed


def orlib(rules: Rules) -> None:
    where = folder("orlib_cap")
    published = json.loads((where / "optimal.json").read_text())
    table = Table(title="OR-Library: 25 instances of capacitated warehouse location, customers may be split")
    for heading in ("instance", "size", "published", "found", "difference", "gap left", "open", "seconds"):
        table.add_column(heading, justify="right")
    for name, known in sorted(published.items(), key=lambda each: int(each[0][3:])):
        problem, costs, fixed = read((where / f"{name}.txt").read_text())
        began = time.perf_counter()
        first = solve(problem)
        found = first if first.proven else HighsSolver(60).solve(problem, first)
        spent = time.perf_counter() - began
        opened = {problem.sources[n].node for n in found.amounts}
        exact = sum(fixed[node] for node in opened)
        for n, amount in found.amounts.items():
            line, node = problem.sources[n].line, problem.sources[n].node
            exact += costs[line][node] * amount / problem.quantities[line]
        optimum = known["optimum_split_allowed"]
        gap = (found.value - found.bound) / UNIT
        rules.holds("the published optimum is found", abs(exact - optimum) < 0.01, f"{name}: {exact} for {optimum}")
        rules.holds("and proven: a gap below 0.01", gap < 0.01, f"{name}: {gap}")
        rules.holds("every plan keeps capacities and demands", problem.value(found.amounts) == found.value, name)
        table.add_row(
            name,
            f"{len(fixed)} × {len(costs)}",
            f"{optimum:,.3f}",
            f"{exact:,.3f}",
            f"{exact - optimum:+.4f}",
            f"{gap:.4f}",
            str(len(opened)),
            f"{spent:.2f}",
        )
    console.print(table)
    rules.holds("there are 25 instances", len(published) == 25, len(published))
