"""What is asked and answered about expected supply: receipts announced for a date."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from contracts.http.v1.parts import (
    MAX_LINES,
    NONE,
    Answer,
    Body,
    Date,
    Day,
    Identifier,
    Quantity,
    Reason,
    RequiredReason,
    Scene,
)
from contracts.http.v1.replies import PositionAfter


class AnnouncedLine(Body):
    """`quantity` more of a goods (smallest unit) is expected at a node on a day."""

    goods: Identifier
    node: Identifier
    on: Day
    quantity: Quantity
    owner: Identifier = NONE


class AnnounceSupply(Body):
    """Say what will come, and when."""

    lines: Annotated[tuple[AnnouncedLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    reason: Reason = ""
    scene: Scene = "purchase"


class WithdrawSupply(Body):
    """Say that `quantity` of an expected receipt (left out: all of it) will not come."""

    goods: Identifier
    node: Identifier
    on: Day
    reason: RequiredReason
    quantity: Quantity | None = None
    owner: Identifier = NONE


class MoveSupply(Body):
    """Say that `quantity` of an expected receipt (left out: all of it) comes on the day `to` instead."""

    goods: Identifier
    node: Identifier
    on: Day
    to: Day
    reason: RequiredReason
    quantity: Quantity | None = None
    owner: Identifier = NONE


class ArriveExpected(Body):
    """Receive `quantity` of an expected receipt into stock; `lot` and its day of expiry as in any receipt."""

    goods: Identifier
    node: Identifier
    on: Day
    quantity: Quantity
    owner: Identifier = NONE
    lot: Identifier = NONE
    expires: Date = ""
    scene: Scene = "purchase"
    reason: Reason = ""


class ExpectedAfter(Answer):
    """An expected receipt after the command.

    `to_come` is announced and not here, `available` of it may be promised; `lacking` is promised and not announced any
    more.
    """

    goods: str
    node: str
    owner: str
    on: str
    to_come: int
    available: int
    lacking: int
    version: int


class LatePromise(Answer):
    """A reservation that was promised units which will not be there by the day, with the caller's reference."""

    reservation: str
    order: str | None
    quantity: int


class SupplyAnnounced(Answer):
    """The expected receipts after the command."""

    expected: tuple[ExpectedAfter, ...]


class SupplyWithdrawn(Answer):
    """What will not come, the receipt after, and whose promises that breaks; `more` says that not all are named."""

    withdrawn: int
    expected: ExpectedAfter
    late: tuple[LatePromise, ...]
    more: bool


class SupplyMoved(Answer):
    """What comes on the other day, and both receipts after; `late` names who was promised it for an earlier one.

    `left` is what this command did not come to: go on with a command for so much.
    """

    moved: int
    left: int
    expected: ExpectedAfter
    to: ExpectedAfter
    late: tuple[LatePromise, ...]


class Turned(Answer):
    """Units of a reservation's line that are held on stock from now on, in units of the goods."""

    reservation: str
    line: str
    quantity: int


class ExpectedArrived(Answer):
    """What came in, and who holds it: `turned` in the order they were made; the rest of it is available.

    `left` is what this command did not come to: go on with a command for so much.
    """

    goods: str
    node: str
    owner: str
    on: str
    lot: str
    received: int
    left: int
    turned: tuple[Turned, ...]
    expected: ExpectedAfter
    positions: tuple[PositionAfter, ...]


class ExpectedSupplyLate(Answer):
    """Promised units of a goods that will not be at a node on the day; `to` is the new one, null: none is known."""

    goods: str
    node: str
    owner: str
    on: str
    to: str | None
    reason: str
    late: tuple[LatePromise, ...]
    more: bool


class Receipt(Answer):
    """An expected receipt: `to_come` is announced and not here, `available` of it may be promised.

    `reserved` and `allocated` are promised; of these are `lacking` what was withdrawn from under them.
    """

    goods: str
    node: str
    owner: str
    on: str
    to_come: int
    available: int
    reserved: int
    allocated: int
    lacking: int
    version: int


class ExpectedSupply(Answer):
    """Receipts by goods, node, day and owner, as they were committed at `as_of`; what has all arrived is left out."""

    as_of: datetime
    source: str
    receipts: tuple[Receipt, ...]


class PromisedOf(Answer):
    """A reservation that was promised units of a receipt; `lacking` of them were withdrawn: it will not have them."""

    reservation: str
    order: str | None
    status: str
    quantity: int
    lacking: int


class ReceiptPromises(Answer):
    """Who was promised a receipt, in the order they were made; `more` says that there are others."""

    receipt: Receipt
    promises: tuple[PromisedOf, ...]
    more: bool
