"""What is asked and answered about nodes' days: how much each can send off."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from contracts.http.v1.parts import Answer, Body, Day, Identifier, Reason

MAX_CAPACITY_NODES: Final = 50

SomeNodes = Annotated[
    tuple[Identifier, ...], Field(min_length=1, max_length=MAX_CAPACITY_NODES, description="Codes of nodes.")
]


class AdjustCapacity(Body):
    """Bring the days of these nodes that are open, from `first` on, to what their sites and calendars say now."""

    nodes: SomeNodes
    first: Day
    reason: Reason = ""


class DayAdjusted(Answer):
    """What a node's day counts (`orders` or `units`), how many it can send off now, and what it could before.

    `beyond` is by how much more is taken than that: nothing is granted until so much was given back.
    """

    node: str
    day: str
    counts: str
    before: int
    figure: int
    beyond: int


class CapacityAdjusted(Answer):
    """The days that changed, by node and day."""

    days: tuple[DayAdjusted, ...]


class Taken(Answer):
    """What a day can send off (`figure`), what may still be taken, is reserved or bound to leave, and has left.

    `beyond` is by how much more is taken than the figure, since it was lowered.
    """

    figure: int
    rest: int
    reserved: int
    allocated: int
    gone: int
    beyond: int


class NodeDay(Answer):
    """A day of a node; what is not bounded is null."""

    node: str
    day: str
    worked: bool
    orders: Taken | None
    units: Taken | None


class Capacity(Answer):
    """The days of each node in turn, as they were committed at `as_of`."""

    as_of: datetime
    source: str
    days: tuple[NodeDay, ...]
