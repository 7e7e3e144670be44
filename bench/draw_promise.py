"""A promise explained: docs/promise-explained.md and its map, made by asking the application as it is. `make docs`."""

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from application.kernel.call import Call
from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise
from application.sourcing.promise import Promise
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.tenancy.publish_policies import PublishPolicies
from application.warehouse.set_sites import SetSites
from domain.sourcing.explain import RULES
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.tenancy.policy import PublishedPolicy
from domain.tenancy.settings import Freight, Weight
from domain.tenancy.settings import Settings as Said
from domain.warehouse.coverage import Coverage
from domain.warehouse.site import Site
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import Settings
from entrypoints.demo.places import Place, read_places
from entrypoints.http.console.pages import Pages
from entrypoints.http.console.promise_map import Spot, Target, promise_map
from entrypoints.http.console.promises import notes_of

TENANT: Final = "docs"
HOME: Final = "43040"
STYLE: Final = (
    "text{font:11px system-ui,sans-serif;fill:#1b1f22;paint-order:stroke;stroke:#fff;stroke-width:3px}path{fill:none}"
    ".grid path{stroke:#dcdcd6}.grid text,.scale text,.outranked text,.rejected text{fill:#575e63}"
    ".scale path{stroke:#575e63}.leg{stroke:#0b6560;stroke-width:2}.chosen circle{fill:#0b6560}"
    ".outranked circle{fill:#fff;stroke:#84898c;stroke-width:2}.rejected circle{fill:#84898c}"
    ".to circle{fill:none;stroke:#1b1f22;stroke-width:2}"
)


class Shop(NamedTuple):
    """A node of the example: its ZIP code, how many tables and lamps lie there, and how far it delivers."""

    name: str
    zip: str
    tables: int
    lamps: int
    km: float


SHOPS: Final = (
    Shop("Akron", "44301", 4, 9, 400.0),
    Shop("Athens", "45701", 0, 0, 400.0),
    Shop("Canton", "44702", 6, 1, 400.0),
    Shop("Cincinnati", "45202", 12, 20, 400.0),
    Shop("Cleveland", "44102", 30, 2, 80.0),
    Shop("Columbus", "43215", 5, 0, 400.0),
    Shop("Dayton", "45402", 1, 6, 400.0),
    Shop("Lima", "45801", 0, 5, 400.0),
    Shop("Toledo", "43604", 8, 8, 120.0),
    Shop("Youngstown", "44502", 40, 40, 400.0),
)
LINES: Final = (DemandLine(4, goods="TABLE"), DemandLine(5, goods="LAMP"))


@cache
def example() -> tuple[Promise, Place, dict[str, Place]]:
    """What the application promises of the example, where it goes, and where the nodes lie."""
    places = {place.zip: place for place in read_places()}
    lying = {shop.name: places[shop.zip] for shop in SHOPS}
    return asyncio.run(_promise(places[HOME], lying)), places[HOME], lying


async def _promise(home: Place, lying: dict[str, Place]) -> Promise:
    settings = Settings(database={"url": "memory:"}, log={"flow": False, "level": "critical"})
    async with open_installation(settings, worker=False) as house:

        async def do(name: str, command: Any) -> Any:
            return await house.handle(Call(TENANT, "docs", name), command)

        await do("goods", RegisterGoods((Goods("TABLE", "Table"), Goods("LAMP", "Lamp"))))
        await do("nodes", RegisterNode(tuple(Node(shop.name, shop.name) for shop in SHOPS)))
        received = [
            ReceivedLine(goods, shop.name, quantity)
            for shop in SHOPS
            for goods, quantity in (("TABLE", shop.tables), ("LAMP", shop.lamps))
            if quantity
        ]
        await do("stock", ReceiveStock(tuple(received)))
        sites = [
            Site(shop.name, lying[shop.name].lat, lying[shop.name].lng, cost_order=150, covers=Coverage(km=shop.km))
            for shop in SHOPS
        ]
        await do("sites", SetSites(tuple(sites)))
        said = Said(mix=(Weight("least_cost"),), freight=(Freight(150, 15),), split_cost=50)
        await do("policy", PublishPolicies((PublishedPolicy("cheapest", said),)))
        to = DeliverTo(nation="US", postcode=home.zip, lat=home.lat, lng=home.lng)
        promise: Promise = await do("promise", MakePromise(WantedGoods(LINES, to), explain="all"))
        return promise


def map_of_example() -> str:
    """docs/promise-explained.svg."""
    promise, home, lying = example()
    notes = notes_of(promise.legs, promise.lost)
    spots = [Spot(name, place.lat, place.lng, *notes[name]) for name, place in lying.items()]
    map = promise_map(Target(f"{home.city} {home.zip}", home.lat, home.lng), spots)
    return Pages().fragment("map.svg", {"map": map, "style": STYLE}) + "\n"


def page_of_example() -> str:
    """docs/promise-explained.md."""
    promise, home, _ = example()
    stock = [(shop.name, shop.tables, shop.lamps, f"{shop.km:g} km") for shop in SHOPS]
    legs = [
        (leg.line, leg.node, f"{leg.quantity} {leg.goods[0].goods}", f"{(leg.distance_m or 0) / 1_000:.1f} km")
        for leg in promise.legs
    ]
    parcels = [(each.node, each.units, each.handling, each.freight) for each in promise.parcels]
    lost = [(each.node, f"`{each.rule}`", "" if each.difference is None else each.difference) for each in promise.lost]
    rules = [(f"`{name}`", meaning) for name, meaning in RULES.items()]
    return f"""<!-- Written by `make docs` from the code: change it there (bench/draw_promise.py). -->

# A promise, explained

Four tables and five lamps are wanted in {home.city}, {home.zip}. Ten nodes of an invented retailer lie in real places.
The policy is least cost: 150 for each order at a node, 150 for each parcel and 15 for each kilometre, 50 for each
further parcel, all in cents. The application was asked, and this is its answer.

{_table(("Node", "Tables", "Lamps", "Delivers within"), stock)}

![Where it goes, which nodes send it, and which lost](promise-explained.svg)

## What was promised

{_table(("Line", "From", "Goods", "Distance"), legs)}

{_table(("Parcel from", "Units", "Order there", "Freight"), parcels)}

It costs {promise.cost} cents in all, in {len(promise.parcels)} parcels. Nothing is cheaper: the gap is
{promise.gap}.
A node that holds all of it would send a single parcel, from further away; the table below says what more that would
have cost.

## Why the others lost

Each node that sends nothing has one reason, the first rule that is true of it. A node that could have served says by
how much the plan would have been worse with it.

{_table(("Node", "First rule", "Worse by"), lost)}

`coverage` is a rule of routing, which asks before anything is planned: [routing.md](routing.md) has all of its rules.
Those of sourcing, in their order:

{_table(("Rule", "What is true of the node"), rules)}
"""


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [" | ".join(heads), " | ".join(["---"] * len(heads)), *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)
