"""Availability from a cache where it has it, else from the ledger, which then fills the cache."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from application.stock.availability import (
    AnswerTooLarge,
    AtLeast,
    Availability,
    AvailabilityReader,
    Detail,
    GoodsStock,
    Part,
    require_parts,
    stock_of,
)
from application.stock.availability_cache import (
    MAX_POSITIONS,
    AvailabilityCache,
    CacheLimits,
    CacheUnavailable,
    Kept,
    Shelf,
)

logger = logging.getLogger(__name__)

CACHE: Final = "cache"
"""The source that answers, where any of the answer is not read from the ledger for it."""

EARLY: Final = 0.2
"""The last part of an entry's life, in which it may be filled anew before it ends; ever more likely towards the end."""

MOST_WIDE: Final = 10_000


@dataclass(slots=True)
class CacheCounts:
    """What became of questions: `hits` and `misses` count goods, `passed` the questions that only the ledger answers.

    `fills` count goods read from the ledger for the cache, `early` those of them before their entry ended; `errors` the
    times the cache was not there; `spoilt` entries that nobody can have written in earnest.
    """

    hits: int = 0
    misses: int = 0
    passed: int = 0
    fills: int = 0
    early: int = 0
    errors: int = 0
    spoilt: int = 0


class _Reading(NamedTuple):
    """What was read of the ledger to be kept, and who gave it."""

    kept: Mapping[str, Kept]
    source: str


