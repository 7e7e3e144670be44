"""Olist: ten thousand real orders, promised by real distance from stock that is made up, and said to be.

Made up: forty nodes, where most sellers are; the opening stock: of each product what all orders together sell of it,
at the node nearest to its seller, and again half as much at each of three more nodes (by a checksum of the product and
node); what nodes, freight and splits cost. Real: orders, lines, quantities, weights, and all distances.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zlib import crc32

from rich.table import Table

from application.sourcing.ports import Alternative, Part, Share
from application.sourcing.routing import Candidate
from domain.sourcing.demand import Decision, Demand, DemandLine, Field
from domain.sourcing.plan import plan
from domain.sourcing.policy import CRITERIA, Band, Costs, Policy, only
from domain.stock.position import position_key
from domain.warehouse.place import Origin, Point
from tests.acceptance.data import Rules, console, folder, rows

NODES: Final = 40
COSTS: Final = Costs(
    (Band(500, 800, 1), Band(2_000, 1_200, 2), Band(10_000, 2_500, 3), Band(None, 6_000, 5)), split=300
)
"""Freight in cents: up to half a kilo 8.00 and 0.01 a kilometre, up to 2 kg 12.00 and 0.02, and so on; 3.00 a split."""

NODE_COST: Final = 150
"""A parcel costs a node 1.50 to make, and up to half as much again by the node's number: large ones are cheaper."""

MIX: Final = Policy("weighted_mix", (("least_cost", 10), ("nearest", 1), ("fewest_splits", 5_000)), COSTS)
POLICIES: Final = (*[replace(only(name), costs=COSTS) for name in CRITERIA], MIX)


class Wanted(NamedTuple):
    order: str
    where: Origin
    lines: tuple[DemandLine, ...]


class Node(NamedTuple):
    code: str
    where: Origin
    rank: int


Stock = dict[str, dict[str, int]]
"""Units by product and node."""


def read() -> tuple[list[Wanted], list[Node], Stock]:
    where = folder("olist")
    places = {
        row["zip_prefix"]: Point(float(row["lat"]), float(row["lng"]))
        for row in rows(where / "zip_prefix_latlng.csv.gz")
        if row["lat"]
    }
    sellers = {row["seller_id"]: row["seller_zip_code_prefix"] for row in rows(where / "sellers.csv.gz")}
    homes = Counter(prefix[:3] for prefix in sellers.values() if prefix in places)
    nodes = []
    for rank, (area, _) in enumerate(sorted(homes.items(), key=lambda each: (-each[1], each[0]))[:NODES]):
        prefix = min(prefix for prefix in places if prefix.startswith(area))
        nodes.append(Node(f"node-{area}", Origin(places[prefix]), rank))
    customers = {row["customer_id"]: row["customer_zip_code_prefix"] for row in rows(where / "customers.csv.gz")}
    grams = {row["product_id"]: round(float(row["product_weight_g"] or 0)) for row in rows(where / "products.csv.gz")}
    items: dict[str, Counter[str]] = defaultdict(Counter)
    sold: Counter[str] = Counter()
    seller: dict[str, str] = {}
    for row in rows(where / "order_items.csv.gz"):
        items[row["order_id"]][row["product_id"]] += 1
        sold[row["product_id"]] += 1
        seller.setdefault(row["product_id"], sellers[row["seller_id"]])
    orders = []
    for row in sorted(rows(where / "orders.csv.gz"), key=lambda each: each["order_purchase_timestamp"]):
        place = places.get(customers[row["customer_id"]]) or next(
            (places[prefix] for prefix in sorted(places) if prefix[:3] == customers[row["customer_id"]][:3]),
            Point(-23.55, -46.63),
        )
        lines = tuple(
            DemandLine(product, quantity, (way(product),), grams[product])
            for product, quantity in sorted(items[row["order_id"]].items())
        )
        orders.append(Wanted(row["order_id"], Origin(place), lines))
    return orders, nodes, opened(sold, seller, places, nodes)


def way(product: str) -> Alternative:
    return Alternative(product, "SELF", "-", None, 1, (Part(product, 1),))


