"""Who may serve an address, and the one true first reason of everybody else."""

import csv
import gzip
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.warehouse.network import Network
from bench.routing import network as invented
from domain.warehouse.address import Address, Place
from domain.warehouse.calendar import Calendar
from domain.warehouse.coverage import NOWHERE, Coverage, Prefix
from domain.warehouse.place import Point, Shape, haversine
from domain.warehouse.region import Postcode, Region
from domain.warehouse.relation import Relation
from domain.warehouse.routing import RULES, Candidate, Rejected
from domain.warehouse.site import Site, Transit
from tests.shared_data import DATA, needs
from tests.unit.warehouse.networks import NOW, OFFICE, network, take

SQUARE = ((119.0, 29.0), (121.0, 29.0), (121.0, 31.0), (119.0, 31.0), (119.0, 29.0))
HOLE = ((119.8, 29.8), (120.2, 29.8), (120.2, 30.2), (119.8, 30.2), (119.8, 29.8))
NEVER = Calendar("never", "UTC", ("",) * 7)


def routed(made: Network, place: Place, buyer: str = "", goods: tuple[str, ...] = (), fetch: str = "") -> Any:
    """Candidates by node, counts, and reasons; they must agree with one another."""
    candidates, counts = made.route(place, fetch, buyer, goods, NOW)
    reasons = list(made.rejected(place, fetch, buyer, goods, NOW, ""))
    assert Counter(each.rule for each in reasons) == counts
    assert [each.node for each in candidates] == sorted(each.node for each in candidates)
    assert [each.node for each in reasons] == sorted(each.node for each in reasons)
    return {each.node: each for each in candidates}, {each.node: each.rule for each in reasons}


def place(lat: float = 30.0, lng: float = 120.0, **more: Any) -> Place:
    return Place(point=Point(lat, lng), **{"nation": "CN", **more})


# -- coverage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coverage", "inside", "outside"),
    [
        (Coverage(anywhere=True), Place("XX"), None),
        (Coverage(nations=("CN", "MO")), Place("MO"), Place("HK")),
        (Coverage(regions=("33",)), Place("CN", ("3301", "33")), Place("CN", ("44",))),
        (Coverage(postcodes=(Prefix("US", "902"),)), Place("US", postcode="90210"), Place("CN", postcode="90210")),
        (Coverage(postcodes=(Prefix("US", "902"),)), Place("US", postcode="902"), Place("US", postcode="9")),
        (Coverage(km=112.0), place(31.0), place(31.01)),
        (Coverage(km=112.0), place(30.0, 120.0), Place("CN")),
        (Coverage(polygons=((SQUARE, HOLE),)), place(29.5), place(30.0)),
        (Coverage(polygons=((SQUARE,),)), place(30.0), Place("CN")),
    ],
)
def test_what_lies_in_a_nodes_coverage_is_served(coverage: Coverage, inside: Place, outside: Place | None) -> None:
    made = network(Site("N", 30.0, 120.0, covers=coverage))
    assert routed(made, inside)[0].keys() == {"N"}
    if outside is not None:
        assert routed(made, outside) == ({}, {"N": "coverage"})
    take(made, [Site("N", 30.0, 120.0, covers=Coverage(anywhere=True), excludes=coverage)])
    assert routed(made, inside) == ({}, {"N": "exclusion"})
    if outside is not None:
        assert routed(made, outside)[0].keys() == {"N"}


def test_coverage_that_names_a_retired_region_means_its_successors() -> None:
    regions = [Region("33", "Z", "CN", 1), *(Region(code, code, "CN", 2, "33") for code in ("1", "2", "3"))]
    made = network(*regions, Site("N", covers=Coverage(regions=("1",))))
    assert routed(made, made.resolve(Address(region="2")))[1] == {"N": "coverage"}
    take(made, [Region("1", "1", "CN", 2, "33", successors=("2", "3"))])
    for code in ("1", "2", "3"):
        served = routed(made, made.resolve(Address(region=code)))[0].keys()
        assert served == (set() if code == "1" else {"N"}), "of the retired one nobody knows in which part it lies"
    take(made, [Region("2", "2", "CN", 2, "33", successors=("3",)), Region("1", "1", "CN", 2, "33")])
    assert routed(made, made.resolve(Address(region="2")))[1] == {"N": "coverage"}
    assert routed(made, made.resolve(Address(region="1")))[0].keys() == {"N"}


