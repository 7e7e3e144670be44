"""Rows of files on sites, calendars, regions, postcodes and supply relations, as the commands they make."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_postcodes import SetPostcodes
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_relations import SetRelations
from application.warehouse.set_sites import SetSites
from domain.warehouse.calendar import WEEK, Calendar
from domain.warehouse.coverage import Coverage, Prefix
from domain.warehouse.place import Polygon
from domain.warehouse.region import Postcode, Region
from domain.warehouse.relation import Relation
from domain.warehouse.site import Site, Transit
from entrypoints.cli.errors import Complaint
from entrypoints.cli.notation import number, truth, whole
from entrypoints.cli.supply_rows import agreed, zoned_time

Cells = Mapping[str, str]

COVERED: Final = ("anywhere", "nations", "regions", "postcodes", "km")
EXCLUDED: Final = tuple(f"not_{name}" for name in COVERED if name != "anywhere")
OF_THE_NODE: Final = (
    "lat",
    "lng",
    "nation",
    "region",
    "postcode",
    "calendar",
    "handling_days",
    "transit",
    "transit_calendar",
    "priority",
    "cost_order",
    "cost_unit",
    "orders_a_day",
    "units_a_day",
    "pickup",
    "active",
    *COVERED,
    *EXCLUDED,
)
SITE_COLUMNS: Final = (("code",), (*OF_THE_NODE, "geometry", "excluded"))
CALENDAR_COLUMNS: Final = (("code",), ("zone", "week", "leaves", "workday_until", "active", "date", "kind"))
REGION_COLUMNS: Final = (("code", "name", "nation", "level"), ("parent", "lat", "lng", "successors", "active"))
POSTCODE_COLUMNS: Final = (("code",), ("region", "lat", "lng", "active"))
RELATION_COLUMNS: Final = (
    ("code", "from_kind", "from_code", "to_kind", "to_code"),
    ("priority", "owners", "since", "until", "active"),
)

HOLIDAY: Final = "holiday"
WORKDAY: Final = "workday"

_TRANSIT: Final = re.compile(r"([0-9]{1,3})-([0-9]{1,3})(?:@([0-9.]{1,12}))?")


def site_of(rows: Sequence[Cells]) -> SetSites:
    """What is said of the node may stand in any of its rows, the same wherever it stands; each may have a geometry: its
    point, or polygons that it covers, or those that it does not where `excluded` is true."""
    said = agreed(rows, OF_THE_NODE)
    lat, lng = number(said["lat"], "lat"), number(said["lng"], "lng")
    covered: list[Polygon] = []
    excluded: list[Polygon] = []
    for cells in rows:
        point, polygons = geometry_of(cells.get("geometry") or "")
        if point is not None:
            lng, lat = point
        (excluded if truth(cells.get("excluded") or "false", "excluded") else covered).extend(polygons)
    site = Site(
        rows[0]["code"],
        lat,
        lng,
        said["nation"],
        said["region"],
        said["postcode"],
        said["calendar"],
        whole(said["handling_days"] or "0", "handling_days"),
        transit_of(said["transit"]),
        said["transit_calendar"],
        whole(said["priority"] or "0", "priority"),
        whole(said["cost_order"] or "0", "cost_order"),
        whole(said["cost_unit"] or "0", "cost_unit"),
        whole(said["orders_a_day"], "orders_a_day") if said["orders_a_day"] else None,
        whole(said["units_a_day"], "units_a_day") if said["units_a_day"] else None,
        truth(said["pickup"] or "false", "pickup"),
        _coverage(said, "", covered),
        _coverage(said, "not_", excluded),
        _active(said),
    )
    return SetSites((site,))


def transit_of(text: str) -> tuple[Transit, ...]:
    """`0-1@100 1-3`: 0 to 1 days within 100 km, 1 to 3 beyond. Raises Complaint."""
    bands = []
    for each in text.split():
        found = _TRANSIT.fullmatch(each)
        if found is None:
            raise Complaint(f"cannot read the transit {each!r}: write 0-1@100, from 0 to 1 days within 100 km, or 1-3")
        bands.append(Transit(int(found[1]), int(found[2]), number(found[3] or "", "transit")))
    return tuple(bands)


def prefix_of(text: str) -> Prefix:
    """`US:902`: the postcodes of a nation that begin so. Raises Complaint."""
    nation, colon, prefix = text.partition(":")
    if not colon:
        raise Complaint(f"cannot read the postcode {text!r}: write NATION:BEGINNING")
    return Prefix(nation, prefix)


def _coverage(said: Mapping[str, str], before: str, polygons: Sequence[Polygon]) -> Coverage | None:
    """None where nothing is said."""
    coverage = Coverage(
        truth(said.get(f"{before}anywhere") or "false", "anywhere"),
        tuple(said[f"{before}nations"].split()),
        tuple(said[f"{before}regions"].split()),
        tuple(map(prefix_of, said[f"{before}postcodes"].split())),
        number(said[f"{before}km"], f"{before}km") or 0.0,
        tuple(polygons),
    )
    return None if coverage == Coverage() else coverage


def geometry_of(text: str) -> tuple[tuple[float, float] | None, list[Polygon]]:
    """The point (lng, lat) and the polygons of a GeoJSON geometry; heights are passed over. Raises Complaint."""
    if not text:
        return None, []
    try:
        return _geometry(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise Complaint("geometry is no Point, Polygon, MultiPolygon or GeometryCollection of GeoJSON") from None


def _geometry(said: Any) -> tuple[tuple[float, float] | None, list[Polygon]]:
    kind = said["type"]
    if kind == "Point":
        lng, lat = said["coordinates"][:2]
        return (lng, lat), []
    if kind == "Polygon":
        return None, [_polygon(said["coordinates"])]
    if kind == "MultiPolygon":
        return None, [_polygon(each) for each in said["coordinates"]]
    if kind != "GeometryCollection":
        raise ValueError(kind)
    point, polygons = None, list[Polygon]()
    for each in said["geometries"]:
        its_point, its_polygons = _geometry(each)
        point = its_point or point
        polygons += its_polygons
    return point, polygons


def _polygon(rings: Any) -> Polygon:
    return tuple(tuple((lng, lat) for lng, lat in (position[:2] for position in ring)) for ring in rings)


def calendar_of(rows: Sequence[Cells]) -> SetCalendars:
    """A row a date, `kind` holiday or workday; what is said of the calendar may stand in any of them. `week`: seven
    times, Monday first, - where that weekday is not worked."""
    said = agreed(rows, ("zone", "week", "leaves", "workday_until", "active"))
    week = tuple("" if each == "-" else each for each in said["week"].split())
    if len(week) != WEEK:
        raise Complaint("week has seven times, Monday first, and - for a day that is not worked")
    dates: dict[str, list[str]] = {HOLIDAY: [], WORKDAY: []}
    for cells in rows:
        if day := cells.get("date"):
            if cells.get("kind") not in dates:
                raise Complaint(f"kind of {day} is {cells.get('kind')!r}: write {HOLIDAY} or {WORKDAY}")
            dates[cells["kind"]].append(day)
    calendar = Calendar(
        rows[0]["code"],
        said["zone"],
        week,
        said["leaves"] or "23:59",
        tuple(dates[HOLIDAY]),
        tuple(dates[WORKDAY]),
        said["workday_until"] or "12:00",
        _active(said),
    )
    return SetCalendars((calendar,))


def region_of(rows: Sequence[Cells]) -> SetRegions:
    cells = _only(rows)
    region = Region(
        cells["code"],
        cells["name"],
        cells["nation"],
        whole(cells["level"], "level"),
        cells.get("parent") or "",
        number(cells.get("lat") or "", "lat"),
        number(cells.get("lng") or "", "lng"),
        tuple((cells.get("successors") or "").split()),
        _active(cells),
    )
    return SetRegions((region,))


def postcode_of(rows: Sequence[Cells]) -> SetPostcodes:
    """The code is the nation's and the postcode's, or its beginning: US/90210."""
    cells = _only(rows)
    nation, _, prefix = cells["code"].partition("/")
    postcode = Postcode(
        nation,
        prefix,
        cells.get("region") or "",
        number(cells.get("lat") or "", "lat"),
        number(cells.get("lng") or "", "lng"),
        _active(cells),
    )
    return SetPostcodes((postcode,))


def relation_of(rows: Sequence[Cells]) -> SetRelations:
    cells = _only(rows)
    relation = Relation(
        cells["code"],
        cells["from_kind"],
        cells["from_code"],
        cells["to_kind"],
        cells["to_code"],
        whole(cells.get("priority") or "0", "priority"),
        tuple((cells.get("owners") or "").split()),
        zoned_time(cells.get("since") or "", "since"),
        zoned_time(cells.get("until") or "", "until"),
        _active(cells),
    )
    return SetRelations((relation,))


def _only(rows: Sequence[Cells]) -> Cells:
    if len(rows) > 1:
        raise Complaint(f"{rows[0].get('code', '')} stands in {len(rows)} rows: it has one")
    return rows[0]


def _active(cells: Cells) -> bool:
    return truth(cells.get("active") or "true", "active")
