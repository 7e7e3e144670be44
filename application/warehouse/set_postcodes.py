"""Set postcodes: say where the postcodes of a nation are."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, written
from application.warehouse.enter import require, set_entry, touching
from domain.kernel.ledger import Ledger
from domain.warehouse.region import POSTCODE, REGION, Postcode, UnknownRegion


@dataclass(frozen=True, slots=True)
class SetPostcodes:
    """Enter or change 1 to 500 postcodes, all or none; one that says what is known already changes nothing.

    Refused: `region.unknown` of the regions that they lie in.
    """

    name: ClassVar[str] = "SetPostcodes"
    reply: ClassVar[type] = EntriesWritten

    postcodes: tuple[Postcode, ...]

    def __post_init__(self) -> None:
        entered(self.postcodes, "postcodes")

    def touches(self) -> Touches:
        return touching(POSTCODE, self.postcodes, (REGION, (each.region for each in self.postcodes)))

    def decide(self, ledger: Ledger) -> EntriesWritten:
        require(ledger, REGION, {each.region for each in self.postcodes}, UnknownRegion)
        return written(
            POSTCODE, [set_entry(ledger, POSTCODE, "PostcodeSet", each, Postcode.of) for each in self.postcodes]
        )
