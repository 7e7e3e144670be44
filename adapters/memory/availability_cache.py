"""The availability cache within a process: the entries used last, at most so many."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.stock.availability import Part
from application.stock.availability_cache import MAX_POSITIONS, Change, Kept, Looked, Shelf

MICROSECONDS: Final = 1_000_000

Place = tuple[str, str, str, str]
"""Node, owner, lot, channel."""


@dataclass(slots=True)
class _Entry:
    """The positions of a goods: when each was said, and what. While `until` is 0, it was not filled, and some lack."""

    until: int
    as_of: datetime | None
    said: dict[Place, tuple[int, Part]]
    shown: Sequence[Part] | None = None

    def parts(self) -> Sequence[Part]:
        if self.shown is None:
            self.shown = sorted(part for _, part in self.said.values())
        return self.shown


class MemoryAvailabilityCache:
    """Keeps at most `most` goods, those that were used last. `clock` is in seconds and never runs backwards."""

    def __init__(self, seconds: float, most: int, clock: Callable[[], float]) -> None:
        self._life = round(seconds * MICROSECONDS)
        self._most = most
        self._clock = clock
        self._entries: OrderedDict[tuple[Shelf, str], _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    async def look(self, shelf: Shelf, goods: Sequence[str]) -> Looked:
        now = self._now()
        kept = {}
        for code in goods:
            entry = self._entries.get((shelf, code))
            if entry is not None and entry.as_of is not None and entry.until > now:
                self._entries.move_to_end((shelf, code))
                kept[code] = Kept(entry.parts(), entry.as_of, (entry.until - now) / MICROSECONDS)
        return Looked(now, kept)

    async def fill(self, shelf: Shelf, at: int, as_of: datetime, stock: Mapping[str, Sequence[Part]]) -> None:
        until = at + self._life
        if until <= self._now():
            return
        for code, parts in stock.items():
            entry = self._entries.get((shelf, code))
            said: dict[Place, tuple[int, Part]] = {part[1:5]: (at, part) for part in parts}
            if entry is not None:
                if entry.until >= until:
                    continue  # read later than this
                for place, (when, part) in entry.said.items():
                    if when > at - self._life and (place not in said or part[-1] > said[place][1][-1]):
                        said[place] = when, part
            self._keep(shelf, code, _Entry(until, as_of, said))

    async def learn(self, changes: Sequence[Change]) -> int:
        now, gaps = self._now(), 0
        for shelf, before, part in changes:
            entry = self._entries.get((shelf, part[0]))
            if entry is None:
                entry = _Entry(0, None, {})
                self._keep(shelf, part[0], entry)
            known = entry.said.get(part[1:5])
            gaps += known is not None and known[1][-1] < before
            if known is None or known[1][-1] < part[-1]:
                entry.said[part[1:5]] = now, part
                entry.shown = None
                if len(entry.said) > MAX_POSITIONS:
                    del self._entries[shelf, part[0]]
        return gaps

    async def clear(self) -> int:
        number = len(self._entries)
        self._entries.clear()
        return number

    async def close(self) -> None:
        self._entries.clear()

    def _keep(self, shelf: Shelf, code: str, entry: _Entry) -> None:
        self._entries[shelf, code] = entry
        self._entries.move_to_end((shelf, code))
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def _now(self) -> int:
        return round(self._clock() * MICROSECONDS)
