"""Where the rooms of the house stand: what each shows, how wide it is, and how a storey's rooms fall into rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, NamedTuple

from bench.house_style import LABEL, MONO, PROSE, SMALL
from bench.measure_house import ANNEX, House, Room

PAD: Final = 13
"""Between a room's wall and its texts."""
GAP: Final = 12
"""Between two rooms, and between a storey's edge and its rooms."""
LINE: Final = 17
HEAD: Final = 34
"""From a room's top to below its name."""
BREAK: Final = 8
"""Above a list in a room."""
TITLE: Final = 40
"""From a storey's top to its first rooms."""
LEAST: Final = 158
"""No room is narrower, in which about twenty letters make a line."""
CALM: Final = 24
"""How much height uneven widths must save in a row to be worth it."""
ARROW: Final = "   "
"""The place of the small arrow before a room that is leaned on."""
BELOW: Final = {
    "entrypoints": ("adapters", ANNEX, "application", "domain"),
    "adapters": ("application", "domain"),
    ANNEX: ("application", "domain"),
    "application": ("domain",),
    "domain": (),
}
"""The storeys that each may lean on, and does so by the arrows between them."""


class Text(NamedTuple):
    """One line of a room: its style class and what it says."""

    style: str
    line: str


@dataclass
class Box:
    """A room with its place on the drawing."""

    room: Room
    texts: list[Text]
    width: float
    height: float
    x: float = 0
    y: float = 0


@dataclass
class Band:
    """A storey, or the annex beside one, with its rooms in rows."""

    storey: str
    rows: list[list[Box]]
    x: float
    y: float
    width: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def height(self) -> float:
        return TITLE + sum(row[0].height + GAP for row in self.rows)

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def settle(self, height: float) -> None:
        """Give every room its place, and the rows what the storey beside is higher."""
        more = (height - self.height) / len(self.rows)
        y = self.y + TITLE
        for row in self.rows:
            x = self.x + GAP
            for box in row:
                box.x, box.y, box.height = round(x, 1), round(y, 1), round(box.height + more, 1)
                x += box.width + GAP
            y += row[0].height + GAP


def wrap(words: Iterable[str], width: float, letter: float, glue: str = " ") -> list[str]:
    """Words in lines no wider than `width`, a letter being `letter` wide."""
    lines: list[str] = []
    for word in words:
        if lines and (len(lines[-1]) + len(glue) + len(word)) * letter <= width:
            lines[-1] += glue + word
        else:
            lines.append(word)
    return lines


def sentence(room: Room) -> list[str]:
    """The words of the first sentence about a room."""
    return room.about.partition(". ")[0].rstrip(".").replace("`", "").split()


def lists(room: Room) -> list[tuple[str, list[str]]]:
    """What a room holds, by title: its use cases and ports, the ports it plugs into, or the modules of the domain."""
    if room.storey == "application":
        found = [("use cases", room.use_cases), ("ports", room.ports)]
    elif room.storey == "adapters":
        found = [("plugs into", sorted(room.plugs))]
    elif room.storey == "domain":
        found = [("modules", room.modules)]
    else:
        found = []
    return [(title, names) for title, names in found if names]


def leans(house: House, room: Room) -> list[str]:
    """The rooms of its own storey that a room imports, by their short names; a room it must not import, by its full."""
    lower = BELOW[room.storey]
    others = sorted(other for name, other in house.imports if name == room.name)
    rooms = [house.rooms[other] for other in others]
    return [each.short if each.storey == room.storey else each.name for each in rooms if each.storey not in lower]


