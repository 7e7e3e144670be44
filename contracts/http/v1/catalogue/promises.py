"""From where what is wanted is to come: promised, held, chosen again."""

from typing import Final

from contracts.http.v1 import promises
from contracts.http.v1.catalogue.form import GOODS, KNOWN, CommandForm

PROMISING: Final = (
    *GOODS,
    "sku.unknown",
    "item.unknown",
    "item.ambiguous",
    "supply.none",
    "address.unknown",
    "address.contradictory",
    "policy.unknown",
    "promise.too_wide",
)
"""What whatever is promised anew may be refused with."""

PROMISES: Final = (
    CommandForm(
        "make-promise",
        "MakePromise",
        promises.MakePromise,
        promises.Promise,
        "read",
        "Make a promise",
        "Ask which goods, from which nodes, by when, at what cost, and why not the others. Nothing is held: reserve it "
        "by its token, or, where it is to be kept, by its id.",
        {
            "wanted": {
                "lines": [
                    {"sku": "espresso-1kg", "quantity": 2},
                    {"goods": "coffee-1kg", "quantity": 1, "grams": 1_050},
                ],
                "to": {"nation": "CN", "region": "330113"},
            },
            "keep": True,
            "id": "basket-77",
            "explain": "all",
        },
        (*PROMISING, "promise.exists", "promise.too_many", "promise.too_large"),
    ),
    CommandForm(
        "reserve-promise",
        "ReservePromise",
        promises.ReservePromise,
        promises.PromiseReserved,
        "sell",
        "Reserve a promise",
        "Hold exactly what was promised: goods, quotas and the nodes' days, all or nothing. Where any of it is no "
        "longer there, the refusal says what moved, and offers a promise of the same made now.",
        {"promise": "basket-77", "reservation": "order-2001", "order": "2001"},
        (
            "promise.moved",
            "promise.expired",
            "promise.token",
            "promise.unknown",
            "reservation.exists",
            "reservation.cancelled",
        ),
    ),
    CommandForm(
        "reserve-wanted",
        "ReserveWanted",
        promises.ReserveWanted,
        promises.WantedReserved,
        "sell",
        "Promise and reserve",
        "Choose and hold in one call: what moved in between is chosen again. All that is wanted, or, with `partial`, "
        "what there is of it.",
        {
            "wanted": {
                "lines": [{"item": "espresso", "quantity": 1}],
                "to": {"nation": "CN", "postcode": "311100"},
                "policy": "quick",
            },
            "reservation": "order-2002",
            "hold_for": "PT15M",
        },
        (*PROMISING, "promise.short", "promise.moved", "reservation.exists", "reservation.cancelled"),
    ),
    CommandForm(
        "reserve-pooled",
        "ReservePooled",
        promises.ReservePooled,
        promises.PromiseReserved,
        "sell",
        "Reserve from pools",
        "Hold what is wanted in the pools of its goods, all of it or nothing, at no node yet: who pays later, or ships "
        "later, keeps no node from selling. Goods have a pool as soon as a quota sets some of them aside at large.",
        {
            "wanted": {
                "lines": [{"goods": "rice", "quantity": 500}],
                "to": {"nation": "CN", "region": "330113"},
            },
            "reservation": "order-2003",
        },
        (*PROMISING, "promise.unpooled", "promise.moved", "reservation.exists", "reservation.cancelled"),
    ),
    CommandForm(
        "pin-reservation",
        "PinReservation",
        promises.PinReservation,
        promises.PromiseReserved,
        "sell",
        "Pin a reservation",
        "Choose now, by the policy it was reserved under, from which nodes what is held in pools is to be taken. The "
        "reservation keeps its id, its due time, and what was confirmed of it.",
        {"reservation": "order-2003"},
        (*PROMISING, "promise.short", "promise.moved", "reservation.unsourced", *KNOWN),
    ),
    CommandForm(
        "reject-node",
        "RejectNode",
        promises.RejectNode,
        promises.PromiseReserved,
        "sell",
        "Reject a node",
        "A node cannot supply what is held there, or bound to leave. Other nodes are found for it under the same "
        "reservation, held as it was held; this one is never chosen for it again.",
        {"reservation": "order-2002", "node": "old-town", "reason": "shelf is empty"},
        (*PROMISING, "promise.short", "promise.moved", "reservation.unsourced", *KNOWN),
    ),
    CommandForm(
        "drop-promises",
        "DropPromises",
        promises.DropPromises,
        promises.PromisesDropped,
        "sell",
        "Drop promises",
        "Forget 1 to 500 kept promises. Reservations made of them stay; "
        "their ids are not taken again while requests are remembered.",
        {"promises": ["basket-75", "basket-76"]},
        (),
    ),
)
