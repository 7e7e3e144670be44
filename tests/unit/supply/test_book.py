"""The book of what is entered: what is entered anew is found anew."""

from domain.kernel.books import Entry, EntryKey
from domain.supply import resolution
from domain.supply.mapping import SUPPLY, Supply
from domain.supply.nesting import NESTING, ONLY, SupplyTooDeep
from tests.unit.supply.catalogue import Catalogue, maps, parts


def test_what_is_entered_of_a_sku_after_it_was_asked_for_is_found() -> None:
    shop = Catalogue()
    assert shop.resolves("tea").reason == resolution.UNKNOWN
    shop.sells("tea")
    assert shop.resolves("tea").reason == resolution.NO_SUPPLY
    shop.supplies("tea", maps("own", "LEAF"))
    assert parts(shop.resolves("tea")) == [{"LEAF": 1}]
    shop.supplies("tea", maps("own", "DUST"))
    assert parts(shop.resolves("tea")) == [{"DUST": 1}]
    shop.sells("tea", active=False)
    assert shop.resolves("tea").reason == resolution.SKU_INACTIVE
    shop.sells("tea", item_active=False)
    assert shop.resolves("tea").reason == resolution.ITEM_INACTIVE


def test_each_sku_of_an_item_is_active_or_not_by_itself_and_has_the_item_it_is_of() -> None:
    shop = Catalogue()
    shop.sells("cup", "pot", item="ware")
    assert shop.item("ware") is not None
    assert shop.item("cup") is None
    for sku in ("cup", "pot"):
        known = shop.find(sku)
        assert known is not None
        assert known.item == "ware"


def test_the_goods_behind_skus_are_those_of_every_mapping_at_any_depth() -> None:
    shop = Catalogue()
    shop.supplies("tea", maps("own", "LEAF"), maps("stand-in", "DUST", substitute=True))
    shop.supplies("box", maps("kit", "sku:tea", "TIN"), active=False)
    shop.supplies("loop", maps("kit", "sku:loop", "ROPE"))
    assert shop.goods_behind(["box", "loop", "ghost"]) == {"LEAF", "DUST", "TIN", "ROPE"}
    assert shop.goods_behind(["tea"]) == {"LEAF", "DUST"}


def test_how_kits_nest_is_known_with_the_version_of_what_counts_it() -> None:
    shop = Catalogue()
    for sku, inner in (("a", "sku:b"), ("b", "sku:c")):
        shop.supplies(sku, maps("kit", inner, "GOODS"))
    assert shop.nesting.version == 0
    shop.take(Entry(EntryKey(NESTING, ONLY), {}, 7))
    assert shop.nesting.version == 7
    assert isinstance(shop.nesting.objection({"c": frozenset({"d"})}), SupplyTooDeep)
    assert shop.nesting.objection({"c": frozenset()}) is None
    shop.take(Entry(EntryKey(SUPPLY, "b"), Supply("b", ()).facts(), 2))
    assert shop.nesting.objection({"c": frozenset({"d"})}) is None
