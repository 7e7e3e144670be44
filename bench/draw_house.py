"""Draw the house from its code: `python -m bench.draw_house docs/house.svg`.

Storeys from the street down to the foundation, rooms with what is in them, and every import between rooms as an arrow.
The drawing is a function of the code alone, so the same code gives the same bytes.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from bench.house_style import MONO, PROSE, SANS, SMALL, style
from bench.measure_house import ANNEX, STOREYS, House, Room, measure

WIDTH: Final = 1088
MARGIN: Final = 28
LABEL: Final = 140
GAP: Final = 40
STREET: Final = 84
"""Height between two storeys, where the arrows run."""
LANE: Final = 4
"""Distance of two arrows that pass a storey side by side."""
ROOF: Final = 96
PAD: Final = 14
LINE: Final = 17

SAYS: Final = {
    "entrypoints": ("the doors", "translate, call,", "translate back"),
    "adapters": ("the tradesmen", "one folder for", "each technology"),
    "application": ("the rooms", "one file for", "each use case"),
    "domain": ("the foundation", "pure Python,", "no input or output"),
    ANNEX: ("the annex", "published language", "and its suites"),
}
LABELLED: Final = f'aria-labelledby="t d" font-family="{SANS}"'


class Text(NamedTuple):
    """One line of a room: its style class and what it says."""

    style: str
    line: str


@dataclass
class Box:
    """A room with its place on the drawing."""

    room: Room
    x: float
    y: float
    width: float
    height: float
    texts: list[Text]

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def wrap(words: Iterable[str], width: float, letter: float, glue: str = " ") -> list[str]:
    """Words in lines no wider than `width`, a letter being `letter` wide."""
    lines: list[str] = []
    for word in words:
        if lines and (len(lines[-1]) + len(glue) + len(word)) * letter <= width:
            lines[-1] += glue + word
        else:
            lines.append(word)
    return lines


def furnish(room: Room, width: float) -> list[Text]:
    """What a room shows: what it is for, then its use cases and ports, or its modules, or the ports it plugs into."""
    inner = width - 2 * PAD
    prose, code = SMALL * PROSE, SMALL * MONO
    sentence = room.about.partition(". ")[0].rstrip(".").replace("`", "")
    texts = [Text("about", line) for line in wrap(sentence.split(), inner, prose)]

    def listed(title: str, names: list[str]) -> Iterator[Text]:
        if names:
            yield Text("gap", "")
            yield Text("title", title)
            yield from (Text("code", line) for line in wrap(names, inner, code, " · "))

    if room.storey == "application":
        texts += listed("use cases", room.use_cases)
        texts += listed("ports", room.ports)
    if room.storey == "adapters":
        texts += listed("plugs into", sorted(room.plugs))
    if room.storey in ("domain", ANNEX) or room.short == "kernel":
        texts += listed("modules", room.modules)
    return texts


def weight(room: Room) -> float:
    """How much width a room needs beside its neighbours."""
    listed = [*room.use_cases, *room.ports, *room.plugs]
    if room.storey in ("domain", ANNEX) or room.short == "kernel":
        listed += room.modules
    return float((len(room.about) + 1.6 * sum(len(name) + 3 for name in listed)) ** 0.7 + 20)


def place(rooms: list[Room], left: float, right: float, y: float) -> list[Box]:
    """The rooms side by side from `left` to `right`, all as high as the fullest."""
    if not rooms:
        return []
    free = right - left - GAP * (len(rooms) - 1)
    total = sum(weight(room) for room in rooms)
    boxes, x = [], left
    for room in rooms:
        width = round(free * weight(room) / total, 1)
        boxes.append(Box(room, x, y, width, 0, furnish(room, width)))
        x += width + GAP
    height = max(34 + sum(9 if text.style == "gap" else LINE for text in box.texts) + PAD for box in boxes)
    for box in boxes:
        box.height = height
    return boxes


class Run(NamedTuple):
    """An arrow between two storeys, with the places of its ends along the rooms' edges."""

    source: str
    target: str
    start: float
    end: float


