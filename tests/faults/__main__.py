"""`make faults`: run the tests that break servers and processes, and print what came of each.

They are the tests marked `kill`, and all of a file with `fault` in its name. What one measures it says with
`came_of_it`, or with pytest's `record_property(figure, value)` where there is no column for it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.faults.figures import ACKNOWLEDGED, COLUMNS

PLACES: Final = ("tests/contract", "tests/e2e/kill")


class Outcome(NamedTuple):
    """A test that ended: its name in words, what it ran on, its verdict, seconds, figures by name."""

    words: str
    on: str
    verdict: str
    seconds: float
    figures: dict[str, object]


class Faults:
    """A plugin that keeps the tests with a fault in them, and hears how they end."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        kept = [item for item in items if "fault" in item.path.name or item.get_closest_marker("kill")]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            path, _, rest = report.nodeid.partition("::")
            name, _, parameters = rest.rpartition("::")[2].partition("[")
            on = parameters.removesuffix("]") or Path(path).parent.name
            words = name.removeprefix("test_").replace("_", " ")
            self.outcomes.append(Outcome(words, on, report.outcome, report.duration, dict(report.user_properties)))


def print_tables(outcomes: Sequence[Outcome]) -> None:
    """What was measured, then what only held or did not, as Markdown."""
    measured = [each for each in outcomes if ACKNOWLEDGED in each.figures]
    lines = ["", "## What was measured", "", row("fault", "on", "verdict", *COLUMNS, "besides")]
    lines.append(row("---", "---", "---", *("---:" for _ in COLUMNS), "---"))
    for each in measured:
        besides = ", ".join(f"{name}: {value}" for name, value in each.figures.items() if name not in COLUMNS)
        columns = (each.figures.get(name, "") for name in COLUMNS)
        lines.append(row(each.words, each.on, each.verdict, *columns, besides))
    lines += ["", "## What else was broken", "", row("fault", "on", "verdict", "seconds")]
    lines.append(row("---", "---", "---", "---:"))
    lines += [row(*each[:3], f"{each.seconds:.1f}") for each in outcomes if each not in measured]
    sys.stdout.write("\n".join(lines) + "\n")


def row(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("-k", default="", help="only tests whose names fit, as pytest's -k")
    options = parser.parse_args()
    faults = Faults()
    arguments = ["-q", "--no-header", *(["-k", options.k] if options.k else []), *PLACES]
    code = int(pytest.main(arguments, plugins=[faults]))
    print_tables(faults.outcomes)
    return code


if __name__ == "__main__":
    sys.exit(main())
