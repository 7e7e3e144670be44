"""Y1 and Y2: the bare sqlite3 driver writing every row that the ledger writes, with no domain above it.

Y1 commits each order for itself. Y2 writes the same rows set-wise, in batches as large as the ledger's. Both read what
any implementation must read (the accounts, the request ids, the reservations named), keep the same durability, and
check nothing else. They are frozen: when the ledger writes other rows these follow, and nothing else changes them.
"""

import json
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

TENANT = "main"
HOLD = 30 * 60 * 1_000_000
BUCKETS = "available, reserved, allocated, in_transit, held"

MOVEMENT = "INSERT INTO movement VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
REQUEST = "INSERT INTO request VALUES (?,?,?,?,?,?,?)"
RESERVATION = "INSERT INTO reservation VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
DEADLINE = "INSERT INTO deadline VALUES (?,?,?,?,?,?)"
OUTBOX = "INSERT INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?,NULL)"
ACCOUNT = (
    "UPDATE account SET facts=?, available=?, reserved=?, allocated=?, in_transit=?, held=?, floor=?, debt=?,"
    " version=?, changed_at=? WHERE id=? AND version=?"
)
STATE = "UPDATE ledger_state SET committed_at=?, next_account=?, next_command=?, next_event=?"


class Order(NamedTuple):
    """One order: its id and what it takes, as (goods, node, quantity) lines."""

    id: str
    lines: tuple[tuple[str, str, int], ...]


class Bare:
    """The bare driver over a database file that holds the opening stock."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "cache_size=-65536"):
            self._connection.execute(f"PRAGMA {pragma}")
        rows = self._connection.execute("SELECT id, d1, d2, d3, d4, d5 FROM account")
        self._dimensions = {id: dimensions for id, *dimensions in rows}
        self._ids = {(goods, node): id for id, (_, goods, node, _, _) in self._dimensions.items()}

    def close(self) -> None:
        self._connection.close()

    def reserve(self, orders: Sequence[Order], batch: int) -> None:
        """Reserve every order, `batch` orders a transaction."""
        for some in _batches(orders, batch):
            self._reserve(some)

    def confirm(self, orders: Sequence[Order], batch: int) -> None:
        """Confirm every order's reservation, `batch` a transaction."""
        for some in _batches(orders, batch):
            self._advance(some, "ConfirmReservation", "CONFIRM", "StockConfirmed", 1, 2, "confirmed", 1)

    def release(self, orders: Sequence[Order], batch: int) -> None:
        """Release every order's reservation, `batch` a transaction."""
        for some in _batches(orders, batch):
            self._advance(some, "ReleaseReservation", "RELEASE", "StockReleased", 1, 0, "released", 3)

    # -- one transaction ----------------------------------------------------------------------------------------------

    def _open(self, requests: list[str], reservations: list[str]) -> tuple[list[Any], int, int, int, int]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute(
            "SELECT r.id, r.body FROM reservation r LEFT JOIN deadline d ON d.tenant = r.tenant"
            " AND d.reservation = r.id WHERE r.tenant = ? AND r.id IN (SELECT value FROM json_each(?))",
            (TENANT, json.dumps(reservations)),
        ).fetchall()
        known = connection.execute(
            "SELECT id, name, digest, reply FROM request WHERE tenant = ? AND id IN (SELECT value FROM json_each(?))",
            (TENANT, json.dumps(requests)),
        ).fetchall()
        if known:
            raise ValueError(f"{known[0][0]} was accepted before")
        state = connection.execute("SELECT next_account, next_command, next_event FROM ledger_state").fetchone()
        return found, *state, time.time_ns() // 1_000

    def _accounts(self, ids: set[int]) -> dict[int, list[int]]:
        rows = self._connection.execute(
            f"SELECT id, {BUCKETS}, version, facts, floor, debt, changed_at FROM account"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(ids)),),
        )
        return {row[0]: list(row[1:7]) for row in rows}

    def _close(self, rows: "_Rows", accounts: dict[int, list[int]], before: dict[int, int], state: list[int]) -> None:
        connection = self._connection
        for id, balances in accounts.items():
            rows.event(
                f"account:stock:{'/'.join(self._dimensions[id])}",
                balances[5],
                "BalancesChanged",
                '{"kind":"stock","key":{"owner":"%s","goods":"%s","node":"%s","lot":"%s","channel":"%s"},'
                '"version_before":%d,"version":%d,"available":%d,"reserved":%d,"allocated":%d,"in_transit":%d,'
                '"held":%d,"floor":0}' % (*self._dimensions[id], before[id], balances[5], *balances[:5]),
                None,
            )
        connection.executemany(REQUEST, rows.requests)
        connection.executemany(
            ACCOUNT,
            [("{}", *b[:5], 0, 0, b[5], rows.at, id, before[id]) for id, b in accounts.items()],
        )
        connection.executemany(MOVEMENT, rows.movements)
        connection.executemany(OUTBOX, rows.events)
        connection.execute(STATE, (rows.at, state[0], state[1], rows.next_event))
        connection.execute("COMMIT")

    def _reserve(self, orders: Sequence[Order]) -> None:
        ids = [order.id for order in orders]
        _, next_account, number, next_event, at = self._open(ids, ids)
        accounts = self._accounts({self._ids[goods, node] for order in orders for goods, node, _ in order.lines})
        before = {id: balances[5] for id, balances in accounts.items()}
        rows = _Rows(at, next_event)
        due = at + HOLD
        reservations, deadlines = [], []
        for order in orders:
            lines, told, after = [], [], []
            for line, (goods, node, quantity) in enumerate(order.lines, 1):
                id = self._ids[goods, node]
                balances = accounts[id]
                if balances[0] < quantity:
                    raise ValueError(f"{goods} at {node} is short")
                _move(balances, 0, 1, quantity)
                rows.movement(id, balances, "RESERVE", quantity, number, order.id, order.id, "ReserveStock")
                lines.append('["%d",%d,[[[[%d,1]],[%d,0,0,0,0,0]]]]' % (line, quantity, id, quantity))
                told.append(_line(line, goods, node, quantity))
                after.append(_after(goods, node, balances))
            reply = _reply(order.id, "held", told, after)
            rows.request(order.id, number, "ReserveStock", reply)
            body = "[[%s],[],[%d]]" % (",".join(lines), number)
            reservations.append((TENANT, order.id, order.id, "held", None, "sale", due, 1, 1, body.encode(), at, at))
            deadlines.append((TENANT, order.id, 1, due, 0, None))
            rows.event(f"reservation:{order.id}", 1, "StockReserved", reply, order.id)
            number += 1
        self._connection.executemany(RESERVATION, reservations)
        self._connection.executemany(DEADLINE, deadlines)
        self._close(rows, accounts, before, [next_account, number])

    def _advance(
        self,
        orders: Sequence[Order],
        command: str,
        kind: str,
        event: str,
        source: int,
        target: int,
        status: str,
        stage: int,
    ) -> None:
        requests = [f"{order.id}-{kind}" for order in orders]
        found, next_account, number, next_event, at = self._open(requests, [order.id for order in orders])
        bodies = {id: json.loads(body) for id, body in found}
        accounts = self._accounts({leg[0][0][0] for body in bodies.values() for line in body[0] for leg in line[2]})
        before = {id: balances[5] for id, balances in accounts.items()}
        rows = _Rows(at, next_event)
        changed, ended = [], []
        for order, request in zip(orders, requests, strict=True):
            body = bodies[order.id]
            told, after = [], []
            for name, _, legs in body[0]:
                for leg in legs:
                    id, quantity = leg[0][0][0], leg[1][0]
                    _move(accounts[id], source, target, quantity)
                    leg[1][0], leg[1][stage] = 0, quantity
                    rows.movement(id, accounts[id], kind, quantity, number, order.id, request, command)
                    _, goods, node, _, _ = self._dimensions[id]
                    told.append(_line(int(name), goods, node, quantity))
                    after.append(_after(goods, node, accounts[id]))
            body[2].append(number)
            reply = _reply(order.id, status, told, after)
            rows.request(request, number, command, reply)
            changed.append((status, json.dumps(body, separators=(",", ":")).encode(), 2, at, TENANT, order.id))
            ended.append((TENANT, order.id))
            rows.event(f"reservation:{order.id}", 2, event, reply, request)
            number += 1
        self._connection.executemany(
            "UPDATE reservation SET status=?, body=?, events=?, changed_at=? WHERE tenant=? AND id=?", changed
        )
        self._connection.executemany("DELETE FROM deadline WHERE tenant=? AND reservation=?", ended)
        self._close(rows, accounts, before, [next_account, number])


