"""What buyers order, and what can satisfy it."""

from typing import Final

from contracts.http.v1 import replies, supply
from contracts.http.v1.catalogue.form import GOODS, CommandForm

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
