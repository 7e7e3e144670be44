"""A catalogue of SKUs for tests: what is set is found, as in the book that views keep."""

import json
from datetime import UTC, datetime
from typing import Any

from domain.kernel.books import Entry, EntryKey
from domain.supply.book import SupplyBook
from domain.supply.item import ITEMS, SalesItem, Sku
from domain.supply.mapping import SKU, SUPPLY, Part, Supply, SupplyMapping
from domain.supply.resolution import Resolution, resolve

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def maps(id: str, *parts: str | tuple[str, int], **rest: Any) -> SupplyMapping:
    """A mapping to goods, each by its code or with its units; a part that begins with `sku:` is a SKU."""
    return SupplyMapping(id, tuple(_part(part) for part in parts), **rest)


def _part(said: str | tuple[str, int]) -> Part:
    code, units = (said, 1) if isinstance(said, str) else said
    return Part(code.removeprefix("sku:"), units, SKU) if code.startswith("sku:") else Part(code, units)


def read_again(facts: dict[str, Any]) -> dict[str, Any]:
    """As they are read of an entry: equal, and nothing of it the same."""
    found: dict[str, Any] = json.loads(json.dumps(facts))
    return found


class Catalogue(SupplyBook):
    def sells(self, *skus: str, item: str = "", active: bool = True, item_active: bool = True) -> None:
        """An item with these SKUs; by default each an item of its own."""
        for name in [item] if item else skus:
            made = SalesItem(
                name, name, tuple(Sku(sku, active=active) for sku in (skus if item else (name,))), item_active
            )
            self.take(Entry(EntryKey(ITEMS, name), read_again(made.facts()), 1))

    def supplies(self, sku: str, *mappings: SupplyMapping, active: bool = True) -> None:
        self.take(Entry(EntryKey(SUPPLY, sku), read_again(Supply(sku, mappings, active).facts()), 1))

    def resolves(self, sku: str, buyer: str = "", at: datetime = NOON) -> Resolution:
        return resolve(self, sku, buyer, at)


def parts(found: Resolution) -> list[dict[str, int]]:
    """What each option takes, in order."""
    return [dict(option.parts) for option in found.options]


def reasons(found: Resolution) -> dict[str, str]:
    return {each.mapping: each.reason for each in found.rejected}
