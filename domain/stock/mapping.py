"""Mappings: what an outside system's names of goods, places and parties mean here."""

import re
from collections.abc import Mapping as Facts
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.quantity import MAX_IDENTIFIER, MAX_QUANTITY, flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.position import NONE

MAPPINGS: Final = "mapping"
"""The register that mappings are entered in."""

GOODS: Final = "goods"
NODE: Final = "node"
OWNER: Final = "owner"
KINDS: Final = (GOODS, NODE, OWNER)

ELSEWHERE: Final = NONE
"""What a place means that is none of ours."""

MAX_SYSTEM: Final = 32
MAX_OUTSIDE: Final = 80
MAX_UOM: Final = 8

_SYSTEM: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class MappingUnknown(Refusal):
    """An outside system named goods, places or parties that nobody said the meaning of (`names`).

    Map each of them (`set-mappings`), then send the same again. A place that is not one of ours is mapped to `-`.
    """

    code = "mapping.unknown"


def system_name(value: object) -> str:
    """`value` if it can name an outside system: small letters, digits, `.`, `_`, `-`. Raises InvalidInput."""
    if type(value) is not str or len(value) > MAX_SYSTEM or not _SYSTEM.fullmatch(value):
        raise InvalidInput(
            f"system must be 1 to {MAX_SYSTEM} small letters, digits, dots, hyphens and underscores", field="system"
        )
    return value


@dataclass(frozen=True, slots=True)
class Mapping:
    """`outside`, a name that `system` uses, means `inside`: a goods, a node (or `-`, none of ours) or an owner.

    One of the outside's `uom` (empty: one item) is `units` of the smallest unit of the goods: a case of twelve, or
    1,000 for a kilogram of a goods counted in grams. Inactive, it is as if it were not there.
    """

    system: str
    kind: str
    outside: str
    inside: str
    units: int = 1
    uom: str = ""
    active: bool = True

    def __post_init__(self) -> None:
        system_name(self.system)
        if self.kind not in KINDS:
            raise InvalidInput(f"kind must be one of {', '.join(KINDS)}", field="kind", one_of=list(KINDS))
        identifier(self.outside, "outside", most=MAX_OUTSIDE)
        identifier(self.inside, "inside", most=MAX_IDENTIFIER)
        whole(self.units, "units", most=MAX_QUANTITY)
        if self.uom:
            identifier(self.uom, "uom", most=MAX_UOM)
        if self.kind != GOODS and (self.units != 1 or self.uom):
            raise InvalidInput("units and uom are of goods alone", field="units")
        flag(self.active, "active")

    @property
    def code(self) -> str:
        return code_of(self.system, self.kind, self.outside)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Facts[str, Any]) -> "Mapping":
        """The mapping that an entry keeps."""
        return cls(**facts)


def code_of(system: str, kind: str, outside: str) -> str:
    """The code of a mapping's entry; no system's or kind's name holds a slash."""
    return f"{system}/{kind}/{outside}"
