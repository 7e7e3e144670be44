"""A coverage index of grids: six, from a quarter of a degree to ninety, and a box lies in the one that fits it."""

from collections.abc import Iterator
from math import floor
from typing import Final

from domain.warehouse.address import Place
from domain.warehouse.coverage import Reach
from domain.warehouse.place import Box

SIZES: Final = (0.25, 0.75, 2.25, 7.5, 22.5, 90.0)
"""Degrees of a cell, each of which divides the circle."""

MOST_CELLS: Final = 16
"""A box that would need more of one grid lies in the next, wider one."""

MARGIN: Final = 1e-9
"""Degrees that a box is made wider by, so that what is rounded does not fall out of it."""

Key = tuple[object, ...]


class GridIndex:
    """Answers `CoverageIndex`: a place is looked up under its nation, its regions, the beginnings of its postcode, and
    the one cell of each grid that it lies in; whatever is filed there may cover it."""

    def __init__(self) -> None:
        self._filed: dict[Key, set[str]] = {}
        self._keys: dict[str, tuple[Key, ...]] = {}

    def put(self, code: str, reach: Reach) -> None:
        self.drop(code)
        keys = tuple(dict.fromkeys(_keys(reach)))
        for key in keys:
            self._filed.setdefault(key, set()).add(code)
        self._keys[code] = keys

    def drop(self, code: str) -> None:
        for key in self._keys.pop(code, ()):
            here = self._filed[key]
            here.discard(code)
            if not here:
                del self._filed[key]

    def around(self, place: Place) -> set[str]:
        filed = self._filed
        return set().union(*[filed[key] for key in _looked_up(place) if key in filed])


def _keys(reach: Reach) -> Iterator[Key]:
    if reach.anywhere:
        yield ("anywhere",)
    for nation in reach.nations:
        yield ("nation", nation)
    for region in reach.regions:
        yield ("region", region)
    for nation, prefix in reach.prefixes:
        yield ("postcode", nation, prefix)
    for box in reach.boxes:
        yield from _cells(box)


def _looked_up(place: Place) -> Iterator[Key]:
    yield ("anywhere",)
    yield ("nation", place.nation)
    for region in place.regions:
        yield ("region", region)
    for length in range(1, len(place.postcode) + 1):
        yield ("postcode", place.nation, place.postcode[:length])
    if place.point is not None:
        for size in SIZES:
            yield (size, _column(place.point.lng, size) % round(360.0 / size), _row(place.point.lat, size))


def _cells(box: Box) -> Iterator[Key]:
    """The cells that a box touches, of the finest grid of which they are few."""
    for size in SIZES:
        columns = range(_column(box.west - MARGIN, size), _column(box.east + MARGIN, size) + 1)
        rows = range(_row(box.south - MARGIN, size), _row(box.north + MARGIN, size) + 1)
        if len(columns) * len(rows) <= MOST_CELLS or size == SIZES[-1]:
            round_the_earth = round(360.0 / size)
            for column in columns[:round_the_earth]:
                for row in rows:
                    yield (size, column % round_the_earth, row)
            return


def _column(lng: float, size: float) -> int:
    return floor((lng + 180.0) / size)


def _row(lat: float, size: float) -> int:
    return floor((lat + 90.0) / size)
