"""Sourcing's problem as a mixed-integer program, solved step by step where something goes before something else.

First as little short as can be, then (where fewer go first) as few nodes as can be, then the least cost: each step's
answer is a limit of the next. One thread and a fixed seed: what is solved in time has the same answer again. HiGHS
counts in floating point: what it answers is rounded, counted again in whole numbers, and given up for `first` when it
is none.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import highspy
import numpy as np

from domain.sourcing.problem import BrokenRule, Problem, Solution

SECONDS: Final = 10.0
"""How long one step may take; what has not been proven by then is said by the bound."""

SOLVED: Final = highspy.HighsModelStatus.kOptimal
Terms = Sequence[tuple[int, float]]


class Row(NamedTuple):
    """`least` <= the sum of terms (column, factor) <= `most`."""

    least: float
    most: float
    terms: Terms


class HighsSolver:
    """Solver (application/sourcing/solver.py). Holds nothing between calls, so that several threads may call it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds

    def solve(self, problem: Problem, first: Solution) -> Solution:
        program = Program(problem)
        try:
            amounts, bound = program.solved(self.seconds)
            value = problem.value(amounts)
        except (BrokenRule, Unsolved):
            return first
        # Half a unit of a whole number is rounding; a bound is never claimed beyond what was found.
        bound = min(max(bound, first.bound), value)
        if value > first.value:
            return first._replace(bound=min(bound, first.value))
        return Solution(amounts, value, bound, first.looked)


class Unsolved(Exception):
    """No plan was found within the time."""


