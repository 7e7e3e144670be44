"""The kinds of document there are, and how each is made of a thing of the ledger or of a register.

A new kind is a row here; what it is made of says the rest.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from application.search.documents import (
    AccountsOf,
    Document,
    DocumentKind,
    EntriesOf,
    Field,
    MovementsOfAll,
    ReservationsOfAll,
    Shape,
    Value,
)
from domain.kernel.account import Account, AccountKey, key_text
from domain.kernel.books import Entry, Movement
from domain.kernel.reservation import Reservation, Stage

BALANCES: Final = tuple(
    Field(name, Shape.WHOLE) for name in ("available", "reserved", "allocated", "in_transit", "held", "floor")
)

POSITIONS: Final = DocumentKind(
    "positions",
    AccountsOf("stock"),
    (
        Field("goods", text=True, key=True, sort=True),
        Field("node", text=True, key=True, sort=True),
        Field("owner", text=True),
        Field("lot", text=True, key=True),
        Field("channel"),
        *BALANCES,
        Field("promisable", Shape.WHOLE, sort=True),
        Field("on_hand", Shape.WHOLE, sort=True),
    ),
)
MOVEMENTS: Final = DocumentKind(
    "movements",
    MovementsOfAll(),
    (
        Field("kind"),
        Field("account", text=True, key=True),
        Field("goods", key=True, optional=True),
        Field("node", key=True, optional=True),
        Field("owner", optional=True),
        Field("lot", optional=True),
        Field("channel", optional=True),
        Field("shipment", text=True, optional=True),
        Field("movement"),
        Field("source"),
        Field("target"),
        Field("quantity", Shape.WHOLE, sort=True),
        *BALANCES,
        Field("subject", text=True, key=True),
        Field("scene"),
        Field("reason", text=True),
        Field("request", text=True, key=True),
        Field("command"),
        Field("actor", text=True, key=True),
        Field("principal", text=True),
    ),
    "-at",
)
RESERVATIONS: Final = DocumentKind(
    "reservations",
    ReservationsOfAll(),
    (
        Field("status", key=True),
        Field("order", text=True, key=True, optional=True),
        Field("request", text=True),
        Field("scene"),
        Field("goods", text=True, many=True, key=True),
        Field("node", text=True, many=True, key=True),
        Field("owner", many=True),
        Field("due", Shape.TIME, optional=True),
        Field("created_at", Shape.TIME, sort=True),
        Field("lines", Shape.WHOLE),
        Field("asked", Shape.WHOLE, sort=True),
        *(Field(stage.name.lower(), Shape.WHOLE) for stage in Stage),
    ),
    "-at",
)
GOODS: Final = DocumentKind(
    "goods",
    EntriesOf("goods"),
    (
        Field("code", text=True, key=True, sort=True),
        Field("name", text=True, sort=True),
        Field("unit"),
        Field("scale", Shape.WHOLE),
        Field("active", Shape.FLAG),
    ),
)
NODES: Final = DocumentKind(
    "nodes",
    EntriesOf("node"),
    (
        Field("code", text=True, key=True, sort=True),
        Field("name", text=True, sort=True),
        Field("type"),
        Field("active", Shape.FLAG),
    ),
)

KINDS: Final = (POSITIONS, MOVEMENTS, RESERVATIONS, GOODS, NODES)


def by_name(kinds: Iterable[DocumentKind] = KINDS) -> Mapping[str, DocumentKind]:
    return {kind.name: kind for kind in kinds}


def document_of(kind: DocumentKind, tenant: str, thing: Any) -> Document:
    """The document of an account, movement, reservation or entry, as its kind's source gives them."""
    match kind.source, thing:
        case AccountsOf(), Account():
            return of_account(kind, tenant, thing)
        case MovementsOfAll(), Movement():
            return of_movement(kind, tenant, thing)
        case ReservationsOfAll(), Reservation():
            return of_reservation(kind, tenant, thing)
        case EntriesOf(), Entry(changed_at=datetime() as changed_at):
            return of_entry(kind, tenant, thing.key.code, thing.facts, thing.version, changed_at)
    raise TypeError(f"{kind} is not made of {type(thing).__name__}")


def of_account(kind: DocumentKind, tenant: str, account: Account) -> Document:
    """Its dimensions, its balances, and what may be promised."""
    held = account.balances
    fields = {
        **account.key.named(),
        **held._asdict(),
        "floor": account.floor,
        "promisable": account.grantable,
        "on_hand": held.available + held.reserved + held.allocated + held.held,
    }
    return Document(kind, tenant, key_text(account.key.values), account.version, account.changed_at, fields)


def key_values(text: str) -> tuple[str, ...]:
    """The values of a key from its one text: `key_text` the other way round."""
    values, value = [], ""
    escaped = False
    for character in text:
        if escaped or character not in "\\/":
            value, escaped = value + character, False
        elif character == "\\":
            escaped = True
        else:
            values.append(value)
            value = ""
    return (*values, value)


def movement_id(account: AccountKey, version: int) -> str:
    """Of a movement: its account and the version it made, in the order of which they sort."""
    return f"{account}@{version:016d}"


def of_movement(kind: DocumentKind, tenant: str, movement: Movement) -> Document:
    account, version, moved, quantity, after, floor, subject, scene, reason, at, act = movement
    fields = {
        **account.named(),
        "kind": account.kind.name,
        "account": key_text(account.values),
        "movement": moved.name,
        "source": moved.source.name.lower(),
        "target": moved.target.name.lower(),
        "quantity": quantity,
        **after._asdict(),
        "floor": floor,
        "subject": subject,
        "scene": scene,
        "reason": reason,
        "request": act.request,
        "command": act.command,
        "actor": act.actor,
        "principal": act.principal,
    }
    return Document(kind, tenant, movement_id(account, version), version, at, fields)


EVENTS_OF_ONE: Final = 4_096
"""More than one reservation can tell."""


def reservation_version(reservation: Reservation) -> int:
    """Rises with every event of the reservation; and one made anew, after its tombstone was purged, begins higher."""
    seconds = int(reservation.created_at.timestamp())
    return seconds * EVENTS_OF_ONE + min(reservation.events, EVENTS_OF_ONE - 1)


def of_reservation(kind: DocumentKind, tenant: str, reservation: Reservation) -> Document:
    named = [account.named() for account in reservation.accounts()]

    def all_of(dimension: str) -> tuple[str, ...]:
        return tuple(sorted({each[dimension] for each in named if dimension in each}))

    fields: dict[str, Value | tuple[str, ...] | None] = {
        "status": reservation.status,
        "order": reservation.order,
        "request": reservation.request,
        "scene": reservation.scene,
        "goods": all_of("goods"),
        "node": all_of("node"),
        "owner": all_of("owner"),
        "due": reservation.due,
        "created_at": reservation.created_at,
        "lines": len(reservation.lines),
        "asked": sum(line.asked for line in reservation.lines),
        **{stage.name.lower(): reservation.at(stage) for stage in Stage},
    }
    version = reservation_version(reservation)
    return Document(kind, tenant, reservation.id, version, reservation.changed_at, fields)


def of_entry(
    kind: DocumentKind, tenant: str, code: str, facts: Mapping[str, Any], version: int, changed_at: datetime
) -> Document:
    """Its code and those of its facts that the kind declares."""
    told = {name: facts.get(name) for name in kind.by_name if name in facts}
    return Document(kind, tenant, code, version, changed_at, {**told, "code": code})
