"""Which nodes may serve an address: the port that a promise asks, and the plain values it is answered with."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol


class Destination(NamedTuple):
    """Where the goods are wanted: by region code, by nation and postcode, by a point, or fetched at the node `pickup`.

    Any of them may be left empty, and the more is given the better is it resolved.
    """

    nation: str = ""
    region: str = ""
    postcode: str = ""
    lat: float | None = None
    lng: float | None = None
    pickup: str = ""


class Candidate(NamedTuple):
    """A node that may serve the address; what it holds, and what of its day's capacity is left, others know.

    `distance_km` is None where the address or the node has no point. `priority`: the smaller goes first. `cost_order`
    falls due once for a leg, `cost_unit` for each unit, in the smallest unit of the tenant's money. What is ordered now
    leaves on `slot`, a day of the node's own calendar (the one whose capacity it takes: `orders_a_day`, `units_a_day`,
    None where it is unbounded), by `ship_by`, and arrives from `arrives_from` until before `arrives_to`. `owners`:
    whose stock there may be used (None: anybody's). `goods`: which of the goods asked for may come from there, each
    with the priority of its way (None: all of them). `pickup`: it is fetched there.
    """

    node: str
    lat: float | None
    lng: float | None
    distance_km: float | None
    priority: int
    cost_order: int
    cost_unit: int
    slot: date
    ship_by: datetime
    arrives_from: datetime
    arrives_to: datetime
    orders_a_day: int | None
    units_a_day: int | None
    owners: frozenset[str] | None
    goods: Mapping[str, int] | None
    pickup: bool


class Resolved(NamedTuple):
    """The address as it was understood: `regions` from its own to the topmost, `point_from` and `region_from` say how.

    `point_from`: given, postcode, region, node or nothing; `region_from`: given, successor (of a retired code),
    postcode, nearest, node or nothing.
    """

    nation: str
    regions: tuple[str, ...]
    postcode: str
    lat: float | None
    lng: float | None
    point_from: str
    region_from: str


class Routed(NamedTuple):
    """The candidates by their nodes, in no order, each worked out when it is asked for: there may be thousands, and
    few that hold what is wanted. And how many nodes each rule rejected (rules without any are left out)."""

    destination: Resolved
    candidates: Mapping[str, Candidate]
    rejected: Mapping[str, int]


class Rejected(NamedTuple):
    """A node that may not serve the address, and the first of the rules, in their order, that says so."""

    node: str
    rule: str


class Routing(Protocol):
    """Raises StoreError; the refusals of an address that cannot be understood: `address.*`."""

    async def candidates(
        self, tenant: str, destination: Destination, buyer: str, goods: Collection[str], at: datetime
    ) -> Routed:
        """Who may serve it, ordered at `at`; `buyer` is a party's code or empty."""
        ...

    async def begins(self, tenant: str, nodes: Collection[str], day: date) -> Mapping[str, datetime]:
        """When (UTC) the day begins at each of these nodes that has a site."""
        ...

    async def rejected(
        self,
        tenant: str,
        destination: Destination,
        buyer: str,
        goods: Collection[str],
        at: datetime,
        after: str,
        limit: int,
    ) -> Sequence[Rejected]:
        """Those whom routing rejects, in byte order beyond the code `after`, at most `limit`, each with its reason."""
        ...
