"""Routing (寻仓): which nodes may serve a place, and of every other the first rule that says why not.

The rules, in their order: `inactive`, the site serves nobody; `pickup`, nothing can be fetched at this node;
`coverage`, the place is in no area that it covers; `exclusion`, it is in one that it excludes; `relation`, no supply
relation in effect leads from the buyer to the node; `goods`, none leads there from any of the goods; `calendar`, it
works on no day within reach. Who passes all of them is a candidate.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from math import inf
from typing import Final, NamedTuple

from domain.warehouse.address import Place
from domain.warehouse.calendar import Days
from domain.warehouse.coverage import NOWHERE, Covering
from domain.warehouse.place import Origin
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

NO_NATIONS: Final = frozenset[str]()
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


Whens = tuple[tuple[float, Timing | None], ...]
"""From near to far, each with the kilometres that it holds within; the last also to what lies beyond."""


class Paces:
    """How long it takes to what lies how far away: `bands` from near to far, each with the kilometres that it holds
    within, the last also to what lies beyond. Nodes of which all is the same share one, so that it is asked once for
    thousands of them."""

    __slots__ = ("bands",)

    def __init__(self, bands: tuple[tuple[float, Pace], ...]) -> None:
        self.bands = bands


paces_of: Final = lru_cache(maxsize=10_000)(Paces)
"""The one of these bands."""


class Served:
    """A site, ready to be asked."""

    __slots__ = (
        "active",
        "bounds",
        "code",
        "costs",
        "covers",
        "excludes",
        "nationwide",
        "origin",
        "paces",
        "place",
        "site",
    )

    def __init__(self, site: Site, now_called: Callable[[str], Iterable[str]]) -> None:
        self.site = site
        self.active = site.active
        self.code = site.code
        self.place = (site.code, site.lat, site.lng)
        self.costs = (site.priority, site.cost_order, site.cost_unit)
        self.bounds = (site.orders_a_day, site.units_a_day)
        self.origin = None if site.point is None else Origin(site.point)
        self.covers = Covering(site.covers or NOWHERE, self.origin, now_called)
        self.excludes = Covering(site.excludes, self.origin, now_called) if site.excludes else None
        self.nationwide = self.covers.nations if site.active and self.excludes is None else NO_NATIONS
        """The nations in which nothing bars it of itself."""
        self.paces = paces_of(
            tuple(
                (
                    inf if each.within_km is None else each.within_km,
                    (site.calendar, site.handling_days, site.transit_calendar, each.from_days, each.to_days),
                )
                for each in site.transit or TRANSIT
            )
        )


class Nationwide:
    """The nodes that serve all of a nation, with nothing of their own that bars them; and their paces, counted.

    Most of a large network may be so: they are asked all at once.
    """

    __slots__ = ("nodes", "paces")

    def __init__(self) -> None:
        self.nodes: dict[str, Served] = {}
        self.paces: Counter[Paces] = Counter()

    def put(self, node: Served) -> None:
        self.drop(node.code)
        self.nodes[node.code] = node
        self.paces[node.paces] += 1

    def drop(self, code: str) -> None:
        node = self.nodes.pop(code, None)
        if node is not None:
            self.paces[node.paces] -= 1
            if not self.paces[node.paces]:
                del self.paces[node.paces]


class Wanted:
    """One question: a place, a buyer, goods, a moment, and what is known of them. One node after the other is asked it.

    `reaches`: the nodes that the buyer's relations lead to; `sources`: for each of the goods those that its own lead
    to; None where nothing is restricted. `days` gives the calendar of a code; "" is of those that have none. `fetch`:
    the node where the goods are fetched; all others would send them there.
    """

    __slots__ = ("_any_goods", "_at", "_days", "_fetch", "_known", "_place", "_reaches", "_sources", "_unrestricted")

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
        self._unrestricted = reaches is None and self._any_goods and not fetch
        self._known: dict[Paces, Whens] = {}

    def serving(self, nationwide: Nationwide, others: Iterable[Served]) -> "Serving":
        """Who of these nodes may serve it: those `nationwide` of the place's nation, and others."""
        let: dict[str, Served] = {}
        paces: set[Paces] = set()
        if self._unrestricted:
            let.update(nationwide.nodes)
            paces.update(nationwide.paces)
        else:
            others = chain(nationwide.nodes.values(), others)
        rejected: dict[str, int] = {}
        for node in others:
            if rule := self._barred(node):
                rejected[rule] = rejected.get(rule, 0) + 1
            else:
                let[node.code] = node
                paces.add(node.paces)
        doubtful = {each for each in paces if any(when is None for _, when in self._whens(each))}
        if doubtful:
            closed = [code for code, node in let.items() if node.paces in doubtful and self._time(node) is None]
            for code in closed:
                del let[code]
            if closed:
                rejected[CALENDAR] = len(closed)
        return Serving(self, let, rejected)

    def rule(self, node: Served) -> str:
        """The first of RULES that rejects the node; empty for a candidate."""
        return self._barred(node) or ("" if self._time(node) else CALENDAR)

    def candidate(self, node: Served) -> Candidate:
        """What the node is to this question; no rule rejects it."""
        at, origin = node.origin, self._place.origin
        km = None if at is None or origin is None else origin.km(at)
        if self._unrestricted:
            # One for every node that holds anything, which may be thousands: made in one piece.
            far = inf if km is None else km
            for within, when in self._known.get(node.paces) or self._whens(node.paces):  # noqa: B007 - the last stays
                if far <= within:
                    break
            return _candidate(
                Candidate, (*node.place, km, *node.costs, *(when or UNASKED), *node.bounds, None, None, False)
            )
        costs, owners = node.costs, None
        if self._reaches is not None:
            way = self._reaches[node.code]
            costs, owners = (costs[0] + way.priority, *costs[1:]), way.owners
        goods = None if self._any_goods else self._goods_at(node.code)
        fetched = node.code == self._fetch
        return _candidate(
            Candidate,
            (*node.place, km, *costs, *(self._time(node) or UNASKED), *node.bounds, owners, goods, fetched),
        )

    def _barred(self, node: Served) -> str:
        """The first of RULES but CALENDAR that rejects the node, or nothing."""
        site, place = node.site, self._place
        if not node.active:
            return INACTIVE
        if site.code == self._fetch:
            if not site.pickup:
                return PICKUP
        elif not node.covers.holds(place):
            return COVERAGE
        elif node.excludes is not None and node.excludes.holds(place):
            return EXCLUSION
        if self._reaches is not None and site.code not in self._reaches:
            return RELATION
        if not self._any_goods and not self._goods_at(site.code):
            return GOODS
        return ""

    def _goods_at(self, node: str) -> dict[str, int]:
        """Which of the goods may come from there, and the priority of each one's way."""
        found: dict[str, int] = {}
        for goods, nodes in self._sources.items():
            if nodes is None:
                found[goods] = 0
            elif node in nodes:
                found[goods] = nodes[node].priority
        return found

    def _time(self, node: Served) -> Timing | None:
        """None where the node works on no day within reach."""
        origin, at = self._place.origin, node.origin
        far = inf if origin is None or at is None else origin.km(at)
        if node.code == self._fetch:
            pace = next((pace for within, pace in node.paces.bands if far <= within), node.paces.bands[-1][1])
            return timing(self._days(pace[0]), self._at, pace[1], None)
        whens = self._whens(node.paces)
        return next((when for within, when in whens if far <= within), whens[-1][1])

    def _whens(self, paces: Paces) -> Whens:
        """When what is ordered now arrives, by how far it goes. Nodes of the same paces share it."""
        found = self._known.get(paces)
        if found is None:
            found = self._known[paces] = tuple((within, self._timed(pace)) for within, pace in paces.bands)
        return found

    def _timed(self, pace: Pace) -> Timing | None:
        calendar, handling_days, delivering, least, most = pace
        by = self._days(delivering) if delivering else None
        return timing(self._days(calendar), self._at, handling_days, (least, most), by)


class Serving:
    """Who may serve: the `nodes` by their codes, in no order, and how many each rule `rejected`.

    Of most nodes no more is asked than whether they may: what a candidate is to the question is worked out when it is
    asked for.
    """

    __slots__ = ("_wanted", "nodes", "rejected")

    def __init__(self, wanted: Wanted, nodes: Mapping[str, Served], rejected: dict[str, int]) -> None:
        self._wanted = wanted
        self.nodes = nodes
        self.rejected = rejected

    def candidate(self, code: str) -> Candidate:
        """One of `nodes`."""
        return self._wanted.candidate(self.nodes[code])


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
