"""Networks to ask, made of things."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.grid.coverage import GridIndex
from application.warehouse.network import Network
from domain.kernel.books import Entry, EntryKey
from domain.warehouse.calendar import CALENDAR, Calendar
from domain.warehouse.region import POSTCODE, REGION, Postcode, Region
from domain.warehouse.relation import RELATION, Relation
from domain.warehouse.site import SITE, Site

NOW: Final = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday morning in China."""

REGISTER: Final[Mapping[type, str]] = {
    Site: SITE,
    Calendar: CALENDAR,
    Region: REGION,
    Postcode: POSTCODE,
    Relation: RELATION,
}

OFFICE: Final = Calendar("office", "Asia/Shanghai", ("17:00", "17:00", "17:00", "17:00", "17:00", "", ""), "20:00")


def network(*things: Any) -> Network:
    """Of sites, calendars, regions, postcodes and relations, in this order."""
    made = Network(GridIndex, ZoneInfo)
    take(made, things)
    return made


def take(made: Network, things: Iterable[Any]) -> None:
    for thing in things:
        read_again = json.loads(json.dumps(thing.facts()))  # equal, and nothing of it the same
        made.take(Entry(EntryKey(REGISTER[type(thing)], thing.code), read_again, 1))
