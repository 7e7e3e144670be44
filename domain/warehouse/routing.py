"""Routing (寻仓): which nodes may serve a place, and of every other the first rule that says why not.

The rules, in their order: `inactive`, the site serves nobody; `pickup`, nothing can be fetched at this node;
`coverage`, the place is in no area that it covers; `exclusion`, it is in one that it excludes; `relation`, no supply
relation in effect leads from the buyer to the node; `goods`, none leads there from any of the goods; `calendar`, it
works on no day within reach. Who passes all of them is a candidate.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from math import asin, inf, sqrt
from typing import Final, NamedTuple

from domain.warehouse.address import Place
from domain.warehouse.calendar import Days
from domain.warehouse.coverage import NOWHERE, Covering
from domain.warehouse.place import EARTH_KM, HALF_TURN, Origin
from domain.warehouse.relation import Reached
from domain.warehouse.site import TRANSIT, Site

INACTIVE: Final = "inactive"
PICKUP: Final = "pickup"
COVERAGE: Final = "coverage"
EXCLUSION: Final = "exclusion"
RELATION: Final = "relation"
GOODS: Final = "goods"
CALENDAR: Final = "calendar"
RULES: Final = (INACTIVE, PICKUP, COVERAGE, EXCLUSION, RELATION, GOODS, CALENDAR)
"""In the order in which they are asked."""

TWICE_EARTH_KM: Final = 2.0 * EARTH_KM
HALF_ROUND_KM: Final = EARTH_KM * HALF_TURN

_ONE_DAY: Final = timedelta(days=1)
_candidate: Final = tuple.__new__


class Candidate(NamedTuple):
    """A node that may serve the place; what it holds, and what of its day's capacity is left, others know.

    `distance_km` is None where the place or the node has no point. `priority`: the node's and that of the buyer's way
    to it, added up; the smaller goes first. `cost_order` falls due once for a leg, `cost_unit` for each unit. What is
    ordered leaves on `slot`, a day of the node's calendar, by `ship_by`, and arrives from `arrives_from` until before
    `arrives_to`. `owners`: whose stock there may be used (None: anybody's). `goods`: which of the goods asked for may
    come from there, each with the priority of its way (None: all). `pickup`: it is fetched there.
    """

    node: str
    lat: float | None
    lng: float | None
    distance_km: float | None
    priority: int
    cost_order: int
    cost_unit: int
    slot: date
    ship_by: datetime
    arrives_from: datetime
    arrives_to: datetime
    orders_a_day: int | None
    units_a_day: int | None
    owners: frozenset[str] | None
    goods: Mapping[str, int] | None
    pickup: bool


class Rejected(NamedTuple):
    """A node that may not serve the place, and the first of RULES that says so."""

    node: str
    rule: str


class Timing(NamedTuple):
    """When what is ordered now leaves, and when it arrives."""

    slot: date
    ship_by: datetime
    arrives_from: datetime
    arrives_to: datetime


UNASKED: Final = Timing(date.min, datetime.min, datetime.min, datetime.min)  # noqa: DTZ901 - nobody's time
"""In place of what was not worked out yet."""

Pace = tuple[str, int, str, int, int]
"""A calendar, the working days of handling, the calendar of the way (or ""), the least and the most days under way."""


class Served:
    """A site, ready to be asked."""

    __slots__ = ("active", "bounds", "costs", "covers", "excludes", "named", "origin", "paces", "plain", "site")

    def __init__(self, site: Site, now_called: Callable[[str], Iterable[str]]) -> None:
        self.site = site
        self.active = site.active
        self.named = (site.code, site.lat, site.lng)
        self.costs = (site.priority, site.cost_order, site.cost_unit)
        self.bounds = (site.orders_a_day, site.units_a_day)
        self.origin = None if site.point is None else Origin(site.point)
        self.covers = Covering(site.covers or NOWHERE, self.origin, now_called)
        self.excludes = Covering(site.excludes, self.origin, now_called) if site.excludes else None
        self.plain = site.active and self.origin is not None and self.excludes is None
        """Whether it is near or far, and nothing but its coverage bars it of itself."""
        self.paces: tuple[tuple[float, Pace], ...] = tuple(
            (
                inf if each.within_km is None else each.within_km,
                (site.calendar, site.handling_days, site.transit_calendar, each.from_days, each.to_days),
            )
            for each in site.transit or TRANSIT
        )
        """From near to far, each with the kilometres that it holds within."""

    def pace(self, km: float | None) -> Pace:
        """To what lies so far away; to what is not known how far, as to the farthest."""
        if km is not None:
            for within, pace in self.paces:
                if km <= within:
                    return pace
        return self.paces[-1][1]


class Wanted:
    """One question: a place, a buyer, goods, a moment, and what is known of them. One node after the other is asked it.

    `reaches`: the nodes that the buyer's relations lead to; `sources`: for each of the goods those that its own lead
    to; None where nothing is restricted. `days` gives the calendar of a code; "" is of those that have none. `fetch`:
    the node where the goods are fetched; all others would send them there.
    """

    __slots__ = ("_any_goods", "_at", "_days", "_fetch", "_place", "_reaches", "_sources", "_timings")

    def __init__(
        self,
        place: Place,
        at: datetime,
        days: Callable[[str], Days],
        *,
        reaches: Mapping[str, Reached] | None = None,
        sources: Mapping[str, Mapping[str, Reached] | None] | None = None,
        fetch: str = "",
    ) -> None:
        self._place = place
        self._at = at
        self._days = days
        self._reaches = reaches
        self._sources = sources or {}
        self._any_goods = all(nodes is None for nodes in self._sources.values())
        self._fetch = fetch
        self._timings: dict[Pace, Timing | None] = {}

    def ask_all(self, nodes: Iterable[Served]) -> tuple[list[Candidate], dict[str, int]]:
        """The candidates in the nodes' order, and how many each rule rejects: what `ask` says of each.

        Nodes are asked by thousands, and of most nothing but the distance is their own: those are asked here, in one
        piece.
        """
        place, timings, fetch = self._place, self._timings, self._fetch
        origin, nation = place.origin, place.nation
        slow = origin is None or bool(fetch) or self._reaches is not None or not self._any_goods
        x, y, z = (0.0, 0.0, 0.0) if origin is None else (origin.x, origin.y, origin.z)
        candidates: list[Candidate] = []
        rejected: dict[str, int] = {}
        for node in nodes:
            at = node.origin
            if slow or at is None or not node.plain or not (nation in node.covers.nations or node.covers.holds(place)):
                found = self.ask(node)
                if isinstance(found, Candidate):
                    candidates.append(found)
                else:
                    rejected[found.rule] = rejected.get(found.rule, 0) + 1
                continue
            east, north, up = at.x - x, at.y - y, at.z - z
            half = 0.5 * sqrt(east * east + north * north + up * up)
            km = TWICE_EARTH_KM * asin(half) if half < 1.0 else HALF_ROUND_KM
            for within, pace in node.paces:  # noqa: B007 - the last of them also to what lies beyond it
                if km <= within:
                    break
            timing = timings.get(pace, UNASKED)
            if timing is UNASKED:
                timing = self._time(pace)
            if timing is None:
                rejected[CALENDAR] = rejected.get(CALENDAR, 0) + 1
                continue
            candidates.append(
                _candidate(Candidate, (*node.named, km, *node.costs, *timing, *node.bounds, None, None, False))
            )
        return candidates, rejected

    def ask(self, node: Served) -> Candidate | Rejected:
        """What the node is to this question: the rules in their order."""
        site, place = node.site, self._place
        code = site.code
        fetched = code == self._fetch
        if not node.active:
            return Rejected(code, INACTIVE)
        if fetched:
            if not site.pickup:
                return Rejected(code, PICKUP)
        elif not node.covers.holds(place):
            return Rejected(code, COVERAGE)
        elif node.excludes is not None and node.excludes.holds(place):
            return Rejected(code, EXCLUSION)
        priority, owners = site.priority, None
        if self._reaches is not None:
            way = self._reaches.get(code)
            if way is None:
                return Rejected(code, RELATION)
            priority, owners = priority + way.priority, way.owners
        goods = None if self._any_goods else self._goods_at(code)
        if goods is not None and not goods:
            return Rejected(code, GOODS)
        km = None if place.origin is None or node.origin is None else place.origin.km(node.origin)
        pace = node.pace(km)
        timing = self._fetched(pace) if fetched else self._timings.get(pace, UNASKED)
        if timing is UNASKED:
            timing = self._time(pace)
        if timing is None:
            return Rejected(code, CALENDAR)
        slot, ship_by, arrives_from, arrives_to = timing
        # One for every node that is left, which may be thousands: made without the detour over keywords.
        return _candidate(
            Candidate,
            (
                code,
                site.lat,
                site.lng,
                km,
                priority,
                site.cost_order,
                site.cost_unit,
                slot,
                ship_by,
                arrives_from,
                arrives_to,
                site.orders_a_day,
                site.units_a_day,
                owners,
                goods,
                fetched,
            ),
        )

    def _goods_at(self, node: str) -> dict[str, int]:
        """Which of the goods may come from there, and the priority of each one's way."""
        found: dict[str, int] = {}
        for goods, nodes in self._sources.items():
            if nodes is None:
                found[goods] = 0
            elif node in nodes:
                found[goods] = nodes[node].priority
        return found

    def _time(self, pace: Pace) -> Timing | None:
        """None where the node works on no day within reach. Nodes of one pace share it."""
        calendar, handling_days, delivering, from_days, to_days = pace
        found = timing(
            self._days(calendar),
            self._at,
            handling_days,
            (from_days, to_days),
            self._days(delivering) if delivering else None,
        )
        self._timings[pace] = found
        return found

    def _fetched(self, pace: Pace) -> Timing | None:
        """Of the one node where it is fetched."""
        return timing(self._days(pace[0]), self._at, pace[1], None)


def timing(
    days: Days, at: datetime, handling_days: int, transit: tuple[int, int] | None, delivering: Days | None = None
) -> Timing | None:
    """When an order of `at` leaves and arrives; None where that is not within the horizon.

    It counts as one of the node's working days, leaves `handling_days` working days later, and is under way for
    `transit` (least, most) days, those of the calendar `delivering` or all; it arrives within these days, as the
    node's zone has them. None: it is fetched, from when it would leave until that day's end.
    """
    taken = days.taken(at)
    slot = None if taken is None else days.after(taken, handling_days)
    if slot is None:
        return None
    ship_by = days.leaves(slot)
    if transit is None:
        return Timing(slot, ship_by, ship_by, days.begins(slot + _ONE_DAY))
    first, last = (_arrival(slot, count, delivering) for count in transit)
    if first is None or last is None:
        return None
    return Timing(slot, ship_by, max(ship_by, days.begins(first)), days.begins(last + _ONE_DAY))


def _arrival(slot: date, count: int, delivering: Days | None) -> date | None:
    """The day that is `count` days under way after `slot`; one that nothing is delivered on is passed over."""
    if delivering is None:
        return slot + count * _ONE_DAY
    if count == 0 and not delivering.works(slot):
        return delivering.after(slot, 1)
    return delivering.after(slot, count)
