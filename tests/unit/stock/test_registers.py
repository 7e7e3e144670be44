"""Goods and nodes: registered once, changed by version, never recounted."""

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from application.kernel.enter import EntriesWritten, EntryAfter
from application.stock.change_goods import ChangeGoods, GoodsChange
from application.stock.change_node import ChangeNode, NodeChange
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from domain.kernel.books import EntryKey
from domain.kernel.refusal import InvalidInput
from domain.stock.goods import Goods, GoodsExists, GoodsVersion, InactiveGoods, UnknownGoods
from domain.stock.node import InactiveNode, Node, NodeExists, NodeVersion, UnknownNode
from domain.stock.registers import REGISTERS
from domain.stock.shipment import Place, Shipment
from tests.unit.stock.desk import Desk

CHEESE = Goods("C", "Cheese", "kg", 3)
TABLE = Goods("T", "Table")


def refused(call: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        call()
    return caught.value


def test_a_goods_has_a_unit_and_a_scale_from_0_to_6() -> None:
    assert (TABLE.unit, TABLE.scale, TABLE.active) == ("piece", 0, True)
    for scale in range(7):
        assert replace(TABLE, scale=scale).scale == scale
    wrong: tuple[Any, ...] = (-1, 7, True, 1.0, "1")
    for each in wrong:
        assert refused(lambda scale=each: replace(TABLE, scale=scale)).facts["field"] == "scale"


@pytest.mark.parametrize(("field", "most"), [("code", 128), ("name", 200), ("unit", 16)])
def test_the_texts_of_a_goods_are_bounded(field: str, most: int) -> None:
    changed: dict[str, Any] = {field: "x" * most}
    assert getattr(replace(TABLE, **changed), field) == "x" * most
    for wrong in ("x" * (most + 1), "", "\0", None):
        too_much: dict[str, Any] = {field: wrong}
        refusal = refused(lambda wrong=too_much: replace(TABLE, **wrong))
        assert refusal.facts["field"] == ("goods" if field == "code" else field)


def test_goods_and_node_are_what_their_entries_keep() -> None:
    assert CHEESE.facts() == {"name": "Cheese", "unit": "kg", "scale": 3, "active": True}
    assert Goods.of("C", CHEESE.facts()) == CHEESE
    shop = Node("N", "Corner shop", "store", active=False)
    assert shop.facts() == {"name": "Corner shop", "type": "store", "active": False}
    assert Node.of("N", shop.facts()) == shop


@pytest.mark.parametrize("of", [TABLE, Node("N", "North"), Place("N"), Shipment("S", Place("N"), Place("M"), "sale")])
def test_what_was_checked_once_stays_as_it_is(of: object) -> None:
    first = next(iter(fields(of)))  # type: ignore[arg-type]
    with pytest.raises(FrozenInstanceError):
        setattr(of, first.name, "")
    assert not hasattr(of, "__dict__")


def test_the_registers_are_declared_with_what_is_said_of_their_entries() -> None:
    assert {register.name: register.facts for register in REGISTERS} == {
        "goods": ("name", "unit", "scale", "active"),
        "node": ("name", "type", "active"),
    }


def test_a_node_is_a_warehouse_a_store_or_virtual() -> None:
    assert (Node("N", "North").type, Node("N", "North").active) == ("warehouse", True)
    for type in ("warehouse", "store", "virtual"):
        assert Node("N", "North", type).type == type
    refusal = refused(lambda: Node("N", "North", "shed"))
    assert refusal.facts == {"field": "type", "one_of": ["warehouse", "store", "virtual"]}
    assert Node("N", "x" * 200).name == "x" * 200
    assert refused(lambda: Node("N", "x" * 201)).facts["field"] == "name"
    assert refused(lambda: Node("", "x")).facts["field"] == "node"


@pytest.mark.parametrize("active", [0, 1, None, "yes"])
def test_active_is_true_or_false(active: Any) -> None:
    assert refused(lambda: Goods("A", "a", active=active)).facts == {"field": "active"}
    assert refused(lambda: Node("A", "a", active=active)).facts == {"field": "active"}


def test_every_refusal_of_the_registers_has_its_code() -> None:
    refusals = (
        UnknownGoods,
        InactiveGoods,
        GoodsExists,
        GoodsVersion,
        UnknownNode,
        InactiveNode,
        NodeExists,
        NodeVersion,
    )
    assert [refusal.code for refusal in refusals] == [
        "goods.unknown", "goods.inactive", "goods.exists", "goods.version",
        "node.unknown", "node.inactive", "node.exists", "node.version",
    ]  # fmt: skip


def test_registering_enters_at_version_1_and_tells_each() -> None:
    desk = Desk()
    reply = desk.do(RegisterGoods((CHEESE, TABLE)))
    assert reply == EntriesWritten("goods", (EntryAfter("C", 1, True), EntryAfter("T", 1, True)))
    assert desk.entries[EntryKey("goods", "C")].facts == CHEESE.facts()
    assert desk.told() == [("GoodsRegistered", "goods:C", 1), ("GoodsRegistered", "goods:T", 1)]
    assert [event.data for event in desk.events] == [CHEESE, TABLE]
    assert desk.do(RegisterNode((Node("N", "North"),))) == EntriesWritten("node", (EntryAfter("N", 1, True),))
    assert desk.told()[2:] == [("NodeRegistered", "node:N", 1)]
    assert desk.entries[EntryKey("node", "N")].facts == Node("N", "North").facts()


def test_what_is_registered_is_not_registered_again_and_its_neighbours_with_it() -> None:
    desk = Desk()
    desk.do(RegisterGoods((CHEESE,)))
    desk.do(RegisterNode((Node("N", "North"),)))
    with pytest.raises(GoodsExists) as goods:
        desk.do(RegisterGoods((TABLE, replace(CHEESE, name="other"))))
    assert goods.value.facts == {"codes": ["C"]}
    assert EntryKey("goods", "T") not in desk.entries
    with pytest.raises(NodeExists) as node:
        desk.do(RegisterNode((Node("N", "South"),)))
    assert node.value.facts == {"codes": ["N"]}


def test_a_change_raises_the_version_and_leaves_the_rest_alone() -> None:
    desk = Desk()
    desk.do(RegisterGoods((CHEESE,)))
    desk.do(RegisterNode((Node("N", "North"),)))
    reply = desk.do(ChangeGoods((GoodsChange("C", name="Gouda", version=1),)))
    assert reply.entries == (EntryAfter("C", 2, True),)
    assert desk.entries[EntryKey("goods", "C")].facts == replace(CHEESE, name="Gouda").facts()
    reply = desk.do(ChangeGoods((GoodsChange("C", unit="kilo", active=False),)))
    assert reply.entries == (EntryAfter("C", 3, False),)
    assert desk.events[-1].data == Goods("C", "Gouda", "kilo", 3, active=False)
    assert desk.told()[-1] == ("GoodsChanged", "goods:C", 3)
    reply = desk.do(ChangeNode((NodeChange("N", type="store", active=False, version=1),)))
    assert reply == EntriesWritten("node", (EntryAfter("N", 2, False),))
    assert desk.told()[-1] == ("NodeChanged", "node:N", 2)
    assert desk.do(ChangeNode((NodeChange("N", name="South", active=True),))).entries == (EntryAfter("N", 3, True),)
    assert desk.entries[EntryKey("node", "N")].facts == Node("N", "South", "store").facts()


def test_a_change_that_changes_nothing_writes_and_tells_nothing() -> None:
    desk = Desk()
    desk.do(RegisterGoods((CHEESE,)))
    assert desk.do(ChangeGoods((GoodsChange("C", name="Cheese", active=True),))).entries == (EntryAfter("C", 1, True),)
    assert len(desk.events) == 1


def test_a_change_meant_for_another_version_is_refused_with_the_one_there_is() -> None:
    desk = Desk()
    desk.do(RegisterGoods((CHEESE, TABLE)))
    desk.do(ChangeGoods((GoodsChange("C", name="Gouda"),)))
    with pytest.raises(GoodsVersion) as goods:
        desk.do(ChangeGoods((GoodsChange("T", name="Desk"), GoodsChange("C", name="Edam", version=1))))
    assert goods.value.facts == {"goods": "C", "version": 2}
    assert desk.entries[EntryKey("goods", "T")].version == 1
    desk.do(RegisterNode((Node("N", "North"),)))
    with pytest.raises(NodeVersion) as node:
        desk.do(ChangeNode((NodeChange("N", name="x", version=2),)))
    assert node.value.facts == {"node": "N", "version": 1}


def test_what_is_not_registered_cannot_be_changed() -> None:
    with pytest.raises(UnknownGoods) as goods:
        Desk().do(ChangeGoods((GoodsChange("Q"), GoodsChange("R"))))
    assert goods.value.facts == {"codes": ["Q", "R"]}
    with pytest.raises(UnknownNode) as node:
        Desk().do(ChangeNode((NodeChange("Q"),)))
    assert node.value.facts == {"codes": ["Q"]}


def test_a_change_is_checked_before_the_queue() -> None:
    assert refused(lambda: GoodsChange("C", name="")).facts["field"] == "name"
    assert refused(lambda: GoodsChange("C", unit="x" * 17)).facts["field"] == "unit"
    assert refused(lambda: GoodsChange("", name="x")).facts["field"] == "goods"
    assert refused(lambda: GoodsChange("C", version=-1)).facts["field"] == "version"
    assert refused(lambda: NodeChange("N", type="shed")).facts["field"] == "type"
    assert refused(lambda: NodeChange("N", version=-1)).facts["field"] == "version"
    assert "scale" not in GoodsChange.__dataclass_fields__


def test_a_command_enters_1_to_500_each_once() -> None:
    many = tuple(Goods(f"G{n}", "x") for n in range(501))
    assert len(RegisterGoods(many[:500]).goods) == 500
    for wrong in (many, ()):
        assert refused(lambda w=wrong: RegisterGoods(w)).facts == {"field": "goods", "most": 500}
    assert refused(lambda: RegisterGoods((TABLE, TABLE))).facts == {"field": "goods", "given_twice": "T"}
    assert refused(lambda: RegisterNode(())).facts["field"] == "nodes"
    assert refused(lambda: ChangeGoods((GoodsChange("A"), GoodsChange("A")))).facts["given_twice"] == "A"
    assert refused(lambda: ChangeNode(())).facts["field"] == "changes"