class Drawing:
    """Rooms placed storey by storey, then the arrows between them through the gaps."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.rows: list[list[Box]] = []
        y = float(MARGIN + ROOF + 34)
        for storey in STOREYS:
            rooms = house.on(storey) + (house.on(ANNEX) if storey == "adapters" else [])
            row = place(rooms, MARGIN + LABEL, WIDTH - MARGIN - PAD, y)
            if row:
                self.rows.append(row)
                y += row[0].height + STREET
        self.height = round(y - STREET + 104)
        self.boxes = {box.room.name: box for row in self.rows for box in row}
        self.level = {box.room.name: level for level, row in enumerate(self.rows) for box in row}

    def gaps(self, level: int) -> list[float]:
        """Where arrows may pass a storey: between its rooms and at both ends."""
        row = self.rows[level]
        between = [box.x + box.width + GAP / 2 for box in row[:-1]]
        return [row[0].x - GAP / 2, *between, row[-1].x + row[-1].width + PAD / 2]

    def arrows(self) -> Iterator[str]:
        """Every import as a path. Its ends are spread along the rooms' edges in the order of the other ends."""
        leaving: dict[str, list[str]] = defaultdict(list)
        coming: dict[str, list[str]] = defaultdict(list)
        down = sorted(pair for pair in self.house.imports if self.level[pair[0]] < self.level[pair[1]])
        for source, target in down:
            leaving[source].append(target)
            coming[target].append(source)
        for names in (*leaving.values(), *coming.values()):
            names.sort(key=lambda name: (self.boxes[name].middle, name))
        runs = [
            Run(
                source,
                target,
                self._end(self.boxes[source], leaving[source], target),
                self._end(self.boxes[target], coming[target], source),
            )
            for source, target in down
        ]
        lanes = self._lanes(runs)
        for run in runs:
            yield self._down(run, lanes)
        for source, target in sorted(self.house.imports - set(down)):
            yield self._beside(source, target)

    def _lanes(self, runs: list[Run]) -> dict[tuple[Run, int], float]:
        """Where each arrow passes each storey between its ends: through the nearest gap, beside the others there."""
        passing: dict[tuple[int, float], list[Run]] = defaultdict(list)
        for run in runs:
            first, last = self.level[run.source], self.level[run.target]
            for level in range(first + 1, last):
                aim = run.start + (run.end - run.start) * (level - first) / (last - first)
                passing[level, min(self.gaps(level), key=lambda gap: (abs(gap - aim), gap))].append(run)
        lanes = {}
        for (level, gap), through in passing.items():
            through.sort(key=lambda run: (run.start + run.end, run))
            step = min(LANE, (GAP - 8) / len(through))
            for number, run in enumerate(through):
                lanes[run, level] = round(gap + (number - (len(through) - 1) / 2) * step, 1)
        return lanes

    def _end(self, box: Box, others: list[str], other: str) -> float:
        step = min(26.0, (box.width - 28) / max(1, len(others)))
        return round(box.middle + (others.index(other) - (len(others) - 1) / 2) * step, 1)

    def _down(self, run: Run, lanes: dict[tuple[Run, int], float]) -> str:
        source, target = self.boxes[run.source], self.boxes[run.target]
        x, y = run.start, source.y + source.height
        path = [f"M{x:g} {y:g}"]
        for level in range(self.level[run.source] + 1, self.level[run.target]):
            row, lane = self.rows[level], lanes[run, level]
            path.append(_curve(x, y, lane, row[0].y))
            x, y = lane, row[0].y + row[0].height
            path.append(f"L{x:g} {y:g}")
        path.append(_curve(x, y, run.end, target.y - 7))
        far = " far" if len(path) > 2 else ""
        return _path(source.room.storey, "".join(path), far)

    def _beside(self, source: str, target: str) -> str:
        """An arrow within a storey: straight to a neighbour, else in an arc below the rooms."""
        one, other = self.boxes[source], self.boxes[target]
        row = self.rows[self.level[source]]
        if abs(row.index(one) - row.index(other)) == 1:
            y = one.y + 22
            x, end = (one.x, other.x + other.width + 7) if other.x < one.x else (one.x + one.width, other.x - 7)
            return _path(one.room.storey, f"M{x:g} {y:g}L{end:g} {y:g}")
        y = one.y + one.height
        x, end = one.middle, other.x + other.width - 22 if other.x < one.x else other.x + 22
        return _path(one.room.storey, f"M{x:g} {y:g}C{x:g} {y + 40:g} {end:g} {y + 40:g} {end:g} {y + 7:g}")

    def svg(self) -> str:
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" role="img" {LABELLED}>',
            '<title id="t">The house of Entrepot</title>',
            f'<desc id="d">{escape(self._said())}</desc>',
            f"<style>{style()}</style>",
            f"<defs>{''.join(_marker(storey) for storey in (*STOREYS, ANNEX))}</defs>",
            *self._walls(),
            *(self._storey(row) for row in self.rows),
            *self.arrows(),
            *(part for row in self.rows for box in row for part in _room(box)),
            *self._legend(),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _said(self) -> str:
        return "; ".join(f"{one} imports {other}" for one, other in sorted(self.house.imports))

    def _walls(self) -> Iterator[str]:
        middle, eaves, floor = WIDTH / 2, MARGIN + ROOF, self.height - 62
        yield f'<rect class="page" width="{WIDTH}" height="{self.height}" rx="14"/>'
        yield f'<path class="roof" d="M{middle:g} {MARGIN - 12}L{WIDTH - 6} {eaves}H6Z"/>'
        yield f'<rect class="wall" x="18" y="{eaves}" width="{WIDTH - 36}" height="{floor - eaves}"/>'
        yield f'<rect class="ground" x="6" y="{floor}" width="{WIDTH - 12}" height="10" rx="3"/>'
        yield f'<text class="name" x="{middle:g}" y="{MARGIN + 52}" text-anchor="middle">Entrepot</text>'
        yield (
            f'<text class="about" x="{middle:g}" y="{MARGIN + 76}" text-anchor="middle">'
            "stock that is counted, held and promised, and never sold twice</text>"
        )

    def _storey(self, row: list[Box]) -> str:
        storey, top = row[0].room.storey, row[0].y
        role, *says = SAYS[storey]
        x = MARGIN + 6
        lines = [
            f'<text class="storey {storey}" x="{x}" y="{top + 24:g}">{storey}</text>',
            f'<text class="role" x="{x}" y="{top + 44:g}">{role}:</text>',
        ]
        lines += [f'<text class="role" x="{x}" y="{top + 61 + 17 * n:g}">{line}</text>' for n, line in enumerate(says)]
        return "\n".join(lines)

    def _legend(self) -> Iterator[str]:
        y = self.height - 30
        yield (
            f'<text class="role" x="{WIDTH / 2:g}" y="{y}" text-anchor="middle">Every arrow is an import in the code '
            "as it is now, in the colour of the storey it comes from. None may lead to a storey above, "
            "and a test sees to it.</text>"
        )


