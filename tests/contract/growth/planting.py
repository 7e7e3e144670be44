"""Faults to plant in the ledger, past everything that guards them, each at a place of chance; and what must find it."""

import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from adapters.memory.database import DeadlineRow, MemoryDatabase
from domain.kernel.movement import RESERVE, SHIP, Balances
from domain.kernel.reservation import Leg

EXPECTED: Final[dict[str, str]] = {
    "balances after a movement": "movement.balances",
    "quantity of a movement": "movement.balances",
    "kind of a movement": "movement.balances",
    "unknown kind of a movement": "movement.kind",
    "a movement gone": "movement.version",
    "the last movement gone": "account.version",
    "time of a movement": "movement.order",
    "floor after a movement": "movement.floor",
    "balances of an account": "account.balances",
    "version of an account": "account.version",
    "an account gone": "account.missing",
    "units held by a reservation": "account.reserved",
    "a holding reservation gone": "account.reserved",
    "a deadline gone": "deadline",
    "a deadline of nothing": "deadline",
    "a deadline put off": "deadline",
    "an event gone": "event.count",
    "the number of an event": "event.gap",
    "balances not told": "event.count",
    "a request id gone": "movement.request",
    "a request applied twice": "movement.request",
    "an arrival on one side only": "shipment.sides",
    "sold what was not there": "oversold",
}

# -- in SQLite ----------------------------------------------------------------------------------------------------

A_MOVEMENT: Final = "SELECT account, version FROM movement WHERE kind NOT IN ('SET_FLOOR')"
NOT_LAST: Final = (
    "SELECT m.account, m.version FROM movement m JOIN account a ON a.id = m.account AND a.version > m.version"
)
THIS_MOVEMENT: Final = "WHERE account = ? AND version = ?"
STEP: Final = "SELECT id FROM outbox WHERE subject LIKE 'reservation:%'"

HOLD_ONE_MORE: Final = (
    "UPDATE reservation SET body = CAST(json_set(CAST(body AS TEXT), '$[0][0][2][0][1][0]',"
    " json_extract(CAST(body AS TEXT), '$[0][0][2][0][1][0]') + 1) AS BLOB) WHERE tenant = ? AND id = ?"
)
ARRIVE_ONCE_MORE: Final = (
    "INSERT INTO movement SELECT account, version + 1, 'ARRIVE', 1, available, reserved, allocated,"
    " in_transit - 1, held, floor, command, subject, scene, reason, at, request, name, actor, principal"
    " FROM movement m WHERE account = ?1 AND version = (SELECT version FROM account WHERE id = ?1)"
)

