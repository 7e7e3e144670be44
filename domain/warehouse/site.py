"""Sites: what routing knows of a node (仓 / 门店). Where it is, when it works, where it delivers, at what cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.quantity import MAX_QUANTITY, flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal
from domain.warehouse.area import MAX_KM, RADIUS, Area, postcode_of
from domain.warehouse.place import MAX_CORNERS, Point, coordinate, point_of

SITE: Final = "site"
"""The register that sites are entered in, by the codes of their nodes."""

MAX_AREAS: Final = 500
"""Most areas that a site covers, and most that it excludes."""

MAX_BANDS: Final = 16
MAX_DAYS: Final = 30
MAX_PRIORITY: Final = 10_000


class UnknownSite(Refusal):
    """Nodes that have no site: routing knows nothing of them (`codes`).

    Enter their sites (`set-sites`), or correct the codes.
    """

    code = "site.unknown"


@dataclass(frozen=True, slots=True)
class Transit:
    """How many days a parcel is under way, to what lies `within_km` (None: at any distance)."""

    from_days: int
    to_days: int
    within_km: float | None = None

    def __post_init__(self) -> None:
        whole(self.from_days, "from_days", least=0, most=MAX_DAYS)
        whole(self.to_days, "to_days", least=self.from_days, most=MAX_DAYS)
        if self.within_km is not None and coordinate(self.within_km, "within_km", MAX_KM) <= 0:
            raise InvalidInput("within_km must be more than nothing", field="within_km")


TRANSIT: Final = (Transit(1, 3),)
"""What is not said otherwise."""


@dataclass(frozen=True, slots=True)
class Site:
    """The routing profile of the node `code`.

    It ships to places in one of the areas that it `covers` and in none that it `excludes`; with `pickup`, goods can be
    fetched there. Without a `calendar` it works every day, by UTC. What is ordered leaves `handling_days` working days
    after the day that it counts as, and is under way as `transit` says, nearest first (its last holds at any distance),
    on the days of `transit_calendar`, or on all. `priority`: the smaller goes first. Costs are in the smallest unit of
    the tenant's money, for each order and each unit. A capacity that is None is without bound. Inactive, it serves
    nobody.
    """

    code: str
    lat: float | None = None
    lng: float | None = None
    nation: str = ""
    region: str = ""
    postcode: str = ""
    calendar: str = ""
    handling_days: int = 0
    transit: tuple[Transit, ...] = TRANSIT
    transit_calendar: str = ""
    priority: int = 0
    cost_order: int = 0
    cost_unit: int = 0
    orders_a_day: int | None = None
    units_a_day: int | None = None
    pickup: bool = False
    covers: tuple[Area, ...] = ()
    excludes: tuple[Area, ...] = ()
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "node")
        for name in ("nation", "region", "calendar", "transit_calendar"):
            if getattr(self, name) != "":
                identifier(getattr(self, name), name)
        if self.postcode and postcode_of(self.postcode) != self.postcode:
            raise InvalidInput("a postcode is written in capitals and digits alone", field="postcode")
        whole(self.handling_days, "handling_days", least=0, most=MAX_DAYS)
        whole(self.priority, "priority", least=0, most=MAX_PRIORITY)
        whole(self.cost_order, "cost_order", least=0)
        whole(self.cost_unit, "cost_unit", least=0)
        for name in ("orders_a_day", "units_a_day"):
            if getattr(self, name) is not None:
                whole(getattr(self, name), name, least=0, most=MAX_QUANTITY)
        flag(self.pickup, "pickup")
        flag(self.active, "active")
        self._bounded_transit()
        self._bounded_areas()

    def _bounded_transit(self) -> None:
        bounds = [each.within_km for each in self.transit]
        if not 1 <= len(bounds) <= MAX_BANDS or bounds[-1] is not None:
            raise InvalidInput(f"transit has 1 to {MAX_BANDS} bands, the last at any distance", field="transit")
        near = [each for each in bounds[:-1] if each is not None]
        if len(near) != len(bounds) - 1 or near != sorted(set(near)):
            raise InvalidInput("bands of transit go from near to far", field="transit")

    def _bounded_areas(self) -> None:
        for name, areas in (("covers", self.covers), ("excludes", self.excludes)):
            if len(areas) > MAX_AREAS:
                raise InvalidInput(f"{name}: more than {MAX_AREAS} areas", field=name, most=MAX_AREAS)
            if self.point is None and any(area.kind == RADIUS for area in areas):
                raise InvalidInput("a radius is around a point: give lat and lng", field=name)
        if sum(len(ring) for area in (*self.covers, *self.excludes) for ring in area.rings) > MAX_CORNERS:
            raise InvalidInput(f"a site has at most {MAX_CORNERS} corners", field="covers", most=MAX_CORNERS)

    @property
    def point(self) -> Point | None:
        return point_of(self.lat, self.lng)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        facts["covers"] = [area.facts() for area in self.covers]
        facts["excludes"] = [area.facts() for area in self.excludes]
        return facts

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Site":
        """The site that an entry keeps."""
        said = dict(facts)
        said["transit"] = tuple(Transit(**each) for each in facts["transit"])
        said["covers"] = tuple(map(Area.of, facts["covers"]))
        said["excludes"] = tuple(map(Area.of, facts["excludes"]))
        return cls(code, **said)
