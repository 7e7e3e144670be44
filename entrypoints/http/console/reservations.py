"""The reservations page: one reservation as it stands and how it came to that, or those of an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from application.stock.find_movements import FindMovements, MovementFound, MovementPage
from application.stock.find_reservation import (
    FindReservation,
    FindReservationsOfOrder,
    HeldOn,
    LegFound,
    ReservationFound,
    ReservationPage,
)
from application.stock.queries import OfReservation
from domain.kernel.refusal import ReservationUnknown
from domain.stock.position import NONE
from entrypoints.http.console.sentences import sentence, who
from entrypoints.http.console.view import Asked, address, instant, moment, span

PAGE: Final = 100
"""Movements of a life story on one page."""

OF_ORDER: Final = 50
LINES: Final = 100

STAGES: Final = ("held", "confirmed", "shipped", "released", "expired", "damaged")
STATUS: Final = {
    "held": "Held: waits to be confirmed",
    "partly_confirmed": "Partly confirmed: some is still held",
    "confirmed": "Confirmed: waits to be shipped",
    "partly_shipped": "Partly shipped: some is still to go",
    "shipped": "Shipped",
    "expired": "Expired: the hold ran out",
    "released": "Released: all given back",
    "damaged": "Ended with damage",
    "cancelled": "Cancelled before it was made",
}


@dataclass(frozen=True, slots=True)
class Held:
    """An account that a leg holds, with a way to its ledger where it is a stock position."""

    text: str
    ledger: str


@dataclass(frozen=True, slots=True)
class LegShown:
    holds: tuple[Held, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LineShown:
    line: str
    asked: int
    granted: int
    legs: tuple[LegShown, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What one command did: who, when, and a sentence for each of its movements."""

    at: str
    instant: str
    command: str
    request: str
    who: str
    reason: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    id: str
    address: str
    status: str
    word: str
    at: str
    instant: str
    lines: int


async def reservations(asked: Asked) -> dict[str, Any]:
    """`q`: an id or an order reference; `id` or `order`: just that; `after`: the next page."""
    q, id, order = asked.get("q"), asked.get("id") or asked.get("q"), asked.get("order") or asked.get("q")
    told: dict[str, Any] = {
        "title": "Reservations",
        "q": q or id or order,
        "found": None,
        "listed": [],
        "order": "",
        "asked": bool(id or order),
        "next": "",
    }
    if id and not asked.get("order"):
        try:
            found: ReservationFound = await asked.house.ask(asked.tenant, FindReservation(id))
            return told | await _told(asked, found)
        except ReservationUnknown:
            pass
    if order and not asked.get("id"):
        after = asked.get("after")
        page: ReservationPage = await asked.house.ask(asked.tenant, FindReservationsOfOrder(order, after, OF_ORDER))
        if len(page.reservations) == 1 and not after and not asked.get("order"):
            return told | await _told(asked, page.reservations[0])
        told["listed"] = [_listed(each) for each in page.reservations]
        told["order"] = order if page.reservations else ""
        told["next"] = address("/reservations", order=order, after=page.after) if page.after else ""
    return told


async def _told(asked: Asked, found: ReservationFound) -> dict[str, Any]:
    after = asked.get("after")
    page: MovementPage = await asked.house.ask(
        asked.tenant, FindMovements(OfReservation(found.reservation), after, PAGE)
    )
    return {
        "title": f"Reservation {found.reservation}",
        "found": found,
        "status": STATUS.get(found.status, found.status),
        "facts": _facts(found),
        "stages": STAGES,
        "lines": [
            LineShown(each.line, each.asked, each.granted, tuple(map(_leg, each.legs))) for each in found.lines[:LINES]
        ],
        "lines_left_out": max(0, len(found.lines) - LINES),
        "groups": [(group, _held(HeldOn(group.kind, group.account, 1))) for group in found.groups],
        "events": [_event(list(some)) for _, some in groupby(page.movements, lambda each: (each.request, each.at))],
        "begins": not after,
        "next": address("/reservations", id=found.reservation, after=page.after) if page.after else "",
        "of_order": address("/reservations", order=found.order) if found.order else "",
    }


def _facts(found: ReservationFound) -> list[tuple[str, str, str, str]]:
    """Name, moment, its form for machines, and how far away it is."""
    now = datetime.now(UTC)
    facts = [("Made (UTC)", found.created_at), ("Changed (UTC)", found.changed_at)]
    told = [(name, moment(at), instant(at), f"{span((now - at).total_seconds())} ago") for name, at in facts]
    if found.due is not None:
        left = (found.due - now).total_seconds()
        held = any(leg.held for line in found.lines for leg in line.legs)
        far = ("passed" if left <= 0 else f"in {span(left)}") if held else "nothing is held any more"
        told.append(("Due (UTC)", moment(found.due), instant(found.due), far))
    return told


def _leg(leg: LegFound) -> LegShown:
    return LegShown(tuple(map(_held, leg.holds)), tuple((stage, getattr(leg, stage)) for stage in STAGES))


def _held(hold: HeldOn) -> Held:
    named: Mapping[str, str] = hold.account
    times = f" × {hold.units:,}" if hold.units != 1 else ""
    if hold.kind == "stock":
        apart = [f"{part} {named[part]}" for part in ("owner", "lot", "channel") if named[part] != NONE]
        text = f"{named['goods']} at {named['node']}" + (f", {', '.join(apart)}" if apart else "")
        return Held(text + times, address("/ledger", **named))
    return Held(f"{hold.kind} " + ", ".join(value for value in named.values() if value != NONE) + times, "")


def _event(movements: list[MovementFound]) -> Event:
    first = movements[0]
    reasons = dict.fromkeys(each.reason for each in movements if each.reason and each.reason != NONE)
    return Event(
        moment(first.at),
        instant(first.at),
        first.command,
        first.request,
        who(first),
        ", ".join(reasons),
        tuple(sentence(each) for each in movements),
    )


def _listed(found: ReservationFound) -> Listed:
    return Listed(
        found.reservation,
        address("/reservations", id=found.reservation),
        found.status,
        STATUS.get(found.status, found.status).partition(":")[0],
        moment(found.created_at),
        instant(found.created_at),
        len(found.lines),
    )
