"""Draw the house from its code: `python -m bench.draw_house docs/house.svg`.

Storeys from the street down to the foundation, and rooms with what is in them. Every import between rooms is an arrow:
one within a storey is drawn in the room, before the name it leads to; those from a storey down to another run side by
side as strands of one bundle, past the storeys between. The drawing is a function of the code alone, so the same code
gives the same bytes.
"""

import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

from bench.house_plan import ARROW, BREAK, HEAD, LINE, PAD, Band, Box, band, bundles
from bench.house_style import MONO, SANS, SMALL, style
from bench.measure_house import ANNEX, House, measure

WIDTH: Final = 940
LEFT: Final = 28
RIGHT: Final = WIDTH - LEFT
TOP: Final = 122
"""From the page's edge to the first storey: the roof."""
STREET: Final = 54
"""Height between two storeys, where the arrows can be counted."""
STRAND: Final = 2
"""Distance of two arrows of a bundle."""
TIP: Final = 12
"""Height of a bundle's head."""
SIDE: Final = 13
"""Room on both sides of a bundle that passes a storey."""

SAYS: Final = {
    "entrypoints": "the doors: translate, call, translate back",
    "adapters": "the tradesmen: a folder a technology",
    "application": "the rooms: a file a use case",
    "domain": "the foundation: pure Python, no input or output",
    ANNEX: "the annex: the published language",
}
LABELLED: Final = f'aria-labelledby="t d" font-family="{SANS}"'


