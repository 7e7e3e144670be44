"""What the demonstration invents around the baskets: opening stock, weekly deliveries, and what becomes of a basket.

Pure functions of the data and the seed: the same run twice plans the same.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from enum import Enum
from typing import Final, NamedTuple

from entrypoints.demo.dataset import Basket, Goods

WAREHOUSES: Final = ("warehouse-east", "warehouse-west")
OPENING_WEEKS: Final = 5
"""The weeks whose demand opens the stock: a first one of a single day, and four whole ones."""
ASSORTMENT: Final = 12
"""What one of the warehouses opens with of every goods, beside the demand of its stores."""
KEPT_FROM: Final = 3
"""A store keeps what it sold so many units of in the opening weeks; all else it has sent from a warehouse."""
LORRY: Final = 200
"""Most goods that one transfer carries."""
DAY: Final = 24 * 60 * 60 * 1_000_000

RELEASED_SHARE: Final = 0.05
EXPIRED_SHARE: Final = 0.05
LOST_SHARE: Final = 0.01
DAMAGED_SHARE: Final = 0.02


class Fate(Enum):
    """What becomes of a basket that was reserved."""

    SHIPPED = "shipped"
    RELEASED = "released"
    EXPIRED = "expired"


class Supply(NamedTuple):
    """`quantity` of a goods that comes to a node from the outside."""

    goods: str
    node: str
    quantity: int


class Transfer(NamedTuple):
    """One week's delivery from a warehouse to a store: it leaves at `ships`, is unloaded at `arrives`."""

    id: str
    source: str
    store: str
    ships: int
    arrives: int
    lines: tuple[tuple[str, int], ...]


class Delivery(NamedTuple):
    """What is delivered for one week's sales: supplies at `at`, then the transfers that they make possible."""

    week: int
    at: int
    supplies: tuple[Supply, ...]
    transfers: tuple[Transfer, ...]


class Unloaded(NamedTuple):
    """How the units of one transferred goods came out of the lorry; the rest was lost on the way."""

    good: int
    damaged: int


Demand = Mapping[tuple[str, str], int]
"""Units asked for, by goods and store."""


def share(seed: int, *names: str) -> float:
    """A number from 0 to 1 that the seed and the names decide: the same in every process and version."""
    return zlib.crc32("/".join((str(seed), *names)).encode()) / 2**32


def fate(seed: int, basket: str) -> Fate:
    drawn = share(seed, "fate", basket)
    if drawn < RELEASED_SHARE:
        return Fate.RELEASED
    return Fate.EXPIRED if drawn < RELEASED_SHARE + EXPIRED_SHARE else Fate.SHIPPED


def warehouses_of(code: str) -> tuple[str, ...]:
    """The warehouses in the order in which they serve a store, or keep a goods' assortment: its own first."""
    own = zlib.crc32(code.encode()) % len(WAREHOUSES)
    return WAREHOUSES[own:] + WAREHOUSES[:own]


def nodes_of(store: str, goods: Goods, kept: Set[tuple[str, str]]) -> tuple[str, ...]:
    """Where a basket of the store may take a goods: the store if it keeps it, then the warehouses. Fuel: the store."""
    if goods.is_fuel:
        return (store,)
    warehouses = warehouses_of(store)
    return (store, *warehouses) if (goods.code, store) in kept else warehouses


def demand_of(baskets: Iterable[Basket]) -> Counter[tuple[str, str]]:
    """What these baskets ask for, by goods and store."""
    asked: Counter[tuple[str, str]] = Counter()
    for basket in baskets:
        for goods, quantity in basket.lines:
            asked[goods, basket.store] += quantity
    return asked


def kept_of(demand: Demand) -> set[tuple[str, str]]:
    """The goods that each store keeps."""
    return {place for place, quantity in demand.items() if quantity >= KEPT_FROM}


def opening(demand: Demand, goods: Mapping[str, Goods]) -> Iterator[Supply]:
    """Invented opening stock: a store opens with what it sold in the first weeks of the goods it keeps, a warehouse
    with what its stores sold of anything, and one of the warehouses with a dozen of every goods. Fuel is at the stores.
    """
    kept = kept_of(demand)
    at_warehouses: Counter[tuple[str, str]] = Counter()
    for (code, store), quantity in sorted(demand.items()):
        if (code, store) in kept:
            yield Supply(code, store, quantity)
        if not goods[code].is_fuel:
            at_warehouses[code, warehouses_of(store)[0]] += quantity
    for code, each in goods.items():
        if not each.is_fuel:
            at_warehouses[code, warehouses_of(code)[0]] += ASSORTMENT
    yield from (Supply(code, warehouse, quantity) for (code, warehouse), quantity in sorted(at_warehouses.items()))


def deliver(
    week: int, at: int, demand: Demand, goods: Mapping[str, Goods], kept: Set[tuple[str, str]], seed: int
) -> Delivery:
    """The delivery that replaces what a week asked for.

    Fuel goes straight to the pumps. Of all else the warehouses buy what was asked for, and send each store what it
    asked for of the goods that it keeps: a lorry leaves within the day and is unloaded one or two days later.
    """
    supplies: list[Supply] = []
    bought: Counter[tuple[str, str]] = Counter()
    wanted: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for (code, store), quantity in sorted(demand.items()):
        if goods[code].is_fuel:
            supplies.append(Supply(code, store, quantity))
            continue
        bought[code, warehouses_of(store)[0]] += quantity
        if (code, store) in kept:
            wanted[store].append((code, quantity))
    supplies += [Supply(code, node, quantity) for (code, node), quantity in sorted(bought.items())]
    transfers = []
    for store, lines in sorted(wanted.items()):
        for number, start in enumerate(range(0, len(lines), LORRY), 1):
            id = f"w{week}-{store}-{number}"
            ships = at + int(DAY * share(seed, "ships", id))
            arrives = ships + DAY + int(DAY * share(seed, "arrives", id))
            load = tuple(lines[start : start + LORRY])
            transfers.append(Transfer(id, warehouses_of(store)[0], store, ships, arrives, load))
    transfers.sort(key=lambda each: (each.ships, each.id))
    return Delivery(week, at, tuple(supplies), tuple(transfers))


def unload(seed: int, transfer: str, goods: str, quantity: int) -> Unloaded:
    """How a transferred goods arrives: mostly whole; now and then one unit is missing, or one is damaged."""
    drawn = share(seed, "unload", transfer, goods)
    if drawn < LOST_SHARE:
        return Unloaded(quantity - 1, 0)
    if drawn < LOST_SHARE + DAMAGED_SHARE:
        return Unloaded(quantity - 1, 1)
    return Unloaded(quantity, 0)
