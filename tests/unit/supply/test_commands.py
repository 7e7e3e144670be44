"""Setting items and their supply, on a ledger alone."""

import pytest

from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply, SupplyChecked, SupplyMoved
from domain.kernel.refusal import InvalidInput, Refusal
from domain.supply.item import SalesItem, Sku, SkuMissing, SkuTaken, UnknownSku
from domain.supply.mapping import Supply, SupplyContradicts, SupplyMapping
from domain.supply.nesting import SupplyCycle
from tests.unit.stock.desk import Desk
from tests.unit.supply.catalogue import maps


def item(code: str, *skus: str, retired: tuple[str, ...] = ()) -> SalesItem:
    return SalesItem(code, code, (*(Sku(sku) for sku in skus), *(Sku(sku, active=False) for sku in retired)))


def desk(*items: SalesItem) -> Desk:
    made = Desk()
    made.do(SetItems(items))
    made.events.clear()
    return made


def checked(*supplies: Supply, objection: Refusal | None = None, nesting: int = 0) -> SupplyChecked:
    return SupplyChecked(SetSupply(supplies), objection, nesting)


def supply(sku: str, *mappings: SupplyMapping) -> Supply:
    return Supply(sku, mappings)


# -- items ------------------------------------------------------------------------------------------------------------


def test_what_says_what_is_known_changes_nothing_and_tells_nothing() -> None:
    at = desk(item("tea", "t1"))
    reply = at.do(SetItems((item("tea", "t1"), item("cup", "c1"))))
    assert [(each.code, each.version) for each in reply.entries] == [("tea", 1), ("cup", 1)]
    assert [event.subject for event in at.events if event.type == "ItemSet"] == ["item:cup"]
    assert at.do(SetItems((item("tea", "t1", "t2"),))).entries[0].version == 2


def test_a_sku_stays_its_items_even_when_it_is_retired() -> None:
    at = desk(item("tea", "t1", "t2"))
    with pytest.raises(SkuTaken) as taken:
        at.do(SetItems((item("cup", "t1", "c1"),)))
    assert taken.value.facts == {"codes": ["t1"], "items": ["tea"], "item": "cup"}
    with pytest.raises(SkuMissing) as missing:
        at.do(SetItems((item("tea", "t2"),)))
    assert missing.value.facts == {"codes": ["t1"], "item": "tea"}
    at.do(SetItems((item("tea", "t2", retired=("t1",)),)))
    with pytest.raises(SkuTaken):
        at.do(SetItems((item("cup", "t1"),)))


def test_two_items_of_one_command_cannot_have_the_same_sku_and_none_is_set() -> None:
    at = desk(item("tea", "t1"))
    with pytest.raises(SkuTaken):
        at.do(SetItems((item("cup", "x"), item("bowl", "x"))))
    at.do(SetItems((item("bowl", "x"),)))


def test_a_command_names_only_so_many_skus() -> None:
    items = [item(str(n), *(f"{n}-{m}" for m in range(200))) for n in range(11)]
    SetItems(tuple(items[:10]))
    with pytest.raises(InvalidInput):
        SetItems(tuple(items))


# -- supply -----------------------------------------------------------------------------------------------------------


def test_supply_is_set_whole_and_told() -> None:
    at = desk(item("tea", "t1"))
    told = supply("t1", maps("own", "LEAF"))
    assert at.do(checked(told)).entries[0].version == 1
    assert [(event.type, event.subject) for event in at.events] == [("SupplySet", "supply:t1")]
    assert at.do(checked(told)).entries[0].version == 1
    assert at.do(checked(supply("t1"))).entries[0].version == 2


def test_skus_that_no_item_has_are_refused_all_by_name() -> None:
    at = desk(item("tea", "t1"))
    with pytest.raises(UnknownSku) as unknown:
        at.do(checked(supply("t1", maps("kit", "sku:t2")), supply("t3")))
    assert unknown.value.facts == {"codes": ["t2", "t3"]}


def test_a_contradiction_sets_nothing() -> None:
    at = desk(item("tea", "t1", "t2"))
    with pytest.raises(SupplyContradicts):
        at.do(checked(supply("t1", maps("a", "X")), supply("t2", maps("a", "LEAF"), maps("b", ("LEAF", 2)))))
    assert at.do(checked(supply("t1"))).entries[0].version == 1


def test_what_was_found_wrong_before_the_queue_is_what_it_is_refused_with() -> None:
    at = desk(item("tea", "t1"))
    with pytest.raises(SupplyCycle):
        at.do(checked(supply("t1", maps("a", "sku:t1")), objection=SupplyCycle("round", path=["t1", "t1"])))


def test_how_kits_nest_is_judged_anew_when_it_changed_meanwhile() -> None:
    at = desk(item("tea", "t1", "t2", "t3"))
    at.do(checked(supply("t1", maps("kit", "sku:t2"))))
    with pytest.raises(SupplyMoved):
        at.do(checked(supply("t2", maps("kit", "sku:t3"))))
    at.do(checked(supply("t2", maps("kit", "sku:t3")), nesting=1))
    at.do(checked(supply("t3", maps("own", "LEAF"))))  # adds nothing to it, so need not know
    assert at.do(checked(supply("t1", maps("kit", "sku:t2")))).entries[0].version == 1  # says what is known: the same


def test_of_two_in_one_batch_that_were_judged_by_the_same_the_second_is_judged_anew() -> None:
    at = desk(item("tea", "t1", "t2"))
    first, second = at.together(
        checked(supply("t1", maps("kit", "sku:t2"))), checked(supply("t2", maps("kit", "sku:t1")))
    )
    assert not isinstance(first, Exception)
    assert isinstance(second, SupplyMoved)
