"""Every type of event that is told: its data, what it is of, what it means.

On the wire the type is `entrepot.event.v1.<name>`; a command sent as an event has the type
`entrepot.command.v1.<name>`, its reply
`entrepot.reply.v1.<name>`.
"""

from dataclasses import dataclass
from typing import Final, Literal

from contracts.events.v1.told import (
    BalancesChanged,
    CalendarTold,
    GoodsTold,
    ItemTold,
    NodeTold,
    PoliciesTold,
    PostcodeTold,
    RegionTold,
    RelationTold,
    SiteTold,
    SupplyTold,
)
from contracts.http.v1.capacity import CapacityAdjusted
from contracts.http.v1.expected import (
    ExpectedArrived,
    ExpectedSupplyLate,
    SupplyAnnounced,
    SupplyMoved,
    SupplyWithdrawn,
)
from contracts.http.v1.parts import Answer
from contracts.http.v1.quotas import QuotaTold
from contracts.http.v1.replies import (
    HoldsExchanged,
    PositionsMoved,
    ReservationMoved,
    ReservationShipped,
    ShipmentMoved,
    StockCounted,
)

EVENT: Final = "entrepot.event.v1."
COMMAND: Final = "entrepot.command.v1."
REPLY: Final = "entrepot.reply.v1."

Of = Literal[
    "reservation",
    "command",
    "shipment",
    "goods",
    "node",
    "item",
    "supply",
    "policy",
    "quota",
    "account",
    "site",
    "calendar",
    "region",
    "postcode",
    "relation",
]
"""What an event is of: its subject is this, a colon, and an id. Events of one subject are numbered and in order."""


@dataclass(frozen=True, slots=True)
class EventForm:
    """One type of event; `summary` is a sentence."""

    name: str
    data: type[Answer]
    of: Of
    summary: str


EVENTS: Final = (
    EventForm("StockReserved", ReservationMoved, "reservation", "Stock is held for a reservation."),
    EventForm("ReservationExtended", ReservationMoved, "reservation", "What is held is held until another time."),
    EventForm("HoldsExchanged", HoldsExchanged, "reservation", "A line is served from elsewhere from now on."),
    EventForm("StockConfirmed", ReservationMoved, "reservation", "What was held is bound to leave."),
    EventForm("StockReleased", ReservationMoved, "reservation", "What was held is given back."),
    EventForm("ReservationCancelled", ReservationMoved, "reservation", "A reservation was cancelled before it came."),
    EventForm("StockExpired", ReservationMoved, "reservation", "What was held is given back, as its time is over."),
    EventForm("StockDeallocated", ReservationMoved, "reservation", "What was bound to leave stays after all."),
    EventForm("ReservedStockDamaged", ReservationMoved, "reservation", "What was bound to leave is set aside, broken."),
    EventForm("StockDisplaced", ReservationMoved, "reservation", "A count took from a reservation what is not there."),
    EventForm("StockShipped", ReservationShipped, "reservation", "What was bound to leave left."),
    EventForm("TransferFrozen", ReservationMoved, "reservation", "Stock is bound to leave for another node."),
    EventForm("ShipmentDispatched", ShipmentMoved, "shipment", "Goods are on their way to another node."),
    EventForm("ShipmentReceived", ShipmentMoved, "shipment", "Goods that were on their way arrived, or were lost."),
    EventForm("ShipmentRecalled", ShipmentMoved, "shipment", "Goods that were on their way came back."),
    EventForm("StockReceived", PositionsMoved, "command", "Goods entered stock."),
    EventForm("StockCounted", StockCounted, "command", "Positions were set to what was counted."),
    EventForm("SafetyStockSet", PositionsMoved, "command", "What a reserve leaves untouched is another amount."),
    EventForm("SaleReported", PositionsMoved, "command", "Stock was sold without reserving."),
    EventForm("StockHeld", PositionsMoved, "command", "Available stock was set aside."),
    EventForm("StockUnheld", PositionsMoved, "command", "Stock set aside is available again."),
    EventForm("StockWrittenOff", PositionsMoved, "command", "Stock set aside is gone for good."),
    EventForm("ReturnAccepted", PositionsMoved, "command", "Goods were taken back."),
    EventForm("StockCarved", PositionsMoved, "command", "Stock at nodes was set aside for channels."),
    EventForm("StockRestored", PositionsMoved, "command", "Stock that was set aside for channels is everyone's again."),
    EventForm("QuotaSet", QuotaTold, "quota", "A channel may sell this from now on."),
    EventForm("GoodsRegistered", GoodsTold, "goods", "Goods may be named from now on."),
    EventForm("GoodsChanged", GoodsTold, "goods", "Goods are registered otherwise."),
    EventForm("NodeRegistered", NodeTold, "node", "A node may be named from now on."),
    EventForm("NodeChanged", NodeTold, "node", "A node is registered otherwise."),
    EventForm("ItemSet", ItemTold, "item", "A sales item is this from now on."),
    EventForm("SupplySet", SupplyTold, "supply", "A SKU can be satisfied so from now on."),
    EventForm("PoliciesPublished", PoliciesTold, "policy", "These policies hold from now on, and no others."),
    EventForm("SiteSet", SiteTold, "site", "A node lies, works and delivers so from now on."),
    EventForm("CalendarSet", CalendarTold, "calendar", "Nodes work on these days from now on."),
    EventForm("RegionSet", RegionTold, "region", "A region is this from now on."),
    EventForm("PostcodeSet", PostcodeTold, "postcode", "Postcodes are there from now on."),
    EventForm("RelationSet", RelationTold, "relation", "Who is supplied by whom is this from now on."),
    EventForm("SupplyAnnounced", SupplyAnnounced, "command", "Goods are expected, and may be promised."),
    EventForm("SupplyWithdrawn", SupplyWithdrawn, "command", "Goods that were expected will not come."),
    EventForm("SupplyMoved", SupplyMoved, "command", "Goods that are expected come on another day."),
    EventForm(
        "ExpectedSupplyLate", ExpectedSupplyLate, "command", "Promised goods will not be there by the day promised."
    ),
    EventForm("ExpectedArrived", ExpectedArrived, "command", "Goods that were expected are stock."),
    EventForm("CapacityAdjusted", CapacityAdjusted, "command", "Nodes can send off more or less on some days."),
    EventForm("BalancesChanged", BalancesChanged, "account", "An account holds something else."),
)
