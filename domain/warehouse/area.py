"""Areas (覆盖范围): where a node delivers, or does not."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput
from domain.warehouse.address import Place
from domain.warehouse.place import MAX_CORNERS, Box, Origin, Ring, Shape, box_around, coordinate, ring_of

ANYWHERE: Final = "anywhere"
NATION: Final = "nation"
REGION: Final = "region"
POSTCODE: Final = "postcode"
RADIUS: Final = "radius"
POLYGON: Final = "polygon"
KINDS: Final = (ANYWHERE, NATION, REGION, POSTCODE, RADIUS, POLYGON)

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


@dataclass(frozen=True, slots=True)
class Area:
    """One part of the world, by its `kind`: `anywhere`; the `nation` or the `region` named `code`, with all below it;
    the postcodes of a `nation` that begin with `code`; `km` around the node; or a polygon.

    `rings`: the outline first, then its holes, each of positions (lng, lat), the first again at the end.
    """

    kind: str
    code: str = ""
    nation: str = ""
    km: float = 0.0
    rings: tuple[Ring, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInput(f"kind must be one of {', '.join(KINDS)}", field="kind", one_of=list(KINDS))
        self._has("code", self.kind in (NATION, REGION, POSTCODE))
        self._has("nation", self.kind == POSTCODE)
        self._has("km", self.kind == RADIUS)
        self._has("rings", self.kind == POLYGON)
        for name in ("code", "nation"):
            if getattr(self, name) != "":
                identifier(getattr(self, name), name)
        if self.kind == POSTCODE and postcode_of(self.code, "code") != self.code:
            raise InvalidInput("a postcode is written in capitals and digits alone", field="code")
        if coordinate(self.km, "km", MAX_KM) < 0:
            raise InvalidInput("km must not be negative", field="km")
        if sum(map(len, self.rings)) > MAX_CORNERS:
            raise InvalidInput(f"an area has at most {MAX_CORNERS} corners", field="rings", most=MAX_CORNERS)
        for ring in self.rings:
            ring_of(ring)

    def _has(self, name: str, wanted: bool) -> None:
        if bool(getattr(self, name)) != wanted:
            raise InvalidInput(f"{name} {'is wanted' if wanted else 'does not go'} with {self.kind}", field=name)

    def facts(self) -> dict[str, Any]:
        """What an entry keeps of it: no more than its kind has."""
        said = {"kind": self.kind, "code": self.code, "nation": self.nation, "km": self.km, "rings": self.rings}
        return {name: value for name, value in said.items() if value}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Area":
        """The area that an entry keeps."""
        rings = tuple(tuple((lng, lat) for lng, lat in ring) for ring in facts.get("rings", ()))
        return cls(facts["kind"], facts.get("code", ""), facts.get("nation", ""), facts.get("km", 0.0), rings)


class Reach(NamedTuple):
    """What an index files a covering under. What a place lies in is always filed under it, and maybe more."""

    anywhere: bool
    nations: frozenset[str]
    regions: frozenset[str]
    prefixes: tuple[tuple[str, str], ...]
    """Each a nation and the beginning of its postcodes."""
    boxes: tuple[Box, ...]


class Covering:
    """The areas of one node at `origin`, ready to be asked.

    `now_called` gives what a region's code stands for today: itself, or the successors of a retired one. What has no
    point, node or place, is in no radius, and a place without one in no polygon.
    """

    __slots__ = ("_km", "_nations", "_origin", "_regions", "_shapes", "anywhere", "prefixes")

    def __init__(
        self, areas: Iterable[Area], origin: Origin | None, now_called: Callable[[str], Iterable[str]]
    ) -> None:
        by_kind: dict[str, list[Area]] = {}
        for area in areas:
            by_kind.setdefault(area.kind, []).append(area)
        self.anywhere = ANYWHERE in by_kind
        self._nations = frozenset(area.code for area in by_kind.get(NATION, ()))
        self._regions = frozenset(code for area in by_kind.get(REGION, ()) for code in now_called(area.code))
        self.prefixes = tuple((area.nation, area.code) for area in by_kind.get(POSTCODE, ()))
        self._shapes = [Shape((area.rings,)) for area in by_kind.get(POLYGON, ())]
        self._km = max((area.km for area in by_kind.get(RADIUS, ())), default=-1.0)
        self._origin = origin

    @property
    def reach(self) -> Reach:
        boxes = [box for shape in self._shapes for box in shape.boxes]
        if self._origin is not None and self._km >= 0.0:
            boxes.append(box_around(self._origin.point, self._km))
        return Reach(self.anywhere, self._nations, self._regions, self.prefixes, tuple(boxes))

    def holds(self, place: Place) -> bool:
        """Whether the place lies in one of the areas."""
        if self.anywhere or place.nation in self._nations or not self._regions.isdisjoint(place.regions):
            return True
        for nation, prefix in self.prefixes:
            if place.nation == nation and place.postcode.startswith(prefix):
                return True
        at = place.origin
        if at is None:
            return False
        if self._origin is not None and self._km >= 0.0 and at.km(self._origin) <= self._km:
            return True
        return any(shape.holds(at.point) for shape in self._shapes)
