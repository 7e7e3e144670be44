"""What commands on sales items and their supply are asked with."""

from typing import Annotated, Final, Literal

from pydantic import Field, Strict, StringConstraints

from contracts.http.v1.parts import (
    MAX_LINES,
    MAX_NAME,
    NONE,
    Body,
    Flag,
    Identifier,
    Name,
    OptionalIdentifier,
    PointInTime,
)

MAX_SKUS: Final = 200
MAX_MAPPINGS: Final = 50
MAX_PARTS: Final = 20
MAX_BUYERS: Final = 100
MAX_UNITS: Final = 1_000_000
MAX_PRIORITY: Final = 1_000_000

SupplyMode = Literal["self", "backend", "shared"]
PartOf = Literal["goods", "sku"]
OptionalName = Annotated[str, Strict(), StringConstraints(max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]
PartUnits = Annotated[int, Strict(), Field(ge=1, le=MAX_UNITS)]
SupplyPriority = Annotated[int, Strict(), Field(ge=0, le=MAX_PRIORITY)]


class Sku(Body):
    """What is ordered: one choice of an item, a size or a colour. Without a name it goes by the item's."""

    code: Identifier
    name: OptionalName = ""
    active: Flag = True


class SalesItem(Body):
    """What a buyer sees, with all its SKUs. Inactive, none of them can be ordered."""

    code: Identifier
    name: Name
    skus: Annotated[tuple[Sku, ...], Field(min_length=1, max_length=MAX_SKUS)]
    active: Flag = True


class SetItems(Body):
    """Say what is sold."""

    items: Annotated[tuple[SalesItem, ...], Field(min_length=1, max_length=MAX_LINES)]


class SupplyPart(Body):
    """`units` of a goods (smallest unit), or of another SKU, in every unit of the SKU."""

    code: Identifier
    units: PartUnits = 1
    of: PartOf = "goods"


class SupplyMapping(Body):
    """One way to satisfy a SKU: with its parts (several: a kit), a supplier's, from stock under `owner` (empty: under
    any that the node lets be used).

    It holds from `since` until just before `until`, for `buyers` (none named: for everybody). The least `priority`
    number comes first, and every `substitute` after all that are none.
    """

    id: Identifier
    parts: Annotated[tuple[SupplyPart, ...], Field(min_length=1, max_length=MAX_PARTS)]
    mode: SupplyMode = "self"
    supplier: Identifier = NONE
    owner: OptionalIdentifier = NONE
    priority: SupplyPriority = 0
    substitute: Flag = False
    buyers: Annotated[tuple[Identifier, ...], Field(max_length=MAX_BUYERS)] = ()
    since: PointInTime | None = None
    until: PointInTime | None = None


class Supply(Body):
    """All that can satisfy a SKU. Inactive, it is as if there were nothing."""

    sku: Identifier
    mappings: Annotated[tuple[SupplyMapping, ...], Field(max_length=MAX_MAPPINGS)]
    active: Flag = True


class SetSupply(Body):
    """Say what can satisfy SKUs."""

    supplies: Annotated[tuple[Supply, ...], Field(min_length=1, max_length=MAX_LINES)]
