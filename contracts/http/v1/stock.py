"""What commands on stock and on shipments are asked with."""

from typing import Annotated, TypeVar

from pydantic import Field

from contracts.http.v1.parts import (
    MAX_DISPLACED,
    MAX_LINES,
    NONE,
    Body,
    Counted,
    Date,
    Flag,
    Identifier,
    PointInTime,
    Quantity,
    QuantityOrNone,
    Reason,
    RequiredReason,
    Scene,
    SnapshotId,
    Subject,
    Units,
)

T = TypeVar("T")
Lines = Annotated[tuple[T, ...], Field(min_length=1, max_length=MAX_LINES)]


class ReceivedLine(Body):
    """`quantity` of a goods received at a node; `expires` is a fact of its lot."""

    goods: Identifier
    node: Identifier
    quantity: Quantity
    owner: Identifier = NONE
    lot: Identifier = NONE
    expires: Date = ""


class ReceiveStock(Body):
    """Goods enter stock from the outside; with `opening`, as the balance a position starts with."""

    lines: Lines[ReceivedLine]
    opening: Flag = False
    scene: Scene = "purchase"
    reason: Reason = ""


class CountedLine(Body):
    """`counted` units of a goods were found at a node, held ones included."""

    goods: Identifier
    node: Identifier
    counted: Counted
    owner: Identifier = NONE
    lot: Identifier = NONE


class CountStock(Body):
    """Set positions to what was counted; `displace` names the reservations that give up what is not there."""

    lines: Lines[CountedLine]
    reason: RequiredReason
    displace: Annotated[tuple[Identifier, ...], Field(max_length=MAX_DISPLACED)] = ()


class ProposeCounts(Body):
    """Compare a snapshot of another system with the ledger as it was at that time, and propose the differences."""

    snapshot: SnapshotId
    at: PointInTime
    lines: Lines[CountedLine]


class ApproveCounts(Body):
    """Count the differences that were proposed, on top of what moved since."""

    proposals: Lines[Identifier]
    reason: RequiredReason


class RejectCounts(Body):
    """Do not count the differences that were proposed."""

    proposals: Lines[Identifier]
    reason: RequiredReason


class HoldStock(Body):
    """Set available units aside: on hand, but promised to nobody."""

    lines: Lines[Units]
    reason: RequiredReason


class UnholdStock(Body):
    """Give held units back to what is available."""

    lines: Lines[Units]
    reason: RequiredReason


class WriteOffStock(Body):
    """Take held units out of stock for good."""

    lines: Lines[Units]
    reason: RequiredReason


class ReportSale(Body):
    """Take available units out of stock that were sold without reserving."""

    lines: Lines[Units]
    reason: Reason = ""
    scene: Scene = "sale"


class SafetyStock(Body):
    """`quantity` of a goods at a node that is promised to nobody; 0 takes it away."""

    goods: Identifier
    node: Identifier
    quantity: Counted
    owner: Identifier = NONE
    lot: Identifier = NONE


class SetSafetyStock(Body):
    """Set safety stocks."""

    lines: Lines[SafetyStock]
    reason: Reason = ""


class ReturnedLine(Body):
    """`intact` and `damaged` units of a goods (together at least 1), given back at a node."""

    goods: Identifier
    node: Identifier
    intact: QuantityOrNone = 0
    damaged: QuantityOrNone = 0
    owner: Identifier = NONE
    lot: Identifier = NONE


class AcceptReturn(Body):
    """Take lines back into stock; `order` is your own reference to what is returned."""

    lines: Lines[ReturnedLine]
    order: Subject = ""
    reason: Reason = ""


class ArrivedLine(Body):
    """What became of a goods and lot on its way: a reason is required for what was lost or is over."""

    goods: Identifier
    arrived: QuantityOrNone = 0
    damaged: QuantityOrNone = 0
    lost: QuantityOrNone = 0
    over: QuantityOrNone = 0
    lot: Identifier = NONE
    reason: Reason = ""


class ReceiveShipment(Body):
    """Take in what a shipment carries, at its receiver's node."""

    shipment: Identifier
    node: Identifier
    lines: Lines[ArrivedLine]
    owner: Identifier = NONE


class RecalledLine(Body):
    """`quantity` of a goods and lot on its way."""

    goods: Identifier
    quantity: Quantity
    lot: Identifier = NONE


class RecallShipment(Body):
    """Take back what is in transit."""

    shipment: Identifier
    lines: Lines[RecalledLine]
    reason: RequiredReason
