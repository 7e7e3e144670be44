"""Sales items (销售商品) and their SKUs: what a buyer sees and orders, whatever lies in a warehouse for it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.quantity import flag, identifier
from domain.kernel.refusal import InvalidInput, Refusal

ITEMS: Final = "item"
"""The register that items are entered in, with all their SKUs."""

SKUS: Final = "sku"
"""The register that says whose a SKU is: it stays its item's for good."""

MAX_NAME: Final = 200
MAX_SKUS: Final = 200
"""Most SKUs of one item."""


class UnknownItem(Refusal):
    """There is no such sales item (`codes`).

    Set it first, or correct the codes: case, spaces and Unicode form count.
    """

    code = "item.unknown"


class UnknownSku(Refusal):
    """SKUs that no sales item has (`codes`).

    Set the item they belong to first, or correct the codes: case, spaces and Unicode form count.
    """

    code = "sku.unknown"


class SkuTaken(Refusal):
    """SKUs that belong to another item (`codes`, and `items`: whose they are).

    A SKU stays its item's for good, as orders and quotas name it. Choose another code.
    """

    code = "sku.taken"


class SkuMissing(Refusal):
    """SKUs that the item has, and that what is set now leaves out (`codes`).

    A SKU is never taken away, as orders and quotas name it. Name it too, inactive if it is no longer sold.
    """

    code = "sku.missing"


@dataclass(frozen=True, slots=True)
class Sku:
    """What is ordered: one choice of an item, a size or a colour. Without a name it goes by the item's."""

    code: str
    name: str = ""
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "sku")
        if self.name:
            identifier(self.name, "name", most=MAX_NAME)
        flag(self.active, "active")


@dataclass(frozen=True, slots=True)
class SalesItem:
    """What a buyer sees, with 1 to 200 SKUs, each code once. Inactive, none of its SKUs can be ordered."""

    code: str
    name: str
    skus: tuple[Sku, ...]
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "item")
        identifier(self.name, "name", most=MAX_NAME)
        flag(self.active, "active")
        if not 1 <= len(self.skus) <= MAX_SKUS:
            raise InvalidInput(f"an item has 1 to {MAX_SKUS} SKUs", field="skus", most=MAX_SKUS)
        seen: set[str] = set()
        for sku in self.skus:
            if sku.code in seen:
                raise InvalidInput(f"{sku.code} is given twice", field="skus", given_twice=sku.code)
            seen.add(sku.code)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        return {"name": self.name, "skus": [asdict(sku) for sku in self.skus], "active": self.active}

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "SalesItem":
        """The item that an entry keeps."""
        return cls(code, facts["name"], tuple(Sku(**sku) for sku in facts["skus"]), facts["active"])