class Drawing:
    """Storeys placed from above, so that every bundle of arrows between two of them has its way straight down."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.bundles = bundles(house)
        self.bands: dict[str, Band] = {}
        y = float(TOP)
        for level in (
            [("entrypoints", LEFT, RIGHT)],
            self._beside(y),
            [("application", LEFT + self._lane("adapters", "domain"), self._inner - self._lane(ANNEX, "domain"))],
            [("domain", LEFT, RIGHT)],
        ):
            found = [placed for storey, x, right in level if (placed := band(house, storey, x, right, y))]
            height = max((each.height for each in found), default=0.0)
            for each in found:
                each.settle(height)
                self.bands[each.storey] = each
            y += height + STREET if found else 0
        self.height = round(y - STREET + 96)

    def _lane(self, above: str, below: str) -> float:
        """The width that a bundle takes where it passes a storey."""
        count = len(self.bundles.get((above, below), ()))
        return count * STRAND + 2 * SIDE if count else 0

    @property
    def _inner(self) -> float:
        """The right edge of the storeys that the way from the doors to the foundation passes."""
        return RIGHT - self._lane("entrypoints", "domain")

    def _beside(self, y: float) -> list[tuple[str, float, float]]:
        """Adapters and annex beside one another, divided so that the higher is as low as can be."""
        if not self.house.on(ANNEX):
            return [("adapters", LEFT, self._inner - self._lane("entrypoints", "application"))]
        way = max(self._lane("entrypoints", "application"), SIDE)

        def divided(share: int) -> list[tuple[str, float, float]]:
            middle = round(LEFT + (self._inner - LEFT - way) * share / 100, 1)
            return [("adapters", LEFT, middle), (ANNEX, middle + way, self._inner)]

        def height(share: int) -> float:
            placed = [band(self.house, *each, y) for each in divided(share)]
            return max(each.height for each in placed if each)

        return divided(min(range(40, 61, 2), key=lambda share: (height(share), abs(share - 50))))

    def _way(self, above: str, below: str) -> float:
        """Where the bundle from a storey down to another runs."""
        one, other = self.bands[above], self.bands[below]
        if below == "domain" and above != "application":
            lane = self._lane(above, below) / 2
            return {"adapters": LEFT + lane, ANNEX: self._inner - lane}.get(above, RIGHT - lane)
        if (above, below) == ("entrypoints", "application"):
            edge = self.bands["adapters"].right if "adapters" in self.bands else one.middle
            return edge + self._lane(above, below) / 2
        if (above, below) == ("entrypoints", "adapters"):
            return other.x + other.width / 4
        return (max(one.x, other.x) + min(one.right, other.right)) / 2

    def arrows(self) -> Iterator[str]:
        """Every import from a storey down to another as a strand, and for each bundle of them a head and a count."""
        for (above, below), pairs in self.bundles.items():
            way, top, end = self._way(above, below), self.bands[above].bottom, self.bands[below].y
            half = (len(pairs) - 1) * STRAND / 2
            for number, (source, target) in enumerate(pairs):
                x = round(way - half + number * STRAND, 1)
                yield (
                    f'<path class="arrow strand {above}" d="M{x:g} {top:g}V{end - TIP:g}">'
                    f"<title>{source} imports {target}</title></path>"
                )
            yield (
                f'<path class="tip {above}" '
                f'd="M{way - half - 5:g} {end - TIP:g}H{way + half + 5:g}L{way:g} {end - 1:g}Z"/>'
            )
            right = "adapters" in (above, below)
            x, anchor = (way + half + 10, "start") if right else (way - half - 10, "end")
            yield (
                f'<text class="count {above}" x="{x:g}" y="{top + STREET / 2 + 1:g}" text-anchor="{anchor}">'
                f"{len(pairs)} to {below}</text>"
            )

    def svg(self) -> str:
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" role="img" {LABELLED}>',
            '<title id="t">The house of Entrepot</title>',
            f'<desc id="d">{escape(self._said())}</desc>',
            f"<style>{style()}</style>",
            *self._walls(),
            *(part for each in self.bands.values() for part in _storey(each)),
            *self.arrows(),
            *self._legend(),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _said(self) -> str:
        return "; ".join(f"{one} imports {other}" for one, other in sorted(self.house.imports))

    def _walls(self) -> Iterator[str]:
        middle, eaves, floor = WIDTH / 2, TOP - 24, self.height - 78
        yield f'<rect class="page" width="{WIDTH}" height="{self.height}" rx="14"/>'
        yield f'<path class="roof" d="M{middle:g} 8L{WIDTH - 4} {eaves}H4Z"/>'
        yield f'<rect class="wall" x="14" y="{eaves}" width="{WIDTH - 28}" height="{floor - eaves}"/>'
        yield f'<rect class="ground" x="4" y="{floor}" width="{WIDTH - 8}" height="10" rx="3"/>'
        yield f'<text class="name" x="{middle:g}" y="62" text-anchor="middle">Entrepot</text>'
        yield (
            f'<text class="about" x="{middle:g}" y="85" text-anchor="middle">'
            "stock that is counted, held and promised, and never sold twice</text>"
        )

    def _legend(self) -> Iterator[str]:
        for above, line in (
            (40, "Every arrow is an import in the code as it is now, in the colour of the storey it comes from."),
            (20, "None may lead to a storey above, and a test sees to it."),
        ):
            yield (f'<text class="role" x="{WIDTH / 2:g}" y="{self.height - above}" text-anchor="middle">{line}</text>')


def _storey(placed: Band) -> Iterator[str]:
    storey, x, y = placed.storey, placed.x, placed.y
    yield (
        f'<rect class="band {storey}" x="{x:g}" y="{y:g}" width="{placed.width:g}" height="{placed.height:g}" rx="12"/>'
    )
    yield (
        f'<text x="{x + PAD:g}" y="{y + 27:g}"><tspan class="storey {storey}">{storey}</tspan>'
        f'<tspan class="role" dx="10">{SAYS[storey]}</tspan></text>'
    )
    for row in placed.rows:
        for box in row:
            yield from _room(box)


def _room(box: Box) -> Iterator[str]:
    room, x = box.room, box.x + PAD
    yield f'<g class="room {room.storey}">'
    yield f'<rect class="box" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="8"/>'
    yield f'<text class="label" x="{x:g}" y="{box.y + 25:g}">{room.short}</text>'
    y = box.y + HEAD
    for text in box.texts:
        y += BREAK if text.style == "gap" else LINE
        if text.style == "lean":
            yield from _leaning(text.line.split(), room.storey, x, y - 4)
        elif text.line:
            yield f'<text class="{text.style}" x="{x:g}" y="{y - 4:g}">{escape(text.line)}</text>'
    yield "</g>"


def _leaning(names: list[str], storey: str, x: float, y: float) -> Iterator[str]:
    """A short arrow before each room that is leaned on."""
    letter = SMALL * MONO
    for name in names:
        yield f'<path class="arrow {storey}" d="M{x:g} {y - 4:g}h15m-5 -4l5 4l-5 4"/>'
        x = round(x + len(ARROW) * letter, 1)
        yield f'<text class="code" x="{x:g}" y="{y:g}">{name}</text>'
        x = round(x + (len(name) + 1) * letter, 1)


def draw(root: Path | None = None) -> str:
    """The picture of the code as it is now, as SVG."""
    return Drawing(measure(root) if root else measure()).svg()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw(), encoding="utf-8")
