"""Brunel: the real day of a maker's outbound network, routed by eligibility, customers, lanes and capacity."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from rich.table import Table

from adapters.highs.solver import HighsSolver
from application.sourcing.ports import Alternative, DayRest, Part, Share
from application.sourcing.routing import Candidate
from domain.sourcing.demand import Demand, DemandLine, Field
from domain.sourcing.plan import plan
from domain.sourcing.policy import only
from domain.sourcing.problem import Draw, Mode, Problem, Solution, Source
from domain.stock.position import position_key
from tests.acceptance.data import Rules, console, folder, rows

UNIT: Final = 10_000
"""Money is counted in ten-thousandths."""

FETCHED: Final = "CRF"
"""The service level at which the customer sends for the goods: there is no freight."""


class Order(NamedTuple):
    id: str
    customer: str
    product: str
    quantity: int
    weight: float
    service: str
    destination: str
    plant: str


class Rate(NamedTuple):
    least: float
    most: float
    minimum: float
    rate: float


class Network(NamedTuple):
    """What the day's rules are."""

    eligible: Mapping[str, set[str]]
    reserved: Mapping[str, set[str]]
    ports: Mapping[str, set[str]]
    rates: Mapping[tuple[str, str, str], list[Rate]]
    capacity: Mapping[str, int]
    handling: Mapping[str, float]

    def cost(self, order: Order, plant: str) -> int | None:
        """What it costs to serve the order from the plant, None where a rule forbids it.

        Handling by the unit, and the cheapest freight by air or ground at the order's service level, by weight band,
        not below the lane's minimum: each order is a shipment by itself.
        """
        if plant not in self.eligible[order.product]:
            return None
        if plant in self.reserved and order.customer not in self.reserved[plant]:
            return None
        handling = self.handling[plant] * order.quantity
        if order.service == FETCHED:
            return round(handling * UNIT)
        freights = [
            max(rate.minimum, rate.rate * order.weight)
            for port in self.ports[plant]
            for rate in self.rates.get((port, order.destination, order.service), ())
            if rate.least <= order.weight < rate.most + 0.01
        ]
        return round((handling + min(freights)) * UNIT) if freights else None


def network() -> tuple[Network, list[Order]]:
    where = folder("brunel_supply_chain")
    eligible: dict[str, set[str]] = {}
    for row in rows(where / "ProductsPerPlant.csv"):
        eligible.setdefault(row["Product ID"], set()).add(row["Plant Code"])
    reserved: dict[str, set[str]] = {}
    for row in rows(where / "VmiCustomers.csv"):
        reserved.setdefault(row["Plant Code"], set()).add(row["Customers"])
    ports: dict[str, set[str]] = {}
    for row in rows(where / "PlantPorts.csv"):
        ports.setdefault(row["Plant Code"], set()).add(row["Port"])
    rates: dict[tuple[str, str, str], list[Rate]] = {}
    for row in rows(where / "FreightRates.csv"):
        lane = (row["orig_port_cd"], row["dest_port_cd"], row["svc_cd"])
        band = Rate(*[float(row[name]) for name in ("minm_wgh_qty", "max_wgh_qty", "minimum cost", "rate")])
        rates.setdefault(lane, []).append(band)
    orders = [
        Order(
            row["Order ID"],
            row["Customer"],
            row["Product ID"],
            int(row["Unit quantity"]),
            float(row["Weight"]),
            row["Service Level"],
            row["Destination Port"],
            row["Plant Code"],
        )
        for row in rows(where / "OrderList.csv.gz")
    ]
    capacity = {row["Plant ID"]: int(row["Daily Capacity"]) for row in rows(where / "WhCapacities.csv")}
    handling = {row["WH"]: float(row["Cost/unit"]) for row in rows(where / "WhCosts.csv")}
    return Network(eligible, reserved, ports, rates, capacity, handling), orders


Choices = Sequence[str | None]
"""The plant of each order, None where it is left over."""


def one_by_one(net: Network, orders: Sequence[Order], costs: Sequence[Mapping[str, int]], policy: str) -> Choices:
    """Each order promised as it comes, on what the ones before left of the plants' day."""
    rest = dict(net.capacity)
    noon = datetime(2013, 5, 26, 12, tzinfo=UTC)
    chosen: list[str | None] = []
    for order, cost in zip(orders, costs, strict=True):
        candidates = [
            Candidate(
                plant,
                None,
                None,
                None,
                0,
                money,
                0,
                noon.date(),
                noon,
                noon,
                noon,
                rest[plant],
                None,
                None,
                None,
                False,
            )
            for plant, money in cost.items()
        ]
        shares = [
            Share(
                order.product,
                plant,
                "-",
                "-",
                None,
                "",
                order.quantity if policy == "least_cost" else rest[plant] * 10**6,
                position_key("-", order.product, plant),
            )
            for plant in cost
        ]
        way = Alternative(order.product, "SELF", "-", None, 1, (Part(order.product, 1),))
        demand = Demand((DemandLine("1", order.quantity, (way,), whole=True),), whole_only=True)
        capacity = {plant: DayRest(rest[plant], None) for plant in cost}
        decision = plan(demand, Field(candidates, shares, {}, capacity), only(policy))
        plant = decision.legs[0].node if decision.legs else None
        if plant is not None:
            rest[plant] -= 1
        chosen.append(plant)
    return chosen


