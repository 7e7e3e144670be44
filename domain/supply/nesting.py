"""Which kits hold which SKUs: what is entered never goes round in a circle, nor deeper than kits may nest."""

from collections.abc import Collection, Mapping
from typing import Final

from domain.kernel.refusal import Refusal
from domain.supply.resolution import MAX_DEPTH

NESTING: Final = "nesting"
"""A register of one entry, written with every supply that names SKUs: its version says how often that was."""

ONLY: Final = "-"
"""The code of that entry."""


class SupplyCycle(Refusal):
    """A kit would hold itself (`path`: from SKU to SKU, back to the first).

    Leave out one of the steps.
    """

    code = "supply.cycle"


class SupplyTooDeep(Refusal):
    """Kits would nest deeper than they may (`path`: from SKU to SKU; `most`: steps).

    Name the goods of an inner kit instead of its SKU.
    """

    code = "supply.too_deep"


class Nesting:
    """The steps from SKU to SKU. `version` is that of the entry that counts the writes, 0 before the first."""

    def __init__(self) -> None:
        self.version = 0
        self._holds: dict[str, frozenset[str]] = {}
        self._within: dict[str, set[str]] = {}

    def enter(self, sku: str, holds: frozenset[str]) -> None:
        """Say which SKUs a SKU's mappings name, all of them."""
        for before in self._holds.pop(sku, frozenset()) - holds:
            self._within[before].discard(sku)
        if holds:
            self._holds[sku] = holds
        for each in holds:
            self._within.setdefault(each, set()).add(sku)

    def objection(self, changes: Mapping[str, frozenset[str]]) -> Refusal | None:
        """What is wrong with these being set together: SupplyCycle, SupplyTooDeep."""
        more = {sku for sku, holds in changes.items() if holds - self._holds.get(sku, frozenset())}
        for top in sorted(self._above(more, changes)):
            refusal = self._down((top,), changes)
            if refusal is not None:
                return refusal
        return None

    def _above(self, skus: Collection[str], changes: Mapping[str, frozenset[str]]) -> set[str]:
        """These and every SKU that comes to hold one of them, at any depth."""
        within: dict[str, set[str]] = {}
        for sku, holds in changes.items():
            for each in holds:
                within.setdefault(each, set()).add(sku)
        found: set[str] = set()
        ahead = list(skus)
        while ahead:
            sku = ahead.pop()
            if sku not in found:
                found.add(sku)
                ahead += (each for each in self._within.get(sku, ()) if each not in changes)
                ahead += within.get(sku, ())
        return found

    def _down(self, path: tuple[str, ...], changes: Mapping[str, frozenset[str]]) -> Refusal | None:
        holds = changes.get(path[-1])
        for each in sorted(self._holds.get(path[-1], frozenset()) if holds is None else holds):
            if each in path:
                way = [*path[path.index(each) :], each]
                return SupplyCycle(f"{each} would hold itself: {' → '.join(way)}", path=way)
            if len(path) > MAX_DEPTH:
                way = [*path, each]
                return SupplyTooDeep(f"kits nest at most {MAX_DEPTH} deep: {' → '.join(way)}", path=way, most=MAX_DEPTH)
            refusal = self._down((*path, each), changes)
            if refusal is not None:
                return refusal
        return None
