"""What leaves, and what is on its way to another node."""

from typing import Final

from contracts.http.v1 import replies, reservations, stock
from contracts.http.v1.catalogue.form import GOODS, KNOWN, LARGE, NODES, SHORT, CommandForm

SHIPMENTS: Final = (
    CommandForm(
        "freeze-transfer",
        "FreezeTransfer",
        reservations.FreezeTransfer,
        replies.ReservationMoved,
        "adjust",
        "Freeze a transfer",
        "Reserve and confirm 1 to 500 lines that will go to another node, all or none, with no due time. Ship it with "
        "a shipment and its receiver, or deallocate it to call the transfer off.",
        {
            "reservation": "transfer-7",
            "lines": [{"goods": "coffee-1kg", "node": "harbour", "quantity": 10}],
        },
        (*GOODS, *NODES, SHORT, "reservation.exists", "reservation.cancelled"),
    ),
    CommandForm(
        "ship-reservation",
        "ShipReservation",
        reservations.ShipReservation,
        replies.ReservationShipped,
        "sell",
        "Ship a reservation",
        "What was bound to leave leaves: all that is confirmed, or the parts picked. With `shipment` and `receiver` it "
        "goes to another stock, and is in transit there at once.",
        {"reservation": "transfer-7", "shipment": "truck-7", "receiver": {"node": "old-town"}},
        (*KNOWN, *NODES, "shipment.sender", "shipment.receiver", "shipment.too_long", "expected.not_arrived", LARGE),
    ),
    CommandForm(
        "receive-shipment",
        "ReceiveShipment",
        stock.ReceiveShipment,
        replies.ShipmentMoved,
        "adjust",
        "Receive a shipment",
        "Take in 1 to 500 lines of what a shipment carries, all or none, at its receiver's node. Arrived units are "
        "available, damaged ones held, lost ones gone; what is over enters beside. What is not named stays in transit.",
        {
            "shipment": "truck-7",
            "node": "old-town",
            "lines": [{"goods": "coffee-1kg", "arrived": 6, "damaged": 1, "lost": 1, "reason": "one bag fell off"}],
        },
        (
            *GOODS,
            "shipment.unknown",
            "shipment.receiver",
            "shipment.insufficient",
            "shipment.too_long",
            LARGE,
        ),
    ),
    CommandForm(
        "recall-shipment",
        "RecallShipment",
        stock.RecallShipment,
        replies.ShipmentMoved,
        "adjust",
        "Recall a shipment",
        "Take back 1 to 500 lines of what is in transit, all or none: they are available at the sender's again.",
        {
            "shipment": "truck-7",
            "lines": [{"goods": "coffee-1kg", "quantity": 2}],
            "reason": "wanted here after all",
        },
        ("shipment.unknown", "shipment.insufficient", "shipment.too_long", LARGE),
    ),
)
