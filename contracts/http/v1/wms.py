"""What a warehouse system sends, and what it is answered."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.http.v1.epcis import TakenIn
from contracts.http.v1.parts import (
    MAX_LINES,
    NONE,
    Answer,
    Body,
    Counted,
    Date,
    Identifier,
    OptionalIdentifier,
    Reason,
)

MessageType = Literal["goods.received", "goods.shipped", "goods.short_shipped", "stock.counted", "goods.damaged"]


class WmsLine(Body):
    """Of a goods: how many are well, broken, and of what was expected missing."""

    goods: Identifier
    quantity: Counted = 0
    damaged: Counted = 0
    missing: Counted = 0
    owner: Identifier = NONE
    lot: Identifier = NONE
    expires: Date = ""


class WmsReceiver(Body):
    """Where a shipment goes."""

    node: Identifier
    owner: Identifier = NONE


class WmsMessage(Body):
    """One thing that happened in a warehouse. Its `id` is the same whenever it is sent again."""

    id: Identifier
    type: MessageType
    node: Identifier
    lines: Annotated[tuple[WmsLine, ...], Field(max_length=MAX_LINES)]
    at: str = Field("", description="When it happened there, for your own records.")
    reservation: OptionalIdentifier = Field("", description="What was shipped: the reservation of the ship request.")
    shipment: OptionalIdentifier = Field("", description="What arrived, or leaves for another node.")
    receiver: WmsReceiver | None = Field(None, description="Where a shipment goes.")
    reason: Reason = ""


class WmsTakenIn(Answer):
    """What was done for a message; a repeat of it gets the same."""

    message: str
    type: str
    request_id: str
    status: int
    taken_in: TakenIn
