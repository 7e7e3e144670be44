"""A promise drawn: where it goes, which nodes send it, and which lost. No tiles, no outside host; drawn to scale.

Equirectangular about the middle of what is shown: true enough for a country, and every place is where it should be
relative to the others. Longitudes are taken the short way round from where it goes. `templates/map.svg` writes it down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, floor, log10, radians
from typing import Final, NamedTuple

WIDTH: Final = 720
HEIGHT: Final = 420
EDGE: Final = 36
SMALLEST: Final = 0.2
"""Degrees of latitude that are shown at least: one place alone is not blown up to nothing."""

KM_PER_DEGREE: Final = 111.195
STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 45)
"""Degrees from one line of the grid to the next."""

LINES: Final = 6
"""Most lines of the grid across, but for the widest step."""

SIZES: Final = {"rejected": 3, "outranked": 4, "chosen": 6}
"""Radius by role, in the order of drawing: what sends something comes last, above the others."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A node on the map, `chosen`, `outranked` or `rejected`; `note` says what it sends, or why it does not."""

    name: str
    lat: float
    lng: float
    role: str
    note: str = ""


class Target(NamedTuple):
    """Where it goes."""

    name: str
    lat: float
    lng: float


class Mark(NamedTuple):
    """A circle; `told` says in words what it is."""

    role: str
    x: float
    y: float
    size: int
    name: str
    told: str


class GridLine(NamedTuple):
    at: float
    label: str


class Scale(NamedTuple):
    """A bar of so many kilometres that ends at the right edge."""

    length: float
    label: str


@dataclass(frozen=True, slots=True)
class PromiseMap:
    """What is to be drawn, in pixels of a picture of WIDTH by HEIGHT; legs run from a chosen mark to the target."""

    target: Mark | None
    marks: tuple[Mark, ...]
    meridians: tuple[GridLine, ...]
    parallels: tuple[GridLine, ...]
    scale: Scale

    width: int = WIDTH
    height: int = HEIGHT

    @property
    def title(self) -> str:
        counted = ", ".join(f"{sum(mark.role == role for mark in self.marks)} {role}" for role in reversed(SIZES))
        return f"Map of where it goes{f', {self.target.name},' if self.target else ''} and of nodes: {counted}"


@dataclass(frozen=True, slots=True)
class _Frame:
    """From degrees to pixels."""

    west: float
    north: float
    across: float
    down: float
    left: float
    top: float

    def x(self, lng: float) -> float:
        return round(self.left + (lng - self.west) * self.across, 1)

    def y(self, lat: float) -> float:
        return round(self.top + (self.north - lat) * self.down, 1)


def promise_map(target: Target | None, spots: Sequence[Spot]) -> PromiseMap | None:
    """None where no place is known."""
    points = [(spot.lat, spot.lng) for spot in spots] + ([(target.lat, target.lng)] if target else [])
    if not points:
        return None
    around = target.lng if target else points[0][1]
    frame = _frame([(lat, _near(lng, around)) for lat, lng in points])
    marks = [
        Mark(
            spot.role,
            frame.x(_near(spot.lng, around)),
            frame.y(spot.lat),
            SIZES[spot.role],
            spot.name,
            f"{spot.name}: {spot.note}" if spot.note else spot.name,
        )
        for spot in sorted(spots, key=lambda spot: list(SIZES).index(spot.role))
    ]
    to = Mark("to", frame.x(target.lng), frame.y(target.lat), 9, target.name, target.name) if target else None
    return PromiseMap(to, tuple(marks), *_grid(frame), _scale(frame))


def _near(lng: float, around: float) -> float:
    """The same meridian, at most half round the earth from `around`."""
    return around + (lng - around + 180) % 360 - 180


def _frame(points: Sequence[tuple[float, float]]) -> _Frame:
    south, north = min(lat for lat, _ in points), max(lat for lat, _ in points)
    west, east = min(lng for _, lng in points), max(lng for _, lng in points)
    narrow = max(cos(radians((south + north) / 2)), 0.05)
    high, wide = max(north - south, SMALLEST), max((east - west) * narrow, SMALLEST)
    down = min((HEIGHT - 2 * EDGE) / high, (WIDTH - 2 * EDGE) / wide)
    across = down * narrow
    return _Frame(
        west, north, across, down, (WIDTH - (east - west) * across) / 2, (HEIGHT - (north - south) * down) / 2
    )


def _grid(frame: _Frame) -> tuple[tuple[GridLine, ...], tuple[GridLine, ...]]:
    """Meridians and parallels, a round number of degrees apart."""
    step = next((each for each in STEPS if WIDTH / (each * frame.across) <= LINES), STEPS[-1])
    first = floor((frame.west - frame.left / frame.across) / step) + 1
    meridians = [
        GridLine(frame.x(n * step), _degrees((n * step + 180) % 360 - 180, "E", "W"))
        for n in range(first, first + int(WIDTH / frame.across / step) + 1)
    ]
    highest = floor((frame.north + frame.top / frame.down) / step)
    parallels = [
        GridLine(frame.y(n * step), _degrees(n * step, "N", "S"))
        for n in range(highest, highest - int(HEIGHT / frame.down / step) - 1, -1)
        if -90 <= n * step <= 90
    ]
    return (
        tuple(line for line in meridians if 0 < line.at < WIDTH),
        tuple(line for line in parallels if 0 < line.at < HEIGHT),
    )


def _degrees(value: float, above: str, below: str) -> str:
    side = above if value > 0 else below
    return f"{abs(round(value, 1)):g}°{side if value else ''}"


def _scale(frame: _Frame) -> Scale:
    """A round number of kilometres, at most a sixth of the width."""
    most = WIDTH / 6 / frame.down * KM_PER_DEGREE
    power = 10.0 ** floor(log10(most))
    km = max(each * power for each in (1, 2, 5) if each * power <= most)
    return Scale(round(km / KM_PER_DEGREE * frame.down, 1), f"{km:g} km")
