"""What is held, until it is bound to leave, or given back."""

from typing import Final

from contracts.http.v1 import replies, reservations
from contracts.http.v1.catalogue.form import GOODS, KNOWN, LIMITED, NODES, SHORT, CommandForm

RESERVATIONS: Final = (
    CommandForm(
        "reserve-stock",
        "ReserveStock",
        reservations.ReserveStock,
        replies.ReservationMoved,
        "sell",
        "Reserve stock",
        "Hold 1 to 500 lines for a while, or nothing at all; with `partial`, what there is. Each line is taken from "
        "the first of its nodes that has it all, else from them in turn. What is neither confirmed nor released in "
        "time expires.",
        {
            "reservation": "order-1001",
            "order": "1001",
            "lines": [
                {"goods": "coffee-1kg", "quantity": 12, "nodes": ["harbour", "old-town"]},
                {"goods": "rice", "quantity": 1_500, "nodes": ["harbour"], "lot": "2026-04"},
            ],
            "hold_for": "PT30M",
        },
        (*GOODS, *NODES, SHORT, *LIMITED, "reservation.exists", "reservation.cancelled"),
    ),
    CommandForm(
        "extend-reservation",
        "ExtendReservation",
        reservations.ExtendReservation,
        replies.ReservationMoved,
        "sell",
        "Extend a reservation",
        "Hold what is still held for `hold_for` from now. It may bring the due time forward too.",
        {"reservation": "order-1001", "hold_for": "PT1H"},
        KNOWN,
    ),
    CommandForm(
        "exchange-holds",
        "ExchangeHolds",
        reservations.ExchangeHolds,
        replies.HoldsExchanged,
        "sell",
        "Exchange holds",
        "Serve a line, or some units of it, from elsewhere without letting go of it: held units are held there, "
        "confirmed ones confirmed there.",
        {
            "reservation": "order-1001",
            "pick": {"line": "1", "quantity": 2},
            "to": [{"goods": "coffee-1kg", "node": "old-town"}],
        },
        (*KNOWN, *GOODS, *NODES, SHORT, "capacity.full", "exchange.target"),
    ),
    CommandForm(
        "confirm-reservation",
        "ConfirmReservation",
        reservations.ConfirmReservation,
        replies.ReservationMoved,
        "sell",
        "Confirm a reservation",
        "What was promised is paid, and now bound to leave: all that is held, or the parts picked. A confirm that "
        "commits before an expiry wins.",
        {"reservation": "order-1001", "picks": [{"line": "1"}]},
        KNOWN,
    ),
    CommandForm(
        "release-reservation",
        "ReleaseReservation",
        reservations.ReleaseReservation,
        replies.ReservationMoved,
        "sell",
        "Release a reservation",
        "Give back what is held: all of it, or the parts picked. A full release of a reservation not yet seen has a "
        "reserve that comes late refused; of one that ended, it releases nothing, again.",
        {"reservation": "order-1001", "picks": [{"line": "2", "quantity": 500}]},
        KNOWN,
    ),
    CommandForm(
        "damage-reserved",
        "DamageReserved",
        reservations.DamageReserved,
        replies.ReservationMoved,
        "adjust",
        "Report reserved stock damaged",
        "Units that were bound to leave turn out broken: 1 to 500 parts of a reservation are set aside, on hand, "
        "promised to nobody and not shipped.",
        {
            "reservation": "order-1001",
            "picks": [{"line": "1", "quantity": 1, "leg": 0}],
            "reason": "torn while picking",
        },
        KNOWN,
    ),
    CommandForm(
        "deallocate-reservation",
        "DeallocateReservation",
        reservations.DeallocateReservation,
        replies.ReservationMoved,
        "sell",
        "Deallocate a reservation",
        "What was bound to leave stays after all: all that is confirmed, or the parts picked. What is held stays held.",
        {"reservation": "order-1001", "picks": [{"line": "1", "quantity": 2}]},
        KNOWN,
    ),
)
