"""What can be said of a SKU's supply, and what cannot."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.kernel.refusal import InvalidInput
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Part, Supply, SupplyContradicts, SupplyMapping
from tests.unit.supply.catalogue import NOON, maps

DAY = timedelta(days=1)


def test_it_is_kept_and_read_again_whole() -> None:
    told = Supply(
        "tea",
        (
            SupplyMapping(
                "own",
                (Part("LEAF", 100), Part("box", 2, "sku")),
                "shared",
                "farm",
                "",
                7,
                True,
                ("north", "south"),
                NOON,
                NOON + DAY,
            ),
            maps("plain", "LEAF"),
        ),
        False,
    )
    assert Supply.of("tea", told.facts()) == told
    item = SalesItem("tea", "Tea", (Sku("t1", "100 g"), Sku("t2", active=False)), False)
    assert SalesItem.of("tea", item.facts()) == item


def test_a_time_is_kept_as_the_same_instant() -> None:
    there = timezone(timedelta(hours=8))
    kept = maps("own", "LEAF", since=datetime(2026, 3, 1, 20, tzinfo=there)).facts()
    assert kept["since"] == "2026-03-01T12:00:00Z"
    assert SupplyMapping.of(kept).since == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_is_said_without_more_is_active_and_for_everybody_at_all_times() -> None:
    assert (Sku("a").active, SalesItem("tea", "Tea", (Sku("a"),)).active, Supply("tea", ()).active) == (True,) * 3
    bare = SupplyMapping("own", (Part("A"),))
    assert (bare.mode, bare.supplier, bare.owner, bare.priority, bare.substitute) == ("self", "-", "-", 0, False)
    assert (bare.buyers, bare.since, bare.until, bare.parts[0].units) == ((), None, None, 1)


def test_the_outermost_that_may_be_said() -> None:
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
    buyers = tuple(map(str, range(100)))
    parts = tuple(Part(str(n), 1_000_000) for n in range(20))
    SupplyMapping("own", parts, priority=1_000_000, buyers=buyers, since=first, until=last)
    SalesItem("tea", "T" * 200, (Sku("t1", "T" * 200),))


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": ()},
        {"parts": (Part("A"), Part("A"))},
        {"parts": tuple(Part(str(n)) for n in range(21))},
        {"mode": "borrowed"},
        {"supplier": ""},
        {"priority": -1},
        {"priority": 1_000_001},
        {"buyers": tuple(map(str, range(101)))},
        {"buyers": ("",)},
        {"id": ""},
        {"owner": "\0"},
        {"substitute": 1},
        {"since": datetime(2026, 3, 1)},  # noqa: DTZ001 - a time without a zone, on purpose
        {"since": datetime(1969, 1, 1, tzinfo=UTC)},
        {"until": datetime(9999, 1, 1, tzinfo=UTC)},
        {"since": NOON, "until": NOON},
        {"since": NOON + DAY, "until": NOON},
    ],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        SupplyMapping(**{"id": "own", "parts": (Part("A"),), **wrong})


def test_a_part_is_of_goods_or_of_a_sku_in_whole_units() -> None:
    assert Part("A", 1_000_000).of == "goods"
    for units in (0, 1_000_001):
        with pytest.raises(InvalidInput):
            Part("A", units)
    with pytest.raises(InvalidInput):
        Part("A", 1, "kit")


def test_a_sku_has_at_most_fifty_mappings_each_id_once() -> None:
    assert len(Supply("tea", tuple(maps(str(n), f"G{n}") for n in range(50))).mappings) == 50
    with pytest.raises(InvalidInput):
        Supply("tea", tuple(maps(str(n), f"G{n}") for n in range(51)))
    with pytest.raises(InvalidInput):
        Supply("tea", (maps("own", "A"), maps("own", "B")))


def test_an_item_has_its_skus_once_and_not_too_many() -> None:
    with pytest.raises(InvalidInput):
        SalesItem("tea", "Tea", ())
    with pytest.raises(InvalidInput):
        SalesItem("tea", "Tea", (Sku("a"), Sku("a")))
    assert len(SalesItem("tea", "Tea", tuple(Sku(str(n)) for n in range(200))).skus) == 200
    with pytest.raises(InvalidInput):
        SalesItem("tea", "Tea", tuple(Sku(str(n)) for n in range(201)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SalesItem("", "Tea", (Sku("a"),)),
        lambda: SalesItem("tea", "", (Sku("a"),)),
        lambda: SalesItem("tea", "T" * 201, (Sku("a"),)),
        lambda: SalesItem("tea", "Tea", (Sku("a"),), 1),  # type: ignore[arg-type]
        lambda: Sku(""),
        lambda: Sku("a", "T" * 201),
        lambda: Sku("a", active=1),  # type: ignore[arg-type]
        lambda: Supply("", ()),
        lambda: Supply("tea", (), 1),  # type: ignore[arg-type]
        lambda: Part(""),
    ],
)
def test_codes_names_and_flags_are_bounded(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput):
        make()


# -- contradictions ---------------------------------------------------------------------------------------------------


def contradicts(one: SupplyMapping, other: SupplyMapping) -> bool:
    try:
        Supply("tea", (one, other)).check()
    except SupplyContradicts as refusal:
        return refusal.facts == {"sku": "tea", "mappings": [one.id, other.id]}
    return False


def test_the_same_supply_at_the_same_time_is_said_once() -> None:
    assert contradicts(maps("a", ("LEAF", 100)), maps("b", ("LEAF", 90)))
    assert contradicts(maps("a", "LEAF", "TIN"), maps("b", "TIN", "LEAF", mode="shared"))
    assert not contradicts(maps("a", "LEAF"), maps("b", "TIN"))
    assert not contradicts(maps("a", "LEAF"), maps("b", "LEAF", "TIN"))
    assert not contradicts(maps("a", "LEAF"), maps("b", "sku:LEAF"))
    assert not contradicts(maps("a", "LEAF"), maps("b", "LEAF", supplier="farm"))
    assert not contradicts(maps("a", "LEAF"), maps("b", "LEAF", owner="farm"))


def test_one_may_begin_at_the_instant_the_other_ends() -> None:
    assert not contradicts(maps("a", "LEAF", until=NOON), maps("b", ("LEAF", 2), since=NOON))
    assert not contradicts(maps("b", ("LEAF", 2), since=NOON), maps("a", "LEAF", until=NOON))
    assert not contradicts(maps("a", "LEAF", until=NOON), maps("b", ("LEAF", 2), since=NOON + DAY))
    assert not contradicts(maps("b", ("LEAF", 2), since=NOON + DAY), maps("a", "LEAF", until=NOON))
    assert contradicts(maps("a", "LEAF", until=NOON + DAY), maps("b", ("LEAF", 2), since=NOON))
    assert contradicts(maps("a", "LEAF"), maps("b", ("LEAF", 2), since=NOON, until=NOON + DAY))


def test_they_may_be_for_different_buyers() -> None:
    north, south = maps("a", "LEAF", buyers=("north",)), maps("b", ("LEAF", 2), buyers=("south",))
    assert not contradicts(north, south)
    assert contradicts(north, maps("c", ("LEAF", 2), buyers=("south", "north")))
    assert contradicts(north, maps("c", ("LEAF", 2)))