class Program:
    """Columns: amounts by source, then what is short by line, then the nodes' modes, then lines' nodes where whole."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.cost: list[float] = []
        self.rows: list[Row] = []
        quantities = problem.quantities
        self.used = [n for n, source in enumerate(problem.sources) if source.most]
        scale = max([1, *[problem.sources[n].cost for n in self.used], *[m[-1].charge for m in problem.modes]])
        self.scale = 10.0 ** max(0, len(str(scale)) - 7)
        self.amount = {
            n: self.column(min(problem.sources[n].most, quantities[problem.sources[n].line]), problem.sources[n].cost)
            for n in self.used
        }
        self.short = [self.column(quantity, 0) for quantity in quantities]
        self.mode = [[self.column(1, mode.charge) for mode in modes] for modes in problem.modes]
        # Where nodes, once open, leave a transport problem, its corners are whole numbers by themselves.
        self.transport = not any(problem.whole) and all(len(modes) == 1 for modes in problem.modes)
        self.transport &= all(
            not source.draws or (len(source.draws) == 1 and source.draws[0].units == 1) for source in problem.sources
        )
        self.served()
        self.opened()
        self.limited()

    def column(self, upper: float, cost: int) -> int:
        self.lower.append(0.0)
        self.upper.append(float(upper))
        self.cost.append(cost / self.scale)
        return len(self.upper) - 1

    def served(self) -> None:
        """Every line gets what it wants or is short; a whole line is served by one node, or is short."""
        problem = self.problem
        of_line: list[list[tuple[int, float]]] = [[(short, 1.0)] for short in self.short]
        at: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for n in self.used:
            source = problem.sources[n]
            of_line[source.line].append((self.amount[n], 1.0))
            at.setdefault((source.line, source.node), []).append((self.amount[n], 1.0))
        for quantity, terms in zip(problem.quantities, of_line, strict=True):
            self.rows.append(Row(quantity, quantity, terms))
        serving: dict[int, list[tuple[int, float]]] = {}
        for (line, node), terms in at.items():
            quantity = problem.quantities[line]
            open_ = [(column, -1.0) for column in self.mode[node]]
            if problem.whole[line]:
                column = self.column(1, 0)
                serving.setdefault(line, []).append((column, 1.0))
                self.rows.append(Row(0, 0, [*terms, (column, -float(quantity))]))
                self.rows.append(Row(-np.inf, 0, [(column, 1.0), *open_]))
        for terms in serving.values():
            self.rows.append(Row(-np.inf, 1, terms))

    def opened(self) -> None:
        """A source gives only where a mode of its node is open, at most one is, and not more than the mode's weight."""
        problem = self.problem
        grams: list[list[tuple[int, float]]] = [[] for _ in problem.modes]
        for n in self.used:
            line, node, _, _, _ = problem.sources[n]
            upper = self.upper[self.amount[n]]
            self.rows.append(
                Row(-np.inf, 0, [(self.amount[n], 1.0), *[(column, -upper) for column in self.mode[node]]])
            )
            grams[node].append((self.amount[n], float(problem.grams[line])))
        total = sum(q * g for q, g in zip(problem.quantities, problem.grams, strict=True))
        for columns, modes, weights in zip(self.mode, problem.modes, grams, strict=True):
            if len(columns) > 1:
                self.rows.append(Row(-np.inf, 1, [(column, 1.0) for column in columns]))
                upto = [
                    (column, -float(total if mode.upto is None else mode.upto))
                    for column, mode in zip(columns, modes, strict=True)
                ]
                self.rows.append(Row(-np.inf, 0, [*weights, *upto]))
        if problem.max_nodes is not None:
            self.rows.append(Row(-np.inf, problem.max_nodes, [(c, 1.0) for columns in self.mode for c in columns]))

    def limited(self) -> None:
        """No common limit is passed; where all a node's sources draw one alike, it binds the open mode as well."""
        drawn: list[list[tuple[int, float]]] = [[] for _ in self.problem.limits]
        nodes: list[set[int]] = [set() for _ in self.problem.limits]
        for n in self.used:
            for limit, units in self.problem.sources[n].draws:
                drawn[limit].append((self.amount[n], float(units)))
                nodes[limit].add(self.problem.sources[n].node)
        for most, terms, where in zip(self.problem.limits, drawn, nodes, strict=True):
            if len(where) == 1:
                opened = [(column, -float(most)) for column in self.mode[next(iter(where))]]
                self.rows.append(Row(-np.inf, 0, [*terms, *opened]))
            elif terms:
                self.rows.append(Row(-np.inf, most, terms))

    def solved(self, seconds: float) -> tuple[dict[int, int], int]:
        """Amounts by source, and the bound that all steps together have proven."""
        problem = self.problem
        short = [(column, 1.0) for column in self.short]
        nodes = [(column, 1.0) for columns in self.mode for column in columns]
        if not self.upper:
            return {}, 0
        values, least = self.step(short, seconds)
        bound = least * problem.short_weight
        missing = round(sum(values[column] for column in self.short))
        if least < missing:
            return self.amounts(values), bound
        self.rows.append(Row(missing, missing, short))
        if problem.nodes_first:
            values, least = self.step(nodes, seconds)
            bound += least * problem.node_weight
            opened = round(sum(values[column] for column, _ in nodes))
            if least < opened:
                return self.amounts(values), bound
            self.rows.append(Row(-np.inf, opened, nodes))
        cost = [(n, cost) for n, cost in enumerate(self.cost) if cost]
        values, least = self.step(cost, seconds, self.scale)
        if any(abs(values[column] - round(values[column])) > 1e-6 for column in self.amount.values()):
            for column in (column for columns in self.mode for column in columns):
                self.lower[column] = self.upper[column] = float(round(values[column]))
            values, _ = self.step(cost, seconds, self.scale)
        return self.amounts(values), bound + least

    def amounts(self, values: Sequence[float]) -> dict[int, int]:
        found = {n: round(values[column]) for n, column in self.amount.items()}
        return {n: amount for n, amount in found.items() if amount}

    def step(self, objective: Terms, seconds: float, scale: float = 1.0) -> tuple[Sequence[float], int]:
        """The columns' values that make the objective least, and a whole number that it cannot be below."""
        if not objective:
            objective = [(0, 0.0)]
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.silent()
        for option, value in (
            ("threads", 1),
            ("random_seed", 1),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.4 / scale if scale == 1.0 else 1e-7),
            ("time_limit", seconds),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(self.model(objective))
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != 2:
            raise Unsolved
        found = info.objective_function_value * scale
        proven = found if solver.getModelStatus() == SOLVED else info.mip_dual_bound * scale
        return solver.getSolution().col_value, whole_above(proven, scale, found)

    def model(self, objective: Terms) -> highspy.HighsLp:
        """The program in the columns and rows that HiGHS takes."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.upper), len(self.rows)
        cost = np.zeros(len(self.upper))
        for column, factor in objective:
            cost[column] += factor
        lp.col_cost_ = cost
        lp.col_lower_ = np.array(self.lower)
        lp.col_upper_ = np.array(self.upper)
        lp.row_lower_ = np.array([row.least for row in self.rows], dtype=float)
        lp.row_upper_ = np.array([row.most for row in self.rows], dtype=float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *[len(row.terms) for row in self.rows]], dtype=np.int32)
        lp.a_matrix_.index_ = np.array([column for row in self.rows for column, _ in row.terms], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([factor for row in self.rows for _, factor in row.terms], dtype=float)
        if self.transport:
            free = {*self.amount.values(), *self.short}
            lp.integrality_ = [
                highspy.HighsVarType.kContinuous if column in free else highspy.HighsVarType.kInteger
                for column in range(len(self.upper))
            ]
        else:
            lp.integrality_ = [highspy.HighsVarType.kInteger] * len(self.upper)
        return lp


def whole_above(proven: float, scale: float, found: float) -> int:
    """The least whole number that is not below `proven`, but for what floating point may have added."""
    slack = 1e-3 if scale == 1.0 else max(1.0, abs(found) * 1e-9)
    return max(0, -int(-(proven - slack) // 1) if proven > slack else 0)