def test_a_site_said_anew_is_where_it_is_now() -> None:
    made = network(Site("N", covers=Coverage(nations=("CN",))))
    take(made, [Site("N", covers=Coverage(nations=("MO",)))])
    assert routed(made, Place("CN")) == ({}, {"N": "coverage"})
    take(made, [Site("N", covers=Coverage(nations=("MO",)), active=False)])
    assert routed(made, Place("MO")) == ({}, {"N": "inactive"})
    assert routed(made, Place("CN")) == ({}, {"N": "inactive"})


# -- the rules --------------------------------------------------------------------------------------------------------


def everything(**more: Any) -> Site:
    """A site that only the last rule rejects, but for what is said."""
    said = {"covers": Coverage(anywhere=True), "calendar": "never", "pickup": True, **more}
    return Site("N", 30.0, 120.0, **said)


FAULTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("inactive", {"active": False}, {}),
    ("coverage", {"covers": None}, {}),
    ("exclusion", {"excludes": Coverage(nations=("CN",))}, {}),
    ("relation", {}, {"buyer": "shop"}),
    ("goods", {}, {"goods": ("tea",)}),
    ("calendar", {}, {}),
]


@pytest.mark.parametrize("first", range(len(FAULTS)))
def test_the_first_rule_in_their_order_is_the_reason(first: int) -> None:
    """From the last rule on, one fault more in front of the others each time."""
    site: dict[str, Any] = {}
    asked: dict[str, Any] = {}
    for _, of_site, of_question in FAULTS[first:]:
        site |= of_site
        asked |= of_question
    made = network(
        NEVER,
        everything(**site),
        Site("M", covers=Coverage(anywhere=True)),
        Relation("r", "party", "shop", "node", "M"),
        Relation("g", "goods", "tea", "node", "M"),
    )
    candidates, reasons = routed(made, place(), **asked)
    assert reasons == {"N": FAULTS[first][0]}
    assert candidates.keys() == {"M"}


def test_what_is_fetched_is_fetched_at_its_node_or_sent_there() -> None:
    near = {"covers": Coverage(km=50.0), "transit": (Transit(2, 3),)}
    made = network(
        Site("SHOP", 30.0, 120.0, pickup=True),
        Site("DEPOT", 30.1, 120.0, **near),  # type: ignore[arg-type]
        Site("FAR", 35.0, 120.0, **near),  # type: ignore[arg-type]
        Site("WEST", 30.0, 119.9, **near),  # type: ignore[arg-type]
    )
    candidates, reasons = routed(made, made.resolve(Address(pickup="SHOP")), fetch="SHOP")
    assert reasons == {"FAR": "coverage"}
    shop, depot = candidates["SHOP"], candidates["DEPOT"]
    assert (shop.pickup, shop.distance_km, depot.pickup, candidates["WEST"].pickup) == (True, 0.0, False, False)
    assert (shop.ship_by, shop.arrives_from, shop.arrives_to) == (
        datetime(2026, 3, 2, 23, 59, tzinfo=UTC),
        datetime(2026, 3, 2, 23, 59, tzinfo=UTC),
        datetime(2026, 3, 3, tzinfo=UTC),
    )
    assert depot.arrives_from == datetime(2026, 3, 4, tzinfo=UTC)
    take(made, [Site("SHOP", 30.0, 120.0, covers=Coverage(km=50.0))])
    assert routed(made, made.resolve(Address(pickup="SHOP")), fetch="SHOP")[1]["SHOP"] == "pickup"
    take(made, [Site("SHOP", 30.0, 120.0, pickup=True, active=False)])
    assert routed(made, made.resolve(Address(pickup="SHOP")), fetch="SHOP")[1]["SHOP"] == "inactive"


