"""Rows of files on sales items and their supply, as the commands they make together."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import GOODS, NONE, SELF, Part, Supply, SupplyMapping
from entrypoints.cli.errors import Complaint
from entrypoints.cli.notation import truth, whole

Cells = Mapping[str, str]

ITEM_COLUMNS: Final = (("item", "sku"), ("name", "sku_name", "active", "sku_active"))
SUPPLY_COLUMNS: Final = (
    ("sku", "mapping", "part"),
    ("units", "of", "mode", "supplier", "owner", "priority", "substitute", "buyers", "since", "until"),
)
OF_THE_PART: Final = ("sku", "mapping", "part", "units", "of")


def item_of(rows: Sequence[Cells]) -> SetItems:
    """A row a SKU. What is said of the item may stand in any of them, the same wherever it stands."""
    said = agreed(rows, ("name", "active"))
    skus = [
        Sku(cells["sku"], cells.get("sku_name") or "", truth(cells.get("sku_active") or "true", "sku_active"))
        for cells in rows
    ]
    code = rows[0]["item"]
    return SetItems((SalesItem(code, said["name"] or code, tuple(skus), truth(said["active"] or "true", "active")),))


def supply_of(rows: Sequence[Cells]) -> SetSupply:
    """A row a part. What is said of the mapping may stand in any row of it, the same wherever it stands."""
    mappings: dict[str, list[Cells]] = {}
    for cells in rows:
        mappings.setdefault(cells["mapping"], []).append(cells)
    return SetSupply((Supply(rows[0]["sku"], tuple(_mapping(id, parts) for id, parts in mappings.items())),))


def _mapping(id: str, rows: Sequence[Cells]) -> SupplyMapping:
    said = agreed(rows, [name for name in SUPPLY_COLUMNS[1] if name not in OF_THE_PART])
    return SupplyMapping(
        id,
        tuple(
            Part(cells["part"], whole(cells.get("units") or "1", "units"), cells.get("of") or GOODS) for cells in rows
        ),
        said["mode"] or SELF,
        said["supplier"] or NONE,
        "" if said["owner"] == "*" else said["owner"] or NONE,
        whole(said["priority"] or "0", "priority"),
        truth(said["substitute"] or "false", "substitute"),
        tuple(said["buyers"].split()),
        zoned_time(said["since"], "since"),
        zoned_time(said["until"], "until"),
    )


def agreed(rows: Sequence[Cells], names: Sequence[str]) -> dict[str, str]:
    """By column what is said; empty where nothing is. Raises Complaint where rows say different things."""
    said: dict[str, str] = {}
    for name in names:
        values = {value for cells in rows if (value := cells.get(name))}
        if len(values) > 1:
            raise Complaint(f"{name} is {' and '.join(map(repr, sorted(values)))} in rows that belong together")
        said[name] = values.pop() if values else ""
    return said


def zoned_time(text: str, name: str) -> datetime | None:
    """A time with its zone, ISO 8601; empty for none. Raises Complaint."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text) if re.match(r"[0-9]{4}-", text) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Complaint(f"cannot read {name}: {text!r} is no time with its zone: write 2026-03-01T12:00:00Z")
    return found
