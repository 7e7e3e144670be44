"""Coverage (覆盖范围): where a node delivers, or where it does not."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.kernel.quantity import flag, identifier
from domain.kernel.refusal import InvalidInput
from domain.warehouse.address import Place
from domain.warehouse.place import MAX_CORNERS, Box, Origin, Polygon, Shape, box_around, coordinate, ring_of

MAX_CODES: Final = 500
"""Most nations, most regions, and most beginnings of postcodes of one coverage."""

MAX_POLYGONS: Final = 100
MAX_RINGS: Final = 100
"""Most rings of one polygon."""

MAX_KM: Final = 20_100.0
"""Beyond half the earth's girth nothing lies."""

MAX_POSTCODE: Final = 16
_POSTCODE: Final = re.compile(r"[0-9A-Z]{1,16}")


def postcode_of(value: object, field: str = "postcode") -> str:
    """A postcode as it is compared: capitals and digits alone ("K1A 0B1" is K1A0B1). Raises InvalidInput."""
    said = identifier(value, field, most=2 * MAX_POSTCODE).upper().replace(" ", "").replace("-", "")
    if not _POSTCODE.fullmatch(said):
        raise InvalidInput(f"{field} must be 1 to {MAX_POSTCODE} letters and digits", field=field)
    return said


def compared(value: object, field: str) -> str:
    """`value` if it is a postcode, or the beginning of one, as it is compared. Raises InvalidInput."""
    if type(value) is not str or not _POSTCODE.fullmatch(value):
        raise InvalidInput(
            f"{field} must be 1 to {MAX_POSTCODE} capitals and digits, and nothing between them", field=field
        )
    return value


@dataclass(frozen=True, slots=True)
class Prefix:
    """The postcodes of a `nation` that begin with `prefix`."""

    nation: str
    prefix: str

    def __post_init__(self) -> None:
        identifier(self.nation, "nation")
        compared(self.prefix, "prefix")


@dataclass(frozen=True, slots=True)
class Coverage:
    """A part of the world: what lies in any of these. `anywhere`; nations and regions by their codes, with all below
    them; postcodes by what they begin with; what is within `km` of the node (0: nothing); and polygons, each its
    outline and then its holes, each of these a ring of positions (lng, lat), the first again at the end.
    """

    anywhere: bool = False
    nations: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    postcodes: tuple[Prefix, ...] = ()
    km: float = 0.0
    polygons: tuple[Polygon, ...] = ()

    def __post_init__(self) -> None:
        flag(self.anywhere, "anywhere")
        for name in ("nations", "regions", "postcodes"):
            if len(getattr(self, name)) > MAX_CODES:
                raise InvalidInput(f"{name}: more than {MAX_CODES}", field=name, most=MAX_CODES)
        for code in self.nations:
            identifier(code, "nations")
        for code in self.regions:
            identifier(code, "regions")
        if coordinate(self.km, "km", MAX_KM) < 0.0:
            raise InvalidInput("km must not be negative", field="km", least=0)
        if len(self.polygons) > MAX_POLYGONS or any(not 1 <= len(polygon) <= MAX_RINGS for polygon in self.polygons):
            raise InvalidInput(
                f"at most {MAX_POLYGONS} polygons, each of 1 to {MAX_RINGS} rings", field="polygons", most=MAX_POLYGONS
            )
        if self.corners > MAX_CORNERS:
            raise InvalidInput(f"polygons: more than {MAX_CORNERS} corners", field="polygons", most=MAX_CORNERS)
        for polygon in self.polygons:
            for ring in polygon:
                ring_of(ring)

    @property
    def corners(self) -> int:
        """Of all polygons together."""
        return sum(len(ring) for polygon in self.polygons for ring in polygon)

    def facts(self) -> dict[str, Any]:
        """What an entry keeps of it: no more than there is."""
        said = {
            "anywhere": self.anywhere,
            "nations": self.nations,
            "regions": self.regions,
            "postcodes": [[each.nation, each.prefix] for each in self.postcodes],
            "km": self.km,
            "polygons": self.polygons,
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Coverage":
        """The coverage that an entry keeps."""
        return cls(
            facts.get("anywhere", False),
            tuple(facts.get("nations", ())),
            tuple(facts.get("regions", ())),
            tuple(Prefix(nation, prefix) for nation, prefix in facts.get("postcodes", ())),
            facts.get("km", 0.0),
            tuple(tuple(tuple(map(tuple, ring)) for ring in polygon) for polygon in facts.get("polygons", ())),
        )


NOWHERE: Final = Coverage()


class Reach(NamedTuple):
    """What an index files a covering under. What a place lies in is always filed under it, and maybe more."""

    anywhere: bool
    nations: frozenset[str]
    regions: frozenset[str]
    prefixes: tuple[tuple[str, str], ...]
    """Each a nation and the beginning of its postcodes."""
    boxes: tuple[Box, ...]


class Covering:
    """The coverage of one node at `origin`, ready to be asked.

    `now_called` gives what a region's code stands for today: itself, or the successors of a retired one. What has no
    point, node or place, is in no radius, and a place without one in no polygon.
    """

    __slots__ = ("_coverage", "_origin", "_prefixes", "_regions", "_shape", "nations")

    def __init__(self, coverage: Coverage, origin: Origin | None, now_called: Callable[[str], Iterable[str]]) -> None:
        self._coverage = coverage
        self.nations = frozenset(coverage.nations)
        self._regions = frozenset(code for named in coverage.regions for code in now_called(named))
        self._prefixes = tuple((each.nation, each.prefix) for each in coverage.postcodes)
        self._shape = Shape(coverage.polygons) if coverage.polygons else None
        self._origin = origin if coverage.km > 0.0 else None

    @property
    def reach(self) -> Reach:
        boxes = [] if self._shape is None else [*self._shape.boxes]
        if self._origin is not None:
            boxes.append(box_around(self._origin.point, self._coverage.km))
        return Reach(self._coverage.anywhere, self.nations, self._regions, self._prefixes, tuple(boxes))

    def holds(self, place: Place) -> bool:
        """Whether the place lies in it."""
        coverage = self._coverage
        if coverage.anywhere or place.nation in self.nations or not self._regions.isdisjoint(place.regions):
            return True
        for nation, prefix in self._prefixes:
            if place.nation == nation and place.postcode.startswith(prefix):
                return True
        at = place.origin
        if at is None:
            return False
        if self._origin is not None and at.km(self._origin) <= coverage.km:
            return True
        return self._shape is not None and self._shape.holds(at.point)
