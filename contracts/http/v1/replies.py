"""What commands are answered with, and what events tell.

Every field is always there. Quantities are whole numbers of the goods' smallest unit, times are UTC.
"""

from datetime import datetime

from pydantic import Field

from contracts.http.v1.parts import Answer


class PositionAfter(Answer):
    """A position after the command: what can be promised of it now, and the version to ask a reader for."""

    goods: str
    node: str
    owner: str
    lot: str
    channel: str
    available: int
    version: int


class MovedLine(Answer):
    """Units of a reservation's line that a command moved, and the position they are or were held on."""

    line: str
    leg: int
    goods: str
    node: str
    owner: str
    lot: str
    channel: str
    quantity: int


class ExpectedLine(Answer):
    """Units of a reservation's line that a command moved, and the expected receipt they are or were held on."""

    line: str
    leg: int
    goods: str
    node: str
    owner: str
    on: str
    quantity: int


class ReservationMoved(Answer):
    """What became of a reservation: its status and due time after the command, the units moved, the positions after.

    `expected` are the units moved that are held on receipts which have not arrived.
    The status is cancelled, held, partly_confirmed, confirmed, partly_shipped, shipped, released or expired.
    """

    reservation: str
    status: str
    due: datetime | None
    lines: tuple[MovedLine, ...]
    positions: tuple[PositionAfter, ...]
    expected: tuple[ExpectedLine, ...]


class PositionsMoved(Answer):
    """The positions that a command changed."""

    positions: tuple[PositionAfter, ...]


class HoldsExchanged(Answer):
    """The units exchanged (by the positions they are held on now), and all positions after, the old ones included.

    `expected` are those that are held on a receipt which has not arrived.
    """

    reservation: str
    status: str
    lines: tuple[MovedLine, ...]
    positions: tuple[PositionAfter, ...]
    expected: tuple[ExpectedLine, ...]


class Carried(Answer):
    """What a shipment still carries of a goods and lot after the command, and the version of that account."""

    goods: str
    lot: str
    in_transit: int
    version: int


class ShipmentEnd(Answer):
    """Where a shipment leaves from or goes to."""

    node: str
    owner: str


class ShipmentMoved(Answer):
    """A shipment after a command: its ends, what it still carries of the goods the command moved, the positions."""

    shipment: str
    sender: ShipmentEnd
    receiver: ShipmentEnd
    goods: tuple[Carried, ...]
    positions: tuple[PositionAfter, ...]


class ReservationShipped(Answer):
    """What left of a reservation: its status after, the units, the positions after; and what its shipment carries."""

    reservation: str
    status: str
    lines: tuple[MovedLine, ...]
    positions: tuple[PositionAfter, ...]
    shipment: str
    goods: tuple[Carried, ...]


class CountedPosition(Answer):
    """What the count of one position changed: units found beyond the ledger, or missing."""

    goods: str
    node: str
    owner: str
    lot: str
    counted: int
    gain: int
    loss: int


class StockCounted(Answer):
    """The differences found, what became of the reservations displaced, the positions after."""

    reason: str
    actor: str
    counts: tuple[CountedPosition, ...]
    displaced: tuple[ReservationMoved, ...]
    positions: tuple[PositionAfter, ...]


class EntryAfter(Answer):
    """A register entry after the command: its version (1 when it is new) and whether commands may name it."""

    code: str
    version: int
    active: bool


class EntriesWritten(Answer):
    """The entries of one register that a command wrote, in the order given."""

    register_: str = Field(alias="register")  # the plain name is taken by the metaclass of models
    entries: tuple[EntryAfter, ...]


class ProposedCount(Answer):
    """A difference found: `counted` in the snapshot, `on_hand` in the ledger at its time.

    The status is open, approved, rejected or withdrawn.
    """

    proposal: str
    goods: str
    node: str
    owner: str
    lot: str
    counted: int
    on_hand: int
    difference: int
    status: str


class CountsProposed(Answer):
    """The proposals of the positions that differ, and how many do not."""

    snapshot: str
    same: int
    proposals: tuple[ProposedCount, ...]


class CountsRejected(Answer):
    """Which proposals were rejected, why, and by whom."""

    proposals: tuple[str, ...]
    reason: str
    actor: str
