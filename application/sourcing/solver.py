"""The port of a solver for what is too large to be searched through in this process, in Python."""

from typing import Protocol

from domain.sourcing.problem import Problem, Solution


class Solver(Protocol):
    """Solves what the planner poses. Its answer is checked and counted again in whole numbers, never believed."""

    def solve(self, problem: Problem, first: Solution) -> Solution:
        """A solution no worse than `first`, with the bound it has proven. Deterministic; blocks for as long as its
        budget lasts: call it in a thread of its own where others wait."""
        ...
