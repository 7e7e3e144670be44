"""What sales channels may sell."""

from typing import Final

from contracts.http.v1 import quotas, replies
from contracts.http.v1.catalogue.form import GOODS, NODES, SHORT, CommandForm

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
