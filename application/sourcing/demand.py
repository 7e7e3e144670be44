"""What a buyer wants, as it is sent: lines, where to, and what may be done to supply them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from application.sourcing.ports import Wanted
from application.sourcing.routing import Destination
from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput
from domain.sourcing.demand import MAX_LINES

MAX_SPLITS: Final = 100
MAX_SHELF_DAYS: Final = 3_650
MAX_SUPPLIERS: Final = 20
MAX_PASSED_OVER: Final = 100
MAX_LINE_NAME: Final = 100
"""The lines of a reservation that a line is split over are named after it."""


@dataclass(frozen=True, slots=True)
class DemandLine:
    """`quantity` of a SKU, of a sales item or of bare goods: exactly one of them is named.

    `expected`: what is only announced to arrive will do (pre-order, back-order). `grams`: what one unit weighs.
    `whole`: one node serves all of it. `suppliers`: only what they supply (none named: anybody). `line` names it;
    unnamed ones get their number.
    """

    quantity: int
    sku: str = ""
    item: str = ""
    goods: str = ""
    line: str = ""
    expected: bool = False
    grams: int = 0
    whole: bool = False
    suppliers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        whole(self.quantity)
        whole(self.grams, "grams", least=0)
        flag(self.whole, "whole")
        if len(self.suppliers) > MAX_SUPPLIERS:
            raise InvalidInput(f"a line names at most {MAX_SUPPLIERS} suppliers", field="suppliers", most=MAX_SUPPLIERS)
        for supplier in self.suppliers:
            identifier(supplier, "suppliers")
        named = [name for name in ("sku", "item", "goods") if getattr(self, name)]
        if len(named) != 1:
            raise InvalidInput("a line names exactly one of sku, item and goods", field="sku")
        identifier(getattr(self, named[0]), named[0])
        if self.line:
            identifier(self.line, "line", most=MAX_LINE_NAME)
        flag(self.expected, "expected")


@dataclass(frozen=True, slots=True)
class DeliverTo:
    """Where it is wanted: by region code, by nation and postcode, by a point, or fetched at the node `pickup`."""

    nation: str = ""
    region: str = ""
    postcode: str = ""
    lat: float | None = None
    lng: float | None = None
    pickup: str = ""

    def __post_init__(self) -> None:
        for name in ("nation", "region", "postcode", "pickup"):
            if said := getattr(self, name):
                identifier(said, name)
        if (self.lat is None) != (self.lng is None):
            raise InvalidInput("a point has lat and lng", field="lat" if self.lat is None else "lng")
        for name, value, most in (("lat", self.lat, 90), ("lng", self.lng, 180)):
            if value is not None and not -most <= value <= most:
                raise InvalidInput(f"{name} must be from {-most} to {most}", field=name, least=-most, most=most)

    @property
    def destination(self) -> Destination:
        return Destination(self.nation, self.region, self.postcode, self.lat, self.lng, self.pickup)


@dataclass(frozen=True, slots=True)
class WantedGoods:
    """1 to 100 lines for one buyer and one place.

    `buyer` is a party's code, `channel` the sales channel whose quotas count; `business` and `scenario` select the
    policy where none is named. `whole_only`: all of it or nothing. `max_splits`: in at most so many parts more than
    one. `min_shelf_days`: no lot that expires earlier than so many days after today, in UTC: with none, no lot that has
    expired already. `by`: all of it must have arrived then.
    """

    lines: tuple[DemandLine, ...]
    to: DeliverTo | None = None
    buyer: str = ""
    channel: str = ""
    business: str = ""
    scenario: str = ""
    policy: str = ""
    whole_only: bool = False
    max_splits: int | None = None
    min_shelf_days: int = 0
    by: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MAX_LINES:
            raise InvalidInput(f"a promise has 1 to {MAX_LINES} lines", field="lines", most=MAX_LINES)
        names = [each.line for each in self.wanted]
        if len(set(names)) != len(names):
            raise InvalidInput("a line is given twice", field="lines")
        for name in ("buyer", "channel", "business", "scenario", "policy"):
            if said := getattr(self, name):
                identifier(said, name)
        flag(self.whole_only, "whole_only")
        if self.max_splits is not None:
            whole(self.max_splits, "max_splits", least=0, most=MAX_SPLITS)
        whole(self.min_shelf_days, "min_shelf_days", least=0, most=MAX_SHELF_DAYS)
        if self.by is not None and self.by.tzinfo is None:
            raise InvalidInput("by is a time with its zone", field="by")

    @property
    def destination(self) -> Destination:
        """Raises InvalidInput where neither a place was said nor a node to fetch at: no node could be chosen."""
        found = Destination() if self.to is None else self.to.destination
        if found == Destination():
            raise InvalidInput(
                "say where it is wanted: a region, a nation and postcode, a point, or the node it is fetched at",
                field="to",
            )
        return found

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        return tuple(
            Wanted(each.line or str(number), each.quantity, each.sku, each.item, each.goods)
            for number, each in enumerate(self.lines, 1)
        )


def fresh_until(days: int, at: datetime) -> date:
    """The day on which a lot must expire, or later, that keeps for so many days from the day of `at`.

    None at all: it is still good on that day. What has expired is nobody's to promise.
    """
    return at.astimezone(UTC).date() + timedelta(days=days)


def excluded(nodes: tuple[str, ...], most: int) -> None:
    """Raises InvalidInput unless these can be nodes that are passed over."""
    if len(nodes) > most:
        raise InvalidInput(f"at most {most} nodes can be passed over", field="nodes", most=most)
    for node in nodes:
        identifier(node, "node")