SQL: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "balances after a movement": (A_MOVEMENT, (f"UPDATE movement SET held = held + 1 {THIS_MOVEMENT}",)),
    "quantity of a movement": (A_MOVEMENT, (f"UPDATE movement SET quantity = quantity + 1 {THIS_MOVEMENT}",)),
    "kind of a movement": (
        "SELECT account, version FROM movement WHERE kind IN ('RESERVE', 'RECEIVE')",
        (f"UPDATE movement SET kind = 'SHIP' {THIS_MOVEMENT}",),
    ),
    "unknown kind of a movement": (A_MOVEMENT, (f"UPDATE movement SET kind = 'GIFT' {THIS_MOVEMENT}",)),
    "a movement gone": (NOT_LAST, (f"DELETE FROM movement {THIS_MOVEMENT}",)),
    "the last movement gone": ("SELECT id, version FROM account", (f"DELETE FROM movement {THIS_MOVEMENT}",)),
    "time of a movement": (NOT_LAST, (f"UPDATE movement SET at = at + 86400000000 {THIS_MOVEMENT}",)),
    "floor after a movement": (A_MOVEMENT, (f"UPDATE movement SET floor = floor + 1 {THIS_MOVEMENT}",)),
    "balances of an account": (
        "SELECT id FROM account",
        ("UPDATE account SET available = available + 1 WHERE id = ?",),
    ),
    "version of an account": ("SELECT id FROM account", ("UPDATE account SET version = version + 1 WHERE id = ?",)),
    "an account gone": ("SELECT id FROM account", ("DELETE FROM account WHERE id = ?",)),
    "units held by a reservation": (
        "SELECT tenant, id FROM reservation WHERE status = 'held'",
        (HOLD_ONE_MORE,),
    ),
    "a holding reservation gone": (
        "SELECT tenant, id FROM reservation WHERE status = 'held'",
        ("DELETE FROM reservation WHERE tenant = ? AND id = ?",),
    ),
    "a deadline gone": (
        "SELECT tenant, reservation FROM deadline",
        ("DELETE FROM deadline WHERE tenant = ? AND reservation = ?",),
    ),
    "a deadline of nothing": (
        "SELECT DISTINCT tenant FROM account",
        ("INSERT INTO deadline (tenant, reservation, number, due, token) VALUES (?, 'nobody', 1, 1, 0)",),
    ),
    "a deadline put off": (
        "SELECT tenant, reservation FROM deadline",
        ("UPDATE deadline SET due = due + 1 WHERE tenant = ? AND reservation = ?",),
    ),
    "an event gone": (STEP, ("DELETE FROM outbox WHERE id = ?",)),
    "the number of an event": (STEP, ("UPDATE outbox SET number = number + 1 WHERE id = ?",)),
    "balances not told": (
        "SELECT id FROM outbox WHERE type = 'BalancesChanged'",
        ("DELETE FROM outbox WHERE id = ?",),
    ),
    "a request id gone": (
        "SELECT tenant, id FROM request WHERE command IN (SELECT command FROM movement)",
        ("DELETE FROM request WHERE tenant = ? AND id = ?",),
    ),
    "a request applied twice": (
        NOT_LAST,
        (f"UPDATE movement SET request = (SELECT max(request) FROM movement) || '' {THIS_MOVEMENT}",),
    ),
    "an arrival on one side only": (
        "SELECT id FROM account WHERE kind = 'shipment' AND in_transit > 0",
        (
            ARRIVE_ONCE_MORE,
            "UPDATE account SET version = version + 1, in_transit = in_transit - 1 WHERE id = ?1",
        ),
    ),
    "sold what was not there": (
        "SELECT account, version FROM movement WHERE kind = 'RECEIVE' AND version = 1",
        (f"UPDATE movement SET kind = 'REPORT_SALE' {THIS_MOVEMENT}",),
    ),
}


def plant_in_sqlite(path: Any, fault: str, chance: random.Random) -> None:
    choose, changes = SQL[fault]
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        place = chance.choice(connection.execute(choose + " ORDER BY 1").fetchall())
        for change in changes:
            assert connection.execute(change, place).rowcount == 1, fault
    finally:
        connection.close()


# -- in memory ----------------------------------------------------------------------------------------------------


def _movement(change: Callable[[Any], Any], which: Callable[[Any, bool], bool]) -> Callable[..., None]:
    """Change (None: drop) one movement that may be chosen; `which` sees it and whether it is its account's last."""

    def plant(database: MemoryDatabase, chance: random.Random) -> None:
        places = [
            (journal, place)
            for tenant in database.movements.values()
            for journal in tenant.values()
            for place, each in enumerate(journal)
            if which(each, place == len(journal) - 1)
        ]
        journal, place = chance.choice(places)
        after = change(journal[place])
        journal[place : place + 1] = [] if after is None else [after]

    return plant


def _account(change: Callable[[Any], Any]) -> Callable[..., None]:
    def plant(database: MemoryDatabase, chance: random.Random) -> None:
        accounts, key = chance.choice([(a, key) for a in database.accounts.values() for key in a])
        after = change(accounts.pop(key))
        if after is not None:
            accounts[key] = after

    return plant


def _reservation(database: MemoryDatabase, chance: random.Random) -> tuple[dict[str, Any], Any]:
    return chance.choice(
        [(kept, each) for kept in database.reservations.values() for each in kept.values() if each.status == "held"]
    )


def _hold_more(database: MemoryDatabase, chance: random.Random) -> None:
    kept, found = _reservation(database, chance)
    line = found.lines[0]
    leg = line.legs[0]
    more = Leg(leg.holds, (leg.counts[0] + 1, *leg.counts[1:]))
    kept[found.id] = replace(found, lines=(line._replace(legs=(more, *line.legs[1:])), *found.lines[1:]))


def _drop_reservation(database: MemoryDatabase, chance: random.Random) -> None:
    kept, found = _reservation(database, chance)
    del kept[found.id]


