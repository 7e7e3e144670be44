"""Every command a caller may send: its name on the wire, what it takes and answers, who may send it, an example.

The examples tell one story: sent in this order to a tenant that has nothing yet, every one of them is accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from contracts.http.v1 import (
    capacity,
    expected,
    network,
    promises,
    quotas,
    registers,
    replies,
    reservations,
    stock,
    supply,
    tenancy,
)
from contracts.http.v1.parts import Answer, Body

Scope = Literal["read", "sell", "adjust", "admin"]
"""What a key may be used for; no scope implies another."""

GOODS: Final = ("goods.unknown", "goods.inactive")
NODES: Final = ("node.unknown", "node.inactive")
KNOWN: Final = ("reservation.unknown", "reservation.cancelled", "reservation.state")
SHORT: Final = "stock.insufficient"
LARGE: Final = "ledger.balance_too_large"
LIMITED: Final = ("quota.exceeded", "quota.exclusive", "stock.promised")
"""What is sold may meet where channels have quotas."""


@dataclass(frozen=True, slots=True)
class CommandForm:
    """One command as callers see it.

    `name` is its name on the wire, `command` the application's; `refusals` are the codes of its own, beside those that
    any command may meet (`input.invalid`, `request.mismatch`).
    """

    name: str
    command: str
    request: type[Body]
    reply: type[Answer]
    scope: Scope
    summary: str
    description: str
    example: Mapping[str, Any]
    refusals: tuple[str, ...]


REGISTERS: Final = (
    CommandForm(
        "register-goods",
        "RegisterGoods",
        registers.RegisterGoods,
        replies.EntriesWritten,
        "admin",
        "Register goods",
        "Enter 1 to 500 new goods, all or none. From now on commands may name them.",
        {
            "goods": [
                {"code": "coffee-1kg", "name": "Coffee, 1 kg", "unit": "bag"},
                {"code": "rice", "name": "Rice", "unit": "kg", "scale": 3},
            ]
        },
        ("goods.exists",),
    ),
    CommandForm(
        "register-node",
        "RegisterNode",
        registers.RegisterNode,
        replies.EntriesWritten,
        "admin",
        "Register nodes",
        "Enter 1 to 500 new nodes, all or none. From now on stock may lie there.",
        {
            "nodes": [
                {"code": "harbour", "name": "Harbour warehouse"},
                {"code": "old-town", "name": "Old Town shop", "type": "store"},
            ]
        },
        ("node.exists",),
    ),
    CommandForm(
        "change-goods",
        "ChangeGoods",
        registers.ChangeGoods,
        replies.EntriesWritten,
        "admin",
        "Change goods",
        "Change 1 to 500 registered goods, all or none: their name and unit, or whether commands may name them. "
        "Deactivated ones are refused to new commands within a second.",
        {"changes": [{"code": "coffee-1kg", "name": "Coffee, whole beans, 1 kg", "version": 1}]},
        ("goods.unknown", "goods.version"),
    ),
    CommandForm(
        "change-node",
        "ChangeNode",
        registers.ChangeNode,
        replies.EntriesWritten,
        "admin",
        "Change nodes",
        "Change 1 to 500 registered nodes, all or none: their name and type, or whether commands may name them. "
        "Deactivated ones are refused to new commands within a second.",
        {"changes": [{"code": "old-town", "name": "Old Town"}]},
        ("node.unknown", "node.version"),
    ),
    CommandForm(
        "set-mappings",
        "SetMappings",
        registers.SetMappings,
        replies.EntriesWritten,
        "admin",
        "Set mappings",
        "Say what 1 to 500 names of outside systems mean here, all or none: of goods, of nodes, of owners. The keys of "
        "GS1 are names of the system `gs1`: `gtin:` with 14 digits, `gln:` with 13 (and `.` with an extension). A "
        "place that is none of ours means `-`.",
        {
            "mappings": [
                {"system": "gs1", "kind": "goods", "outside": "gtin:10614141073464", "inside": "coffee-1kg"},
                {
                    "system": "gs1",
                    "kind": "goods",
                    "outside": "gtin:04012345123456",
                    "inside": "rice",
                    "units": 1_000,
                    "uom": "KGM",
                },
                {"system": "gs1", "kind": "node", "outside": "gln:0614141008889", "inside": "harbour"},
            ]
        },
        (*GOODS, *NODES),
    ),
)

SUPPLY: Final = (
    CommandForm(
        "set-items",
        "SetItems",
        supply.SetItems,
        replies.EntriesWritten,
        "adjust",
        "Set sales items",
        "Say what 1 to 500 sales items are, all or none: what buyers see and order, with all SKUs of each. What is "
        "said replaces what was said before. A SKU stays its item's for good: one that is no longer sold is inactive.",
        {
            "items": [
                {"code": "espresso", "name": "Espresso, whole beans", "skus": [{"code": "espresso-1kg"}]},
                {
                    "code": "breakfast",
                    "name": "Breakfast box",
                    "skus": [{"code": "breakfast-2", "name": "for two"}, {"code": "breakfast-4", "name": "for four"}],
                },
            ]
        },
        ("sku.taken", "sku.missing"),
    ),
    CommandForm(
        "set-supply",
        "SetSupply",
        supply.SetSupply,
        replies.EntriesWritten,
        "adjust",
        "Set supply",
        "Say what can satisfy 1 to 500 SKUs, all or none: goods, several of them as a kit, or other SKUs, two deep. "
        "What is said of a SKU replaces what was said of it before.",
        {
            "supplies": [
                {
                    "sku": "espresso-1kg",
                    "mappings": [
                        {"id": "own", "parts": [{"code": "coffee-1kg"}]},
                        {
                            "id": "roastery",
                            "parts": [{"code": "coffee-1kg"}],
                            "mode": "backend",
                            "supplier": "roastery",
                            "owner": "roastery",
                            "priority": 10,
                            "since": "2026-01-01T00:00:00Z",
                        },
                    ],
                },
                {
                    "sku": "breakfast-2",
                    "mappings": [
                        {
                            "id": "kit",
                            "parts": [
                                {"code": "espresso-1kg", "of": "sku"},
                                {"code": "rice", "units": 500},
                            ],
                        }
                    ],
                },
            ]
        },
        (*GOODS, "sku.unknown", "supply.contradicts", "supply.cycle", "supply.too_deep", "supply.moved"),
    ),
)

POLICIES: Final = (
    CommandForm(
        "publish-policies",
        "PublishPolicies",
        tenancy.PublishPolicies,
        replies.EntriesWritten,
        "admin",
        "Publish policies",
        "Put 0 to 200 policies in the place of all that were published: by what a plan is better, and within what "
        "bounds, for everybody, a business line, a scenario, or both. The most specific wins, setting by setting. "
        "Where two that are equally specific say different things, nothing is published.",
        {
            "policies": [
                {
                    "name": "house",
                    "settings": {
                        "mix": [{"criterion": "least_cost"}],
                        "freight": [{"base": 450, "per_km": 1, "upto": 2_000}, {"base": 900, "per_km": 2}],
                        "split_cost": 300,
                        "suppliers": ["-", "roastery"],
                    },
                },
                {
                    "name": "wholesale",
                    "business": "wholesale",
                    "settings": {"whole_only": True, "min_shelf_days": 90, "hold_seconds": 86_400},
                },
                {
                    "name": "quick",
                    "only_named": True,
                    "settings": {
                        "mix": [{"criterion": "earliest", "weight": 10}, {"criterion": "nearest"}],
                        "substitutes": False,
                    },
                },
            ]
        },
        ("policy.conflict", "policy.impossible"),
    ),
)

NETWORK: Final = (
    CommandForm(
        "set-regions",
        "SetRegions",
        network.SetRegions,
        replies.EntriesWritten,
        "adjust",
        "Set regions",
        "Enter or change 1 to 500 regions, all or none, one after the other: parents before what lies in them, "
        "successors before what is retired.",
        {
            "regions": [
                {"code": "330000", "name": "浙江省", "nation": "CN", "level": 1},
                {"code": "330100", "name": "杭州市", "nation": "CN", "level": 2, "parent": "330000"},
                {
                    "code": "330113",
                    "name": "临平区",
                    "nation": "CN",
                    "level": 3,
                    "parent": "330100",
                    "lat": 30.419,
                    "lng": 120.2995,
                },
                {
                    "code": "330103",
                    "name": "下城区",
                    "nation": "CN",
                    "level": 3,
                    "parent": "330100",
                    "successors": ["330113"],
                },
            ]
        },
        ("region.unknown", "region.tree"),
    ),
    CommandForm(
        "set-postcodes",
        "SetPostcodes",
        network.SetPostcodes,
        replies.EntriesWritten,
        "adjust",
        "Set postcodes",
        "Say where 1 to 500 postcodes, or what they begin with, are, all or none: in a region, at a point, or both.",
        {"postcodes": [{"nation": "CN", "prefix": "3111", "region": "330113", "lat": 30.42, "lng": 120.3}]},
        ("region.unknown",),
    ),
    CommandForm(
        "set-calendars",
        "SetCalendars",
        network.SetCalendars,
        replies.EntriesWritten,
        "adjust",
        "Set calendars",
        "Say on which days nodes work, and until when an order counts as a day's: 1 to 500 calendars, all or none.",
        {
            "calendars": [
                {
                    "code": "office",
                    "zone": "Asia/Shanghai",
                    "week": ["17:00", "17:00", "17:00", "17:00", "17:00", "", ""],
                    "leaves": "20:00",
                    "holidays": ["2026-10-01", "2026-10-02"],
                    "workdays": ["2026-10-10"],
                    "workday_until": "15:00",
                }
            ]
        },
        (),
    ),
    CommandForm(
        "set-sites",
        "SetSites",
        network.SetSites,
        replies.EntriesWritten,
        "adjust",
        "Set sites",
        "Say where 1 to 500 nodes are, when they work, where they deliver, and at what cost, all or none. What is said "
        "of a node replaces what was said of it before.",
        {
            "sites": [
                {
                    "code": "harbour",
                    "lat": 30.25,
                    "lng": 120.17,
                    "nation": "CN",
                    "region": "330113",
                    "calendar": "office",
                    "handling_days": 1,
                    "transit": [{"from_days": 0, "to_days": 1, "within_km": 200.5}, {"from_days": 0, "to_days": 4}],
                    "priority": 1,
                    "cost_order": 500,
                    "cost_unit": 20,
                    "orders_a_day": 2_000,
                    "covers": {"nations": ["CN"], "regions": ["330103"]},
                    "excludes": {"postcodes": [{"nation": "CN", "prefix": "3100"}]},
                },
                {
                    "code": "old-town",
                    "lat": 30.42,
                    "lng": 120.3,
                    "pickup": True,
                    "covers": {
                        "km": 5.5,
                        "polygons": [[[[120.1, 30.1], [120.4, 30.1], [120.4, 30.5], [120.1, 30.1]]]],
                    },
                },
            ]
        },
        (*NODES, "calendar.unknown", "region.unknown"),
    ),
    CommandForm(
        "set-relations",
        "SetRelations",
        network.SetRelations,
        replies.EntriesWritten,
        "adjust",
        "Set supply relations",
        "Say who is supplied by whom, and which goods come from where: 1 to 500 relations, all or none. A party or a "
        "goods that has any is served by no node but those that they lead to.",
        {
            "relations": [
                {"code": "shop-7", "from_kind": "party", "from_code": "shop-7", "to_kind": "party", "to_code": "agent"},
                {
                    "code": "agent",
                    "from_kind": "party",
                    "from_code": "agent",
                    "to_kind": "node",
                    "to_code": "harbour",
                    "priority": 1,
                    "owners": ["agent", "-"],
                    "since": "2026-01-01T00:00:00Z",
                },
            ]
        },
        (*GOODS, *NODES),
    ),
)

STOCK: Final = (
    CommandForm(
        "receive-stock",
        "ReceiveStock",
        stock.ReceiveStock,
        replies.PositionsMoved,
        "adjust",
        "Receive stock",
        "Goods enter stock from the outside, 1 to 500 lines, all or none; with `opening`, as the balance a position "
        "starts with.",
        {
            "lines": [
                {"goods": "coffee-1kg", "node": "harbour", "quantity": 100},
                {"goods": "coffee-1kg", "node": "old-town", "quantity": 20},
                {"goods": "rice", "node": "harbour", "quantity": 250_000, "lot": "2026-04", "expires": "2027-04-30"},
            ]
        },
        (*GOODS, *NODES, LARGE),
    ),
    CommandForm(
        "count-stock",
        "CountStock",
        stock.CountStock,
        replies.StockCounted,
        "adjust",
        "Count stock",
        "Set 1 to 500 positions to what was counted, all or none. More than the ledger says is a gain, less a loss. "
        "Where available units do not cover the loss, it is refused with the reservations that hold the rest; "
        "`displace` names those that give up what they hold of the counted positions.",
        {
            "lines": [{"goods": "coffee-1kg", "node": "harbour", "counted": 98}],
            "reason": "yearly count",
        },
        (*GOODS, *NODES, "reservation.unknown", "reservation.cancelled", "reservation.state", "stock.promised", LARGE),
    ),
    CommandForm(
        "propose-counts",
        "ProposeCounts",
        stock.ProposeCounts,
        replies.CountsProposed,
        "adjust",
        "Propose counts",
        "Compare 1 to 500 positions of another system's snapshot with the ledger as it was at the snapshot's time, and "
        "propose the differences. Nothing is counted before a proposal is approved; the same snapshot proposes nothing "
        "twice.",
        {
            "snapshot": "wms-2026-01-31",
            "at": "2026-01-31T22:00:00Z",
            "lines": [
                {"goods": "coffee-1kg", "node": "old-town", "counted": 1},
                {"goods": "rice", "node": "harbour", "counted": 500, "lot": "2026-04"},
            ],
        },
        (*GOODS, *NODES),
    ),
    CommandForm(
        "approve-counts",
        "ApproveCounts",
        stock.ApproveCounts,
        replies.StockCounted,
        "adjust",
        "Approve counts",
        "Count 1 to 500 proposed differences, all or none, on top of what moved since the snapshot. Refused where a "
        "position was counted since, and where a count is.",
        {"proposals": ["wms-2026-01-31:e28422175a889bde"], "reason": "found behind the counter"},
        (
            *GOODS,
            *NODES,
            "proposal.unknown",
            "proposal.decided",
            "proposal.stale",
            "proposal.moved",
            "stock.promised",
            LARGE,
        ),
    ),
    CommandForm(
        "reject-counts",
        "RejectCounts",
        stock.RejectCounts,
        replies.CountsRejected,
        "adjust",
        "Reject counts",
        "Let 1 to 500 proposed differences be, all or none.",
        {"proposals": ["wms-2026-01-31:231e945acda91847"], "reason": "a typing error over there"},
        ("proposal.unknown", "proposal.decided"),
    ),
    CommandForm(
        "set-safety-stock",
        "SetSafetyStock",
        stock.SetSafetyStock,
        replies.PositionsMoved,
        "adjust",
        "Set the safety stock",
        "Set 1 to 500 safety stocks, all or none: what a reserve leaves untouched at a node; 0 takes one away. It may "
        "be more than lies there. What is promised already stays promised.",
        {"lines": [{"goods": "coffee-1kg", "node": "old-town", "quantity": 2}]},
        (*GOODS, *NODES),
    ),
    CommandForm(
        "report-sale",
        "ReportSale",
        stock.ReportSale,
        replies.PositionsMoved,
        "sell",
        "Report a sale",
        "Take 1 to 500 lines of available units out of stock that were sold over the counter, without reserving. They "
        "are gone, so the safety stock does not stand in the way.",
        {"lines": [{"goods": "coffee-1kg", "node": "old-town", "quantity": 3}]},
        (*GOODS, *NODES, SHORT),
    ),
    CommandForm(
        "hold-stock",
        "HoldStock",
        stock.HoldStock,
        replies.PositionsMoved,
        "adjust",
        "Hold stock",
        "Set 1 to 500 lines of available units aside, all or none: on hand, but promised to nobody.",
        {
            "lines": [{"goods": "coffee-1kg", "node": "harbour", "quantity": 5}],
            "reason": "torn bags, to be looked at",
        },
        (*GOODS, *NODES, SHORT),
    ),
    CommandForm(
        "unhold-stock",
        "UnholdStock",
        stock.UnholdStock,
        replies.PositionsMoved,
        "adjust",
        "Unhold stock",
        "Give 1 to 500 lines of held units back to what is available, all or none.",
        {
            "lines": [{"goods": "coffee-1kg", "node": "harbour", "quantity": 3}],
            "reason": "looked at: sound",
        },
        (*GOODS, *NODES, SHORT),
    ),
    CommandForm(
        "write-off-stock",
        "WriteOffStock",
        stock.WriteOffStock,
        replies.PositionsMoved,
        "adjust",
        "Write stock off",
        "Take 1 to 500 lines of held units out of stock for good, all or none. Hold them first, so that two people "
        "agree.",
        {
            "lines": [{"goods": "coffee-1kg", "node": "harbour", "quantity": 2}],
            "reason": "looked at: wet",
        },
        (*GOODS, *NODES, SHORT),
    ),
    CommandForm(
        "accept-return",
        "AcceptReturn",
        stock.AcceptReturn,
        replies.PositionsMoved,
        "adjust",
        "Accept a return",
        "Take 1 to 500 lines back into stock, all or none, from someone who keeps no stock. Intact units are "
        "available, damaged ones held.",
        {
            "lines": [{"goods": "coffee-1kg", "node": "old-town", "intact": 1, "damaged": 1}],
            "order": "order-998",
        },
        (*GOODS, *NODES, LARGE),
    ),
)

QUOTAS: Final = (
    CommandForm(
        "set-quotas",
        "SetQuotas",
        quotas.SetQuotas,
        replies.EntriesWritten,
        "adjust",
        "Set quotas",
        "Say what sales channels may sell: 1 to 500 quotas, all or none. What is `shared` is a cap, counted with every "
        "reservation that names its channel. What is `mutex` or `exclusive` is set aside: at a node it is carved out "
        "of the stock there; at a goods, a SKU or an item it is kept from who sells outside the quota. A cap that is "
        "lowered below what was consumed is a debt, paid by what is given back.",
        {
            "quotas": [
                {
                    "code": "web-coffee",
                    "channel": "web",
                    "mode": "shared",
                    "dimension": "goods",
                    "of": "coffee-1kg",
                    "cap": 40,
                },
                {
                    "code": "app-harbour",
                    "channel": "app",
                    "mode": "mutex",
                    "dimension": "node",
                    "of": "coffee-1kg",
                    "node": "harbour",
                },
                {
                    "code": "club-rice",
                    "channel": "club",
                    "mode": "mutex",
                    "dimension": "goods",
                    "of": "rice",
                    "cap": 2_000,
                },
            ]
        },
        (
            *GOODS,
            *NODES,
            "quota.dimension",
            "quota.fixed",
            "quota.contradicts",
            "quota.moved",
            "stock.promised",
            "sku.unknown",
            "item.unknown",
        ),
    ),
    CommandForm(
        "carve-stock",
        "CarveStock",
        quotas.CarveStock,
        replies.PositionsMoved,
        "adjust",
        "Carve stock for channels",
        "Set 1 to 500 lines of what may be promised at nodes aside for the channels of quotas that reserve there, all "
        "or none: it is the channel's alone from then on.",
        {"lines": [{"quota": "app-harbour", "quantity": 3}], "reason": "weekend"},
        (SHORT, "quota.unknown", "stock.promised"),
    ),
    CommandForm(
        "restore-stock",
        "RestoreStock",
        quotas.RestoreStock,
        replies.PositionsMoved,
        "adjust",
        "Restore carved stock",
        "Give 1 to 500 lines of what was carved for channels and not sold back to everyone, all or none.",
        {"lines": [{"quota": "app-harbour", "quantity": 3}]},
        (SHORT, "quota.unknown"),
    ),
)

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

PROMISING: Final = (
    *GOODS,
    "sku.unknown",
    "item.unknown",
    "item.ambiguous",
    "supply.none",
    "address.unknown",
    "address.contradictory",
    "policy.unknown",
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

EXPECTED: Final = (
    CommandForm(
        "announce-supply",
        "AnnounceSupply",
        expected.AnnounceSupply,
        expected.SupplyAnnounced,
        "adjust",
        "Announce supply",
        "1 to 500 lines of goods are expected on a day, all or none: they may be promised to lines of reservations "
        "that say until when they wait. It adds to what was announced for the day; where promises lack what was "
        "withdrawn from under them, they get it first.",
        {
            "lines": [
                {"goods": "coffee-1kg", "node": "harbour", "on": "2027-03-01", "quantity": 40},
                {"goods": "coffee-1kg", "node": "old-town", "on": "2027-03-04", "quantity": 10},
            ]
        },
        (*GOODS, *NODES, LARGE),
    ),
    CommandForm(
        "move-supply",
        "MoveSupply",
        expected.MoveSupply,
        expected.SupplyMoved,
        "adjust",
        "Move expected supply",
        "What was announced for a day comes on another. What was promised of it moves along, the last promise made "
        "first where only a part is moved; where it comes later, whose promises that breaks is answered and told. One "
        "command acts on at most 100 reservations: `left` is for another.",
        {"goods": "coffee-1kg", "node": "harbour", "on": "2027-03-01", "to": "2027-03-08", "reason": "storm"},
        (*GOODS, *NODES, "expected.unknown", "expected.too_little", LARGE),
    ),
    CommandForm(
        "withdraw-supply",
        "WithdrawSupply",
        expected.WithdrawSupply,
        expected.SupplyWithdrawn,
        "adjust",
        "Withdraw expected supply",
        "What was announced for a day will not come, all of it or some. First goes what nobody was promised; then "
        "promises lack the rest, the last made first, and whose they are is answered and told. They keep what they "
        "hold until they are released, exchanged, or more is announced.",
        {"goods": "coffee-1kg", "node": "old-town", "on": "2027-03-04", "quantity": 4, "reason": "sold elsewhere"},
        (*GOODS, *NODES, "expected.unknown", "expected.too_little"),
    ),
    CommandForm(
        "arrive-expected",
        "ArriveExpected",
        expected.ArriveExpected,
        expected.ExpectedArrived,
        "adjust",
        "Receive what was expected",
        "What was announced for a day is here, and received into stock. Reservations that wait for it hold the stock "
        "from then on, in the order they were made, and nobody can overtake them; the rest is available. One command "
        "acts on at most 100 reservations and receives no more than they take: `left` is for another.",
        {"goods": "coffee-1kg", "node": "harbour", "on": "2027-03-08", "quantity": 40, "lot": "2027-03"},
        (*GOODS, *NODES, "expected.unknown", LARGE),
    ),
    CommandForm(
        "adjust-capacity",
        "AdjustCapacity",
        capacity.AdjustCapacity,
        capacity.CapacityAdjusted,
        "adjust",
        "Adjust the capacity",
        "Bring the days of 1 to 50 nodes that are open to what their sites and calendars say now. Where that is less, "
        "what is free is taken out, and what is taken stays taken: nothing is granted until the day is back at its "
        "figure.",
        {"nodes": ["harbour", "old-town"], "first": "2026-04-01", "reason": "a second shift"},
        ("answer.too_large",),
    ),
)

COMMANDS: Final = (
    *REGISTERS,
    *SUPPLY,
    *NETWORK,
    *POLICIES,
    *STOCK,
    *QUOTAS,
    *RESERVATIONS,
    *SHIPMENTS,
    *PROMISES,
    *EXPECTED,
)
"""One row a command, in the order of the story."""
