"""What the names of the examples mean: every GS1 key of them is mapped."""

from typing import Final

from application.stock.list_mappings import Name
from domain.stock.mapping import ELSEWHERE, GOODS, NODE, OWNER, Mapping

SYSTEM: Final = "gs1"
BY_WEIGHT: Final = "gtin:04012345123456"
"""Comes in kilograms; it is counted in grams."""

OTHERS: Final = "gln:4012345"
"""What the places of someone else begin with."""


class Everything:
    """Every name has a meaning that can be told from it."""

    def get(self, name: Name) -> Mapping | None:
        match name.kind:
            case "goods" if name.outside == BY_WEIGHT:
                return Mapping(SYSTEM, GOODS, name.outside, "flour", 1_000, "KGM")
            case "goods":
                return Mapping(SYSTEM, GOODS, name.outside, "goods " + name.outside[-5:])
            case "node" if name.outside.startswith(OTHERS):
                return Mapping(SYSTEM, NODE, name.outside, ELSEWHERE)
            case "node":
                return Mapping(SYSTEM, NODE, name.outside, "node " + name.outside[-5:])
        return Mapping(SYSTEM, OWNER, name.outside, "owner " + name.outside[-5:])