def _put_off(database: MemoryDatabase, chance: random.Random) -> None:
    place = chance.choice(list(database.deadlines))
    row = database.deadlines[place]
    database.deadlines[place] = replace(row, due=row.due + timedelta(microseconds=1))


def _event(prefix: str, change: Callable[[MemoryDatabase, int], None]) -> Callable[..., None]:
    def plant(database: MemoryDatabase, chance: random.Random) -> None:
        change(
            database, chance.choice([id for id, row in database.outbox.items() if row.event.subject.startswith(prefix)])
        )

    return plant


def _drop_event(database: MemoryDatabase, id: int) -> None:
    del database.outbox[id]


def _renumber(database: MemoryDatabase, id: int) -> None:
    row = database.outbox[id]
    row.event = row.event._replace(number=row.event.number + 1)


def _drop_request(database: MemoryDatabase, chance: random.Random) -> None:
    kept = chance.choice(list(database.requests.values()))
    del kept[chance.choice([id for id, row in kept.items() if row.number in database.by_command])]


def _apply_twice(database: MemoryDatabase, chance: random.Random) -> None:
    last = max(m.act.request for tenant in database.movements.values() for j in tenant.values() for m in j)
    _movement(lambda m: m._replace(act=m.act._replace(request=last)), lambda _, last: not last)(database, chance)


def _arrive_alone(database: MemoryDatabase, chance: random.Random) -> None:
    tenant, key = chance.choice(
        [
            (tenant, key)
            for tenant, accounts in database.accounts.items()
            for key, account in accounts.items()
            if key.kind.name == "shipment" and account.balances.in_transit
        ]
    )
    account = database.accounts[tenant][key]
    after = account.balances._replace(in_transit=account.balances.in_transit - 1)
    database.accounts[tenant][key] = replace(account, balances=after, version=account.version + 1)
    journal = database.movements[tenant][key]
    arrive = key.kind.allowed["ARRIVE"]
    journal.append(journal[-1]._replace(version=account.version + 1, kind=arrive, quantity=1, after=after))


def _held_more(balances: Balances) -> Balances:
    return balances._replace(held=balances.held + 1)


def _any(movement: Any, last: bool) -> bool:
    return True


def _inner(movement: Any, last: bool) -> bool:
    return not last


MEMORY: Final[dict[str, Callable[[MemoryDatabase, random.Random], None]]] = {
    "balances after a movement": _movement(lambda m: m._replace(after=_held_more(m.after)), _any),
    "quantity of a movement": _movement(lambda m: m._replace(quantity=m.quantity + 1), _any),
    "kind of a movement": _movement(
        lambda m: m._replace(kind=SHIP), lambda m, _: m.kind.name in ("RESERVE", "RECEIVE")
    ),
    "unknown kind of a movement": _movement(
        lambda m: m._replace(kind=RESERVE), lambda m, _: m.account.kind.name == "shipment"
    ),
    "a movement gone": _movement(lambda _: None, _inner),
    "the last movement gone": _movement(lambda _: None, lambda _, last: last),
    "time of a movement": _movement(lambda m: m._replace(at=m.at + timedelta(days=1)), _inner),
    "floor after a movement": _movement(lambda m: m._replace(floor=m.floor + 1), _any),
    "balances of an account": _account(lambda a: replace(a, balances=_held_more(a.balances))),
    "version of an account": _account(lambda a: replace(a, version=a.version + 1)),
    "an account gone": _account(lambda _: None),
    "units held by a reservation": _hold_more,
    "a holding reservation gone": _drop_reservation,
    "a deadline gone": lambda database, chance: database.deadlines.__delitem__(chance.choice(list(database.deadlines))),
    "a deadline of nothing": lambda database, chance: database.deadlines.__setitem__(
        (chance.choice(list(database.accounts)), "nobody"), DeadlineRow(1, database.committed_at)
    ),
    "a deadline put off": _put_off,
    "an event gone": _event("reservation:", _drop_event),
    "the number of an event": _event("reservation:", _renumber),
    "balances not told": _event("account:", _drop_event),
    "a request id gone": _drop_request,
    "a request applied twice": _apply_twice,
    "an arrival on one side only": _arrive_alone,
    "sold what was not there": _movement(
        lambda m: m._replace(kind=m.account.kind.allowed["REPORT_SALE"]),
        lambda m, _: m.kind.name == "RECEIVE" and m.version == 1,
    ),
}