def test_relations_open_nodes_owners_and_goods() -> None:
    made = network(
        Site("N", priority=5, covers=Coverage(anywhere=True)),
        Site("M", priority=1, covers=Coverage(anywhere=True)),
        Relation("1", "party", "shop", "party", "agent", priority=10),
        Relation("2", "party", "agent", "node", "N", priority=2, owners=("agent",)),
        Relation("3", "party", "agent", "node", "M", since=NOW + timedelta(days=1)),
        Relation("4", "goods", "tea", "node", "N", priority=7),
        Relation("5", "goods", "pot", "node", "M"),
    )
    candidates, reasons = routed(made, place(), "shop", ("tea", "pot", "cup"))
    assert reasons == {"M": "relation"}
    found = candidates["N"]
    assert (found.priority, found.owners, found.goods) == (17, {"agent"}, {"tea": 7, "cup": 0})
    assert routed(made, place(), "shop", ("pot",))[1] == {"M": "relation", "N": "goods"}
    candidates, _ = routed(made, place(), "somebody", ("cup",))
    assert (candidates["M"].priority, candidates["M"].owners, candidates["M"].goods) == (1, None, None)
    later, _ = made.route(place(), "", "shop", (), NOW + timedelta(days=1))
    assert [each.node for each in later] == ["M", "N"], "what begins tomorrow is remembered for tomorrow alone"
    assert [each.node for each in made.route(place(), "", "shop", (), NOW)[0]] == ["N"]
    take(made, [Relation("2", "party", "agent", "node", "N", active=False)])
    assert [each.node for each in made.route(place(), "", "shop", (), NOW)[0]] == []


# -- when it leaves and arrives ---------------------------------------------------------------------------------------


def timed(at: datetime, **more: Any) -> Candidate:
    site = Site("N", 30.0, 120.0, calendar="office", covers=Coverage(anywhere=True), **more)
    made = network(OFFICE, Calendar("parcels", "Asia/Shanghai", ("12:00",) * 6 + ("",)), site)
    [found], _ = made.route(place(30.5), "", "", (), at)
    return found


def test_what_is_ordered_in_time_leaves_that_day_and_arrives_within_the_window() -> None:
    found = timed(datetime(2026, 3, 6, 8, 59, tzinfo=UTC), transit=(Transit(1, 2),), orders_a_day=9, cost_unit=3)
    assert (found.slot, found.ship_by) == (date(2026, 3, 6), datetime(2026, 3, 6, 12, tzinfo=UTC))
    assert found.arrives_from == datetime(2026, 3, 6, 16, tzinfo=UTC), "Saturday begins in China"
    assert found.arrives_to == datetime(2026, 3, 8, 16, tzinfo=UTC), "Sunday ends"
    assert (found.orders_a_day, found.units_a_day, found.cost_order, found.cost_unit) == (9, None, 0, 3)
    assert found.distance_km == pytest.approx(55.6, abs=0.1)


def test_what_is_late_leaves_on_the_next_working_day_and_handling_takes_working_days() -> None:
    late = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)
    assert timed(late).slot == date(2026, 3, 9)
    assert timed(late, handling_days=1).slot == date(2026, 3, 10)
    assert timed(late - timedelta(minutes=1), handling_days=1).slot == date(2026, 3, 9)


def test_days_under_way_may_have_a_calendar_of_their_own() -> None:
    friday = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
    found = timed(friday, transit=(Transit(1, 2),), transit_calendar="parcels")
    assert found.arrives_to == datetime(2026, 3, 9, 16, tzinfo=UTC), "not on Sunday"
    same_day = timed(friday, transit=(Transit(0, 0),))
    assert (same_day.arrives_from, same_day.arrives_to) == (same_day.ship_by, datetime(2026, 3, 6, 16, tzinfo=UTC))


def test_what_is_near_is_under_way_for_as_long_as_its_band_says() -> None:
    bands = (Transit(0, 0, 10.0), Transit(1, 1, 55.7), Transit(9, 9))
    monday = datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert timed(monday, transit=bands).arrives_to == datetime(2026, 3, 3, 16, tzinfo=UTC)
    made = network(Site("N", covers=Coverage(anywhere=True), transit=bands))
    [found], _ = made.route(place(), "", "", (), monday)
    assert (found.distance_km, found.arrives_to) == (None, datetime(2026, 3, 12, tzinfo=UTC)), "as to the farthest"


# -- laws -------------------------------------------------------------------------------------------------------------


def covered(site: Site, where: Place, coverage: Coverage | None) -> bool:
    """By looking at everything."""
    it = coverage or NOWHERE
    at, own = where.point, site.point
    return (
        it.anywhere
        or where.nation in it.nations
        or any(region in it.regions for region in where.regions)
        or any(each.nation == where.nation and where.postcode.startswith(each.prefix) for each in it.postcodes)
        or (it.km > 0 and at is not None and own is not None and haversine(at, own) <= it.km)
        or (at is not None and any(Shape((polygon,)).holds(at) for polygon in it.polygons))
    )


