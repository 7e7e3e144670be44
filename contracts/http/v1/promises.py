"""What promises are asked with and answered with.

Quantities are whole numbers of the smallest unit, money of the smallest unit of the tenant's, distances metres, times
UTC, days YYYY-MM-DD.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, Strict, StringConstraints

from contracts.http.v1.parts import (
    Answer,
    Body,
    Flag,
    HoldFor,
    Identifier,
    OptionalIdentifier,
    PointInTime,
    Quantity,
    QuantityOrNone,
    Reason,
    Scene,
)
from contracts.http.v1.problems import Problem

MAX_DEMAND_LINES: Final = 100
MAX_SPLITS: Final = 100
MAX_SHELF_DAYS: Final = 3_650
MAX_SUPPLIERS: Final = 20
MAX_LINE_NAME: Final = 100
MAX_EXPLAINED: Final = 1_000
MAX_PASSED_OVER: Final = 100
MAX_BULK: Final = 200
MAX_TOKEN: Final = 8_192
MAX_DROPPED: Final = 500

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
LineName = Annotated[str, Strict(), StringConstraints(max_length=MAX_LINE_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]
Splits = Annotated[int, Strict(), Field(ge=0, le=MAX_SPLITS)]
ShelfDays = Annotated[int, Strict(), Field(ge=0, le=MAX_SHELF_DAYS)]
Explained = Annotated[int, Strict(), Field(ge=1, le=MAX_EXPLAINED)]
PromiseName = Annotated[
    str, Strict(), StringConstraints(min_length=1, max_length=MAX_TOKEN, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class DemandLine(Body):
    """`quantity` of a SKU, of a sales item or of bare goods: exactly one of them is named.

    `expected`: what is only announced to arrive will do (pre-order, back-order). `grams`: what one unit weighs.
    `whole`: one node serves all of it. `suppliers`: only what they supply (none named: anybody). `line` names it;
    unnamed ones get their number, counted from 1.
    """

    quantity: Quantity
    sku: OptionalIdentifier = ""
    item: OptionalIdentifier = ""
    goods: OptionalIdentifier = ""
    line: LineName = ""
    expected: Flag = False
    grams: QuantityOrNone = 0
    whole: Flag = False
    suppliers: Annotated[tuple[Identifier, ...], Field(max_length=MAX_SUPPLIERS)] = ()


class DeliverTo(Body):
    """Where it is wanted: by region code, by nation and postcode, by a point, or fetched at the node `pickup`.

    The more is given, the better it is understood.
    """

    nation: OptionalIdentifier = ""
    region: OptionalIdentifier = ""
    postcode: OptionalIdentifier = ""
    lat: Latitude | None = None
    lng: Longitude | None = None
    pickup: OptionalIdentifier = ""


class WantedGoods(Body):
    """1 to 100 lines for one buyer and one place.

    `to` says where, or the node that it is fetched at; without either it is refused `input.invalid`. `buyer` is a
    party's code, `channel` the sales channel whose quotas count; `business` and `scenario` select the policy, `policy`
    names one. `whole_only`: all of it from one node or nothing. `max_splits`: from at most so many nodes more than one.
    `min_shelf_days`: no lot that expires within so many days. `by`: all of it must have arrived then. Where the policy
    is stricter, it holds.
    """

    lines: Annotated[tuple[DemandLine, ...], Field(min_length=1, max_length=MAX_DEMAND_LINES)]
    to: DeliverTo | None = None
    buyer: OptionalIdentifier = ""
    channel: OptionalIdentifier = ""
    business: OptionalIdentifier = ""
    scenario: OptionalIdentifier = ""
    policy: OptionalIdentifier = ""
    whole_only: Flag = False
    max_splits: Splits | None = None
    min_shelf_days: ShelfDays = 0
    by: PointInTime | None = None


class MakePromise(Body):
    """What can be supplied now. Nothing is held, and nothing stored unless it is to `keep`.

    `explain` = `all` adds the nodes that supply nothing, each with the first rule that says why: at most `limit` beyond
    the code `after`. `passed_over` are nodes that are left out. A kept promise has the id `id`, by default the
    request's.
    """

    wanted: WantedGoods
    keep: Flag = False
    id: OptionalIdentifier = ""
    explain: Literal["", "all"] = ""
    after: OptionalIdentifier = ""
    limit: Explained = 100
    passed_over: Annotated[tuple[Identifier, ...], Field(max_length=MAX_PASSED_OVER)] = ()


class ReservePromise(Body):
    """Hold exactly what was promised: `promise` is the id of a kept one, or a token. Each call is a new reservation.

    `hold_for` left out is the policy's, else the installation's setting.
    """

    promise: PromiseName
    reservation: OptionalIdentifier = ""
    order: Identifier | None = None
    hold_for: HoldFor | None = None
    scene: Scene = "sale"


class ReserveWanted(Body):
    """Promise and reserve in one call. `partial`: what there is of it will do."""

    wanted: WantedGoods
    reservation: OptionalIdentifier = ""
    order: Identifier | None = None
    hold_for: HoldFor | None = None
    partial: Flag = False
    scene: Scene = "sale"


class ReservePooled(Body):
    """Hold what is wanted in the pools of its goods, at no node yet."""

    wanted: WantedGoods
    reservation: OptionalIdentifier = ""
    order: Identifier | None = None
    hold_for: HoldFor | None = None
    scene: Scene = "sale"


class PinReservation(Body):
    """Say at which nodes what is held from pools is to be taken: chosen now."""

    reservation: Identifier


class RejectNode(Body):
    """This node cannot supply what is held there, or bound to leave: others are found for it."""

    reservation: Identifier
    node: Identifier
    reason: Reason = ""


class DropPromises(Body):
    """Forget kept promises."""

    promises: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_DROPPED)]


# -- answers ----------------------------------------------------------------------------------------------------------


class PromisedGoods(Answer):
    """What a leg takes of one position: `quantity` in all, and what the channel has it by (`quota`, empty: plain).

    `expires` is the lot's day, `expected` the day on which it arrives at the node; each empty where there is none.
    """

    goods: str
    owner: str
    lot: str
    quantity: int
    quota: str
    expires: str
    expected: str


class PromisedLeg(Answer):
    """`quantity` units of a line from one node: they leave by `ship_by`, and arrive from … until before …

    `cost` falls due by the unit, what the parcel costs stands with it; `day` is the node's, whose capacity it takes.
    `distance_m` is null where the address or the node has no point.
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


