"""Everything that is entered of items and their supply, as those who resolve ask for it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from domain.kernel.books import Entry
from domain.supply.item import ITEMS, SalesItem
from domain.supply.mapping import SUPPLY, Supply
from domain.supply.nesting import NESTING, Nesting
from domain.supply.resolution import Known

FOLLOWED: Final = (ITEMS, SUPPLY, NESTING)
"""The registers that a book is kept of."""


class SupplyBook:
    """One tenant's items and supply. An entry is read when it is first asked for, and then kept as it was read."""

    def __init__(self) -> None:
        self._items: dict[str, SalesItem] = {}
        self._owner: dict[str, str] = {}
        self._written: dict[str, Mapping[str, Any]] = {}
        self._supplies: dict[str, Supply] = {}
        self._known: dict[str, Known] = {}
        self.nesting = Nesting()

    def take(self, entry: Entry) -> None:
        """Take over an entry that is new or was written anew."""
        code = entry.key.code
        match entry.key.register:
            case register if register == ITEMS:
                item = self._items[code] = SalesItem.of(code, entry.facts)
                for sku in item.skus:
                    self._owner[sku.code] = code
                    self._known.pop(sku.code, None)
            case register if register == SUPPLY:
                self._written[code] = entry.facts
                self._supplies.pop(code, None)
                self._known.pop(code, None)
                self.nesting.enter(code, _skus_in(entry.facts))
            case _:
                self.nesting.version = entry.version

    def find(self, sku: str) -> Known | None:
        """The SKU as it is entered, or None if no item has it."""
        known = self._known.get(sku)
        if known is None and sku in self._owner:
            item = self._items[self._owner[sku]]
            active = next(each.active for each in item.skus if each.code == sku)
            known = self._known[sku] = Known(item.code, item.active, active, self.supply(sku))
        return known

    def supply(self, sku: str) -> Supply | None:
        """All that can satisfy a SKU, or None if nothing was said."""
        found = self._supplies.get(sku)
        if found is None and sku in self._written:
            found = self._supplies[sku] = Supply.of(sku, self._written[sku])
        return found

    def item(self, code: str) -> SalesItem | None:
        return self._items.get(code)

    def goods_behind(self, skus: Iterable[str]) -> set[str]:
        """The goods that can stand for these SKUs, by any mapping, now or later, kits flattened."""
        found: set[str] = set()
        seen: set[str] = set()
        ahead = list(skus)
        while ahead:
            sku = ahead.pop()
            supply = None if sku in seen else self.supply(sku)
            seen.add(sku)
            if supply is not None:
                found |= supply.goods()
                ahead += supply.skus()
        return found


def _skus_in(facts: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(part["code"] for each in facts["mappings"] for part in each["parts"] if part["of"] == "sku")
