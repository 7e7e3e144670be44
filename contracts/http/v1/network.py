"""What commands on sites, calendars, regions, postcodes and supply relations are asked with."""

from typing import Annotated, Final, Literal

from pydantic import Field, Strict, StringConstraints

from contracts.http.v1.parts import (
    MAX_LINES,
    Body,
    Flag,
    Identifier,
    Name,
    OptionalIdentifier,
    PointInTime,
    QuantityOrNone,
)

MAX_CODES: Final = 500
MAX_POLYGONS: Final = 100
MAX_RINGS: Final = 100
MAX_CORNERS: Final = 5_000
MAX_KM: Final = 20_100.0
MAX_POSTCODE: Final = 16
MAX_BANDS: Final = 16
MAX_DAYS: Final = 30
MAX_PRIORITY: Final = 10_000
MAX_DATES: Final = 1_000
MAX_ZONE: Final = 64
MAX_NATION: Final = 64
MAX_LEVEL: Final = 9
MAX_SUCCESSORS: Final = 50
MAX_OWNERS: Final = 50

_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"

Latitude = Annotated[float, Strict(), Field(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Strict(), Field(ge=-180.0, le=180.0)]
Radius = Annotated[float, Strict(), Field(ge=0.0, le=MAX_KM)]
Within = Annotated[float, Strict(), Field(gt=0.0, le=MAX_KM)]
TransitDays = Annotated[int, Strict(), Field(ge=0, le=MAX_DAYS)]
NodePriority = Annotated[int, Strict(), Field(ge=0, le=MAX_PRIORITY)]
PostcodePrefix = Annotated[str, Strict(), StringConstraints(pattern=r"^[0-9A-Z]{1,16}$")]
OptionalPostcode = Annotated[str, Strict(), StringConstraints(pattern=r"^[0-9A-Z]{0,16}$")]
NationCode = Annotated[
    str, Strict(), StringConstraints(min_length=1, max_length=MAX_NATION, pattern=r"^[^\x00-\x1f\x7f/]+$")
]
Level = Annotated[int, Strict(), Field(ge=0, le=MAX_LEVEL)]
ZoneName = Annotated[
    str, Strict(), StringConstraints(min_length=1, max_length=MAX_ZONE, pattern=r"^[^\x00-\x1f\x7f]+$")
]
TimeOfDay = Annotated[str, Strict(), StringConstraints(pattern=f"^{_CLOCK}$")]
TimeOfDayOrNone = Annotated[str, Strict(), StringConstraints(pattern=f"^({_CLOCK})?$")]
Day = Annotated[str, Strict(), StringConstraints(max_length=10, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Codes = Annotated[tuple[Identifier, ...], Field(max_length=MAX_CODES)]
Position = Annotated[
    tuple[Annotated[float, Strict()], ...], Field(min_length=2, max_length=2, description="[lng, lat]")
]
Ring = Annotated[tuple[Position, ...], Field(min_length=4, max_length=MAX_CORNERS)]
Polygon = Annotated[tuple[Ring, ...], Field(min_length=1, max_length=MAX_RINGS)]
RelationEnd = Literal["party", "goods", "node"]


class Prefix(Body):
    """The postcodes of a nation that begin with `prefix`: capitals and digits alone."""

    nation: Identifier
    prefix: PostcodePrefix


class Coverage(Body):
    """A part of the world: what lies in any of these.

    `anywhere`; nations and regions by their codes, with all below them; postcodes by what they begin with; what is
    within `km` of the node (0: nothing); and polygons as GeoJSON has them: the outline, then its holes, each a ring of
    positions [lng, lat] with the first again at the end. An edge goes the short way round, over the antimeridian too.
    """

    anywhere: Flag = False
    nations: Codes = ()
    regions: Codes = ()
    postcodes: Annotated[tuple[Prefix, ...], Field(max_length=MAX_CODES)] = ()
    km: Radius = 0.0
    polygons: Annotated[tuple[Polygon, ...], Field(max_length=MAX_POLYGONS)] = ()


class Transit(Body):
    """How many days a parcel is under way, to what lies `within_km` (null: at any distance)."""

    from_days: TransitDays
    to_days: TransitDays
    within_km: Within | None = None


class Site(Body):
    """The routing profile of a node, `code`.

    It ships to what it `covers` (null: nowhere) and does not `exclude`; with `pickup`, goods can be fetched there.
    Without a `calendar` it works every day, by UTC. What is ordered leaves `handling_days` working days after the day
    that it counts as, and is under way as `transit` says, from near to far (the last holds at any distance; without
    any, 1 to 3 days), on the days of `transit_calendar`, or on all. The smaller `priority` goes first. Costs are in the
    smallest unit of your money, for each order and each unit. A capacity that is null is without bound.
    """

    code: Identifier
    lat: Latitude | None = None
    lng: Longitude | None = None
    nation: OptionalIdentifier = ""
    region: OptionalIdentifier = ""
    postcode: OptionalPostcode = ""
    calendar: OptionalIdentifier = ""
    handling_days: TransitDays = 0
    transit: Annotated[tuple[Transit, ...], Field(max_length=MAX_BANDS)] = ()
    transit_calendar: OptionalIdentifier = ""
    priority: NodePriority = 0
    cost_order: QuantityOrNone = 0
    cost_unit: QuantityOrNone = 0
    orders_a_day: QuantityOrNone | None = None
    units_a_day: QuantityOrNone | None = None
    pickup: Flag = False
    covers: Coverage | None = None
    excludes: Coverage | None = None
    active: Flag = True


class SetSites(Body):
    """Say where nodes are, when they work, where they deliver, and at what cost."""

    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=MAX_LINES)]


class Calendar(Body):
    """Working days by the wall clock of a time zone of the IANA database.

    `week`: for Monday to Sunday the time of day until which an order counts as that day's; empty where that weekday is
    not worked. `leaves`: when what a day ships has left. `holidays` are not worked; `workdays`, days off that are made
    up for, are, until `workday_until`.
    """

    code: Identifier
    zone: ZoneName
    week: Annotated[tuple[TimeOfDayOrNone, ...], Field(min_length=7, max_length=7)]
    leaves: TimeOfDay = "23:59"
    holidays: Annotated[tuple[Day, ...], Field(max_length=MAX_DATES)] = ()
    workdays: Annotated[tuple[Day, ...], Field(max_length=MAX_DATES)] = ()
    workday_until: TimeOfDay = "12:00"
    active: Flag = True


class SetCalendars(Body):
    """Say on which days nodes work, and until when an order counts as a day's."""

    calendars: Annotated[tuple[Calendar, ...], Field(min_length=1, max_length=MAX_LINES)]


class Region(Body):
    """A region of a nation, below `parent` (empty: below none); its `level` is more than that one's and never changes.

    With `successors` its code is retired: addresses that bear it, and coverage that names it, mean its successors.
    """

    code: Identifier
    name: Name
    nation: Identifier
    level: Level
    parent: OptionalIdentifier = ""
    lat: Latitude | None = None
    lng: Longitude | None = None
    successors: Annotated[tuple[Identifier, ...], Field(max_length=MAX_SUCCESSORS)] = ()
    active: Flag = True


class SetRegions(Body):
    """Enter a tree of regions, and say which codes are retired."""

    regions: Annotated[tuple[Region, ...], Field(min_length=1, max_length=MAX_LINES)]


class Postcode(Body):
    """Where the postcodes of a nation that begin with `prefix` are: a region, a point, or both."""

    nation: NationCode
    prefix: PostcodePrefix
    region: OptionalIdentifier = ""
    lat: Latitude | None = None
    lng: Longitude | None = None
    active: Flag = True


class SetPostcodes(Body):
    """Say where postcodes are."""

    postcodes: Annotated[tuple[Postcode, ...], Field(min_length=1, max_length=MAX_LINES)]


class Relation(Body):
    """`from` is supplied by `to`: a party by parties and nodes, a goods by what stands for it and by nodes, a node by
    nodes; from `since` until just before `until`.

    Priorities add up along a way; the smaller goes first. `owners`, of a relation of a party or node with a node: whose
    stock there it opens; none named, anybody's.
    """

    code: Identifier
    from_kind: RelationEnd
    from_code: Identifier
    to_kind: RelationEnd
    to_code: Identifier
    priority: NodePriority = 0
    owners: Annotated[tuple[Identifier, ...], Field(max_length=MAX_OWNERS)] = ()
    since: PointInTime | None = None
    until: PointInTime | None = None
    active: Flag = True


class SetRelations(Body):
    """Say who is supplied by whom, and which goods come from where."""

    relations: Annotated[tuple[Relation, ...], Field(min_length=1, max_length=MAX_LINES)]
