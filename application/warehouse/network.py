"""The network: one tenant's sites, calendars, regions and relations as they were entered, ready to be asked."""

from bisect import bisect_right, insort
from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from application.warehouse.ports import CoverageIndex, Zones
from domain.kernel.books import Entry
from domain.warehouse.address import Address, Place, UnknownAddress
from domain.warehouse.calendar import CALENDAR, Calendar, Days, every_day
from domain.warehouse.coverage import Reach
from domain.warehouse.gazetteer import NEAREST_KM, Gazetteer
from domain.warehouse.place import Point, box_around
from domain.warehouse.region import POSTCODE, REGION, Postcode, Region
from domain.warehouse.relation import GOODS, PARTY, RELATION, End, Reached, Relation, reached
from domain.warehouse.routing import COVERAGE, INACTIVE, RULES, Candidate, Nationwide, Rejected, Served, Serving, Wanted
from domain.warehouse.site import SITE, Site

REGISTERS: Final = (SITE, CALENDAR, REGION, POSTCODE, RELATION)
"""What a network is made of."""

NODES: Final = "node"
"""The register of nodes: one that no new command may name serves nobody, whatever its site says."""

FOLLOWED: Final = (*REGISTERS, NODES)
"""What a network follows."""

REMEMBERED: Final = 10_000
"""Ways that are remembered, of parties and goods; more, and they are worked out anew."""

NOBODY: Final = frozenset[str]()
NO_ZONE: Final = UTC
NOTHING: Final[Mapping[str, Relation]] = {}

Ways = dict[str, Reached]