def _marker(storey: str) -> str:
    return (
        f'<marker id="{storey}" viewBox="0 0 10 10" refX="3" refY="5" markerWidth="9" markerHeight="9" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path class="tip {storey}" d="M0 0L10 5L0 10Z"/></marker>'
    )


def _curve(x: float, y: float, end: float, below: float) -> str:
    middle = (y + below) / 2
    return f"C{x:g} {middle:g} {end:g} {middle:g} {end:g} {below:g}"


def _path(storey: str, d: str, far: str = "") -> str:
    return f'<path class="arrow {storey}{far}" marker-end="url(#{storey})" d="{d}"/>'


def _room(box: Box) -> Iterator[str]:
    room = box.room
    yield f'<g class="room {room.storey}">'
    yield f'<rect class="box" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="9"/>'
    label = room.name if room.storey == ANNEX else room.short
    yield f'<text class="label" x="{box.x + PAD:g}" y="{box.y + 26:g}">{label}</text>'
    y = box.y + 34.0
    for text in box.texts:
        y += 9 if text.style == "gap" else LINE
        if text.line:
            yield f'<text class="{text.style}" x="{box.x + PAD:g}" y="{y - 3:g}">{escape(text.line)}</text>'
    yield "</g>"


def draw(root: Path | None = None) -> str:
    """The picture of the code as it is now, as SVG."""
    return Drawing(measure(root) if root else measure()).svg()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw(), encoding="utf-8")