def opened(
    sold: Mapping[str, int], seller: Mapping[str, str], places: Mapping[str, Point], nodes: Sequence[Node]
) -> Stock:
    """The opening stock, made up as the page above says."""
    stock: Stock = {}
    for product, units in sorted(sold.items()):
        home = places.get(seller[product])
        near = min(nodes, key=lambda node: node.where.km(Origin(home))) if home else nodes[0]
        more = sorted(nodes, key=lambda node: crc32(f"{product} {node.code}".encode()))[:3]
        held = {node.code: -(-units // 2) for node in more}
        held[near.code] = held.get(near.code, 0) + units
        stock[product] = held
    return stock


def field(wanted: Wanted, nodes: Sequence[Node], stock: Stock) -> Field:
    """Every node that holds any of it, as far as it is; farther ones arrive later."""
    noon = datetime(2018, 1, 1, 12, tzinfo=UTC)
    holding = {node for line in wanted.lines for node, units in stock[line.id].items() if units}
    candidates = []
    for node in nodes:
        if node.code in holding:
            km = node.where.km(wanted.where)
            arrives = noon + timedelta(hours=24 + 2 * round(km / 50))
            cost = NODE_COST + NODE_COST * node.rank // (2 * NODES)
            candidates.append(
                Candidate(
                    node.code,
                    None,
                    None,
                    km,
                    node.rank,
                    cost,
                    10,
                    noon.date(),
                    noon,
                    arrives,
                    arrives,
                    None,
                    None,
                    None,
                    None,
                    False,
                )
            )
    shares = [
        Share(line.id, node, "-", "-", None, "", units, position_key("-", line.id, node))
        for line in wanted.lines
        for node, units in stock[line.id].items()
        if units
    ]
    return Field(candidates, shares, {}, {})


class Sums:
    """What the decisions of one policy come to."""

    def __init__(self) -> None:
        self.orders = self.complete = self.short = self.splits = self.metres = self.cost = self.optimal = 0
        self.parcels = 0
        self.seconds = 0.0

    def add(self, decision: Decision) -> None:
        self.orders += 1
        self.complete += decision.complete
        self.short += sum(decision.short.values())
        self.splits += decision.splits
        self.parcels += len(decision.parcels)
        self.metres += decision.metres
        self.cost += decision.cost
        self.optimal += decision.optimal

    def row(self, name: str) -> Iterator[str]:
        yield name
        yield f"{self.complete:,}"
        yield f"{self.short:,}"
        yield f"{self.splits:,}"
        yield f"{self.metres / 1000 / max(1, self.parcels):,.1f}"
        yield f"{self.cost / 100:,.2f}"
        yield f"{self.optimal:,}"
        yield f"{1000 * self.seconds / self.orders:.2f}"


def table(title: str, sums: Mapping[str, Sums]) -> None:
    made = Table(title=title)
    headings = ("policy", "complete", "units short", "splits", "km a parcel", "cost", "proven best", "ms an order")
    for heading in headings:
        made.add_column(heading, justify="left" if heading == "policy" else "right")
    for name, each in sums.items():
        made.add_row(*each.row(name))
    console.print(made)


def taken(rules: Rules, wanted: Wanted, decision: Decision, stock: Stock) -> None:
    """No more than there is, and each line what it wants or said to be short."""
    drawn: Counter[tuple[str, str]] = Counter()
    for leg in decision.legs:
        drawn[leg.line, leg.node] += leg.quantity
    fits = all(units <= stock[product].get(node, 0) for (product, node), units in drawn.items())
    rules.holds("no plan takes more than there is", fits, wanted.order)
    served = Counter(decision.short)
    for (product, _), units in drawn.items():
        served[product] += units
    rules.holds("each line is served or said short", served == {x.id: x.quantity for x in wanted.lines}, wanted.order)


def olist(rules: Rules) -> None:
    orders, nodes, stock = read()
    console.print(
        f"Olist: {len(orders):,} orders, {sum(len(order.lines) for order in orders):,} lines, {len(nodes)} nodes;"
        f" stock, places of nodes and costs are made up (tests/acceptance/olist.py says how)."
    )
    alike = {policy.name: Sums() for policy in POLICIES}
    for wanted in orders:
        there, demand = field(wanted, nodes, stock), Demand(wanted.lines)
        made: dict[str, Decision] = {}
        for policy in POLICIES:
            began = time.perf_counter()
            made[policy.name] = plan(demand, there, policy)
            alike[policy.name].seconds += time.perf_counter() - began
            alike[policy.name].add(made[policy.name])
            taken(rules, wanted, made[policy.name], stock)
        fewest, least = made["fewest_splits"], made["least_cost"]
        for name, other in made.items():
            if other.short == fewest.short:
                rules.holds("fewest splits never splits more", fewest.splits <= other.splits, (wanted.order, name))
            if other.short == least.short:
                rules.holds("least cost never costs more", least.cost <= other.cost, (wanted.order, name))
    rules.holds("all orders were promised", len(orders) == 10_000, len(orders))
    table("each order on the same opening stock", alike)
    one_after_another: dict[str, Sums] = {}
    for policy in POLICIES:
        sums = one_after_another[policy.name] = Sums()
        left = {product: dict(held) for product, held in stock.items()}
        for wanted in orders:
            there = field(wanted, nodes, left)
            began = time.perf_counter()
            decision = plan(Demand(wanted.lines), there, policy)
            sums.seconds += time.perf_counter() - began
            sums.add(decision)
            taken(rules, wanted, decision, left)
            for leg in decision.legs:
                left[leg.line][leg.node] -= leg.quantity
    table("one order after the other, each on what the ones before left", one_after_another)
