"""`make faults`: run the tests that break servers and processes, and print what came of each.

They are the tests marked `kill`, and all of a file with `fault` in its name. What one measures it says with
`record_property(figure, value)`.
"""

import argparse
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from rich.console import Console
from rich.table import Table

PLACES: Final = ("tests/contract", "tests/e2e/kill")


class Outcome(NamedTuple):
    """A test that ended: its name in words, what it ran on, its verdict, seconds, figures."""

    words: str
    on: str
    verdict: str
    seconds: float
    figures: str


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
            figures = ", ".join(f"{key}: {value}" for key, value in report.user_properties)
            self.outcomes.append(Outcome(words, on, report.outcome, report.duration, figures))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("-k", default="", help="only tests whose names fit, as pytest's -k")
    options = parser.parse_args()
    faults = Faults()
    arguments = ["-q", "--no-header", *(["-k", options.k] if options.k else []), *PLACES]
    code = int(pytest.main(arguments, plugins=[faults]))
    table = Table(title="faults", show_lines=True)
    for heading in ("what happens", "on", "verdict", "seconds", "figures"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left")
    for each in faults.outcomes:
        table.add_row(each.words, each.on, each.verdict, f"{each.seconds:.1f}", each.figures)
    Console().print(table)
    return code


if __name__ == "__main__":
    sys.exit(main())