class _Rows:
    """The rows of one transaction."""

    def __init__(self, at: int, next_event: int) -> None:
        self.at = at
        self.next_event = next_event
        self.requests: list[tuple[Any, ...]] = []
        self.movements: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []

    def request(self, id: str, number: int, command: str, reply: str) -> None:
        self.requests.append((TENANT, id, number, command, b"-" * 32, reply.encode(), self.at))

    def movement(
        self, id: int, balances: list[int], kind: str, quantity: int, number: int, subject: str, request: str, name: str
    ) -> None:
        self.movements.append(
            (id, balances[5], kind, quantity, *balances[:5], 0, number, subject)
            + ("sale", "", self.at, request, name, "bench", "bench")
        )

    def event(self, subject: str, number: int, kind: str, data: str, request: str | None) -> None:
        partition = zlib.crc32(f"{TENANT}/{subject}".encode()) % 16
        self.events.append(
            (self.next_event, TENANT, partition, subject, number, kind, data.encode(), request, self.at, None)
        )
        self.next_event += 1


def _move(balances: list[int], source: int, target: int, quantity: int) -> None:
    balances[source] -= quantity
    balances[target] += quantity
    balances[5] += 1


def _line(line: int, goods: str, node: str, quantity: int) -> str:
    return '{"line":"%d","leg":0,"goods":"%s","node":"%s","owner":"-","lot":"-","channel":"-","quantity":%d}' % (
        line,
        goods,
        node,
        quantity,
    )


def _after(goods: str, node: str, balances: list[int]) -> str:
    return '{"goods":"%s","node":"%s","owner":"-","lot":"-","channel":"-","available":%d,"version":%d}' % (
        goods,
        node,
        balances[0],
        balances[5],
    )


def _reply(id: str, status: str, told: list[str], after: list[str]) -> str:
    return '{"reservation":"%s","status":"%s","due":"2026-01-01T00:00:00.000000Z","lines":[%s],"positions":[%s]}' % (
        id,
        status,
        ",".join(told),
        ",".join(after),
    )


def _batches(orders: Sequence[Order], size: int) -> Iterator[Sequence[Order]]:
    for start in range(0, len(orders), size):
        yield orders[start : start + size]
