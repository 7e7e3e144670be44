"""Sites: what routing knows of a node (仓 / 门店). Where it is, when it works, where it delivers, at what cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.quantity import MAX_QUANTITY, flag, identifier, whole
from domain.kernel.refusal import InvalidInput
from domain.warehouse.coverage import MAX_KM, NOWHERE, Coverage, compared
from domain.warehouse.place import MAX_CORNERS, Point, coordinate, point_of

SITE: Final = "site"
"""The register that sites are entered in, by the codes of their nodes."""

MAX_BANDS: Final = 16
MAX_DAYS: Final = 30
MAX_PRIORITY: Final = 10_000


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
"""Of a site that does not say how long its parcels are under way."""


@dataclass(frozen=True, slots=True)
class Site:
    """The routing profile of the node `code`.

    It ships to what it `covers` (None: nowhere) and does not `exclude`; with `pickup`, goods can be fetched there.
    Without a `calendar` it works every day, by UTC. What is ordered leaves `handling_days` working days after the day
    that it counts as, and is under way as `transit` says, from near to far (its last holds at any distance; without
    any, 1 to 3 days), on the days of `transit_calendar`, or on all. `priority`: the smaller goes first. Costs are in
    the smallest unit of the tenant's money, for each order and each unit. A capacity that is None is without bound.
    Inactive, it serves nobody.
    """

    code: str
    lat: float | None = None
    lng: float | None = None
    nation: str = ""
    region: str = ""
    postcode: str = ""
    calendar: str = ""
    handling_days: int = 0
    transit: tuple[Transit, ...] = ()
    transit_calendar: str = ""
    priority: int = 0
    cost_order: int = 0
    cost_unit: int = 0
    orders_a_day: int | None = None
    units_a_day: int | None = None
    pickup: bool = False
    covers: Coverage | None = None
    excludes: Coverage | None = None
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "node")
        for name in ("nation", "region", "calendar", "transit_calendar"):
            if getattr(self, name) != "":
                identifier(getattr(self, name), name)
        if self.postcode != "":
            compared(self.postcode, "postcode")
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
        self._bounded_coverage()

    def _bounded_transit(self) -> None:
        if len(self.transit) > MAX_BANDS:
            raise InvalidInput(f"transit has at most {MAX_BANDS} bands", field="transit", most=MAX_BANDS)
        if not self.transit:
            return
        near = [each.within_km for each in self.transit[:-1]]
        if self.transit[-1].within_km is not None or None in near:
            raise InvalidInput("of the bands of transit the last, and no other, is of any distance", field="transit")
        if near != sorted({each for each in near if each is not None}):
            raise InvalidInput("bands of transit go from near to far", field="transit")

    def _bounded_coverage(self) -> None:
        covered = (self.covers or NOWHERE, self.excludes or NOWHERE)
        if self.point is None and any(each.km > 0.0 for each in covered):
            raise InvalidInput("a radius is around a point: give lat and lng", field="km")
        if sum(each.corners for each in covered) > MAX_CORNERS:
            raise InvalidInput(f"a site has at most {MAX_CORNERS} corners", field="polygons", most=MAX_CORNERS)

    @property
    def point(self) -> Point | None:
        return point_of(self.lat, self.lng)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        for name in ("covers", "excludes"):
            coverage: Coverage | None = getattr(self, name)
            facts[name] = None if coverage is None else coverage.facts()
        return facts

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Site":
        """The site that an entry keeps."""
        said = dict(facts)
        said["transit"] = tuple(Transit(**each) for each in facts["transit"])
        for name in ("covers", "excludes"):
            said[name] = None if facts[name] is None else Coverage.of(facts[name])
        return cls(code, **said)
