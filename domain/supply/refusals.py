"""What resolving is refused with, where somebody wants a SKU and not only to know."""

from domain.kernel.refusal import Refusal


class ItemAmbiguous(Refusal):
    """A sales item was ordered that has several SKUs (`skus`).

    Name the SKU.
    """

    code = "item.ambiguous"


class SupplyNone(Refusal):
    """Nothing can stand for a SKU, for this buyer at this time (`line`, `sku`).

    `reason` says what is wrong with the SKU itself, `rejected` the first reason of every mapping of it. Mend one of
    them (`set-supply`, `set-items`), or order something else.
    """

    code = "supply.none"
