"""Every statement of the ledger, the queries and the relay goes by an index on MariaDB."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from adapters.encoding import JsonCodec
from adapters.sql.dialects.dialect import Query, Row
from adapters.sql.dialects.mariadb import Listed, MariadbDialect
from adapters.sql.outbox import SqlOutbox
from adapters.sql.query_statements import QueryStatements
from adapters.sql.registers import SqlRegisterFeed
from adapters.sql.server import ServerDatabase
from adapters.sql.statements import Statements
from application.kernel.ledger_time import machine_time
from tests.contract.mariadb.broken import lent

DIALECT = MariadbDialect()
OF_FEW_ROWS = ("ledger_state", "outbox_lease", "seal")
ROWS = 20_000
FILLED = (
    (
        "INSERT INTO account (id, tenant, kind, `key`, d1, d2, d3, d4, d5, facts, available, reserved, allocated,"
        " in_transit, held, floor, debt, version, changed_at) SELECT seq, 'north', 'stock', CONCAT('-/G', seq), '-',"
        " CONCAT('G', seq), 'N1', '-', '-', '{}', 1, 0, 0, 0, 0, 0, 0, 1, 1 FROM {seq}"
    ),
    (
        "INSERT INTO movement (account, version, kind, quantity, available, reserved, allocated, in_transit,"
        " held, floor,"
        " command, subject, scene, reason, at, request, name, actor, principal) SELECT seq, 1, 'RESERVE', 1,"
        " 1, 0, 0, 0, 0,"
        " 0, seq, 'R1', 'sale', '', seq, CONCAT('r', seq), 'ReserveStock', 'clerk', 'clerk' FROM {seq}"
    ),
    (
        "INSERT INTO request (tenant, id, command, name, digest, reply, at) SELECT 'north', CONCAT('r', seq),"
        " seq, 'R', '',"
        " '', seq FROM {seq}"
    ),
    (
        "INSERT INTO reservation (tenant, id, request, status, order_ref, scene, deadline, events, body, created_at,"
        " changed_at) SELECT 'north', CONCAT('R', seq), 'r', IF(seq % 50, 'held', 'cancelled'), CONCAT('O',"
        " seq), 's', 1,"
        " 1, '', 1, seq FROM {seq}"
    ),
    (
        "INSERT INTO deadline (tenant, reservation, number, due, token) SELECT 'north', CONCAT('R', seq), 1, seq, 0"
        " FROM {seq}"
    ),
    (
        "INSERT INTO entry (tenant, register, code, facts, version, changed_at, `change`) SELECT 'north', 'goods',"
        " CONCAT('G', seq), '{}', 1, 1, seq FROM {seq}"
    ),
    (
        "INSERT INTO outbox (id, tenant, `partition`, subject, number, type, data, at, position) SELECT seq, 'north',"
        " seq % 16, 's', 1, 'T', '', seq, IF(seq < 10000, seq, NULL) FROM {seq}"
    ),
)


@pytest.fixture
async def database(url: str, tmp_path: Path) -> AsyncIterator[ServerDatabase]:
    database = ServerDatabase(lent(url, tmp_path), DIALECT)
    await database.open()
    yield database
    await database.close()


def fill(connection: Connection) -> None:
    for statement in FILLED:
        connection.exec_driver_sql(statement.replace("{seq}", f"seq_1_to_{ROWS}").replace("%", "%%"))


def parameters(text: str) -> list[Any]:
    """Something for each: a number for a limit, a set for a set, a text for all else (a number is found by it, too)."""
    kinds = re.findall(r"(LIMIT 0, |IN )?%s", text)
    return [{"": "7", "IN ": Listed(("7", "8")), "LIMIT 0, ": 5}[kind] for kind in kinds]


def statements(database: ServerDatabase) -> dict[str, str]:
    """The text of every statement, those that write for two rows."""
    outbox = SqlOutbox(database, machine_time())
    feed = SqlRegisterFeed(database, DIALECT, JsonCodec())
    found = {}
    for of in (Statements(DIALECT), QueryStatements(DIALECT), outbox._texts, feed):
        for name, each in vars(of).items():
            if isinstance(each, Query):
                found[f"{type(of).__name__}.{name}"] = each.text
            elif isinstance(each, partial):
                found[f"{type(of).__name__}.{name}"] = each.args[0](2)
    return found


def scanned(plan: list[Row]) -> list[Row]:
    """The steps that go through a whole table or index: of what is given, or of few rows, they may."""
    return [row for row in plan if row[3] in ("ALL", "index") and row[2] and not _small(row)]


def _small(row: Row) -> bool:
    name = str(row[2])
    return name in OF_FEW_ROWS or name.startswith("<") or name in ("new", "given")


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
async def test_no_statement_goes_through_a_table(filled: bool, database: ServerDatabase) -> None:
    if filled:
        await database.write(fill)
    texts = statements(database)
    assert len(texts) > 30

    def explain(connection: Connection) -> dict[str, list[Row]]:
        return {name: DIALECT.fetch(connection, f"EXPLAIN {text}", parameters(text)) for name, text in texts.items()}

    plans = await database.alone(explain)
    if not filled:
        return  # to go through an empty table costs nothing: that all can be explained is what this is about
    assert {name: scanned(plan) for name, plan in plans.items() if scanned(plan)} == {}
    for name in ("next", "next_ids", "next_of_all"):
        (step,) = plans[f"_Texts.{name}"]
        assert step[5] == "outbox_unpublished"
        assert "filesort" not in step[-1]
