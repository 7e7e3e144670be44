"""What questions on sales items and their supply are answered with."""

from datetime import datetime

from contracts.http.v1.parts import Answer
from contracts.http.v1.queries import Page
from contracts.http.v1.supply import PartOf, SupplyMode


class SkuTold(Answer):
    """A SKU of an item."""

    code: str
    name: str
    active: bool


class ItemFacts(Answer):
    """What is kept of a sales item."""

    name: str
    skus: tuple[SkuTold, ...]
    active: bool


class RegisteredItem(Answer):
    """A sales item: its code, its facts, how often it was written and when last."""

    code: str
    facts: ItemFacts
    version: int
    changed_at: datetime | None


class ItemPage(Page[RegisteredItem]):
    """Sales items in byte order of their codes."""


class PartTold(Answer):
    """`units` of a goods, or of another SKU, in every unit of the SKU."""

    code: str
    units: int
    of: PartOf


class MappingTold(Answer):
    """One way to satisfy a SKU."""

    id: str
    parts: tuple[PartTold, ...]
    mode: SupplyMode
    supplier: str
    owner: str
    priority: int
    substitute: bool
    buyers: tuple[str, ...]
    since: datetime | None
    until: datetime | None


class SupplyFacts(Answer):
    """What is kept of what can satisfy a SKU."""

    mappings: tuple[MappingTold, ...]
    active: bool


class RegisteredSupply(Answer):
    """What can satisfy a SKU: its code, its facts, how often they were written and when last."""

    code: str
    facts: SupplyFacts
    version: int
    changed_at: datetime | None


class SupplyPage(Page[RegisteredSupply]):
    """What can satisfy SKUs, in byte order of their codes."""


class PartResolved(Answer):
    """`units` of a goods (smallest unit) are in one unit of the SKU."""

    goods: str
    units: int


class OptionResolved(Answer):
    """One way to supply the SKU, kits flattened; `through` names the mappings of the SKUs within, as `sku/mapping`."""

    mapping: str
    mode: SupplyMode
    supplier: str
    owner: str
    priority: int
    substitute: bool
    parts: tuple[PartResolved, ...]
    through: tuple[str, ...]


class MappingRejected(Answer):
    """A mapping that does not apply: the first reason why, what that means, and which part it is about, if one."""

    mapping: str
    reason: str
    meaning: str
    of: str


class SupplyResolved(Answer):
    """What can stand for a SKU, the preferred first; where `reason` is given, nothing can, and it says why."""

    sku: str
    item: str
    buyer: str
    at: datetime
    reason: str
    meaning: str
    options: tuple[OptionResolved, ...]
    rejected: tuple[MappingRejected, ...]
