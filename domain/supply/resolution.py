"""Resolution: what can stand for a SKU, for a buyer at a time, and why the rest cannot.

Pure and deterministic: what is entered, the buyer and the time give the same answer for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from domain.kernel.quantity import MAX_QUANTITY
from domain.supply.mapping import GOODS, Supply, SupplyMapping

MAX_DEPTH: Final = 2
"""How deep kits nest: a kit's SKU may be a kit whose SKUs name goods alone."""

MAX_OPTIONS: Final = 20
"""Most options of one SKU; those that come first are kept."""

MAX_GOODS: Final = 100
"""Most goods in one unit of a SKU."""

UNKNOWN: Final = "sku.unknown"
SKU_INACTIVE: Final = "sku.inactive"
ITEM_INACTIVE: Final = "item.inactive"
NO_SUPPLY: Final = "supply.none"
SUPPLY_INACTIVE: Final = "supply.inactive"
NOT_YET: Final = "mapping.not_yet"
OVER: Final = "mapping.over"
BUYER: Final = "mapping.buyer"
PART: Final = "mapping.part"
DEPTH: Final = "mapping.depth"
SIZE: Final = "mapping.size"
OUTRANKED: Final = "mapping.outranked"
GOODS_INACTIVE: Final = "mapping.goods"

REASONS: Final = {
    UNKNOWN: "no sales item has this SKU",
    SKU_INACTIVE: "the SKU is inactive",
    ITEM_INACTIVE: "its sales item is inactive",
    NO_SUPPLY: "nothing is mapped to the SKU",
    SUPPLY_INACTIVE: "its supply is inactive",
    NOT_YET: "it holds only from a later time",
    OVER: "its time is over",
    BUYER: "it is for other buyers",
    PART: "a SKU among its parts cannot be supplied so",
    DEPTH: f"its kits nest deeper than {MAX_DEPTH}",
    SIZE: f"one unit would be more than {MAX_GOODS} goods, or too many of one",
    GOODS_INACTIVE: "no new command may name a goods of it",
    OUTRANKED: f"{MAX_OPTIONS} others come first",
}
"""Every reason that can be given, in a sentence."""


class Known(NamedTuple):
    """A SKU as it is entered: its item, whether each may be ordered, and what can satisfy it, if that was said."""

    item: str
    item_active: bool
    active: bool
    supply: Supply | None


class Book(Protocol):
    """What is entered."""

    def find(self, sku: str) -> Known | None: ...


@dataclass(frozen=True, slots=True)
class Option:
    """One way to supply a SKU now. `parts`: goods and units of each in one unit of the SKU, kits flattened, in order.

    `mapping` names the SKU's own mapping, `through` those of the SKUs within it, outermost first, as `sku/mapping`.
    """

    mapping: str
    mode: str
    supplier: str
    owner: str
    priority: int
    substitute: bool
    parts: tuple[tuple[str, int], ...]
    through: tuple[str, ...] = ()


class Rejected(NamedTuple):
    """A mapping that does not apply, and the first reason why; `of` names the SKU that a reason is about."""

    mapping: str
    reason: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What can stand for a SKU, the preferred first; else `reason` says what is wrong with the SKU itself."""

    sku: str
    item: str = ""
    options: tuple[Option, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    reason: str = ""


def resolve(book: Book, sku: str, buyer: str, at: datetime) -> Resolution:
    """What can stand for the SKU for this buyer at this time. Every mapping is an option's or rejected."""
    known = book.find(sku)
    if known is None:
        return Resolution(sku, reason=UNKNOWN)
    reason = _objection(known)
    if reason:
        return Resolution(sku, known.item, reason=reason)
    options: list[Option] = []
    rejected: list[Rejected] = []
    for mapping in _ranked(known.supply):
        if (found := _applies(mapping, buyer, at)) is not None:
            rejected.append(found)
            continue
        ways = _flattened(book, mapping, buyer, at, (sku,))
        if isinstance(ways, Rejected):
            rejected.append(ways)
        elif len(options) >= MAX_OPTIONS:
            rejected.append(Rejected(mapping.id, OUTRANKED))
        else:
            options += (_option(mapping, way) for way in ways)
    return Resolution(sku, known.item, tuple(options[:MAX_OPTIONS]), tuple(rejected))