def all_at_once(net: Network, costs: Sequence[Mapping[str, int]], served: Sequence[bool]) -> tuple[Choices, Solution]:
    """The whole day as one problem: as many orders as can be, and of that the least cost. Only those `served`."""
    plants = sorted(net.capacity)
    number = {plant: n for n, plant in enumerate(plants)}
    lines = [n for n, wanted in enumerate(served) if wanted]
    sources = [
        (Source(line, number[plant], money, 1, (Draw(number[plant], 1),)), order, plant)
        for line, order in enumerate(lines)
        for plant, money in costs[order].items()
    ]
    none = (0,) * len(lines)
    problem = Problem(
        (1,) * len(lines),
        none,
        (False,) * len(lines),
        tuple(source for source, _, _ in sources),
        ((Mode(None, 0),),) * len(plants),
        tuple(net.capacity[plant] for plant in plants),
    )
    solution = HighsSolver(120).solve(problem, Solution({}, problem.value({}), 0))
    chosen: list[str | None] = [None] * len(costs)
    for n in solution.amounts:
        chosen[sources[n][1]] = sources[n][2]
    return chosen, solution


def within(net: Network, orders: Sequence[Order]) -> Choices:
    """History's plants, first come first served, up to their capacity."""
    rest = dict(net.capacity)
    chosen: list[str | None] = []
    for order in orders:
        rest[order.plant] -= 1
        chosen.append(order.plant if rest[order.plant] >= 0 else None)
    return chosen


def brunel(rules: Rules) -> None:
    net, orders = network()
    costs = [
        {plant: money for plant in sorted(net.capacity) if (money := net.cost(order, plant)) is not None}
        for order in orders
    ]
    console.print(
        f"Brunel: {len(orders):,} orders of one day, {len(net.capacity)} plants for"
        f" {sum(net.capacity.values()):,} orders;"
        f" {sum(len(cost) > 1 for cost in costs):,} orders have more than one plant that may serve them,"
        f" {sum(not cost for cost in costs):,} none. Where a rate is missing for the plant's lane it may not."
    )
    table = Table(title="the day, by who chose the plants; bound: the least that any plan for those orders costs")
    for heading in ("chosen by", "served", "over capacity", "cost", "bound", "above it", "orders changed", "seconds"):
        table.add_column(heading, justify="left" if heading == "chosen by" else "right")
    most = 0
    ways: dict[str, Callable[[], Choices]] = {
        "history, as it was": lambda: [order.plant for order in orders],
        "history, first come, within capacity": lambda: within(net, orders),
        "least cost, order by order": lambda: one_by_one(net, orders, costs, "least_cost"),
        "most room, order by order": lambda: one_by_one(net, orders, costs, "most_stock"),
        "the whole day at once": lambda: all_at_once(net, costs, [True] * len(orders))[0],
    }
    for name, choose in ways.items():
        began = time.perf_counter()
        chosen = choose()
        spent = time.perf_counter() - began
        priced = [
            plant if plant is not None and plant in cost else None for plant, cost in zip(chosen, costs, strict=True)
        ]
        served = [plant is not None for plant in chosen]
        load = Counter(plant for plant in chosen if plant)
        over = sum(max(0, n - net.capacity[plant]) for plant, n in load.items())
        cost = sum(each[plant] for each, plant in zip(costs, priced, strict=True) if plant)
        if over:
            bound = sum(min(each.values()) for each, plant in zip(costs, priced, strict=True) if plant)
        else:
            again, solution = all_at_once(net, costs, [plant is not None for plant in priced])
            bound = solution.bound
            if sum(plant is not None for plant in again) != sum(plant is not None for plant in priced):
                rules.holds("the bound serves the same orders", held=False, said=name)
        if not name.startswith("history"):
            check(rules, net, orders, chosen, load)
            rules.holds("no plan costs less than its bound", cost >= bound, f"{name}: {cost} below {bound}")
        if name == "the whole day at once":
            rules.holds("the whole day at once serves the most", sum(served) >= most, sum(served))
            rules.holds("and is the optimum: its cost is its bound", cost - bound <= UNIT, cost - bound)
        if not over:
            most = max(most, sum(served))
        table.add_row(
            name,
            f"{sum(served):,}" + ("" if served.count(True) == len(priced) - priced.count(None) else " *"),
            f"{over:,}",
            f"{cost / UNIT:,.2f}",
            f"{bound / UNIT:,.2f}",
            f"{100 * (cost - bound) / bound:.2f} %",
            f"{sum(plant not in (None, order.plant) for order, plant in zip(orders, chosen, strict=True)):,}",
            f"{spent:.1f}",
        )
    console.print(table)
    lanes = sum(order.plant not in cost for order, cost in zip(orders, costs, strict=True))
    console.print(f"* history's plant has no published rate for {lanes:,} of its orders: they are not in its cost.")


def check(rules: Rules, net: Network, orders: Sequence[Order], chosen: Choices, load: Mapping[str, int]) -> None:
    """Every rule of the day, read from the data again."""
    for order, plant in zip(orders, chosen, strict=True):
        if plant is None:
            continue
        rules.holds("an order is served by a plant that makes the product", plant in net.eligible[order.product], order)
        kept = plant not in net.reserved or order.customer in net.reserved[plant]
        rules.holds("a plant kept for customers serves them alone", kept, order)
        lane = order.service == FETCHED or any(
            (port, order.destination, order.service) in net.rates for port in net.ports[plant]
        )
        rules.holds("there is a lane from the plant's port", lane, order)
    for plant, n in load.items():
        rules.holds("no plant sends more orders than it can a day", n <= net.capacity[plant], (plant, n))
