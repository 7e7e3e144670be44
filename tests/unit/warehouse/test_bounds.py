"""The outermost that may be said of a network, and the first that may not."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from domain.kernel.quantity import MAX_QUANTITY
from domain.kernel.refusal import InvalidInput
from domain.warehouse.address import Address
from domain.warehouse.calendar import Calendar
from domain.warehouse.coverage import Coverage, Prefix, postcode_of
from domain.warehouse.place import Polygon
from domain.warehouse.region import Postcode, Region
from domain.warehouse.relation import Relation
from domain.warehouse.site import Site, Transit


def codes(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))


def outline(corners: int) -> Polygon:
    """One ring of so many positions."""
    ring = (*((n / corners, 0.0) for n in range(corners - 2)), (1.0, 1.0))
    return ((*ring, ring[0]),)


def days(count: int) -> tuple[str, ...]:
    return tuple((date(2000, 1, 1) + timedelta(days=n)).isoformat() for n in range(count))


def bands(count: int) -> tuple[Transit, ...]:
    return (*(Transit(0, 1, float(n)) for n in range(1, count)), Transit(0, 1))


def corners(of_both: int) -> dict[str, Coverage]:
    """What a site covers and what it excludes, of so many corners together."""
    one, other = outline(of_both // 2), outline(of_both - of_both // 2)
    return {"covers": Coverage(polygons=(one,)), "excludes": Coverage(polygons=(other,))}


site = partial(Site, "N")
transit = partial(Transit, 0, 30)
region = partial(Region, "a", "a", "CN", 0)
relation = partial(Relation, "r", "party", "a", "node", "b")
calendar = partial(Calendar, "c", week=("17:00",) * 7)


@pytest.mark.parametrize(
    ("make", "field", "outermost", "beyond"),
    [
        (site, "handling_days", 30, 31),
        (site, "handling_days", 0, -1),
        (site, "priority", 10_000, 10_001),
        (site, "priority", 0, -1),
        (site, "cost_order", 0, -1),
        (site, "cost_unit", 0, -1),
        (site, "orders_a_day", 0, -1),
        (site, "orders_a_day", MAX_QUANTITY, MAX_QUANTITY + 1),
        (site, "units_a_day", 0, -1),
        (site, "units_a_day", MAX_QUANTITY, MAX_QUANTITY + 1),
        (site, "transit", bands(16), bands(17)),
        (site, "pickup", True, 1),
        (site, "active", True, 1),
        (partial(Transit, to_days=30), "from_days", 0, -1),
        (partial(Transit, 30), "to_days", 30, 31),
        (transit, "within_km", 20_100.0, 20_100.1),
        (Coverage, "anywhere", True, 1),
        (Coverage, "nations", codes(500), codes(501)),
        (Coverage, "regions", codes(500), codes(501)),
        (Coverage, "nations", ("CN",), ("",)),
        (Coverage, "regions", ("33",), ("",)),
        (Coverage, "postcodes", tuple(Prefix("CN", n) for n in codes(500)), tuple(Prefix("CN", n) for n in codes(501))),
        (Coverage, "km", 20_100.0, 20_100.1),
        (Coverage, "polygons", (outline(4),) * 100, (outline(4),) * 101),
        (Coverage, "polygons", (outline(4) * 100,), (outline(4) * 101,)),
        (Coverage, "polygons", (outline(5_000),), (outline(5_001),)),
        (Coverage, "polygons", (outline(4),), (outline(3),)),
        (partial(Region, "a", nation="CN", level=0), "name", "a" * 200, "a" * 201),
        (partial(Region, "a", "a", "CN"), "level", 0, -1),
        (partial(Region, "a", "a", "CN"), "level", 9, 10),
        (region, "successors", codes(50), codes(51)),
        (region, "successors", ("b", "c"), ("b", "b")),
        (region, "successors", ("b",), ("",)),
        (region, "active", True, 1),
        (partial(region, lng=1.0), "lat", 90, 90.1),
        (partial(Postcode, prefix="1", region="a"), "nation", "N" * 64, "N" * 65),
        (partial(Postcode, "CN", region="a"), "prefix", "1" * 16, "1" * 17),
        (partial(Postcode, "CN", region="a"), "prefix", "K1A", "K1a"),
        (partial(Postcode, "CN", "1", "a"), "active", True, 1),
        (partial(Prefix, prefix="1"), "nation", "CN", ""),
        (partial(Prefix, "CN"), "prefix", "1", ""),
        (relation, "priority", 10_000, 10_001),
        (relation, "owners", codes(50), codes(51)),
        (relation, "active", True, 1),
        (calendar, "zone", "Z" * 64, "Z" * 65),
        (partial(calendar, "UTC"), "holidays", days(1_000), days(1_001)),
        (partial(calendar, "UTC"), "workdays", days(1_000), days(1_001)),
        (partial(calendar, "UTC"), "leaves", "17:00", "16:59"),
        (partial(calendar, "UTC", leaves="18:00"), "workday_until", "18:00", "18:01"),
        (partial(calendar, "UTC"), "active", True, 1),
        (partial(Address, nation="CN"), "postcode", "1", "\0"),
        (Address, "pickup", "N", "\0"),
    ],
)
def test_what_is_beyond_its_bound_is_refused(
    make: Callable[..., object], field: str, outermost: Any, beyond: Any
) -> None:
    make(**{field: outermost})
    with pytest.raises(InvalidInput):
        make(**{field: beyond})


def test_a_site_has_only_so_many_corners_of_all_that_it_covers_and_excludes() -> None:
    site(**corners(5_000))  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        site(**corners(5_001))  # type: ignore[arg-type]


def test_a_postcode_is_compared_without_what_stands_between_its_letters() -> None:
    assert postcode_of("k1a 0b1") == postcode_of("K1A-0B1") == "K1A0B1"
    assert postcode_of("1 " * 15 + "1") == "1" * 16
    for wrong in ("1" * 17, "-", "K1A/0B1", "1" + " " * 32, 1):
        with pytest.raises(InvalidInput):
            postcode_of(wrong)


def test_what_is_fetched_goes_nowhere_else() -> None:
    for more in ({"nation": "CN"}, {"region": "33"}, {"nation": "CN", "postcode": "1"}, {"lat": 0.0, "lng": 0.0}):
        Address(**more)
        with pytest.raises(InvalidInput):
            Address(pickup="N", **more)