class LedgerEpoch:
    """The epoch of the ledger, asked for again when a fill finds it older than `seconds`."""

    def __init__(self, ask: Callable[[], Awaitable[int]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._known: int | None = None
        self._until = 0.0

    async def __call__(self, *, fresh: bool = False) -> int:
        """Raises StoreError."""
        if self._known is None or (fresh and asyncio.get_running_loop().time() > self._until):
            until = asyncio.get_running_loop().time() + self._seconds
            self._known, self._until = await self._ask(), until
        return self._known


class CachedAvailability:
    """Reads availability from a cache, and from the ledger what it does not have. Decides nothing.

    A goods is filled by one reading at a time in a process: who asks meanwhile gets the same answer. Shortly before an
    entry ends one of those who ask for it has it filled anew; processes draw lots for when, so that mostly one does it
    and spares the others. Nobody waits for the cache to take a fill. The cache does not answer for more goods at once
    than `limits` say, nor for a goods of more than MAX_POSITIONS positions, nor a version it has not heard of: these
    questions are the ledger's. `chance` draws from 0 up to 1. `aged` is told how old each answer from the cache is.
    """

    def __init__(
        self,
        ledger: AvailabilityReader,
        cache: AvailabilityCache,
        epoch: LedgerEpoch,
        limits: CacheLimits,
        chance: Callable[[], float],
        aged: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._cache = cache
        self._epoch = epoch
        self._limits = limits
        self._chance = chance
        self._aged = aged
        self._fills: dict[tuple[Shelf, str], asyncio.Future[_Reading]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wide: OrderedDict[tuple[Shelf, str], float] = OrderedDict()
        self._nothings = 0
        self._nothings_until = 0.0
        self.counts = CacheCounts()

    async def availability(
        self, tenant: str, goods: Sequence[str], nodes: Sequence[str], detail: Detail, at_least: AtLeast | None
    ) -> Availability:
        """As the port says, but for the snapshot: each goods is as of its own time, `as_of` the earliest of them."""
        shelf = Shelf(await self._epoch(), tenant)
        if len(goods) <= self._limits.goods and not any(self._is_wide(shelf, each) for each in goods):
            found = await self._find(shelf, goods)
            if found is not None and (at_least is None or _reaches(found[0], at_least)):
                return _answer(goods, frozenset(nodes), detail, *found)
        self.counts.passed += 1
        return await self._ledger.availability(tenant, goods, nodes, detail, at_least)

    async def drain(self) -> None:
        """Wait for what is being filled."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _find(self, shelf: Shelf, goods: Sequence[str]) -> tuple[Mapping[str, Kept], str] | None:
        """All of these, and who says so; None: only the ledger can answer. Raises StoreError."""
        counts = self.counts
        try:
            looked = await self._cache.look(shelf, goods)
        except CacheUnavailable:
            counts.errors += 1
            return None
        kept = dict(looked.kept)
        counts.spoilt += looked.spoilt
        counts.hits += len(kept)
        missing = [each for each in goods if each not in kept]
        source = CACHE if kept else ""
        if kept:
            self._look_after(shelf, looked.at, kept)
        if missing:
            counts.misses += len(missing)
            try:
                for reading in [await asyncio.shield(each) for each in self._fill(shelf, looked.at, missing)]:
                    kept.update(reading.kept)
                    source = source or reading.source
            except AnswerTooLarge:
                return None
            if not all(each in kept for each in missing):
                return None  # too wide, or of another epoch
        return kept, source

    def _look_after(self, shelf: Shelf, at: int, kept: Mapping[str, Kept]) -> None:
        """Tell how old this is, and have filled anew what ends soon."""
        seconds = self._limits.seconds
        least = min(each.left for each in kept.values())
        self._aged(seconds - least)
        if least < EARLY * seconds:
            lot = self._chance() * EARLY * seconds
            ending = [code for code, each in kept.items() if each.left < lot and (shelf, code) not in self._fills]
            if ending:
                self.counts.early += len(ending)
                self._fill(shelf, at, ending)

    # -- filling ------------------------------------------------------------------------------------------------------

    def _fill(self, shelf: Shelf, at: int, goods: Sequence[str]) -> Sequence["asyncio.Future[_Reading]"]:
        """Have these read from the ledger, unless they are being read; what will be known of them."""
        mine = [each for each in goods if (shelf, each) not in self._fills]
        if mine:
            loop = asyncio.get_running_loop()
            future: asyncio.Future[_Reading] = loop.create_future()
            self._fills.update(dict.fromkeys(((shelf, each) for each in mine), future))
            task = loop.create_task(self._read(shelf, at, mine, future), name="availability-fill")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return list(dict.fromkeys(self._fills[shelf, each] for each in goods))

    async def _read(self, shelf: Shelf, at: int, goods: Sequence[str], answer: "asyncio.Future[_Reading]") -> None:
        """Answer first, then fill the cache: who asks until it is filled gets this answer too."""
        try:
            stock, found = await self._ask(shelf, goods)
            as_of = found.as_of
            # Those who came meanwhile asked after this was read: it is as old as they were told it may be.
            kept = {each: Kept(parts, as_of, self._limits.seconds) for each, parts in stock.items()}
            answer.set_result(_Reading(kept, found.source))
            if stock:
                keep = {each: parts for each, parts in stock.items() if parts or self._room_for_nothing()}
                self.counts.fills += len(keep)
                await self._cache.fill(shelf, at, as_of, keep)
        except CacheUnavailable:
            self.counts.errors += 1
        except Exception as error:
            if answer.done():
                self.counts.errors += 1
                logger.exception("the availability cache could not be filled")
            else:
                answer.set_exception(error)
                answer.exception()  # perhaps nobody waits for it
        finally:
            answer.cancel()
            for each in goods:
                del self._fills[shelf, each]

    async def _ask(self, shelf: Shelf, goods: Sequence[str]) -> tuple[Mapping[str, Sequence[Part]], Availability]:
        """All positions of those that can be kept; none where the ledger is in another epoch by now."""
        try:
            found = await self._ledger.availability(shelf.tenant, goods, (), Detail.POSITION, None)
        except AnswerTooLarge:
            for each in goods:
                self._note_wide(shelf, each)
            raise
        if await self._epoch(fresh=True) != shelf.epoch:
            return {}, found
        stock = {}
        for of_goods in found.goods:
            parts = _parts_of(of_goods)
            if len(parts) > MAX_POSITIONS:
                self._note_wide(shelf, of_goods.goods)
            else:
                stock[of_goods.goods] = parts
        return stock, found

    def _note_wide(self, shelf: Shelf, goods: str) -> None:
        self._wide[shelf, goods] = asyncio.get_running_loop().time() + self._limits.seconds
        self._wide.move_to_end((shelf, goods))
        if len(self._wide) > MOST_WIDE:
            self._wide.popitem(last=False)

    def _is_wide(self, shelf: Shelf, goods: str) -> bool:
        until = self._wide.get((shelf, goods)) if self._wide else None
        return until is not None and until > asyncio.get_running_loop().time()

    def _room_for_nothing(self) -> bool:
        """Whether one more goods may be kept of which there is nothing: whoever makes up names must not fill it."""
        now = asyncio.get_running_loop().time()
        if now > self._nothings_until:
            self._nothings, self._nothings_until = 0, now + self._limits.seconds
        self._nothings += 1
        return self._nothings <= self._limits.nothings


def _reaches(kept: Mapping[str, Kept], at_least: AtLeast) -> bool:
    goods, node, owner, lot, channel = at_least.position
    parts = kept[goods].parts if goods in kept else ()
    here = (goods, node, owner, lot, channel)
    return any(part[-1] >= at_least.version for part in parts if part[:5] == here)


def _answer(
    goods: Sequence[str], nodes: frozenset[str], detail: Detail, kept: Mapping[str, Kept], source: str
) -> Availability:
    """Raises AnswerTooLarge, where the ledger would."""
    parts = [part for code in goods for part in kept[code].parts if not nodes or part[1] in nodes]
    as_of = min(each.as_of for each in kept.values())
    stock = stock_of(goods, parts, Detail.NODE if detail is Detail.TOTAL else detail)
    if detail is Detail.TOTAL:
        stock = tuple(GoodsStock(each.goods, each.amounts) for each in stock)
    else:
        require_parts(len(parts))
    return Availability(as_of, source, stock)


def _parts_of(goods: GoodsStock) -> list[Part]:
    """The positions of an answer broken down by position, as they were read."""
    return [
        (
            goods.goods,
            node.node,
            position.owner,
            position.lot,
            position.channel,
            position.amounts.promisable,
            position.amounts.available,
            position.amounts.reserved,
            position.amounts.allocated,
            position.amounts.in_transit,
            position.amounts.held,
            position.floor,
            position.version,
        )
        for node in goods.nodes
        for position in node.positions
    ]