class PromisedParcel(Answer):
    """What one node sends: `handling` falls due for the order there, `freight` by weight and distance."""

    node: str
    units: int
    grams: int
    distance_m: int | None
    handling: int
    freight: int


class Lost(Answer):
    """A node that supplies nothing: the first `rule` that rejected it, or `outranked`, and by how much."""

    node: str
    rule: str
    detail: str
    difference: int | None


class Outside(Answer):
    """How many nodes routing left out by a rule."""

    rule: str
    nodes: int


class Short(Answer):
    """A line that cannot be supplied in full."""

    line: str
    wanted: int
    promised: int


class Promise(Answer):
    """The answer to "can I have these, here, by when?".

    `promise` is its id where it was kept, else empty; `token` hands it back to reserve exactly this, until
    `valid_until` (empty for more than a token can hold: keep it instead). `splits` are the parcels beyond the first;
    `cost` is in money whatever the policy; `objective` is in the policy's own measure, and `gap` how much of it a
    better plan might save at most (0: there is none better). `short` names lines that are not promised in full. `lost`
    has the nodes that were asked for; `after` goes into the question for the next page of them.
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
    lost: tuple[Lost, ...]
    after: str


class ReservedGoods(Answer):
    """Units of a goods that a line of the reservation holds; `node` is empty while it is held from the pool."""

    line: str
    goods: str
    node: str
    owner: str
    lot: str
    channel: str
    quantity: int


class PromiseReserved(Answer):
    """The reservation, under its id. Confirm, release or ship it as any other."""

    reservation: str
    status: str
    due: datetime | None
    goods: tuple[ReservedGoods, ...]


class WantedReserved(Answer):
    """The reservation that was made, and the promise it was made of."""

    reservation: str
    status: str
    due: datetime | None
    goods: tuple[ReservedGoods, ...]
    promise: Promise


class PromisesDropped(Answer):
    """How many of those named were kept until now, and how many are kept still."""

    dropped: int
    kept: int


# -- paths of their own -----------------------------------------------------------------------------------------------


class Reserving(Body):
    """How what was promised is to be reserved."""

    reservation: OptionalIdentifier = ""
    order: Identifier | None = None
    hold_for: HoldFor | None = None
    scene: Scene = "sale"


class ReservingAtOnce(Reserving):
    """How what is promised is to be reserved at once. `partial`: what there is of it will do."""

    partial: Flag = False


class PromiseRequest(MakePromise):
    """What can be supplied now; with `reserve`, held at once (and then nothing but `wanted` goes with it)."""

    reserve: ReservingAtOnce | None = None


class ManyPromises(Body):
    """1 to 200 demands, each promised by itself, from one read of balances where that is not too much: none sees what
    another would take."""

    wanted: Annotated[tuple[WantedGoods, ...], Field(min_length=1, max_length=MAX_BULK)]


class PromiseOutcome(Answer):
    """What became of one demand: the status its own request would have had, with a promise or a problem."""

    status: int
    promise: Promise | None = Field(None, description="Left out where there is a problem.")
    problem: Problem | None = Field(None, description="Why there is none; left out where there is.")


class ManyPromised(Answer):
    """One outcome for each demand, in the order given."""

    outcomes: tuple[PromiseOutcome, ...]


class Came(Answer):
    """What a choice comes to: parcels beyond the first, money, metres, and units that nothing could serve."""

    splits: int
    cost: int
    distance_m: int
    short: int


class Replayed(Answer):
    """One promise: by its own policy, by the other, and the nodes that this one would have sent from."""

    promise: str
    policy: str
    before: Came
    after: Came
    nodes: tuple[str, ...]


class PromisesReplayed(Answer):
    """One page: each promise, the sums of both policies over all of them, and how many had no snapshot to replay."""

    policy: str
    items: tuple[Replayed, ...]
    before_all: Came
    after_all: Came
    left_out: int
    after: str | None = Field(description="What to ask for the next page with; null after the last.")
