"""Places on the earth: points, how far they are apart, and polygons with holes."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import asin, cos, degrees, radians, sin, sqrt
from typing import Final, NamedTuple

from domain.kernel.refusal import InvalidInput

EARTH_KM: Final = 6371.0088
"""The earth's mean radius (IUGG): distances are along a sphere, within 0.6 % of the true ones."""

HALF_TURN: Final = radians(180.0)

MAX_CORNERS: Final = 5_000
"""Most corners of the polygons of one site, of all rings together."""

PAIR: Final = 2
"""Numbers of a position."""

CLOSED: Final = 4
"""Fewest positions of a ring: three corners, and the first again (RFC 7946)."""

Ring = tuple[tuple[float, ...], ...]
"""Positions (lng, lat), as GeoJSON has them; the last is the first."""

Polygon = tuple[Ring, ...]
"""An outline, and the holes in it."""


def coordinate(value: object, field: str, most: float) -> float:
    """`value` as a float if it is a number of -most to most. Raises InvalidInput."""
    if type(value) not in (int, float) or not abs(value) <= most:  # type: ignore[arg-type]  # nor is a NaN
        raise InvalidInput(f"{field} must be a number of {-most:g} to {most:g}", field=field, least=-most, most=most)
    return float(value)  # type: ignore[arg-type]


class Point(NamedTuple):
    """Degrees of WGS 84 (or of whatever all points of a tenant are in)."""

    lat: float
    lng: float


def point_of(lat: object, lng: object) -> Point | None:
    """The point, or None where neither is given. Raises InvalidInput."""
    if lat is None and lng is None:
        return None
    return Point(coordinate(lat, "lat", 90.0), coordinate(lng, "lng", 180.0))


class Origin:
    """A point to measure distances from and to: what depends on it alone is worked out once.

    Its place on the unit sphere. Half the chord to another is the square root of what the haversine formula takes the
    arc sine of, and takes no more sines to find.
    """

    __slots__ = ("point", "x", "y", "z")

    def __init__(self, point: Point) -> None:
        self.point = point
        lat, lng = radians(point.lat), radians(point.lng)
        self.x, self.y, self.z = cos(lat) * cos(lng), cos(lat) * sin(lng), sin(lat)

    def km(self, to: "Origin") -> float:
        """How far apart, in kilometres, the shorter way round."""
        x, y, z = to.x - self.x, to.y - self.y, to.z - self.z
        half = 0.5 * sqrt(x * x + y * y + z * z)
        return 2.0 * EARTH_KM * asin(half) if half < 1.0 else EARTH_KM * HALF_TURN


def haversine(one: Point, other: Point) -> float:
    """How far apart two points are on the sphere, in kilometres."""
    return Origin(one).km(Origin(other))


def ring_of(ring: Ring) -> list[tuple[float, float]]:
    """The ring, ready to be asked. Raises InvalidInput unless it is closed, has three corners, goes round no pole."""
    if any(len(position) != PAIR for position in ring):
        raise InvalidInput("a position is [lng, lat]", field="polygons")
    if len(ring) < CLOSED or ring[0] != ring[-1]:
        raise InvalidInput(
            "a ring has three corners or more, and its first position again as its last", field="polygons"
        )
    line = _unrolled([(coordinate(lng, "lng", 180.0), coordinate(lat, "lat", 90.0)) for lng, lat in ring])
    lngs = [lng for lng, _ in line]
    if line[-1] != line[0] or max(lngs) - min(lngs) >= 360.0:
        raise InvalidInput("a ring may not go round the earth or a pole: cut it in two", field="polygons")
    return line


def _unrolled(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ring with longitudes that go on beyond ±180, every edge the short way round. Whole turns are added, nothing
    else: what was exact stays so."""
    turns = 0.0
    line = [ring[0]]
    for (before, _), (after, lat) in pairwise(ring):
        if after - before > 180.0:
            turns -= 360.0
        elif after - before < -180.0:
            turns += 360.0
        line.append((after + turns, lat))
    return line


@dataclass(frozen=True, slots=True)
class Box:
    """From west to east (which may lie beyond 180, where it crosses that meridian), from south to north, in degrees."""

    west: float
    south: float
    east: float
    north: float


def box_around(point: Point, km: float) -> Box:
    """A box that holds everything within `km` of a point; a little larger, so that no rounding leaves anything out."""
    turn = km / EARTH_KM + 1e-9
    north = degrees(turn)
    south, top = point.lat - north, point.lat + north
    reach = sin(min(turn, HALF_TURN / 2)) / max(cos(radians(point.lat)), 1e-12)
    if south <= -90.0 or top >= 90.0 or reach >= 1.0:
        return Box(-180.0, max(south, -90.0), 180.0, min(top, 90.0))
    east = degrees(asin(reach)) + 1e-7
    return Box(point.lng - east, south, point.lng + east, top)


class Shape:
    """Polygons with holes, ready to be asked. An edge is a straight line of the map of degrees, the short way round.

    What lies on an outline is inside, and so is what lies on the edge of a hole; only what is truly within a hole is
    outside. An edge between two longitudes more than half a turn apart crosses the antimeridian: a ring drawn from 179
    to -179 is two degrees wide.
    """

    __slots__ = ("_polygons", "boxes")

    def __init__(self, polygons: Iterable[Polygon]) -> None:
        self._polygons = [[_Outline(ring_of(ring)) for ring in polygon] for polygon in polygons]
        self.boxes = tuple(polygon[0].box for polygon in self._polygons)
        """What surrounds each of the polygons."""

    def holds(self, point: Point) -> bool:
        """Whether the point lies in one of the polygons and in none of its holes."""
        return any(
            outline.side(point) >= 0 and all(hole.side(point) <= 0 for hole in holes)
            for outline, *holes in self._polygons
        )


class _Outline:
    """One ring, and the box around it."""

    __slots__ = ("_line", "box")

    def __init__(self, line: list[tuple[float, float]]) -> None:
        lngs, lats = [lng for lng, _ in line], [lat for _, lat in line]
        self._line = line
        self.box = Box(min(lngs), min(lats), max(lngs), max(lats))

    def side(self, point: Point) -> int:
        """1 within, 0 on the line, -1 outside."""
        box, y = self.box, point.lat
        if not box.south <= y <= box.north:
            return -1
        return max(
            (
                self._across(x, y)
                for x in (point.lng, point.lng + 360.0, point.lng - 360.0)
                if box.west <= x <= box.east
            ),
            default=-1,
        )

    def _across(self, x: float, y: float) -> int:
        """The even-odd rule: how often a ray to the east crosses the line."""
        within = False
        for (x1, y1), (x2, y2) in pairwise(self._line):
            if (y1 > y) != (y2 > y):
                turn = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
                if turn == 0.0:
                    return 0
                if (turn > 0.0) == (y2 > y1):
                    within = not within
            elif y == y2 and (x == x2 or (y == y1 and min(x1, x2) <= x <= max(x1, x2))):
                return 0
        return 1 if within else -1
