"""What routing costs: candidates out of 10 to 10,000 nodes and 3,600 regions, in this process, from a view."""

import argparse
import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.table import Table

from adapters.grid.coverage import GridIndex
from application.warehouse.network import Network
from bench.machine import Steal, console
from domain.kernel.books import Entry, EntryKey
from domain.warehouse.address import Address
from domain.warehouse.calendar import CALENDAR, Calendar
from domain.warehouse.coverage import Coverage, Prefix
from domain.warehouse.region import REGION, Region
from domain.warehouse.site import SITE, Site, Transit

NODES: Final = (10, 100, 1_000, 10_000)
PROVINCES: Final = 34
NOON: Final = datetime(2026, 5, 4, 4, tzinfo=UTC)
REGISTERS: Final[dict[type, str]] = {Site: SITE, Region: REGION, Calendar: CALENDAR}
KINDS: Final = ("radius", "regions", "postcodes", "nationwide", "mixed")


def network(nodes: int, seed: int = 0, kind: str = "mixed", regions: int = 3_600) -> list[Any]:
    """Regions, a calendar and sites over China's extent, in the order in which they can be entered; all invented.

    `kind`: how every site covers. A mixed network has a tenth nationwide, four tenths each by a radius of 20 to 150 km
    and by eight regions, a tenth by postcodes of three digits; one site in twenty excludes a region.
    """
    dice = Random(seed)
    tree = [Region(f"P{number}", f"Province {number}", "CN", 0) for number in range(PROVINCES)]
    for number in range(regions - PROVINCES):
        lat, lng = dice.uniform(20.0, 45.0), dice.uniform(85.0, 125.0)
        tree.append(Region(f"R{number}", f"Region {number}", "CN", 1, f"P{number % PROVINCES}", lat, lng))
    office = Calendar("office", "Asia/Shanghai", ("17:00",) * 5 + ("", ""), "20:00")
    return [*tree, office, *(_site(dice, number, kind, regions - PROVINCES) for number in range(nodes))]


def _site(dice: Random, number: int, kind: str, regions: int) -> Site:
    if kind == "mixed":
        kind = ("nationwide", *("radius",) * 4, *("regions",) * 4, "postcodes")[number % 10]
    covers = {
        "nationwide": lambda: Coverage(nations=("CN",)),
        "radius": lambda: Coverage(km=dice.choice((20.0, 60.0, 150.0))),
        "regions": lambda: Coverage(regions=tuple(sorted({f"R{dice.randrange(regions)}" for _ in range(8)}))),
        "postcodes": lambda: Coverage(postcodes=(Prefix("CN", f"{dice.randrange(1_000):03}"),)),
    }[kind]()
    return Site(
        f"N{number:05}",
        dice.uniform(20.0, 45.0),
        dice.uniform(85.0, 125.0),
        "CN",
        calendar="office",
        transit=(Transit(0, 1, 100.0), Transit(1, 2, 500.0), Transit(2, 5)),
        priority=dice.randrange(3),
        cost_order=dice.randrange(100, 900),
        cost_unit=dice.randrange(1, 20),
        orders_a_day=dice.choice((None, 500)),
        covers=covers,
        excludes=Coverage(regions=(f"R{dice.randrange(regions)}",)) if number % 20 == 3 else None,
    )


def entries(things: Sequence[Any]) -> list[Entry]:
    """The register entries of things as `network` gives them."""
    return [Entry(EntryKey(REGISTERS[type(thing)], thing.code), thing.facts(), 1) for thing in things]


def addresses(count: int, seed: int, regions: int = 3_600) -> list[Address]:
    """A region and postcode each, and every second a point of its own."""
    dice = Random(seed + 1)
    return [
        Address(
            "CN",
            f"R{dice.randrange(regions - PROVINCES)}",
            f"{dice.randrange(10**6):06}",
            *((dice.uniform(20.0, 45.0), dice.uniform(85.0, 125.0)) if number % 2 else (None, None)),
        )
        for number in range(count)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """A table of every kind and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--addresses", type=int, default=200)
    options = parser.parse_args(arguments)
    steal = Steal()
    table = Table(title="routing one address, from a view in this process, over 3,600 regions")
    for heading in ("coverage", "nodes", "candidates", "p50 ms", "p99 ms", "first 100 reasons ms", "entered a second"):
        table.add_column(heading, justify="left" if heading == "coverage" else "right")
    asked = addresses(options.addresses, options.seed)
    for kind in KINDS:
        for nodes in NODES:
            made = entries(network(nodes, options.seed, kind))
            view = Network(GridIndex, ZoneInfo)
            began = time.perf_counter()
            for entry in made:
                view.take(entry)
            rate = len(made) / (time.perf_counter() - began)
            gc.collect()
            gc.freeze()
            times, found = [], 0
            for address in asked:
                began = time.perf_counter()
                candidates, _ = view.route(view.resolve(address), "", "", ("tea",), NOON)
                times.append(time.perf_counter() - began)
                found += len(candidates)
            times.sort()
            began = time.perf_counter()
            list(islice(view.rejected(view.resolve(asked[0]), "", "", ("tea",), NOON, ""), 100))
            explained = time.perf_counter() - began
            table.add_row(
                kind,
                f"{nodes:,}",
                f"{found / len(asked):,.0f}",
                f"{times[len(times) // 2] * 1e3:.3f}",
                f"{times[int(len(times) * 0.99)] * 1e3:.3f}",
                f"{explained * 1e3:.2f}",
                f"{rate:,.0f}",
            )
            gc.unfreeze()
    console.print(table)
    console.print(f"seed {options.seed}; CPU steal {steal.percent():.1f} %")


if __name__ == "__main__":
    main()
