"""Demands and fields for tests: by hand, and drawn at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from application.sourcing.ports import Alternative, DayRest, Part, Share
from application.sourcing.routing import Candidate
from domain.kernel.account import AccountKey
from domain.sourcing.demand import Demand, DemandLine, Field, SoldAs
from domain.sourcing.policy import CRITERIA, Band, Costs, Policy
from domain.stock.position import position_key

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = NOON.date()
CAPS = tuple(position_key("cap", "cap", "cap", channel=name) for name in "PQ")
COUNTED = position_key("cap", "cap", "cap", channel="R")
"""A cap counts goods, or units of lines: never both."""


def candidate(
    node: str,
    km: float | None = 10.0,
    *,
    priority: int = 100,
    order: int = 0,
    unit: int = 0,
    days: int = 1,
    owners: frozenset[str] | None = None,
    goods: Mapping[str, int] | None = None,
) -> Candidate:
    arrives = NOON + timedelta(days=days)
    return Candidate(
        node=node,
        lat=None,
        lng=None,
        distance_km=km,
        priority=priority,
        cost_order=order,
        cost_unit=unit,
        slot=TODAY,
        ship_by=NOON,
        arrives_from=arrives,
        arrives_to=arrives + timedelta(hours=8),
        orders_a_day=None,
        units_a_day=None,
        owners=owners,
        goods=goods,
        pickup=False,
    )


def share(
    node: str,
    available: int,
    goods: str = "A",
    *,
    owner: str = "us",
    lot: str = "-",
    expires: date | None = None,
    quota: str = "",
    channel: str = "-",
    caps: tuple[AccountKey, ...] = (),
    sold_as: frozenset[SoldAs] | None = None,
    by_line: tuple[AccountKey, ...] = (),
) -> Share:
    account = position_key(owner, goods, node, lot, channel)
    return Share(goods, node, owner, lot, expires, quota, available, account, caps, sold_as, by_line)


def way(
    goods: str = "A",
    units: int = 1,
    *more: tuple[str, int],
    owner: str | None = None,
    supplier: str = "-",
    priority: int = 1,
    substitute: bool = False,
) -> Alternative:
    parts = (Part(goods, units), *[Part(*each) for each in more])
    return Alternative(f"sku-{goods}", "SELF", supplier, owner, priority, parts, substitute)


def line(
    quantity: int,
    *ways: Alternative,
    id: str = "1",
    grams: int = 0,
    suppliers: frozenset[str] | None = None,
    keeps_until: date | None = None,
    by: datetime | None = None,
    whole: bool = False,
) -> DemandLine:
    return DemandLine(id, quantity, ways or (way(),), grams, suppliers, keeps_until, by, whole)


def field(
    candidates: Sequence[Candidate],
    shares: Sequence[Share],
    rest: Mapping[AccountKey, int] | None = None,
    capacity: Mapping[str, DayRest] | None = None,
) -> Field:
    return Field(candidates, shares, rest or {}, capacity or {})


def day(orders: int | None = None, units: int | None = None) -> DayRest:
    return DayRest(orders, units)


@dataclass(frozen=True)
class Case:
    demand: Demand
    field: Field
    policy: Policy


NODES = ("n1", "n2", "n3", "n4")
GOODS = ("A", "B", "C")
NAMES = (SoldAs("s", "i"), SoldAs("t", "i"))
OWNERS = ("us", "them")

policies = st.builds(
    lambda named, freight, split: Policy("p", tuple(named.items()), Costs(freight, split)),
    st.dictionaries(st.sampled_from(sorted(CRITERIA)), st.integers(1, 5), min_size=1, max_size=3),
    st.sampled_from([(), (Band(None, 3, 1),), (Band(4, 2, 1), Band(9, 5, 1), Band(None, 9, 2))]),
    st.integers(0, 6),
)

alternatives = st.builds(
    lambda parts, owner, supplier, priority, substitute: way(
        *next(iter(parts.items())),
        *list(parts.items())[1:],
        owner=owner,
        supplier=supplier,
        priority=priority,
        substitute=substitute,
    ),
    st.dictionaries(st.sampled_from(GOODS), st.integers(1, 2), min_size=1, max_size=2),
    st.none() | st.sampled_from(OWNERS),
    st.sampled_from(("s1", "s2")),
    st.integers(1, 2),
    st.booleans() | st.just(False),
)


def by_name(share: Share) -> tuple[Share, Share]:
    """What may be taken of one position, where the lines of one name are counted by that."""
    first, second = NAMES
    counted = share._replace(quota="named", sold_as=frozenset({first}), by_line=(COUNTED,))
    return counted, share._replace(sold_as=frozenset({second}))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A small demand before a small field, with every restriction now and then."""
    lines = tuple(
        DemandLine(
            str(n),
            draw(st.integers(1, 4)),
            tuple(draw(st.lists(alternatives, min_size=1, max_size=2))),
            draw(st.integers(0, 3)),
            draw(st.none() | st.none() | st.just(frozenset({"s1"}))),
            draw(st.none() | st.none() | st.just(TODAY)),
            draw(st.none() | st.none() | st.just(NOON + timedelta(days=2))),
            draw(st.booleans()),
            draw(st.sampled_from(NAMES)),
        )
        for n in range(draw(st.integers(1, 3)))
    )
    demand = Demand(
        lines, whole_only=draw(st.integers(0, 3)) == 0, max_splits=draw(st.none() | st.none() | st.integers(0, 2))
    )
    nodes = draw(st.lists(st.sampled_from(NODES), unique=True, min_size=1))
    candidates = [
        candidate(
            node,
            draw(st.none() | st.integers(0, 5).map(float)),
            priority=draw(st.integers(0, 2)),
            order=draw(st.integers(0, 5)),
            unit=draw(st.integers(0, 3)),
            days=draw(st.integers(1, 3)),
            owners=draw(st.none() | st.none() | st.just(frozenset({"us"}))),
            goods=draw(st.none() | st.none() | st.just({"A": 1, "B": 2})),
        )
        for node in nodes
    ]
    places = draw(
        st.lists(
            st.tuples(
                st.sampled_from(GOODS),
                st.sampled_from((*nodes, "elsewhere")),
                st.sampled_from(OWNERS),
                st.sampled_from(("-", "L1")),
            ),
            unique=True,
            max_size=10,
        )
    )
    expiry = {"-": None, "L1": TODAY - timedelta(days=draw(st.integers(-1, 1)))}
    shares = [
        share(
            node,
            draw(st.integers(0, 4)),
            goods,
            owner=owner,
            lot=lot,
            expires=expiry[lot],
            caps=tuple(draw(st.lists(st.sampled_from(CAPS), unique=True, max_size=1))),
        )
        for goods, node, owner, lot in places
    ]
    counted = draw(st.none() | st.sampled_from(GOODS))
    shares = [each for one in shares for each in (by_name(one) if one.goods == counted else (one,))]
    rest = {cap: draw(st.integers(0, 6)) for cap in (*CAPS, COUNTED)}
    capacity = {
        node: day(draw(st.none() | st.integers(0, 1)), draw(st.none() | st.integers(0, 5)))
        for node in draw(st.lists(st.sampled_from(NODES), unique=True, max_size=2))
    }
    return Case(demand, field(candidates, shares, rest, capacity), draw(policies))
