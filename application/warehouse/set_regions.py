"""Set regions: enter a tree of regions, and say which codes are retired and who succeeds them."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, written
from application.warehouse.enter import require, set_entry, touching
from domain.kernel.ledger import Ledger
from domain.warehouse.region import REGION, Region, UnknownRegion


@dataclass(frozen=True, slots=True)
class SetRegions:
    """Enter or change 1 to 500 regions, all or none, one after the other: parents before what lies in them, successors
    before what is retired. One that says what is known already changes nothing.

    Refused: `region.unknown` of parents and successors, `region.tree`.
    """

    name: ClassVar[str] = "SetRegions"
    reply: ClassVar[type] = EntriesWritten

    regions: tuple[Region, ...]

    def __post_init__(self) -> None:
        entered(self.regions, "regions")

    def touches(self) -> Touches:
        named = (code for region in self.regions for code in (region.parent, *region.successors))
        return touching(REGION, self.regions, (REGION, named))

    def decide(self, ledger: Ledger) -> EntriesWritten:
        entries = []
        for region in self.regions:
            require(ledger, REGION, (region.parent, *region.successors), UnknownRegion)
            successors = {code: _region(ledger, code) for code in region.successors}
            region.fits(
                _region(ledger, region.code),
                _region(ledger, region.parent) if region.parent else None,
                {code: known for code, known in successors.items() if known is not None},
            )
            entries.append(set_entry(ledger, REGION, "RegionSet", region, Region.of))
        return written(REGION, entries)


def _region(ledger: Ledger, code: str) -> Region | None:
    entry = ledger.entry(REGION, code)
    return None if entry is None else Region.of(code, entry.facts)
