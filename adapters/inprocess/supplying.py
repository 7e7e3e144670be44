"""What can stand for the lines of a promise, answered by supply."""

from collections.abc import Sequence
from datetime import datetime

from application.sourcing.ports import Alternative, Part, Wanted
from application.supply.resolve_supply import Supplies
from domain.supply.book import SupplyBook
from domain.supply.item import UnknownItem, UnknownSku
from domain.supply.mapping import NONE, SELF
from domain.supply.refusals import ItemAmbiguous, SupplyNone
from domain.supply.resolution import REASONS, UNKNOWN, Option, Resolution


class SupplyAlternatives:
    """Answers `Supplying`. A line of bare goods is supplied by these alone, whosever stock they are.

    Priorities are counted anew from 0, so that a substitute's is a greater one than that of anything that is none.
    """

    def __init__(self, supplies: Supplies) -> None:
        self._supplies = supplies

    async def resolve(
        self, tenant: str, wanted: Sequence[Wanted], buyer: str, at: datetime
    ) -> Sequence[tuple[Alternative, ...]]:
        """Raises UnknownSku, UnknownItem, ItemAmbiguous, SupplyNone: the first line that nothing can stand for; of bare
        goods UnknownGoods, InactiveGoods."""
        if bare := [line.goods for line in wanted if line.goods]:
            await self._supplies.require(tenant, bare)
        book = await self._supplies.book(tenant) if any(line.item for line in wanted) else None
        skus = [line.sku or (_only_sku(book, line) if book and line.item else "") for line in wanted]
        asked = dict.fromkeys(sku for sku in skus if sku)
        found = dict(zip(asked, await self._supplies.resolve(tenant, asked, buyer, at), strict=True)) if asked else {}
        return [
            _alternatives(line, found[sku], buyer) if sku else (_bare(line.goods),)
            for line, sku in zip(wanted, skus, strict=True)
        ]


def _only_sku(book: SupplyBook, line: Wanted) -> str:
    item = book.item(line.item)
    if item is None:
        raise UnknownItem(f"line {line.line}: there is no item {line.item}", codes=[line.item], line=line.line)
    active = [sku.code for sku in item.skus if sku.active] or [sku.code for sku in item.skus]
    if len(active) > 1:
        raise ItemAmbiguous(
            f"line {line.line}: {line.item} has several SKUs", item=line.item, skus=active, line=line.line
        )
    return active[0]


def _bare(goods: str) -> Alternative:
    return Alternative("", SELF, NONE, None, 0, (Part(goods, 1),))


def _standing(option: Option) -> tuple[bool, int]:
    return option.substitute, option.priority


def _alternatives(line: Wanted, found: Resolution, buyer: str) -> tuple[Alternative, ...]:
    if found.options:
        ranks = {stands: rank for rank, stands in enumerate(dict.fromkeys(map(_standing, found.options)))}
        return tuple(
            Alternative(
                found.sku,
                option.mode,
                option.supplier,
                option.owner or None,
                ranks[_standing(option)],
                tuple(Part(goods, units) for goods, units in option.parts),
                option.substitute,
                found.item,
            )
            for option in found.options
        )
    if found.reason == UNKNOWN:
        raise UnknownSku(f"line {line.line}: no item has {found.sku}", codes=[found.sku], line=line.line)
    raise SupplyNone(
        f"line {line.line}: nothing can stand for {found.sku}",
        line=line.line,
        sku=found.sku,
        buyer=buyer,
        reason=found.reason,
        meaning=REASONS.get(found.reason, ""),
        rejected=[{"mapping": each.mapping, "reason": each.reason, "of": each.of} for each in found.rejected],
    )
