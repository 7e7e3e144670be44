"""Availability (可售库存): the port it is read through, and the answer, as plain values.

Quantities are whole numbers of the goods' smallest unit, times are UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby
from operator import itemgetter
from typing import Final, Protocol

from domain.kernel.quantity import MAX_BALANCE, whole
from domain.kernel.refusal import Refusal
from domain.stock.position import Position

MAX_PARTS: Final = 10_000
"""Most positions that one answer is made of when it shows its parts; a total may be made of any number."""


class AnswerTooLarge(Refusal):
    """The answer would have more parts than one answer may.

    Name fewer goods, name nodes, or ask for totals alone.
    """

    code = "answer.too_large"


class Detail(Enum):
    """How far an availability is broken down: the goods' totals alone, by node, or by every position."""

    TOTAL = "total"
    NODE = "node"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class Amounts:
    """Balances, summed where several positions stand behind them.

    `promisable` is what a reserve may take: available less the safety stock, position by position, never below 0.
    """

    promisable: int = 0
    available: int = 0
    reserved: int = 0
    allocated: int = 0
    in_transit: int = 0
    held: int = 0


NOTHING: Final = Amounts()


@dataclass(frozen=True, slots=True)
class PositionStock:
    """One position; `version` counts its movements."""

    owner: str
    lot: str
    channel: str
    amounts: Amounts
    floor: int
    version: int


@dataclass(frozen=True, slots=True)
class NodeStock:
    """A goods at one node; `positions` in byte order of owner, lot, channel, empty unless asked for."""

    node: str
    amounts: Amounts
    positions: tuple[PositionStock, ...] = ()


@dataclass(frozen=True, slots=True)
class GoodsStock:
    """A goods in total; `nodes` in byte order, empty unless asked for, and without those that never had any."""

    goods: str
    amounts: Amounts
    nodes: tuple[NodeStock, ...] = ()


@dataclass(frozen=True, slots=True)
class Availability:
    """Each goods that was asked for, once, in the order asked; nothing of it anywhere is an answer too.

    `as_of` is the commit time of the data, `source` who gave it.
    """

    as_of: datetime
    source: str
    goods: tuple[GoodsStock, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A version that the answer must not be older than: one that a reply or an event named."""

    position: Position
    version: int

    def __post_init__(self) -> None:
        _ = self.position.key
        whole(self.version, "version", most=MAX_BALANCE)


class AvailabilityReader(Protocol):
    """Reads balances, summed as far as they were asked for."""

    async def availability(
        self, tenant: str, goods: Sequence[str], nodes: Sequence[str], detail: Detail, at_least: AtLeast | None
    ) -> Availability:
        """The goods at these nodes (none named: at all), from one snapshot.

        Raises VersionNotReached when that snapshot is older than `at_least`, AnswerTooLarge.
        """
        ...


Part = tuple[str, str, str, str, str, int, int, int, int, int, int, int, int]
"""A position as a source reads it: goods, node, owner, lot, channel, the six of Amounts, floor, version."""


def stock_of(asked: Iterable[str], parts: Iterable[Part], detail: Detail) -> tuple[GoodsStock, ...]:
    """The parts, which come sorted, summed by node and goods; the goods in the order asked."""
    found: dict[str, GoodsStock] = {}
    for goods, of_goods in groupby(parts, itemgetter(0)):
        rows = list(of_goods)
        nodes = []
        for node, at_node in groupby(rows, itemgetter(1)):
            here = list(at_node)
            shown = tuple(map(_position, here)) if detail is Detail.POSITION else ()
            nodes.append(NodeStock(node, _sum(here), shown))
        found[goods] = GoodsStock(goods, nodes[0].amounts if len(nodes) == 1 else _sum(rows), tuple(nodes))
    return tuple(found.get(goods) or GoodsStock(goods, NOTHING) for goods in asked)


def _position(part: Part) -> PositionStock:
    return PositionStock(*part[2:5], Amounts(*part[5:11]), part[11], part[12])


def _sum(parts: Sequence[Part]) -> Amounts:
    if len(parts) == 1:
        return Amounts(*parts[0][5:11])
    return Amounts(*map(sum, zip(*[part[5:11] for part in parts], strict=True)))


def require_parts(count: int, most: int = MAX_PARTS) -> None:
    """Raises AnswerTooLarge for more than that."""
    if count > most:
        raise AnswerTooLarge(f"the answer would have more than {most} parts", most=most)
