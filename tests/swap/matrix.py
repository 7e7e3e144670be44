"""The swap matrix: every port, every technology, and what its tests said.

A test class that inherits a published suite names its technology: `class TestKafkaBroker(BrokerConformance)`. Which
cell it fills is read from that, so nothing has to be registered.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

SUITES: Final = "contracts.conformance"
WHOLE: Final = "TestInstallations"
"""Whole installations, of which no suite is published."""

PROPERTY: Final = "cell"
"""Under which a test says its cell."""

ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "ledger": ("Memory", "Sqlite", "Postgresql", "Mariadb"),
    "broker": ("InProcess", "Redis", "Valkey", "RabbitMq", "Nats", "Kafka"),
    "cache": ("Memory", "Redis", "Valkey"),
    "search": ("Fts5", "Elasticsearch", "Opensearch"),
    "objects": ("Memory", "Local", "S3"),
    "coverage": ("Grid",),
    "whole": ("Installations",),
}
"""The technologies behind each port, as the names of test classes begin with them after `Test`."""

PORTS: Final[Mapping[str, str]] = {
    "LedgerConformance": "ledger",
    "TogetherConformance": "ledger",
    "StockQueriesConformance": "ledger",
    "LedgerWalkConformance": "ledger",
    "OutboxConformance": "ledger",
    "DeadlinesConformance": "ledger",
    "ClockConformance": "ledger",
    "InboxConformance": "ledger",
    "KeysConformance": "ledger",
    "ParkedMessagesConformance": "ledger",
    "QuotasConformance": "ledger",
    "AheadConformance": "ledger",
    "BrokerConformance": "broker",
    "SharedBrokerConformance": "broker",
    "ChannelsConformance": "broker",
    "AvailabilityCacheConformance": "cache",
    "SearchConformance": "search",
    "ObjectsConformance": "objects",
    "CoverageIndexConformance": "coverage",
}
"""The row of each published suite: what a database keeps goes together, because it is swapped together."""

SHOWN: Final[Mapping[str, str]] = {
    "InProcess": "in process",
    "RabbitMq": "RabbitMQ",
    "Nats": "NATS JetStream",
    "Sqlite": "SQLite",
    "Postgresql": "PostgreSQL",
    "Mariadb": "MariaDB",
    "Fts5": "SQLite FTS5",
    "Opensearch": "OpenSearch",
    "Local": "a folder",
    "Memory": "memory",
    "Grid": "a grid in memory",
    "Installations": "pairwise, by settings alone",
}


class Cell(NamedTuple):
    """A technology behind a port."""

    port: str
    technology: str

    @property
    def shown(self) -> str:
        return SHOWN.get(self.technology, self.technology)


CELLS: Final = tuple(Cell(port, technology) for port, row in ROWS.items() for technology in row)


def cell_of(test: type) -> Cell | None:
    """Which cell a test class fills: None for one that inherits no published suite, or that of an example."""
    if test.__name__ == WHOLE:
        return Cell("whole", "Installations")
    ports = {PORTS[base.__name__] for base in test.__mro__[1:] if base.__module__.startswith(SUITES)}
    found = {
        Cell(port, technology) for port in ports for technology in ROWS[port] if _begins(test.__name__, technology)
    }
    return found.pop() if len(found) == 1 else None


def _begins(name: str, technology: str) -> bool:
    return re.match(rf"Test(\w*In)?{technology}(?![a-z])", name) is not None


class Results:
    """Outcomes by cell."""

    def __init__(self) -> None:
        self.by_cell: dict[Cell, Counter[str]] = {cell: Counter() for cell in CELLS}

    def add(self, cell: Cell, outcome: str) -> None:
        self.by_cell[cell][outcome] += 1

    def verdict(self, cell: Cell) -> str:
        """`green`, `red`, or `not run`: a skipped test was not run, whatever the others said."""
        outcomes = self.by_cell[cell]
        if outcomes["failed"]:
            return "red"
        return "green" if outcomes["passed"] and not outcomes["skipped"] else "not run"

    def green(self, cells: Iterable[Cell] = CELLS) -> bool:
        return all(self.verdict(cell) == "green" for cell in cells)

    def page(self, about: str) -> str:
        """The matrix as a page of Markdown."""
        lines = [
            "# Swap matrix",
            "",
            "Written by `make conformance`, from its last run: each suite on each technology, on real servers.",
            "A database stands for all that is kept in it: ledger, queries, outbox, deadlines, inbox, keys and parked",
            "messages. Redis and Valkey carry messages by their Streams.",
            "",
            "| Port | Technology | Tests | Verdict |",
            "| --- | --- | ---: | --- |",
        ]
        for cell in CELLS:
            outcomes = self.by_cell[cell]
            lines.append(f"| {cell.port} | {cell.shown} | {sum(outcomes.values())} | {self.verdict(cell)} |")
        return "\n".join([*lines, "", about, ""])
