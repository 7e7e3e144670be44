"""The promise stage: baskets of the last week ordered once more, to be delivered: promised by policies, and reserved.

Places are real (see `places`), costs and coverage invented: a store delivers within 60 km, a warehouse anywhere in the
country. Every policy is asked on the same stock, order by order; what least cost chose is then reserved, and in the end
released.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from application.kernel.call import Call
from application.reconciliation.audit_ledger import AuditLedger
from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise
from application.sourcing.promise import Promise
from application.sourcing.refusals import PromiseMoved, PromiseShort
from application.sourcing.reserve_wanted import ReserveWanted
from application.stock.release_reservation import ReleaseReservation
from application.tenancy.publish_policies import PublishPolicies
from application.warehouse.set_sites import SetSites
from domain.tenancy.policy import PublishedPolicy
from domain.tenancy.settings import Freight, Settings, Weight
from domain.warehouse.coverage import Coverage
from domain.warehouse.site import Site, Transit
from entrypoints.composition.installation import Installation
from entrypoints.demo.dataset import Basket, Shopping
from entrypoints.demo.places import Place, destination, read_places, sites
from entrypoints.demo.plan import WAREHOUSES
from entrypoints.demo.replay import ACTOR, CHUNK, TENANT, Watch, chunks
from entrypoints.demo.table import Rows

ORDERS: Final = 200
MOST_LINES: Final = 20
NATION: Final = "US"
STORE_KM: Final = 60.0
STORE_COST: Final = 120
WAREHOUSE_COST: Final = 80
"""Cents for each parcel: picking in a store costs more."""

PARCEL: Final = Freight(150, 4)
SPLIT_COST: Final = 50
POLICIES: Final = ("nearest", "fewest_splits", "least_cost")
PHASE: Final = "promise and reserve"


@dataclass
class Promised:
    """What each policy promised, what became of it, and what is wrong with any of it."""

    orders: int = 0
    whole: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    metres: Counter[str] = field(default_factory=Counter)
    cost: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    held: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def rows(self) -> Rows:
        """As the table of the demonstration has them."""
        found: Rows = [("orders, each asked by every policy", self.orders)]
        for policy in POLICIES:
            said = policy.replace("_", " ")
            found += [
                (f"by {said}: promised in full", self.whole[policy]),
                ("  further parcels", self.splits[policy]),
                ("  kilometres of all parcels", round(self.metres[policy] / 1_000)),
                ("  cost in dollars (invented)", round(self.cost[policy] / 100)),
            ]
        return [*found, *((f"reserved by least cost: {name}", count) for name, count in sorted(self.outcomes.items()))]


async def promise_stage(house: Installation, shopping: Shopping, week: int, seed: int, watch: Watch) -> Promised:
    """Ask, reserve, and audit the ledger again."""
    places = read_places()
    await _describe(house, places, shopping.stores)
    told = Promised()
    baskets = [basket for basket in shopping.baskets(week, week) if _ordered(shopping, basket)][:ORDERS]
    for number, basket in enumerate(baskets):
        await _order(house, told, basket, destination(places, seed, basket.id))
        watch(PHASE, number + 1, len(baskets))
    for order in told.held:
        await _handle(house, f"release-{order}", ReleaseReservation(order))
    audit = await house.audit(AuditLedger(full=True))
    told.wrong += [f"the ledger audit after promising: {each}" for each in audit.differences]
    return told


def _ordered(shopping: Shopping, basket: Basket) -> bool:
    """Whether it can be delivered: no fuel, and not a whole lorry."""
    return 0 < len(basket.lines) <= MOST_LINES and not any(shopping.goods[line.goods].is_fuel for line in basket.lines)


async def _handle(house: Installation, request: str, command: Any) -> Any:
    return await house.handle(Call(TENANT, ACTOR, request), command)


async def _describe(house: Installation, places: Sequence[Place], stores: Sequence[str]) -> None:
    """Where everything lies, what it costs, and by what the best is chosen."""
    found = [_site(node, place) for node, place in sites(places, stores).items()]
    for number, some in enumerate(chunks(found, CHUNK)):
        await _handle(house, f"sites-{number}", SetSites(some))
    policies = [
        PublishedPolicy(
            f"by-{name}",
            Settings(mix=(Weight(name),), freight=(PARCEL,), split_cost=SPLIT_COST),
            only_named=True,
        )
        for name in POLICIES
    ]
    await _handle(house, "policies", PublishPolicies(tuple(policies)))


def _site(node: str, place: Place) -> Site:
    is_store = node not in WAREHOUSES
    return Site(
        node,
        lat=place.lat,
        lng=place.lng,
        nation=NATION,
        postcode=place.zip,
        transit=(Transit(0, 1, 100.0), Transit(1, 3)),
        cost_order=STORE_COST if is_store else WAREHOUSE_COST,
        covers=Coverage(km=STORE_KM) if is_store else Coverage(nations=(NATION,)),
    )


async def _order(house: Installation, told: Promised, basket: Basket, place: Place) -> None:
    units: Counter[str] = Counter()
    for line in basket.lines:
        units[line.goods] += line.quantity
    lines = tuple(DemandLine(quantity, goods=goods) for goods, quantity in units.items())
    to = DeliverTo(nation=NATION, postcode=place.zip, lat=place.lat, lng=place.lng)
    promises: dict[str, Promise] = {}
    for policy in POLICIES:
        wanted = WantedGoods(lines, to, policy=f"by-{policy}")
        promises[policy] = await _handle(house, f"promise-{basket.id}-{policy}", MakePromise(wanted))
    compared(told, basket.id, promises)
    order = f"order-{basket.id}"
    try:
        await _handle(house, order, ReserveWanted(WantedGoods(lines, to, policy="by-least_cost")))
        told.held.append(order)
        told.outcomes["held whole"] += 1
    except (PromiseShort, PromiseMoved) as refusal:
        told.outcomes[refusal.own_code] += 1


def compared(told: Promised, order: str, promises: dict[str, Promise]) -> None:
    """Add up what each policy promised of an order on the same stock; no other may beat one at its own measure."""
    told.orders += 1
    for policy, promise in promises.items():
        told.whole[policy] += promise.whole
        told.splits[policy] += promise.splits
        told.metres[policy] += promise.distance_m
        told.cost[policy] += promise.cost
    if all(promise.whole and not promise.gap for promise in promises.values()):
        fewest, cheapest = promises["fewest_splits"], promises["least_cost"]
        if any(promise.splits < fewest.splits for promise in promises.values()):
            told.wrong.append(f"order {order}: fewest splits was not the fewest")
        if any(promise.cost < cheapest.cost for promise in promises.values()):
            told.wrong.append(f"order {order}: least cost was not the least")
