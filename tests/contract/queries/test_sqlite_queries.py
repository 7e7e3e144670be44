"""The queries of stock in SQL, on SQLite, answer what the ports promise, and by the indexes there are."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sql import stock_queries
from adapters.sql.database import DIALECT
from adapters.sql.query_statements import QueryStatements
from adapters.sql.registers import SqlRegisterFeed
from adapters.sql.statements import Statements
from adapters.sql.stock_queries import SqlStockQueries, end_of
from contracts.conformance.stock_queries import StockQueriesConformance
from domain.stock.position import kinds
from tests.contract.ledger.installations import CODEC, SqliteInstallation, create_schema

STATEMENTS = Statements(DIALECT)
QUERIES = QueryStatements(DIALECT)


class Queried(SqliteInstallation):
    @property
    def queries(self) -> SqlStockQueries:
        return SqlStockQueries(self.database, STATEMENTS, QUERIES, self.kinds, CODEC)

    @property
    def feed(self) -> SqlRegisterFeed:
        return SqlRegisterFeed(self.database, DIALECT, CODEC)


class TestSqliteQueries(StockQueriesConformance):
    @pytest.fixture(autouse=True)
    def small_steps(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Holders are looked for three versions at a time, so that short histories take several steps too."""
        monkeypatch.setattr(stock_queries, "STEP", 3)

    async def open_installation(self, folder: Path) -> Queried:
        installation = Queried(folder / "ledger.sqlite", kinds())
        await installation.open()
        return installation


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("plans") / "ledger.sqlite"
    create_schema(path)
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


@pytest.mark.parametrize("name", sorted(set(vars(QUERIES)) - {"as_of"}))
def test_no_query_scans_a_table_or_looks_a_row_up_by_its_tenant_alone(empty: sqlite3.Connection, name: str) -> None:
    text = getattr(QUERIES, name).text
    plan = empty.execute(f"EXPLAIN QUERY PLAN {text}", (0,) * text.count("?"))
    steps = [detail for *_, detail in plan]
    assert any(step.startswith("SEARCH") for step in steps)
    assert not [step for step in steps if step.startswith("SCAN") and not step.startswith("SCAN asked")]
    assert not [step for step in steps if "(tenant=?)" in step or "(tenant=? AND kind=?)" in step]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("totals", "account_d2 (tenant=? AND kind=? AND d2=?)"),
        ("parts", "account_d2 (tenant=? AND kind=? AND d2=?)"),
        ("reservations_of", "reservation_order (tenant=? AND order_ref=?)"),
        ("movements_of_commands", "movement_command (command=?)"),
        ("movements_of_reservation", "movement_command (command=?)"),
        ("movements_of_account", "PRIMARY KEY (account=? AND version>?)"),
        ("balance", "PRIMARY KEY (account=? AND version=?)"),
        ("reserved_for", "PRIMARY KEY (account=? AND version>? AND version<?)"),
    ],
)
def test_a_query_goes_by_its_index(empty: sqlite3.Connection, name: str, index: str) -> None:
    text = getattr(QUERIES, name).text
    plan = empty.execute(f"EXPLAIN QUERY PLAN {text}", (0,) * text.count("?"))
    assert any(index in detail for *_, detail in plan)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [("a", "b"), ("", ""), ("a\ud7ff", "a\ue000"), ("a\U0010ffff", "b"), ("\U0010ffff", ""), ("%", "&")],
)
def test_a_prefix_ends_before_the_least_text_beyond_it(prefix: str, end: str) -> None:
    assert end_of(prefix) == end