class Network:
    """A view of the registers. What is taken over is ready at once; nothing is looked for that an index can cut away.

    `index` makes an empty index; `zones` finds time zones.
    """

    def __init__(self, index: Callable[[], CoverageIndex], zones: Zones) -> None:
        self._zones = zones
        self._sites: dict[str, Served] = {}
        self._codes: list[str] = []
        self._inactive: set[str] = set()
        self._asleep: set[str] = set()
        self._nationwide: dict[str, Nationwide] = {}
        self._coverage = index()
        self._days: dict[str, Days] = {}
        self._every_day = every_day(NO_ZONE)
        self.gazetteer = Gazetteer()
        self._points = index()
        self._naming: dict[str, set[str]] = {}
        self._relations: dict[str, Relation] = {}
        self._by_start: dict[End, dict[str, Relation]] = {}
        self._changes: list[datetime] = []
        self._changes_seen: set[datetime] = set()
        self._ways: dict[tuple[End, int], Ways | None] = {}

    # -- what is taken over -------------------------------------------------------------------------------------------

    def take(self, entry: Entry) -> None:
        """Take over an entry of one of FOLLOWED that is new or was written anew."""
        register, code = entry.key
        if register == SITE:
            self._take_site(Site.of(code, entry.facts))
        elif register == CALENDAR:
            self._take_calendar(Calendar.of(code, entry.facts))
        elif register == REGION:
            self._take_region(Region.of(code, entry.facts))
        elif register == POSTCODE:
            self.gazetteer.put_postcode(Postcode.of(code, entry.facts))
        elif register == NODES:
            self._take_node(code, entry.facts["active"])
        else:
            self._take_relation(Relation.of(code, entry.facts))

    def _take_site(self, site: Site) -> None:
        code = site.code
        served = Served(site, self._called(code))
        if code in self._asleep:
            served.active, served.nationwide = False, NOBODY
        known = self._sites.get(code)
        if known is None:
            insort(self._codes, code)
        for nation in known.nationwide if known else ():
            self._nationwide[nation].drop(code)
        for nation in served.nationwide:
            self._nationwide.setdefault(nation, Nationwide()).put(served)
        self._sites[code] = served
        if served.active:
            self._inactive.discard(code)
            reach = served.covers.reach
            self._coverage.put(code, reach._replace(nations=reach.nations - served.nationwide))
        else:
            self._inactive.add(code)
            self._coverage.drop(code)

    def _take_node(self, code: str, active: bool) -> None:
        if active is (code in self._asleep):
            (self._asleep.discard if active else self._asleep.add)(code)
            if code in self._sites:
                self._take_site(self._sites[code].site)

    def _called(self, site: str) -> Callable[[str], Collection[str]]:
        """What regions' codes mean today; what was asked for the site is remembered, to be asked anew."""

        def now_called(code: str) -> Collection[str]:
            meaning, asked = self.gazetteer.meaning(code)
            for each in asked:
                self._naming.setdefault(each, set()).add(site)
            return meaning

        return now_called

    def _take_calendar(self, calendar: Calendar) -> None:
        """What is inactive is as if it had not been entered; a zone that is no more is taken for UTC."""
        if not calendar.active:
            self._days.pop(calendar.code, None)
            return
        try:
            zone = self._zones(calendar.zone)
        except KeyError:
            zone = NO_ZONE
        self._days[calendar.code] = Days(calendar, zone)

    def _take_region(self, region: Region) -> None:
        known = self.gazetteer.region(region.code)
        self.gazetteer.put_region(region)
        if region.active and region.point is not None:
            near = box_around(region.point, NEAREST_KM)
            self._points.put(region.code, Reach(False, NOBODY, NOBODY, (), (near,)))
        else:
            self._points.drop(region.code)
        if region.successors != (known.successors if known is not None else ()):
            for site in self._naming.get(region.code, set()).copy():
                self._take_site(self._sites[site].site)

    def _take_relation(self, relation: Relation) -> None:
        self._ways.clear()
        known = self._relations.get(relation.code)
        if known is not None:
            del self._by_start[known.start][known.code]
        self._relations[relation.code] = relation
        self._by_start.setdefault(relation.start, {})[relation.code] = relation
        for at in (relation.since, relation.until):
            if at is not None and at not in self._changes_seen:
                self._changes_seen.add(at)
                insort(self._changes, at)

    # -- what is asked ------------------------------------------------------------------------------------------------

    def site(self, code: str) -> Site | None:
        served = self._sites.get(code)
        return None if served is None else served.site

    def working_by(self, calendars: Collection[str]) -> list[str]:
        """The nodes that work by one of these calendars."""
        return [code for code in self._codes if self._sites[code].site.calendar in calendars]

    def works(self, code: str, day: date) -> bool:
        """Whether the node works on that day of its own calendar; one without a site does not."""
        site = self.site(code)
        return site is not None and site.active and self._days_of(site.calendar).works(day)

    def resolve(self, address: Address) -> Place:
        """Where that is. Raises UnknownAddress, ContradictoryAddress."""
        if address.pickup:
            return self._at_node(address.pickup)
        return self.gazetteer.resolve(address, self._near)

    def _at_node(self, code: str) -> Place:
        """Where the node is: the region that its site names, or else the one that lies nearest to it."""
        site = self.site(code)
        if site is None:
            raise UnknownAddress(f"{code} has no site", field="pickup", named=code)
        region = site.region if self.gazetteer.region(site.region) is not None else ""
        nation = "" if region else site.nation
        postcode = site.postcode if region or nation else ""
        if not (region or nation or site.point):
            return Place()
        place = self.gazetteer.resolve(Address(nation, region, postcode, site.lat, site.lng), self._near)
        return replace(
            place,
            point_from="node" if site.point else place.point_from,
            region_from="node" if region else place.region_from,
        )

    def route(
        self, place: Place, fetch: str, buyer: str, goods: Collection[str], at: datetime
    ) -> tuple[list[Candidate], dict[str, int]]:
        """The candidates in byte order of their nodes, and how many nodes each rule rejects, in the order of RULES."""
        serving = self.serving(place, fetch, buyer, goods, at)
        return [serving.candidate(code) for code in sorted(serving.nodes)], serving.rejected

    def serving(self, place: Place, fetch: str, buyer: str, goods: Collection[str], at: datetime) -> Serving:
        """The same, each candidate when it is asked for."""
        nationwide = self._of(place.nation)
        others = self._others(place, fetch)
        served = map(self._sites.__getitem__, others)
        serving = self._wanted(place, fetch, buyer, goods, at).serving(nationwide, served)
        rejected = serving.rejected
        inactive = len(self._inactive.difference(others))
        uncovered = len(self._sites) - len(nationwide.nodes) - len(others) - inactive
        for rule, count in ((INACTIVE, inactive), (COVERAGE, uncovered)):
            if count:
                rejected[rule] = rejected.get(rule, 0) + count
        serving.rejected = {rule: rejected[rule] for rule in RULES if rule in rejected}
        return serving

    def rejected(
        self, place: Place, fetch: str, buyer: str, goods: Collection[str], at: datetime, after: str
    ) -> Iterator[Rejected]:
        """Those rejected, with their reasons, in byte order from beyond the code `after`: found as they are read."""
        wanted = self._wanted(place, fetch, buyer, goods, at)
        worth_asking = self._others(place, fetch) | self._of(place.nation).nodes.keys() | self._inactive
        for code in self._codes[bisect_right(self._codes, after) :]:
            if code not in worth_asking:
                yield Rejected(code, COVERAGE)
                continue
            if rule := wanted.rule(self._sites[code]):
                yield Rejected(code, rule)

    def _of(self, nation: str) -> Nationwide:
        return self._nationwide.get(nation) or Nationwide()

    def _others(self, place: Place, fetch: str) -> AbstractSet[str]:
        """The nodes beside those of the whole nation that are worth asking; the rest is inactive or covers something
        else."""
        found = frozenset(self._coverage.around(place))
        if fetch in self._sites:
            found |= {fetch}
        return found - self._of(place.nation).nodes.keys()

    def _wanted(self, place: Place, fetch: str, buyer: str, goods: Collection[str], at: datetime) -> Wanted:
        return Wanted(
            place,
            at,
            self._days_of,
            reaches=self._way(End(PARTY, buyer), at) if buyer else None,
            sources={each: self._way(End(GOODS, each), at) for each in goods},
            fetch=fetch,
        )

    def begins(self, node: str, day: date) -> datetime | None:
        """When (UTC) the day begins at the node; None where it has no site."""
        served = self._sites.get(node)
        return None if served is None else self._days_of(served.site.calendar).begins(day)

    def _days_of(self, calendar: str) -> Days:
        return self._days.get(calendar, self._every_day)

    def _near(self, point: Point) -> Collection[str]:
        return self._points.around(Place(point=point))

    def _way(self, start: End, at: datetime) -> Ways | None:
        """Where relations lead; the same until the next of them begins or ends."""
        if start not in self._by_start:
            return None
        key = (start, bisect_right(self._changes, at))
        if key not in self._ways:
            if len(self._ways) >= REMEMBERED:
                self._ways.clear()
            self._ways[key] = reached(start, self._from, at)
        return self._ways[key]

    def _from(self, start: End) -> Collection[Relation]:
        return self._by_start.get(start, NOTHING).values()
