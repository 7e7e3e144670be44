"""The promise page: what can be supplied, from where, by when; drawn, with why the others lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from application.kernel.call import Call
from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise
from application.sourcing.promise import Lost, Promise, PromisedLeg
from application.warehouse.find_node_points import FindNodePoints
from application.warehouse.resolve_address import ResolveAddress
from domain.kernel.refusal import InvalidInput, Refusal
from domain.warehouse.address import Address
from domain.warehouse.place import Point
from entrypoints.http.console.promise_map import PromiseMap, Spot, Target, promise_map
from entrypoints.http.console.view import Asked, instant, moment

LOSERS: Final = 200
"""Nodes that lost that are shown; how many more there are is told by rule."""

KINDS: Final = ("sku", "item", "goods")
FIELDS: Final = ("nation", "region", "postcode", "pickup", "buyer", "channel", "policy")
MAX_DIGITS: Final = 18
"""Of a quantity: enough to be told that it is too much."""

OUTRANKED: Final = "outranked"


@dataclass(frozen=True, slots=True)
class Leg:
    """A row of what is promised."""

    line: str
    node: str
    goods: str
    quantity: int
    ship_by: str
    ship_by_instant: str
    arrives: str
    cost: int
    distance: str


async def promises(asked: Asked) -> dict[str, Any]:
    """The promise for what the address asks for; the form alone where it asks for nothing."""
    given = {name: asked.get(name) for name in ("lines", "point", *FIELDS)}
    told: dict[str, Any] = {"title": "Promises", **given, "promise": None, "map": None}
    if not given["lines"].strip():
        return told
    wanted = wanted_of(given)
    try:
        promise = await _ask(asked, MakePromise(wanted, explain="all", limit=LOSERS))
        found = await _map(asked, wanted.to, promise)
    except InvalidInput:
        raise
    except Refusal as refusal:
        return {**told, "problem": refusal.message}
    return {**told, "promise": promise, "map": found, "legs": [_leg(leg) for leg in promise.legs]}


async def _ask(asked: Asked, question: Any) -> Promise:
    caller = asked.caller
    promise: Promise = await asked.house.handle(
        Call(caller.tenant, caller.principal, f"console-{uuid4()}", caller.principal), question
    )
    return promise


def wanted_of(given: Mapping[str, str]) -> WantedGoods:
    """What the form asks for: lines as `CODE 2, goods:A-100 1`. Raises InvalidInput."""
    lat, lng = _point(given["point"])
    said = {name: given[name].strip() for name in FIELDS}
    place = (said["nation"], said["region"], said["postcode"], lat, lng, said["pickup"])
    to = DeliverTo(*place) if any(each not in ("", None) for each in place) else None
    lines = tuple(map(_line, given["lines"].split(",")))
    return WantedGoods(lines, to, buyer=said["buyer"], channel=said["channel"], policy=said["policy"])


def _line(text: str) -> DemandLine:
    """One line: a code, a quantity (1 if left out), and before the code what it is a code of, if no SKU's."""
    code, _, number = text.strip().rpartition(" ")
    if not code or not number.isdecimal() or not number.isascii():
        code, number = text.strip(), "1"
    kind, _, rest = code.partition(":")
    kind, code = (kind, rest.strip()) if kind in KINDS else ("sku", code.strip())
    return DemandLine(
        int(number[:MAX_DIGITS]),
        sku=code if kind == "sku" else "",
        item=code if kind == "item" else "",
        goods=code if kind == "goods" else "",
    )


def _point(text: str) -> tuple[float | None, float | None]:
    if not text.strip():
        return None, None
    try:
        lat, lng = map(float, text.split(","))
    except ValueError:
        raise InvalidInput("a point is written as latitude, longitude: 39.96, -83.00", field="point") from None
    return lat, lng


# -- what is shown ----------------------------------------------------------------------------------------------------


async def _map(asked: Asked, to: DeliverTo | None, promise: Promise) -> PromiseMap | None:
    notes = notes_of(promise.legs, promise.lost)
    points: Mapping[str, Point] = await asked.house.ask(asked.tenant, FindNodePoints(tuple(notes)))
    spots = [Spot(node, *points[node], *notes[node]) for node in notes if node in points]
    return promise_map(await _target(asked, to), spots)


async def _target(asked: Asked, to: DeliverTo | None) -> Target | None:
    if to is None:
        return None
    place = await asked.house.ask(
        asked.tenant, ResolveAddress(Address(to.nation, to.region, to.postcode, to.lat, to.lng, to.pickup))
    )
    name = to.postcode or to.region or to.pickup or "here"
    return Target(name, *place.point) if place.point is not None else None


def notes_of(legs: Sequence[PromisedLeg], lost: Sequence[Lost]) -> dict[str, tuple[str, str]]:
    """By node its role on the map and what is said of it; one that sends anything is no loser."""
    notes: dict[str, tuple[str, str]] = {}
    for leg in legs:
        sends = f"{leg.quantity} of line {leg.line}"
        known = notes.get(leg.node)
        notes[leg.node] = ("chosen", f"{known[1]}, {sends}" if known else sends)
    for each in lost:
        notes.setdefault(each.node, (OUTRANKED if each.rule == OUTRANKED else "rejected", each.rule))
    return notes


def _leg(leg: PromisedLeg) -> Leg:
    goods = ", ".join(
        f"{each.quantity} {each.goods}" + (f" by {each.quota}" if each.quota else "") for each in leg.goods
    )
    arrives = f"{leg.arrives_from:%Y-%m-%d} to {leg.arrives_to:%Y-%m-%d}"
    distance = "" if leg.distance_m is None else f"{leg.distance_m / 1_000:,.1f} km"
    return Leg(
        leg.line,
        leg.node,
        goods,
        leg.quantity,
        moment(leg.ship_by),
        instant(leg.ship_by),
        "fetched there" if leg.pickup else arrives,
        leg.cost,
        distance,
    )
