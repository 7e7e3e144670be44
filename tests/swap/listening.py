"""Hears how the tests of each cell end."""

import pytest

from tests.swap.matrix import PROPERTY, Cell, Results


class SwapMatrix:
    """Give it to `pytest.main`; `results` fills as the tests end, those of other processes too."""

    def __init__(self) -> None:
        self.results = Results()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = dict(report.user_properties).get(PROPERTY)
        if isinstance(found, str) and (report.when == "call" or report.outcome != "passed"):
            port, _, technology = found.partition("/")
            self.results.add(Cell(port, technology), report.outcome)