def reason(site: Site, where: Place, reaches: set[str] | None, sources: list[set[str] | None]) -> str:
    if not site.active:
        return "inactive"
    if not covered(site, where, site.covers):
        return "coverage"
    if covered(site, where, site.excludes):
        return "exclusion"
    if reaches is not None and site.code not in reaches:
        return "relation"
    if sources and all(nodes is not None and site.code not in nodes for nodes in sources):
        return "goods"
    return "calendar" if site.calendar == "never" else ""


POINTS = st.builds(Point, st.floats(-90.0, 90.0), st.floats(-180.0, 180.0))
CODES = st.sampled_from(["A", "B", "C", "D"])
COVERAGE = st.builds(
    Coverage,
    anywhere=st.sampled_from([False, False, False, True]),
    nations=st.lists(CODES, max_size=1).map(tuple),
    regions=st.lists(CODES, max_size=2).map(tuple),
    postcodes=st.lists(st.builds(Prefix, CODES, st.sampled_from(["1", "12", "2"])), max_size=1).map(tuple),
    km=st.sampled_from([0.0, 0.0, 10.0, 800.0, 9_000.0]),
    polygons=st.sampled_from(
        [(), (), ((SQUARE, HOLE),), ((((170.0, 0.0), (-100.0, 0.0), (-100.0, 60.0), (170.0, 0.0)),),)]
    ),
)
SITES = st.lists(
    st.builds(
        Site,
        code=st.sampled_from([f"N{number}" for number in range(12)]),
        lat=st.floats(-90.0, 90.0),
        lng=st.floats(-180.0, 180.0),
        calendar=st.sampled_from(["", "", "never"]),
        covers=st.none() | COVERAGE,
        excludes=st.none() | st.none() | COVERAGE,
        active=st.sampled_from([True, True, True, False]),
    ),
    max_size=12,
)
PLACES = st.builds(
    Place,
    CODES,
    st.lists(CODES, max_size=2, unique=True).map(tuple),
    st.sampled_from(["", "1", "123", "2"]),
    st.none() | POINTS | st.sampled_from([Point(30.0, 120.0), Point(29.5, 120.5), Point(10.0, 180.0)]),
)
NODES = st.none() | st.sets(st.sampled_from([f"N{number}" for number in range(12)]), min_size=1, max_size=6)


@given(SITES, PLACES, NODES, st.lists(NODES, max_size=2))
def test_the_index_answers_as_looking_at_everything_would(
    sites: list[Site], where: Place, reaches: set[str] | None, sources: list[set[str] | None]
) -> None:
    """Every node is a candidate, or has exactly one reason: the first that is true."""
    made = network(NEVER, *sites)
    take(made, (Relation(f"p{node}", "party", "shop", "node", node) for node in reaches or ()))
    for number, nodes in enumerate(sources):
        take(made, (Relation(f"g{number}{node}", "goods", f"g{number}", "node", node) for node in nodes or ()))
    goods = tuple(f"g{number}" for number in range(len(sources)))
    candidates, reasons = routed(made, where, "shop", goods)
    last = {site.code: site for site in sites}
    expected = {code: reason(site, where, reaches, sources) for code, site in last.items()}
    assert reasons == {code: rule for code, rule in expected.items() if rule}
    assert candidates.keys() == {code for code, rule in expected.items() if not rule}
    assert set(reasons.values()) <= set(RULES)


@given(SITES, PLACES, COVERAGE)
def test_more_coverage_never_loses_a_candidate(sites: list[Site], where: Place, more: Coverage) -> None:
    before = routed(network(NEVER, *sites), where)[0]
    wider = []
    for site in sites:
        old = site.covers or NOWHERE
        covers = Coverage(
            old.anywhere or more.anywhere,
            old.nations + more.nations,
            old.regions + more.regions,
            old.postcodes + more.postcodes,
            max(old.km, more.km),
            old.polygons + more.polygons,
        )
        wider.append(replace(site, covers=covers))
    after, _ = routed(network(NEVER, *wider), where)
    assert before.items() <= after.items()


@given(SITES, PLACES, st.sampled_from([1, 2, 5]))
def test_pages_of_reasons_are_all_of_them(sites: list[Site], where: Place, limit: int) -> None:
    made = network(NEVER, *sites)
    everything = list(made.rejected(where, "", "", (), NOW, ""))
    paged: list[Rejected] = []
    while True:
        page = list(islice(made.rejected(where, "", "", (), NOW, paged[-1].node if paged else ""), limit))
        paged += page
        if len(page) < limit:
            break
    assert paged == everything


