"""What is promised (寻源结果), as plain values: legs, splits, and why the others lost.

Quantities are whole numbers of the smallest unit, money of the smallest unit of the tenant's, distances metres.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PromisedGoods:
    """What a leg takes of one position: `quantity` in all, and what the channel has it by (`quota`, empty: plain).

    `expires` is the lot's day, `expected` the day on which it arrives at the node; each empty where there is none.
    """

    goods: str
    owner: str
    lot: str
    quantity: int
    quota: str = ""
    expires: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class PromisedLeg:
    """`quantity` units of a line from one node: they leave by `ship_by`, and arrive from … until before …

    `cost` falls due by the unit, what the parcel costs stands with
    it; `day` is the node's, whose capacity it takes. `distance_m` is null where the address or the node has no point.
    """

    line: str
    node: str
    quantity: int
    sku: str
    mode: str
    supplier: str
    substitute: bool
    goods: tuple[PromisedGoods, ...]
    day: str
    ship_by: datetime
    arrives_from: datetime
    arrives_to: datetime
    pickup: bool
    cost: int
    distance_m: int | None


@dataclass(frozen=True, slots=True)
class PromisedParcel:
    """What one node sends: `handling` falls due for the order there, `freight` by weight and distance."""

    node: str
    units: int
    grams: int
    distance_m: int | None
    handling: int
    freight: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A node that supplies nothing: the first `rule` that rejected it, or `outranked` and by how much.

    `difference` says what the policy's measure would have come to beyond what was chosen (outranked ones alone).
    """

    node: str
    rule: str
    detail: str = ""
    difference: int | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """How many nodes routing left out by a rule."""

    rule: str
    nodes: int


@dataclass(frozen=True, slots=True)
class Short:
    """A line that cannot be supplied in full."""

    line: str
    wanted: int
    promised: int


@dataclass(frozen=True, slots=True)
class Promise:
    """The answer to "can I have these, here, by when?".

    `promise` is its id where it was kept, else empty; `token` hands it back to reserve exactly this, until
    `valid_until`. `splits` are the parcels beyond the first; `cost` is in money whatever the policy; `objective` is in
    the policy's own measure, and `gap` how much of it a better plan might save at most (0: there is none better).
    `short` names lines that are not promised in full. `lost` has those that were asked for; `after` goes into the
    question for the next page of them.
    """

    promise: str
    token: str
    valid_until: datetime
    as_of: datetime
    policy: str
    legs: tuple[PromisedLeg, ...]
    parcels: tuple[PromisedParcel, ...]
    splits: int
    cost: int
    objective: int
    gap: int
    distance_m: int
    short: tuple[Short, ...]
    outside: tuple[Outside, ...]
    lost: tuple[Lost, ...] = ()
    after: str = ""

    @property
    def whole(self) -> bool:
        return not self.short
