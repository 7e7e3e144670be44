"""Where the demonstration's stores lie and its baskets go: real places, chosen by a rule, for the shopping has none.

The places are the ordinary ZIP codes of Ohio with their coordinates, as the package zipcodes carries them. The rule:
the stores, in the order of their codes, lie at every so-many-th of these places in the order of the ZIP codes, so that
they spread evenly; the warehouses lie in Columbus and in Cincinnati; a basket goes to the place that its id decides.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from entrypoints.demo.plan import WAREHOUSES

STATE: Final = "OH"
WAREHOUSE_ZIPS: Final = ("43215", "45202")


class Place(NamedTuple):
    """A ZIP code and about where it is."""

    zip: str
    city: str
    lat: float
    lng: float


def read_places() -> tuple[Place, ...]:
    """The places, by ZIP code."""
    import zipcodes  # it reads a megabyte of them when it is first asked

    found = zipcodes.filter_by(state=STATE, active=True, zip_code_type="STANDARD")  # type: ignore[no-untyped-call]
    places = (Place(each["zip_code"], each["city"], float(each["lat"]), float(each["long"])) for each in found)
    return tuple(sorted(places))


def sites(places: Sequence[Place], stores: Sequence[str]) -> Mapping[str, Place]:
    """Where each store and each warehouse lies."""
    by_zip = {place.zip: place for place in places}
    step = len(places) / max(1, len(stores))
    spread = {store: places[int(number * step)] for number, store in enumerate(sorted(stores))}
    return spread | {node: by_zip[zip] for node, zip in zip(WAREHOUSES, WAREHOUSE_ZIPS, strict=True)}


def destination(places: Sequence[Place], seed: int, basket: str) -> Place:
    """Where a basket goes: the same in every process and version."""
    return places[zlib.crc32(f"{seed}/{basket}/to".encode()) % len(places)]
