"""Every test of a published suite fills a cell of the swap matrix, and a cell is green only when all of it ran."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.swap.matrix import CELLS, SUITES, Cell, Results, cell_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("TestLog",)
"""What stands for adapters from outside."""


def inheriting() -> Iterator[type]:
    for path in sorted((ROOT / "tests/contract").rglob("test_*.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name, found in inspect.getmembers(module, inspect.isclass):
            if name.startswith("Test") and any(base.__module__.startswith(SUITES) for base in found.__mro__):
                yield found


@pytest.mark.parametrize("test", [each for each in inheriting() if not each.__name__.startswith(EXAMPLES)])
def test_a_class_that_inherits_a_suite_names_its_technology(test: type) -> None:
    assert cell_of(test) in CELLS, f"{test.__name__}: begin its name with Test and the technology"


def test_a_cell_is_green_when_all_its_tests_ran_and_passed() -> None:
    results, cell = Results(), Cell("ledger", "Sqlite")
    assert results.verdict(cell) == "not run"
    results.add(cell, "passed")
    assert results.verdict(cell) == "green"
    results.add(cell, "skipped")
    assert results.verdict(cell) == "not run"
    results.add(cell, "failed")
    assert results.verdict(cell) == "red"
    assert "| ledger | SQLite | 3 | red |" in results.page("")
    assert not results.green()
