"""The port of a solver for what is too large to be searched through in this process, in Python."""

from typing import Protocol

from domain.sourcing.problem import Problem, Solution


class Solver(Protocol):
    """Solves what the planner poses. Its answer is checked and counted again in whole numbers, never believed."""

    def solve(self, problem: Problem, first: Solution) -> Solution:
        """A solution no worse than `first`, with the bound it has proven: where the bound is the value, the same at
        every time. A budget of time may end before that, with what was found by then. Blocks for as long as it lasts:
        call it in a thread of its own where others wait.
        """
        ...