def test_in_a_large_network_the_index_answers_as_looking_at_everything_would() -> None:
    things = invented(1_000)
    made, sites = network(*things), [each for each in things if isinstance(each, Site)]
    random = Random(1)
    for _ in range(25):
        at = Point(random.uniform(18.0, 47.0), random.uniform(83.0, 127.0))
        where = Place("CN", (f"R{random.randrange(3_566)}", "P1"), f"{random.randrange(10**6):06}", at)
        candidates, reasons = routed(made, where)
        assert reasons == {site.code: found for site in sites if (found := reason(site, where, None, []))}
        assert len(candidates) + len(reasons) == len(sites)
        assert len(candidates) >= 90


# -- real places ------------------------------------------------------------------------------------------------------


def chinas_regions() -> list[Region]:
    with gzip.open(DATA / "cn_regions" / "regions_gbt2260.csv.gz", "rt", encoding="utf-8") as file:
        return [
            Region(
                row["code"],
                row["name"],
                "CN",
                int(row["level"]),
                row["parent_code"],
                float(row["lat"]) if row["coord_src"] == "own" else None,
                float(row["lng"]) if row["coord_src"] == "own" else None,
            )
            for row in csv.DictReader(file)
        ]


@needs("cn_regions")
def test_every_region_of_china_is_served_by_its_province_and_found_by_its_point() -> None:
    regions = chinas_regions()
    provinces = [region for region in regions if not region.parent]
    made = network(*regions, *(Site(region.code, covers=Coverage(regions=(region.code,))) for region in provinces))
    at_home = 0
    for region in regions[::3]:
        where = made.resolve(Address(region=region.code))
        assert where.point is not None or region.code[:2] in ("71", "81", "82"), region
        candidates, _ = made.route(where, "", "", (), NOW)
        assert [each.node for each in candidates] == [region.code[:2] + "0000"]
    pointed = [region for region in regions if region.point is not None][::10]
    for region in pointed:
        if region.point is not None:
            by_point = made.resolve(Address(lat=region.point.lat, lng=region.point.lng))
            at_home += by_point.regions[-1:] == (region.code[:2] + "0000",)
    assert at_home / len(pointed) > 0.99, "cities have the points of districts; hardly any lies beyond its province"


@needs("cn_regions")
def test_chinas_retired_codes_go_over_to_the_regions_of_today() -> None:
    """The list names no successors: for this test, what lies nearest in the same province today."""
    regions = chinas_regions()
    today = {region.code for region in regions}
    with (DATA / "cn_regions" / "retired_or_extra_codes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pointed = [region for region in regions if region.point is not None and region.level == 3]
    retired = []
    for row in rows:
        code = next(value for value in row.values() if value and value.isdigit() and len(value) == 6)
        if code in today or not row.get("lat"):
            continue
        own = Point(float(row["lat"]), float(row["lng"]))
        near = [each for each in pointed if each.code[:2] == code[:2] and each.point is not None]
        if near:
            nearest = min(near, key=lambda each: haversine(own, each.point or own))
            retired.append(Region(code, "retired", "CN", 3, successors=(nearest.code,)))
    assert len(retired) > 50
    made = network(*regions, *retired)
    for region in retired:
        where = made.resolve(Address(region=region.code))
        assert (where.regions[0], where.region_from) == (region.successors[0], "successor")


@needs("us_zip")
def test_zip_codes_are_served_by_radius_and_by_their_beginnings() -> None:
    with gzip.open(DATA / "us_zip" / "us_zip_latlng.csv.gz", "rt", encoding="utf-8") as file:
        rows = [(row["zip"], float(row["lat"]), float(row["lng"])) for row in csv.DictReader(file)]
    chosen = rows[::40]
    bronx = Coverage(km=100.0, postcodes=(Prefix("US", "606"),))
    made = network(
        *(Postcode("US", code, "", lat, lng) for code, lat, lng in chosen),
        Site("BRONX", 40.85, -73.87, covers=bronx),
    )
    for code, lat, lng in chosen:
        where = made.resolve(Address(nation="US", postcode=code))
        assert where.point == Point(lat, lng)
        served = bool(made.route(where, "", "", (), NOW)[0])
        assert served == (code.startswith("606") or haversine(Point(lat, lng), Point(40.85, -73.87)) <= 100.0)
