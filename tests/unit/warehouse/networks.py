"""Networks to ask: of things given, and of a seed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.grid.coverage import GridIndex
from application.warehouse.network import Network
from domain.kernel.books import Entry, EntryKey
from domain.warehouse.calendar import CALENDAR, Calendar
from domain.warehouse.coverage import Coverage, Prefix
from domain.warehouse.region import POSTCODE, REGION, Postcode, Region
from domain.warehouse.relation import RELATION, Relation
from domain.warehouse.site import SITE, Site, Transit

NOW: Final = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday morning in China."""

REGISTER: Final[Mapping[type, str]] = {
    Site: SITE,
    Calendar: CALENDAR,
    Region: REGION,
    Postcode: POSTCODE,
    Relation: RELATION,
}

OFFICE: Final = Calendar("office", "Asia/Shanghai", ("17:00", "17:00", "17:00", "17:00", "17:00", "", ""), "20:00")


def network(*things: Any) -> Network:
    """Of sites, calendars, regions, postcodes and relations, in this order."""
    made = Network(GridIndex, ZoneInfo)
    take(made, things)
    return made


def take(made: Network, things: Iterable[Any]) -> None:
    for thing in things:
        made.take(Entry(EntryKey(REGISTER[type(thing)], thing.code), thing.facts(), 1))


def seeded(nodes: int, seed: int = 0, regions: int = 3_600) -> list[Any]:
    """A network of `nodes` over China's extent: a tree of `regions`, every tenth node nationwide, the others each by a
    radius, a few regions, or beginnings of postcodes; one in twenty excludes a region. Invented, all of it."""
    random = Random(seed)
    tree = [Region(f"P{number}", f"Province {number}", "CN", 0) for number in range(34)]
    for number in range(regions - len(tree)):
        lat, lng = random.uniform(20.0, 45.0), random.uniform(85.0, 125.0)
        tree.append(Region(f"R{number}", f"Region {number}", "CN", 1, f"P{number % 34}", lat, lng))
    return [*tree, OFFICE, *(_site(random, number, regions - 34) for number in range(nodes))]


def _site(random: Random, number: int, regions: int) -> Site:
    kind = number % 10
    if kind == 0:
        covers = Coverage(nations=("CN",))
    elif kind < 5:
        covers = Coverage(km=random.choice((20.0, 60.0, 150.0)))
    elif kind < 9:
        covers = Coverage(regions=tuple(sorted({f"R{random.randrange(regions)}" for _ in range(8)})))
    else:
        covers = Coverage(postcodes=(Prefix("CN", f"{random.randrange(1_000):03}"),))
    return Site(
        f"N{number:05}",
        random.uniform(20.0, 45.0),
        random.uniform(85.0, 125.0),
        "CN",
        calendar="office",
        transit=(Transit(0, 1, 100.0), Transit(1, 2, 500.0), Transit(2, 5)),
        priority=random.randrange(3),
        cost_order=random.randrange(100, 900),
        cost_unit=random.randrange(1, 20),
        orders_a_day=random.choice((None, 500)),
        covers=covers,
        excludes=Coverage(regions=(f"R{random.randrange(regions)}",)) if number % 20 == 3 else None,
    )
