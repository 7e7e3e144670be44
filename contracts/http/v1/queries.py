"""What questions are answered with.

Every field is always there. Quantities are whole numbers of the goods' smallest unit, times are UTC.
A page has `items` and `after`: what to ask for the next page with, null after the last. It means nothing to anyone
else, and its form may change.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import Field

from contracts.http.v1.parts import Answer

# -- availability -----------------------------------------------------------------------------------------------------


class Amounts(Answer):
    """Balances, summed where several positions stand behind them.

    `promisable` is what a reserve may take: available less the safety stock, position by position, never below 0.
    """

    promisable: int
    available: int
    reserved: int
    allocated: int
    in_transit: int
    held: int


class PositionStock(Answer):
    """One position; `version` counts its movements, `floor` is its safety stock."""

    owner: str
    lot: str
    channel: str
    amounts: Amounts
    floor: int
    version: int


class NodeStock(Answer):
    """A goods at one node; `positions` are empty unless asked for."""

    node: str
    amounts: Amounts
    positions: tuple[PositionStock, ...]


class GoodsStock(Answer):
    """A goods in total; `nodes` are empty unless asked for, and without those that never had any."""

    goods: str
    amounts: Amounts
    nodes: tuple[NodeStock, ...]


class Availability(Answer):
    """Each goods that was asked for, once, in the order asked; nothing of it anywhere is an answer too.

    `as_of` is the commit time of the data: all that was committed up to then is in it. `source` is who gave it: the
    ledger (`memory`, where that is in the process), a `replica` of it, or a `cache`; of that, each goods may be as of a
    later time.
    """

    as_of: datetime
    source: str
    goods: tuple[GoodsStock, ...]


# -- reservations -----------------------------------------------------------------------------------------------------


class HeldOn(Answer):
    """`units` of an account for every unit of the line; `account` names its dimensions."""

    kind: str
    account: Mapping[str, str]
    units: int


class LegFound(Answer):
    """What was taken in one way, and where those units of the line are now."""

    holds: tuple[HeldOn, ...]
    held: int
    confirmed: int
    shipped: int
    released: int
    expired: int
    damaged: int


class LineFound(Answer):
    """A line of a reservation: what was asked for and granted, and the ways it was taken in."""

    line: str
    asked: int
    granted: int
    legs: tuple[LegFound, ...]


class GroupFound(Answer):
    """A fixed quantity held once for these lines; `stage` is empty while no unit of them was granted."""

    name: str
    kind: str
    account: Mapping[str, str]
    quantity: int
    lines: tuple[str, ...]
    stage: str


class ReservationFound(Answer):
    """A reservation as it stands. One that was cancelled before it was made has no lines and the status cancelled."""

    reservation: str
    status: str
    request: str
    order: str | None
    scene: str
    due: datetime | None
    created_at: datetime
    changed_at: datetime
    lines: tuple[LineFound, ...]
    groups: tuple[GroupFound, ...]


# -- movements and past balances --------------------------------------------------------------------------------------


class MovementFound(Answer):
    """One posting: `quantity` from one bucket to another, and what the account held after it.

    `subject` is the reservation or shipment it was posted for; `actor` acted, `principal` was authenticated.
    """

    kind: str
    account: Mapping[str, str]
    version: int
    movement: str
    source: str
    target: str
    quantity: int
    available: int
    reserved: int
    allocated: int
    in_transit: int
    held: int
    floor: int
    subject: str
    scene: str
    reason: str
    at: datetime
    request: str
    command: str
    actor: str
    principal: str


class Balances(Answer):
    """What an account holds, bucket by bucket."""

    available: int
    reserved: int
    allocated: int
    in_transit: int
    held: int


class BalanceThen(Answer):
    """An account after its movement number `version`, posted `at`; empty at version 0, before the first."""

    balances: Balances
    floor: int
    version: int
    at: datetime | None


# -- registers --------------------------------------------------------------------------------------------------------


class GoodsFacts(Answer):
    """What is kept of a goods."""

    name: str
    unit: str
    scale: int
    active: bool


class NodeFacts(Answer):
    """What is kept of a node."""

    name: str
    type: str
    active: bool


class RegisteredGoods(Answer):
    """A registered goods: its code, its facts, how often it was written and when last."""

    code: str
    facts: GoodsFacts
    version: int
    changed_at: datetime | None


class RegisteredNode(Answer):
    """A registered node: its code, its facts, how often it was written and when last."""

    code: str
    facts: NodeFacts
    version: int
    changed_at: datetime | None


class MappingFacts(Answer):
    """What is kept of a mapping."""

    system: str
    kind: str
    outside: str
    inside: str
    units: int
    uom: str
    active: bool


class RegisteredMapping(Answer):
    """A mapping: its code, its facts, how often it was written and when last."""

    code: str
    facts: MappingFacts
    version: int
    changed_at: datetime | None


class ProposalFacts(Answer):
    """What is kept of a count proposal: what the snapshot said, what the ledger said then, what was decided."""

    snapshot: str
    goods: str
    node: str
    owner: str
    lot: str
    at: datetime
    counted: int
    on_hand: int
    version: int
    status: str
    reason: str
    actor: str


class EnteredProposal(Answer):
    """A count proposal: its id, its facts, how often it was written and when last."""

    code: str
    facts: ProposalFacts
    version: int
    changed_at: datetime | None


# -- pages ------------------------------------------------------------------------------------------------------------

Item = TypeVar("Item", bound=Answer)


class Page(Answer, Generic[Item]):
    """Some of the answer, and what to ask for the next page with."""

    items: tuple[Item, ...]
    after: str | None


class ReservationPage(Page[ReservationFound]):
    """Reservations of an order, in byte order of their ids."""


class MovementPage(Page[MovementFound]):
    """Movements of an account by version, else command by command."""


class GoodsPage(Page[RegisteredGoods]):
    """Registered goods in byte order of their codes."""


class NodePage(Page[RegisteredNode]):
    """Registered nodes in byte order of their codes."""


class MappingPage(Page[RegisteredMapping]):
    """Mappings in byte order of their codes."""


class ProposalPage(Page[EnteredProposal]):
    """Count proposals in byte order of their ids; a page may be short, and still not be the last."""


class EventEnvelope(Answer):
    """One event as CloudEvents 1.0, structured; `sequence` is its number within its subject."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    data: Mapping[str, Any]
    sequence: str
    partitionkey: str
    requestid: str | None = Field(None, description="The request that caused it; left out when none did.")
    traceparent: str | None = Field(
        None, description="That request's place in a trace (W3C); left out where none was recorded."
    )


class EventPage(Answer):
    """Events, and the place after them, which is there on every page. `more`: there is another page already."""

    items: tuple[EventEnvelope, ...]
    after: str
    more: bool


class ParkedMessage(Answer):
    """A message that a consumer could not take, with the attempts made and the last failure."""

    group: str
    id: str
    type: str
    subject: str
    attempts: int
    reason: str
    at: datetime


class ParkedPage(Page[ParkedMessage]):
    """Parked messages of a group, the oldest first."""


class Requeued(Answer):
    """How many of the messages named were parked, and are delivered again."""

    requeued: int
