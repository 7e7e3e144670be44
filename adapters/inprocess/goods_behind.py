"""The goods behind a SKU or an item, answered by supply."""

from collections.abc import Collection

from application.supply.resolve_supply import Supplies
from domain.stock.quota import AT_ITEM
from domain.supply.item import UnknownItem, UnknownSku


class SupplyGoodsBehind:
    """Answers `GoodsBehind`."""

    def __init__(self, supplies: Supplies) -> None:
        self._supplies = supplies

    async def goods_behind(self, tenant: str, dimension: str, code: str) -> Collection[str]:
        """Raises UnknownItem, UnknownSku."""
        book = await self._supplies.book(tenant)
        if dimension == AT_ITEM:
            item = book.item(code)
            if item is None:
                raise UnknownItem(f"there is no item {code}", codes=[code])
            return book.goods_behind(sku.code for sku in item.skus)
        if book.find(code) is None:
            raise UnknownSku(f"no item has {code}", codes=[code])
        return book.goods_behind((code,))
