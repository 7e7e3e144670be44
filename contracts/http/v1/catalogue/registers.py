"""What is registered before it moves: goods, nodes, and what outside systems call them."""

from typing import Final

from contracts.http.v1 import registers, replies
from contracts.http.v1.catalogue.form import GOODS, NODES, CommandForm

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
