"""What lies at nodes: what enters, leaves, is counted or set aside."""

from typing import Final

from contracts.http.v1 import replies, stock
from contracts.http.v1.catalogue.form import GOODS, LARGE, NODES, SHORT, CommandForm

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
        "can agree.",
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
