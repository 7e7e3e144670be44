"""Set sales items (销售商品): what buyers see and order, with all SKUs of each."""

from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, touched, written
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput
from domain.supply.item import ITEMS, SKUS, SalesItem, SkuMissing, SkuTaken

MAX_SKUS_AT_ONCE: Final = 2_000
"""Most SKUs of one command, over all its items."""


@dataclass(frozen=True, slots=True)
class SetItems:
    """Enter or change 1 to 500 items, all or none; one that says what is known already changes nothing.

    An item keeps every SKU it ever had; what is no longer sold is inactive. Refused: `sku.taken`, `sku.missing`.
    """

    name: ClassVar[str] = "SetItems"
    reply: ClassVar[type] = EntriesWritten

    items: tuple[SalesItem, ...]

    def __post_init__(self) -> None:
        entered(self.items, "items")
        if sum(len(item.skus) for item in self.items) > MAX_SKUS_AT_ONCE:
            raise InvalidInput(f"a command names at most {MAX_SKUS_AT_ONCE} SKUs", field="items", most=MAX_SKUS_AT_ONCE)

    def touches(self) -> Touches:
        skus = dict.fromkeys(EntryKey(SKUS, sku.code) for item in self.items for sku in item.skus)
        return Touches(entries=(*touched(ITEMS, self.items).entries, *skus))

    def decide(self, ledger: Ledger) -> EntriesWritten:
        entries = []
        for item in self.items:
            known = ledger.entry(ITEMS, item.code)
            facts = item.facts()
            if known is None or known.facts != facts:
                if known is not None:
                    _none_missing(item, SalesItem.of(item.code, known.facts))
                _none_taken(ledger, item)
                for sku in item.skus:
                    if ledger.entry(SKUS, sku.code) is None:
                        ledger.write_entry(SKUS, sku.code, {"item": item.code, "active": True})
                known = ledger.write_entry(ITEMS, item.code, facts)
                ledger.tell("ItemSet", item, subject=f"{ITEMS}:{item.code}", number=known.version)
            entries.append(known)
        return written(ITEMS, entries)


def _none_missing(item: SalesItem, before: SalesItem) -> None:
    given = {sku.code for sku in item.skus}
    missing = [sku.code for sku in before.skus if sku.code not in given]
    if missing:
        raise SkuMissing(f"{item.code} has them too: {', '.join(missing)}", codes=missing, item=item.code)


def _none_taken(ledger: Ledger, item: SalesItem) -> None:
    owners = {sku.code: ledger.entry(SKUS, sku.code) for sku in item.skus}
    taken = {sku: entry.facts["item"] for sku, entry in owners.items() if entry and entry.facts["item"] != item.code}
    if taken:
        raise SkuTaken(
            f"of another item: {', '.join(taken)}", codes=[*taken], items=sorted({*taken.values()}), item=item.code
        )
