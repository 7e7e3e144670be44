"""Resolve supply: what can stand for a SKU, for a buyer at a time, and why the rest cannot."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from application.kernel.entries import Followed
from application.kernel.register_pages import tenant_of
from application.supply.ports import Registers
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal
from domain.supply.book import SupplyBook
from domain.supply.resolution import GOODS_INACTIVE, REASONS, Option, Rejected, Resolution, resolve


@dataclass(frozen=True, slots=True)
class ResolveSupply:
    """What can stand for `sku` for a `buyer` (a party's code; empty: nobody in particular) `at` a time (None: now)."""

    sku: str
    buyer: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        identifier(self.sku, "sku")
        if self.buyer:
            identifier(self.buyer, "buyer")
        if self.at is not None and self.at.tzinfo is None:
            raise InvalidInput("at must be a time with its zone", field="at")


@dataclass(frozen=True, slots=True)
class PartResolved:
    """`units` of a goods (smallest unit) are in one unit of the SKU."""

    goods: str
    units: int


@dataclass(frozen=True, slots=True)
class OptionResolved:
    """One way to supply the SKU; `through` names the mappings of the SKUs within it, as `sku/mapping`."""

    mapping: str
    mode: str
    supplier: str
    owner: str
    priority: int
    substitute: bool
    parts: tuple[PartResolved, ...]
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappingRejected:
    """A mapping that does not apply: the first reason why, what that means, and which part it is about, if one."""

    mapping: str
    reason: str
    meaning: str
    of: str


@dataclass(frozen=True, slots=True)
class SupplyResolved:
    """What can stand for a SKU, the preferred first; where `reason` is given, nothing can, and it says why."""

    sku: str
    item: str
    buyer: str
    at: datetime
    reason: str
    meaning: str
    options: tuple[OptionResolved, ...]
    rejected: tuple[MappingRejected, ...]


class Supplies:
    """Resolves from this process's views, without a statement to a database."""

    def __init__(self, books: Followed[SupplyBook], registers: Registers) -> None:
        self._books = books
        self._registers = registers

    async def book(self, tenant: str) -> SupplyBook:
        """The tenant's items and supply, at most a second old. Raises StoreError."""
        return await self._books.of(tenant)

    async def resolve(self, tenant: str, skus: Iterable[str], buyer: str, at: datetime) -> list[Resolution]:
        """Each SKU's resolution, without goods that no new command may name. Raises StoreError."""
        book = await self._books.of(tenant)
        found = [resolve(book, sku, buyer, at) for sku in skus]
        goods = {code for each in found for option in each.options for code, _ in option.parts}
        try:
            await self._registers.require(tenant, goods, ())
        except Refusal as refusal:
            faulty = await self._at_fault(tenant, goods, refusal)
            return [_without(each, faulty) for each in found]
        return found

    async def require(self, tenant: str, goods: Collection[str]) -> None:
        """Raises `goods.unknown`, `goods.inactive` of those that no new command may name; StoreError."""
        await self._registers.require(tenant, goods, ())

    async def _at_fault(self, tenant: str, goods: set[str], refusal: Refusal | None) -> set[str]:
        """All goods that may not be named. A refusal names those of one kind: unknown, or else inactive."""
        faulty: set[str] = set()
        while refusal is not None:
            codes = refusal.facts.get("codes")
            named = {code for code in codes if isinstance(code, str)} if isinstance(codes, list) else set()
            if not named - faulty:
                raise refusal
            faulty |= named
            try:
                await self._registers.require(tenant, goods - faulty, ())
                refusal = None
            except Refusal as other:
                refusal = other
        return faulty


class ResolveSupplyHandler:
    """`now` is what the machine's clock shows."""

    def __init__(self, supplies: Supplies, now: Callable[[], datetime]) -> None:
        self._supplies = supplies
        self._now = now

    async def __call__(self, tenant: str, query: ResolveSupply) -> SupplyResolved:
        """Options, and every mapping that is none. Raises StoreError."""
        at = query.at or self._now()
        [found] = await self._supplies.resolve(tenant_of(tenant), (query.sku,), query.buyer, at)
        return SupplyResolved(
            found.sku,
            found.item,
            query.buyer,
            at,
            found.reason,
            REASONS.get(found.reason, ""),
            tuple(_told(option) for option in found.options),
            tuple(MappingRejected(each.mapping, each.reason, REASONS[each.reason], each.of) for each in found.rejected),
        )


def _told(option: Option) -> OptionResolved:
    return OptionResolved(
        option.mapping,
        option.mode,
        option.supplier,
        option.owner,
        option.priority,
        option.substitute,
        tuple(PartResolved(goods, units) for goods, units in option.parts),
        option.through,
    )


def _without(found: Resolution, goods: set[str]) -> Resolution:
    """The options that name none of these; a mapping that has none left is rejected."""
    kept: list[Option] = []
    lost: dict[str, str] = {}
    for option in found.options:
        faulty = next((code for code, _ in option.parts if code in goods), None)
        if faulty is None:
            kept.append(option)
        else:
            lost.setdefault(option.mapping, faulty)
    for option in kept:
        lost.pop(option.mapping, None)
    more = tuple(Rejected(mapping, GOODS_INACTIVE, code) for mapping, code in lost.items())
    return replace(found, options=tuple(kept), rejected=found.rejected + more)