class _Way(NamedTuple):
    """One way to put a unit together: goods with units, the mappings within, how far down their lists they stood."""

    parts: dict[str, int]
    through: tuple[str, ...]
    rank: tuple[int, ...]

    @property
    def order(self) -> tuple[int, tuple[int, ...]]:
        return sum(self.rank), self.rank


def _objection(known: Known) -> str:
    if not known.item_active:
        return ITEM_INACTIVE
    if not known.active:
        return SKU_INACTIVE
    if known.supply is None or not known.supply.mappings:
        return NO_SUPPLY
    return "" if known.supply.active else SUPPLY_INACTIVE


def _ranked(supply: Supply | None) -> Iterator[SupplyMapping]:
    """Substitutes last, else by priority; the id settles what is equal."""
    mappings: Sequence[SupplyMapping] = () if supply is None else supply.mappings
    return iter(sorted(mappings, key=lambda each: (each.substitute, each.priority, each.id)))


def _applies(mapping: SupplyMapping, buyer: str, at: datetime) -> Rejected | None:
    if mapping.since is not None and at < mapping.since:
        return Rejected(mapping.id, NOT_YET)
    if mapping.until is not None and at >= mapping.until:
        return Rejected(mapping.id, OVER)
    if mapping.buyers and buyer not in mapping.buyers:
        return Rejected(mapping.id, BUYER)
    return None


def _flattened(
    book: Book, mapping: SupplyMapping, buyer: str, at: datetime, path: tuple[str, ...]
) -> list[_Way] | Rejected:
    """The ways to put one unit together, the preferred first, at most MAX_OPTIONS; or why there is none.

    What a kit holds is of the kit's own supplier and owner: who sells a kit packs it, from one stock. A SKU within
    that may be of any owner's stock is then of the kit's.
    """
    ways = [_Way({}, (), ())]
    for part in mapping.parts:
        if part.of == GOODS:
            inner = [_Way({part.code: 1}, (), ())]
        else:
            found = _within(book, mapping, part.code, buyer, at, path)
            if isinstance(found, Rejected):
                return found
            inner = found
        joined = [_joined(way, each, part.units) for way in ways for each in inner]
        ways = sorted((each for each in joined if _fits(each)), key=lambda way: way.order)[:MAX_OPTIONS]
        if not ways:
            return Rejected(mapping.id, SIZE)
    return ways


def _within(
    book: Book, outer: SupplyMapping, sku: str, buyer: str, at: datetime, path: tuple[str, ...]
) -> list[_Way] | Rejected:
    """The ways to supply a SKU that is part of a kit, or why there is none."""
    if len(path) > MAX_DEPTH or sku in path:
        return Rejected(outer.id, DEPTH, sku)
    known = book.find(sku)
    if known is None or _objection(known):
        return Rejected(outer.id, PART, sku)
    found: list[_Way] = []
    deeper: Rejected | None = None
    for place, mapping in enumerate(_ranked(known.supply)):
        if mapping.supplier != outer.supplier or mapping.owner not in (outer.owner, ""):
            continue
        if _applies(mapping, buyer, at):
            continue
        packed = mapping if mapping.owner == outer.owner else replace(mapping, owner=outer.owner)
        ways = _flattened(book, packed, buyer, at, (*path, sku))
        if isinstance(ways, Rejected):
            deeper = deeper or ways
            continue
        found += (way._replace(through=(f"{sku}/{mapping.id}", *way.through), rank=(place, *way.rank)) for way in ways)
    if found:
        return sorted(found, key=lambda way: way.order)[:MAX_OPTIONS]
    return Rejected(outer.id, PART, sku) if deeper is None else Rejected(outer.id, deeper.reason, deeper.of or sku)


def _joined(way: _Way, inner: _Way, units: int) -> _Way:
    parts = dict(way.parts)
    for goods, each in inner.parts.items():
        parts[goods] = parts.get(goods, 0) + each * units
    return _Way(parts, way.through + inner.through, way.rank + inner.rank)


def _fits(way: _Way) -> bool:
    return len(way.parts) <= MAX_GOODS and max(way.parts.values()) <= MAX_QUANTITY


def _option(mapping: SupplyMapping, way: _Way) -> Option:
    return Option(
        mapping.id,
        mapping.mode,
        mapping.supplier,
        mapping.owner,
        mapping.priority,
        mapping.substitute,
        tuple(way.parts.items()),
        way.through,
    )
