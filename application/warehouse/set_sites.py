"""Set sites: say where nodes are, when they work, where they deliver, and at what cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, written
from application.warehouse.enter import Mentions, require, set_entry, touching
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput
from domain.warehouse.calendar import CALENDAR, UnknownCalendar
from domain.warehouse.coverage import Coverage
from domain.warehouse.region import REGION, UnknownRegion
from domain.warehouse.site import SITE, Site

MAX_REGIONS_AT_ONCE: Final = 5_000
MAX_CORNERS_AT_ONCE: Final = 50_000
"""Most regions that are named in one command, and most corners of polygons."""

MAX_NAMED_BYTES: Final = 200_000
"""Most bytes of what one site names: its event says all of it, and is to fit into any broker's message."""


@dataclass(frozen=True, slots=True)
class SetSites:
    """Enter or change the sites of 1 to 500 nodes, all or none; one that says what is known already changes nothing.

    Refused: `node.*`, `calendar.unknown`, `region.unknown` of what they name.
    """

    name: ClassVar[str] = "SetSites"
    reply: ClassVar[type] = EntriesWritten

    sites: tuple[Site, ...]

    def __post_init__(self) -> None:
        entered(self.sites, "sites")
        if sum(1 for _ in self._regions()) > MAX_REGIONS_AT_ONCE:
            raise InvalidInput(
                f"a command names at most {MAX_REGIONS_AT_ONCE} regions", field="sites", most=MAX_REGIONS_AT_ONCE
            )
        if sum(coverage.corners for site in self.sites for coverage in _coverages(site)) > MAX_CORNERS_AT_ONCE:
            raise InvalidInput(
                f"a command has at most {MAX_CORNERS_AT_ONCE} corners", field="sites", most=MAX_CORNERS_AT_ONCE
            )

        for site in self.sites:
            if sum(len(code.encode()) for coverage in _coverages(site) for code in _named(coverage)) > MAX_NAMED_BYTES:
                raise InvalidInput(
                    f"the codes that the site of {site.code} names have more than {MAX_NAMED_BYTES} bytes",
                    field="sites",
                    most=MAX_NAMED_BYTES,
                )

    def mentions(self) -> Mentions:
        return Mentions(nodes=[site.code for site in self.sites if site.active])

    def touches(self) -> Touches:
        return touching(SITE, self.sites, (CALENDAR, self._calendars()), (REGION, self._regions()))

    def decide(self, ledger: Ledger) -> EntriesWritten:
        require(ledger, CALENDAR, set(self._calendars()), UnknownCalendar)
        require(ledger, REGION, set(self._regions()), UnknownRegion)
        return written(SITE, [set_entry(ledger, SITE, "SiteSet", site, Site.of) for site in self.sites])

    def _calendars(self) -> Iterator[str]:
        for site in self.sites:
            yield site.calendar
            yield site.transit_calendar

    def _regions(self) -> Iterator[str]:
        for site in self.sites:
            yield site.region
            for coverage in _coverages(site):
                yield from coverage.regions


def _named(coverage: Coverage) -> Iterator[str]:
    yield from coverage.nations
    yield from coverage.regions
    for beginning in coverage.postcodes:
        yield beginning.nation
        yield beginning.prefix


def _coverages(site: Site) -> Iterator[Coverage]:
    if site.covers is not None:
        yield site.covers
    if site.excludes is not None:
        yield site.excludes
