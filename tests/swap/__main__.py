"""`make conformance`: run every published suite on every technology, print the swap matrix, write it as a page."""

import argparse
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console
from rich.table import Table

from tests.swap.listening import SwapMatrix
from tests.swap.matrix import CELLS, Results

PAGE: Final = Path("docs/swap-matrix.md")
INDEX: Final = Path("docs/README.md")
ABOVE: Final = "* [What must never happen](reliability.md): the promises, and the tests that try to break them."
LISTED: Final = "* [Swap matrix](swap-matrix.md): every published suite on every technology, from its last run."
COLOURS: Final = {"green": "green", "red": "red", "not run": "yellow"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("--only", default="", help="only cells whose port or technology holds this")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}, and have {INDEX} name it")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("a page of some cells alone would say of the others that they were not run: leave --only out")
    matrix = SwapMatrix()
    chosen = [cell for cell in CELLS if options.only.lower() in f"{cell.port} {cell.technology} {cell.shown}".lower()]
    cells = ",".join(f"{cell.port}/{cell.technology}" for cell in chosen)
    arguments = ["-q", "-n", "2", "-p", "tests.swap.plugin", "--no-header", "--cells", cells]
    pytest.main([*arguments, "tests/contract", "tests/swap"], plugins=[matrix])
    show(matrix.results)
    if options.write:
        about = (
            f"Entrepot {version('entrepot')}, Python {platform.python_version()}, {platform.system()}, "
            f"{datetime.now(UTC):%Y-%m-%d}."
        )
        PAGE.write_text(matrix.results.page(about))
        index = INDEX.read_text()
        if LISTED not in index:
            INDEX.write_text(index.replace(ABOVE, f"{ABOVE}\n{LISTED}"))
    return 0 if matrix.results.green(chosen) else 1


def show(results: Results) -> None:
    table = Table(title="swap matrix")
    for heading in ("port", "technology", "tests", "verdict"):
        table.add_column(heading, justify="right" if heading == "tests" else "left")
    port = ""
    for cell in CELLS:
        if cell.port != port and port:
            table.add_section()
        verdict = results.verdict(cell)
        count = str(sum(results.by_cell[cell].values()))
        table.add_row("" if cell.port == port else cell.port, cell.shown, count, f"[{COLOURS[verdict]}]{verdict}[/]")
        port = cell.port
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