def bundles(house: House) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """The imports from one storey down to another, by the two storeys."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for source, target in sorted(house.imports):
        above, below = house.rooms[source].storey, house.rooms[target].storey
        if below in BELOW[above]:
            found.setdefault((above, below), []).append((source, target))
    return found


def furnish(house: House, room: Room, width: float) -> list[Text]:
    """The lines of a room: what it is for, what it holds, and on which of its neighbours it leans."""
    inner = width - 2 * PAD
    texts = [Text("about", line) for line in wrap(sentence(room), inner, SMALL * PROSE)]
    for title, names in lists(room):
        texts += [Text("gap", ""), Text("title", title)]
        texts += [Text("code", line) for line in wrap(names, inner, SMALL * MONO, " · ")]
    if neighbours := [ARROW + name for name in leans(house, room)]:
        texts.append(Text("gap", ""))
        texts += [Text("lean", line) for line in wrap(neighbours, inner, SMALL * MONO)]
    return texts


def least(house: House, room: Room) -> float:
    """The width in which a room's name, every word about it and every name in it stay whole."""
    names = [name for _, listed in lists(room) for name in listed] + [ARROW + name for name in leans(house, room)]
    return max(
        LEAST,
        len(room.short) * LABEL * MONO + 2 * PAD,
        max((len(word) for word in sentence(room)), default=0) * SMALL * PROSE + 2 * PAD,
        max((len(name) for name in names), default=0) * SMALL * MONO + 2 * PAD,
    )


def _boxes(house: House, rooms: list[Room], widths: list[float]) -> list[Box]:
    boxes = [
        Box(room, furnish(house, room, width), round(width, 1), 0) for room, width in zip(rooms, widths, strict=True)
    ]
    height = max(HEAD + sum(BREAK if text.style == "gap" else LINE for text in box.texts) + PAD for box in boxes)
    for box in boxes:
        box.height = height
    return boxes


def _row(house: House, rooms: list[Room], width: float) -> list[Box] | None:
    """Rooms side by side, equally wide, or by what they hold where that saves height. None if they do not fit."""
    free = width - GAP * (len(rooms) - 1)
    needs = [least(house, room) for room in rooms]
    spare = free - sum(needs)
    if spare < 0 and len(rooms) > 1:
        return None
    held = [sum(len(name) + 3 for _, names in lists(room) for name in names) + 1 for room in rooms]
    uneven = _boxes(house, rooms, [need + spare * each / sum(held) for need, each in zip(needs, held, strict=True)])
    if max(needs) > free / len(rooms):
        return uneven
    even = _boxes(house, rooms, [free / len(rooms)] * len(rooms))
    return uneven if uneven[0].height + CALM <= even[0].height else even


def _splits(rooms: list[Room]) -> Iterator[list[list[Room]]]:
    """Every way to break a storey's rooms, in their order, into rows."""
    for breaks in product((False, True), repeat=len(rooms) - 1):
        rows = [[rooms[0]]]
        for room, fresh in zip(rooms[1:], breaks, strict=True):
            if fresh:
                rows.append([room])
            else:
                rows[-1].append(room)
        yield rows


def arrange(house: House, rooms: list[Room], width: float) -> list[list[Box]]:
    """The rooms in the rows that take the least height; rows of about as many rooms each where it matters little."""

    def cost(rows: list[list[Box]]) -> float:
        counts = [len(row) for row in rows]
        return sum(row[0].height + GAP for row in rows) + CALM * (max(counts) - min(counts))

    known: dict[tuple[str, ...], list[Box] | None] = {}
    ways: list[list[list[Box]]] = []
    for split in _splits(rooms):
        rows: list[list[Box]] = []
        for part in split:
            key = tuple(room.name for room in part)
            if key not in known:
                known[key] = _row(house, part, width - 2 * GAP)
            row = known[key]
            if row is None:
                break
            rows.append(row)
        else:
            ways.append(rows)
    return min(ways, key=cost)


def band(house: House, storey: str, x: float, right: float, y: float) -> Band | None:
    """A storey between two walls, or None if it has no rooms."""
    rooms = house.on(storey)
    return Band(storey, arrange(house, rooms, right - x), x, y, right - x) if rooms else None
