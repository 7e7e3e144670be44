"""What can stand for a SKU, for a buyer at a time."""

from datetime import timedelta

from domain.supply import resolution
from tests.unit.supply.catalogue import NOON, Catalogue, maps, parts, reasons

DAY = timedelta(days=1)


def catalogue(*skus: str) -> Catalogue:
    made = Catalogue()
    made.sells(*(skus or ("tea",)))
    return made


def test_a_sku_is_supplied_with_its_goods() -> None:
    shop = catalogue()
    shop.supplies("tea", maps("own", ("LEAF", 100)))
    found = shop.resolves("tea")
    assert (found.item, found.reason, parts(found)) == ("tea", "", [{"LEAF": 100}])
    assert found.rejected == ()


def test_the_least_priority_number_comes_first_substitutes_last_and_the_id_settles_the_rest() -> None:
    shop = catalogue()
    shop.supplies(
        "tea",
        maps("b", "B", priority=1),
        maps("stand-in", "S", priority=0, substitute=True),
        maps("a", "A", priority=1),
        maps("first", "F", priority=0),
    )
    assert [option.mapping for option in shop.resolves("tea").options] == ["first", "a", "b", "stand-in"]


def test_a_mapping_holds_from_its_first_instant_until_just_before_its_last() -> None:
    shop = catalogue()
    shop.supplies("tea", maps("spring", "LEAF", since=NOON, until=NOON + DAY))
    instant = timedelta(microseconds=1)
    assert reasons(shop.resolves("tea", at=NOON - instant)) == {"spring": resolution.NOT_YET}
    assert parts(shop.resolves("tea", at=NOON)) == [{"LEAF": 1}]
    assert parts(shop.resolves("tea", at=NOON + DAY - instant)) == [{"LEAF": 1}]
    assert reasons(shop.resolves("tea", at=NOON + DAY)) == {"spring": resolution.OVER}


def test_a_mapping_for_some_buyers_is_for_nobody_else() -> None:
    shop = catalogue()
    shop.supplies("tea", maps("ours", "LEAF", buyers=("north", "south")))
    assert parts(shop.resolves("tea", "south")) == [{"LEAF": 1}]
    assert reasons(shop.resolves("tea", "west")) == {"ours": resolution.BUYER}
    assert reasons(shop.resolves("tea")) == {"ours": resolution.BUYER}


def test_the_first_reason_is_given_and_no_other() -> None:
    shop = catalogue()
    shop.supplies("tea", maps("late", "LEAF", buyers=("north",), since=NOON + DAY))
    assert reasons(shop.resolves("tea")) == {"late": resolution.NOT_YET}


def test_what_is_wrong_with_the_sku_itself_is_said_first() -> None:
    shop = Catalogue()
    shop.supplies("ghost", maps("own", "LEAF"))
    shop.sells("bare", "empty", "off")
    shop.sells("retired", active=False)
    shop.sells("child", item="withdrawn", item_active=False)
    shop.supplies("empty")
    shop.supplies("off", maps("own", "LEAF"), active=False)
    for sku in ("retired", "child"):
        shop.supplies(sku, maps("own", "LEAF"))
    assert {sku: shop.resolves(sku).reason for sku in ("ghost", "bare", "empty", "off", "retired", "child")} == {
        "ghost": resolution.UNKNOWN,
        "bare": resolution.NO_SUPPLY,
        "empty": resolution.NO_SUPPLY,
        "off": resolution.SUPPLY_INACTIVE,
        "retired": resolution.SKU_INACTIVE,
        "child": resolution.ITEM_INACTIVE,
    }
    assert shop.resolves("retired").options == ()


# -- kits -------------------------------------------------------------------------------------------------------------


def test_a_kit_of_kits_is_taken_apart_two_deep_and_units_multiply() -> None:
    shop = catalogue("hamper", "box", "tea")
    shop.supplies("tea", maps("own", ("LEAF", 100)))
    shop.supplies("box", maps("kit", ("sku:tea", 2), "TIN"))
    shop.supplies("hamper", maps("kit", ("sku:box", 3), ("LEAF", 50), "BASKET"))
    found = shop.resolves("hamper")
    assert parts(found) == [{"LEAF": 650, "TIN": 3, "BASKET": 1}]
    assert found.options[0].through == ("box/kit", "tea/own")


def test_kits_three_deep_are_refused_and_so_is_a_circle() -> None:
    shop = catalogue("a", "b", "c", "d")
    shop.supplies("d", maps("own", "LEAF"))
    for outer, inner in (("c", "d"), ("b", "c"), ("a", "b")):
        shop.supplies(outer, maps("kit", f"sku:{inner}"))
    assert parts(shop.resolves("b")) == [{"LEAF": 1}]
    assert [tuple(each) for each in shop.resolves("a").rejected] == [("kit", resolution.DEPTH, "d")]
    shop.supplies("d", maps("kit", "sku:c"))
    assert reasons(shop.resolves("c")) == {"kit": resolution.DEPTH}


def test_each_way_to_put_a_kit_together_is_an_option_the_preferred_parts_first() -> None:
    shop = catalogue("box", "tea", "cup")
    shop.supplies("tea", maps("own", "LEAF"), maps("stand-in", "DUST", substitute=True))
    shop.supplies("cup", maps("red", "RED"), maps("blue", "BLUE", priority=1))
    shop.supplies("box", maps("kit", "sku:tea", "sku:cup"))
    assert [set(each) for each in parts(shop.resolves("box"))] == [
        {"LEAF", "RED"},
        {"LEAF", "BLUE"},
        {"DUST", "RED"},
        {"DUST", "BLUE"},
    ]


