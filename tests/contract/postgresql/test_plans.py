"""From an empty database on, before PostgreSQL has counted anything, every statement goes by the index meant for it."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from adapters.sql.dialects.dialect import Query
from adapters.sql.dialects.postgresql import READER, WRITER, postgresql
from adapters.sql.outbox import SqlOutbox
from adapters.sql.query_statements import QueryStatements
from adapters.sql.statements import Statements
from application.kernel.call import Call
from application.kernel.group_commit import GroupCommitter
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, plan_of
from entrypoints.composition.installation import open_root
from entrypoints.composition.maintenance import scratch_databases
from entrypoints.composition.settings import load_settings

DIALECT = postgresql()
SMALL = ("ledger_state", "outbox_lease", "archive", "seal")
"""Tables of a few rows, which are read whole."""
BY_KEY = "account_key on account\n  Index Cond: ((tenant = ($1)::text) AND (kind = ($2)::text) AND (key ="
PLANNED = {
    "accounts_by_id": "account_pkey",
    "accounts_by_key": BY_KEY,
    "reservations": "reservation_key",
    "replies": "request_key",
    "account": BY_KEY,
    "totals": "account_d2",
    "parts": "account_d2",
    "reservations_of": "reservation_order",
    "movements_of_commands": "movement_command",
    "movements_of_account": "movement_pkey",
    "reserved_for": "movement_pkey",
    "next": "outbox_unpublished",
    "after": "outbox_position",
}


def queries() -> list[tuple[str, dict[str, str], str, str]]:
    """(who asks, with which settings, name, text) of every statement that is compiled once."""
    found = []
    outbox: Any = SqlOutbox(type("Asked", (), {"dialect": DIALECT})(), None)._texts  # type: ignore[arg-type]
    for who, settings, made in (
        ("writer", WRITER, Statements(DIALECT)),
        ("writer", WRITER, outbox),
        ("reader", READER, QueryStatements(DIALECT)),
        ("reader", READER, outbox),
    ):
        for name, query in vars(made).items():
            if isinstance(query, Query):
                found.append((who, settings, name, query.text))
    return found


@pytest.fixture
def url(url: str) -> Iterator[str]:
    """Of a database that nobody has used yet: one that was emptied has been counted."""
    made = scratch_databases(load_settings(database={"url": url}))
    yield made.make()
    made.drop()


async def test_every_statement_is_planned_by_its_index(url: str) -> None:
    seen = set()
    for who, settings, name, text in queries():
        given = {key: value for key, value in settings.items() if key != "client_encoding"}
        connection = await asyncpg.connect(url, server_settings={**given, "plan_cache_mode": "force_generic_plan"})
        try:
            await connection.execute(f"PREPARE asked AS {text}")
            nulls = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", text))))
            rows = await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE asked{f'({nulls})' if nulls else ''}")
        finally:
            await connection.close()
        plan = "\n".join(row[0] for row in rows)
        scanned = set(re.findall(r"Seq Scan on (\w+)", plan)) - set(SMALL)
        assert not scanned, f"{who} {name}:\n{plan}"
        assert PLANNED.get(name, "") in plan, f"{who} {name}:\n{plan}"
        seen.add(name)
    assert PLANNED.keys() <= seen


@pytest.fixture
async def root(url: str) -> AsyncIterator[Any]:
    async with open_root(load_settings(database={"url": url})) as root:
        yield root


async def test_what_is_read_from_an_empty_database_on_grows_with_the_work_and_not_with_the_tables(
    url: str, root: Any
) -> None:
    """The server counts the rows that each table was asked for: of accounts about as many as were touched."""
    positions, commands = 200, 1_200
    committer: GroupCommitter = root.committer()
    committer.start()

    async def one(number: int) -> None:
        goods = f"G{number}"
        await committer.submit(Call("main", "a", f"in{number}"), ReceiveStock((ReceivedLine(goods, "N", 9),)))
        asked = ReserveStock((StockLine(goods, 1, ("N",)),), f"r{number}")
        held = HoldPlanned(asked, f"r{number}", plan_of(asked.lines))
        await committer.submit(Call("main", "a", f"r{number}"), held, asked)
        await committer.submit(Call("main", "a", f"c{number}"), ConfirmReservation(f"r{number}"))

    for start in range(0, 2 * positions, 20):
        root.ids().forget()  # as a process has it that has just started
        await asyncio.gather(*(one(number) for number in range(start, start + 20)))
    await committer.drain()
    connection = await asyncpg.connect(url)
    try:
        counts = await _counted(connection, commands)
    finally:
        await connection.close()
    for table in ("account", "reservation", "request", "deadline", "outbox", "movement"):
        read, by_index = counts[table]
        assert read == 0, f"{table} was gone through"
        assert by_index <= 4 * commands, f"{by_index} rows of {table} were read for {commands} commands"


async def _counted(connection: Any, commands: int) -> dict[str, tuple[int, int]]:
    """Rows read of each table in order, and by index; a session tells the server within a second or so."""
    async with asyncio.timeout(30):
        while True:
            await connection.execute("SELECT pg_stat_clear_snapshot()")
            rows = await connection.fetch(
                "SELECT relname, seq_tup_read, idx_tup_fetch, n_tup_ins FROM pg_stat_user_tables"
            )
            found = {name: (read, by_index or 0, added) for name, read, by_index, added in rows}
            if found["request"][2] >= commands:
                return {name: (read, by_index) for name, (read, by_index, _) in found.items()}
            await asyncio.sleep(0.1)
