"""Y1 and Y2 on PostgreSQL: what `yardsticks` writes, over bare asyncpg; and pgbench, one transaction for each order."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy.util import await_only, greenlet_spawn

from bench.yardsticks import (
    ACCOUNT,
    BUCKETS,
    DEADLINE,
    MOVEMENT,
    OUTBOX,
    REQUEST,
    RESERVATION,
    TENANT,
    Bare,
)

T = TypeVar("T")

COPIED: Final = 4
TABLES: Final = {
    MOVEMENT: "movement",
    REQUEST: "request",
    RESERVATION: "reservation",
    DEADLINE: "deadline",
    OUTBOX: "outbox",
}
NOW: Final = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
SETS: Final = {
    ACCOUNT: (
        "UPDATE account t SET facts = n.a, available = n.b, reserved = n.c, allocated = n.d, in_transit = n.e,"
        " held = n.f, floor = n.g, debt = n.h, version = n.i, changed_at = n.j FROM unnest($1::text[], $2::bigint[],"
        " $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],"
        " $10::bigint[], $11::bigint[], $12::bigint[]) n (a, b, c, d, e, f, g, h, i, j, k, l)"
        " WHERE t.id = n.k AND t.version = n.l"
    ),
    "UPDATE reservation SET status=?, body=?, events=?, changed_at=? WHERE tenant=? AND id=?": (
        "UPDATE reservation t SET status = n.a, body = n.b, events = n.c, changed_at = n.d FROM unnest($1::text[],"
        " $2::bytea[], $3::int[], $4::bigint[], $5::text[], $6::text[]) n (a, b, c, d, e, f)"
        " WHERE t.tenant = n.e AND t.id = n.f"
    ),
    "DELETE FROM deadline WHERE tenant=? AND reservation=?": (
        "DELETE FROM deadline t USING unnest($1::text[], $2::text[]) n (a, b)"
        " WHERE t.tenant = n.a AND t.reservation = n.b"
    ),
}
SESSION: Final = {
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
}
"""As ours has them."""


class _Driver:
    """asyncpg under the names that sqlite3 has for the same."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def fetch(self, text: str, *parameters: Any) -> Any:
        return await_only(self._connection.fetch(text, *parameters))

    def execute(self, text: str, parameters: Sequence[Any] = ()) -> None:
        for place in range(1, len(parameters) + 1):
            text = text.replace("?", f"${place}", 1)
        await_only(self._connection.execute(text, *parameters))

    def executemany(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        table = TABLES.get(text)
        if table is None:
            await_only(self._connection.execute(SETS[text], *zip(*rows, strict=True)))
            return
        if table == "outbox":
            rows = [(*row, None) for row in rows]
        if len(rows) < COPIED:
            marks = ", ".join(f"${place}" for place in range(1, len(rows[0]) + 1))
            await_only(self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows))
        else:
            await_only(self._connection.copy_records_to_table(table, records=rows))


class BareOnPostgresql(Bare):
    """The same rows of the same orders, made by the same code."""

    def __init__(self, connection: Any, positions: Sequence[Sequence[Any]]) -> None:
        self._driver = _Driver(connection)
        self._connection = self._driver  # type: ignore[assignment]  # stands for sqlite3's
        self._dimensions = {id: dimensions for id, *dimensions in positions}
        self._ids = {(goods, node): id for id, (_, goods, node, _, _) in self._dimensions.items()}

    def backend(self) -> int:
        """The process of the server that works for it."""
        [[process]] = self._driver.fetch("SELECT pg_backend_pid()")
        return int(process)

    def _open(self, requests: list[str], reservations: list[str]) -> tuple[list[Any], int, int, int, int]:
        driver = self._driver
        driver.execute("BEGIN")
        [[*state, at]] = driver.fetch(
            f"SELECT next_account, next_command, next_event, {NOW} FROM ledger_state WHERE id = 1 FOR UPDATE"
        )
        found = driver.fetch(
            "SELECT r.id, r.body FROM reservation r LEFT JOIN deadline d ON d.tenant = r.tenant"
            " AND d.reservation = r.id WHERE r.tenant = $1 AND r.id = ANY($2::text[])",
            TENANT,
            reservations,
        )
        known = driver.fetch(
            "SELECT id, name, digest, reply FROM request WHERE tenant = $1 AND id = ANY($2::text[])", TENANT, requests
        )
        if known:
            raise ValueError(f"{known[0][0]} was accepted before")
        return found, *state, at

    def _accounts(self, ids: set[int]) -> dict[int, list[int]]:
        rows = self._driver.fetch(
            f"SELECT id, {BUCKETS}, version, facts, floor, debt, changed_at FROM account WHERE id = ANY($1::bigint[])",
            sorted(ids),
        )
        return {row[0]: list(row[1:7]) for row in rows}