def test_what_a_kit_holds_is_of_its_own_supplier_and_owner() -> None:
    shop = catalogue("box", "tea")
    shop.supplies(
        "tea",
        maps("sent", "SENT", supplier="farm"),
        maps("kept", "KEPT", owner="farm"),
        maps("own", "LEAF"),
        maps("farm", "FRESH", supplier="farm", owner="farm"),
    )
    shop.supplies("box", maps("ours", "sku:tea"), maps("theirs", "sku:tea", supplier="farm", owner="farm", priority=1))
    found = shop.resolves("box")
    assert [(o.mapping, o.supplier, o.owner, dict(o.parts)) for o in found.options] == [
        ("ours", "-", "-", {"LEAF": 1}),
        ("theirs", "farm", "farm", {"FRESH": 1}),
    ]
    shop.supplies("tea", maps("farm", "FRESH", supplier="farm", owner="farm"))
    assert [tuple(each) for each in shop.resolves("box").rejected] == [("ours", resolution.PART, "tea")]


def test_a_part_of_anybodys_stock_is_taken_from_the_kits_owner_at_any_depth() -> None:
    shop = catalogue("hamper", "box", "tea")
    shop.supplies("tea", maps("farm", "FRESH", owner="farm"))
    shop.supplies("box", maps("kit", "sku:tea", owner=""))
    shop.supplies("hamper", maps("kit", "sku:box", owner="farm"))
    assert [(option.owner, dict(option.parts)) for option in shop.resolves("hamper").options] == [
        ("farm", {"FRESH": 1})
    ]


def test_a_part_that_does_not_hold_now_fails_its_kit_and_is_named() -> None:
    shop = catalogue("box", "tea")
    shop.supplies("tea", maps("own", "LEAF", until=NOON))
    shop.supplies("box", maps("kit", "TIN", "sku:tea"))
    assert [tuple(each) for each in shop.resolves("box").rejected] == [("kit", resolution.PART, "tea")]
    shop.supplies("tea", maps("own", "LEAF"), active=False)
    assert [tuple(each) for each in shop.resolves("box").rejected] == [("kit", resolution.PART, "tea")]
    shop.supplies("tea", maps("a", "LEAF", until=NOON), maps("b", "DUST"))
    assert parts(shop.resolves("box")) == [{"TIN": 1, "DUST": 1}]


def test_a_unit_of_too_much_is_refused() -> None:
    shop = catalogue("hamper", "box")
    shop.supplies("box", maps("own", ("LEAF", 1_000_000)))
    shop.supplies("hamper", maps("kit", ("sku:box", 1_000)))
    assert parts(shop.resolves("hamper")) == [{"LEAF": 10**9}]
    shop.supplies("hamper", maps("kit", ("sku:box", 1_001)))
    assert reasons(shop.resolves("hamper")) == {"kit": resolution.SIZE}


def test_a_unit_is_of_a_hundred_goods_at_most_however_deep_they_lie() -> None:
    shop = catalogue("hamper", *(f"s{n}" for n in range(6)))
    for n in range(6):
        shop.supplies(f"s{n}", maps("own", *(f"G{n}-{m}" for m in range(20))))
    fits = tuple(f"sku:s{n}" for n in range(5))
    shop.supplies("hamper", maps("all", *fits), maps("more", *fits, "BASKET"), maps("most", *fits, "sku:s5"))
    found = shop.resolves("hamper")
    assert [len(each) for each in parts(found)] == [100]
    assert reasons(found) == {"more": resolution.SIZE, "most": resolution.SIZE}
    shop.supplies("s5", maps("kit", *fits, "BASKET"))
    shop.supplies("hamper", maps("kit", "sku:s5"))
    assert [tuple(each) for each in shop.resolves("hamper").rejected] == [("kit", resolution.SIZE, "s5")]


def test_no_more_options_are_given_than_may_be_and_the_rest_say_so() -> None:
    shop = catalogue()
    shop.supplies("tea", *(maps(f"{n:02}", f"G{n}", priority=n) for n in range(resolution.MAX_OPTIONS + 2)))
    found = shop.resolves("tea")
    assert [option.priority for option in found.options] == list(range(resolution.MAX_OPTIONS))
    assert reasons(found) == {"20": resolution.OUTRANKED, "21": resolution.OUTRANKED}


def test_what_comes_after_a_kit_that_had_more_ways_than_were_left_is_outranked_too() -> None:
    shop = catalogue("tea", "cup")
    shop.supplies("cup", maps("red", "RED"), maps("blue", "BLUE"), maps("green", "GREEN"))
    first = (maps(f"{n:02}", f"G{n}") for n in range(resolution.MAX_OPTIONS - 1))
    shop.supplies("tea", *first, maps("kit", "sku:cup", priority=1), maps("last", "L", priority=2))
    found = shop.resolves("tea")
    assert (len(found.options), found.options[-1].mapping) == (resolution.MAX_OPTIONS, "kit")
    assert reasons(found) == {"last": resolution.OUTRANKED}


def test_of_very_many_ways_to_put_a_kit_together_the_first_are_kept() -> None:
    shop = catalogue("box", *(f"s{n}" for n in range(20)))
    for n in range(20):
        shop.supplies(f"s{n}", *(maps(f"m{m:02}", f"G{n}-{m}") for m in range(20)))
    shop.supplies("box", maps("kit", *(f"sku:s{n}" for n in range(20))))
    found = shop.resolves("box")
    assert len(found.options) == resolution.MAX_OPTIONS
    assert set(dict(found.options[0].parts)) == {f"G{n}-0" for n in range(20)}
    changed = [sum(not goods.endswith("-0") for goods, _ in option.parts) for option in found.options]
    assert changed == [0, *[1] * (resolution.MAX_OPTIONS - 1)]
