"""A plugin of pytest that runs only what fills a cell of the swap matrix, and has each test say which."""

import pytest

from tests.swap.matrix import PROPERTY, Cell, cell_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cells", default="", help="only these cells: port/technology, separated by commas")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of a cell, and have each say which."""
    chosen = {Cell(*each.split("/")) for each in config.getoption("--cells").split(",") if each}
    kept, others = [], []
    for item in items:
        cell = cell_of(item.cls) if isinstance(item, pytest.Function) and item.cls is not None else None
        if cell is None or (chosen and cell not in chosen):
            others.append(item)
            continue
        item.user_properties.append((PROPERTY, f"{cell.port}/{cell.technology}"))
        kept.append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = kept