async def run_bare(url: str, what: Callable[[BareOnPostgresql], T], goods: Sequence[str] | None = None) -> T:
    """Do this with a bare driver over the database, which holds the opening stock: of these goods, or of all."""
    connection = await asyncpg.connect(url, server_settings=SESSION)
    try:
        of_goods = "" if goods is None else " WHERE tenant = $1 AND kind = 'stock' AND d2 = ANY($2::text[])"
        named = () if goods is None else (TENANT, goods)
        positions = await connection.fetch(f"SELECT id, d1, d2, d3, d4, d5 FROM account{of_goods}", *named)
        return await greenlet_spawn(what, BareOnPostgresql(connection, [tuple(row) for row in positions]))
    finally:
        await connection.close()


NUMBERS: Final = (
    "CREATE SEQUENCE bench_command START 1000000000; CREATE SEQUENCE bench_event START 1000000000 INCREMENT 2"
)
"""One transaction for each order cannot number without gaps: it takes what sequences give."""

REPLY: Final = (
    '{"reservation":"r0-000000001","status":"held","due":"2026-01-01T00:00:00.000000Z","lines":[{"line":"1","leg":0,'
    '"goods":"G0000001","node":"N1","owner":"-","lot":"-","channel":"-","quantity":1}],"positions":[{"goods":'
    '"G0000001","node":"N1","owner":"-","lot":"-","channel":"-","available":999999999,"version":2}]}'
)
CHANGED: Final = (
    '{"kind":"stock","key":{"owner":"-","goods":"G0000001","node":"N1","lot":"-","channel":"-"},"version_before":1,'
    '"version":2,"available":999999999,"reserved":1,"allocated":0,"in_transit":0,"held":0,"floor":0}'
)
BODY: Final = '[[["1",1,[[[[12345,1]],[1,0,0,0,0,0]]]]],[],[1000000000]]'


def pgbench_script(first: int, last: int) -> str:
    """Reserve one unit of an account of this range: the rows that ours writes, each statement as short as can be."""
    # A colon would name a variable.
    reply, changed = REPLY.replace(":", "="), CHANGED.replace(":", "=")
    return f"""\\set id random({first}, {last})
BEGIN;
SELECT nextval('bench_command') AS number, nextval('bench_event') AS event, {NOW} AS at,
  'o' || nextval('bench_event') AS ord \\gset
SELECT name, digest, reply FROM request WHERE tenant = '{TENANT}' AND id = :ord;
UPDATE account SET facts = '{{}}', available = available - 1, reserved = reserved + 1, version = version + 1,
  changed_at = :at WHERE id = :id AND available >= 1 RETURNING available, reserved, version \\gset
INSERT INTO request VALUES
  ('{TENANT}', :ord, :number, 'ReserveStock', decode(repeat('2d', 32), 'hex'), '{reply}', :at);
INSERT INTO movement VALUES (:id, :version, 'RESERVE', 1, :available, :reserved, 0, 0, 0, 0, :number, :ord, 'sale',
  '', :at, :ord, 'ReserveStock', 'bench', 'bench');
INSERT INTO reservation VALUES ('{TENANT}', :ord, :ord, 'held', NULL, 'sale', :at::bigint + 1800000000, 1, 1,
  '{BODY}', :at::bigint, :at::bigint);
INSERT INTO deadline VALUES ('{TENANT}', :ord, 1, :at::bigint + 1800000000, 0, NULL);
INSERT INTO outbox VALUES (:event::bigint, '{TENANT}', :event::bigint % 16, 'reservation/' || :ord::text, 1,
  'StockReserved', '{reply}', :ord::text, :at::bigint, NULL, NULL), (:event::bigint + 1, '{TENANT}', :id::bigint % 16,
  'account/stock/-/G/N/-/-', :version::bigint, 'BalancesChanged', '{changed}', NULL, :at::bigint, NULL, NULL);
COMMIT;
"""


BESIDE_BODY: Final = '[[["1",1,[[[[12345,1],[22345,1],[32345,1]],[1,0,0,0,0,0]]]]],[],[1000000000]]'


def pgbench_beside(count: int) -> str:
    """The same with one unit each of three accounts: one of the first `count` numbers from 2 on, the one as far into
    the `count` after them, and any of the next `count`. Always in this order, so that none waits in a circle.
    """
    reply, changed = REPLY.replace(":", "="), CHANGED.replace(":", "=")
    take = "\n".join(
        f"UPDATE account SET facts = '{{}}', available = available - 1, reserved = reserved + 1, version = version + 1,"
        f" changed_at = :at WHERE id = :id{n} AND available >= 1 RETURNING available AS a{n}, reserved AS r{n},"
        f" version AS v{n} \\gset"
        for n in (1, 2, 3)
    )
    moved = ", ".join(
        f"(:id{n}, :v{n}, 'RESERVE', 1, :a{n}, :r{n}, 0, 0, 0, 0, :number, :ord, 'sale', '', :at, :ord, 'ReserveStock',"
        " 'bench', 'bench')"
        for n in (1, 2, 3)
    )
    told = ", ".join(
        f"({event}, '{TENANT}', :id{n}::bigint % 16, 'account/stock/-/G/N/-/-', :v{n}::bigint, 'BalancesChanged',"
        f" '{changed}', NULL, :at::bigint, NULL, NULL)"
        for n, event in ((1, ":event::bigint + 1"), (2, ":more::bigint"), (3, ":more::bigint + 1"))
    )
    return f"""\\set id1 random(2, {count + 1})
\\set id2 :id1 + {count}
\\set id3 random({2 * count + 2}, {3 * count + 1})
BEGIN;
SELECT nextval('bench_command') AS number, nextval('bench_event') AS event, nextval('bench_event') AS more, {NOW} AS at,
  'o' || nextval('bench_event') AS ord \\gset
SELECT name, digest, reply FROM request WHERE tenant = '{TENANT}' AND id = :ord;
{take}
INSERT INTO request VALUES
  ('{TENANT}', :ord, :number, 'ReserveStock', decode(repeat('2d', 32), 'hex'), '{reply}', :at);
INSERT INTO movement VALUES {moved};
INSERT INTO reservation VALUES ('{TENANT}', :ord, :ord, 'held', NULL, 'sale', :at::bigint + 1800000000, 1, 1,
  '{BESIDE_BODY}', :at::bigint, :at::bigint);
INSERT INTO deadline VALUES ('{TENANT}', :ord, 1, :at::bigint + 1800000000, 0, NULL);
INSERT INTO outbox VALUES (:event::bigint, '{TENANT}', :event::bigint % 16, 'reservation/' || :ord::text, 1,
  'StockReserved', '{reply}', :ord::text, :at::bigint, NULL, NULL), {told};
COMMIT;
"""


__all__ = ["NUMBERS", "BareOnPostgresql", "pgbench_beside", "pgbench_script", "run_bare"]
