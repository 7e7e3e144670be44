"""The table of movements, and the names of what stock is kept in."""

import pytest

from domain.kernel.movement import DAMAGE, RESERVABLE, SET_FLOOR, Bucket
from domain.kernel.refusal import InvalidInput
from domain.stock import position
from domain.stock.position import NONE, POSITION, SHIPMENT, Position, kinds, shipment_key

A, R, L, T, H, OUT = Bucket

TABLE = {
    "OPEN": (OUT, A),
    "RECEIVE": (OUT, A),
    "RESERVE": (A, R),
    "RELEASE": (R, A),
    "EXPIRE": (R, A),
    "CONFIRM": (R, L),
    "DEALLOCATE": (L, A),
    "SHIP": (L, OUT),
    "DISPATCHED": (OUT, T),
    "ARRIVE": (T, A),
    "ARRIVE_DAMAGED": (T, H),
    "TRANSIT_LOSS": (T, OUT),
    "OVER_ARRIVE": (OUT, A),
    "RECALL_OUT": (T, OUT),
    "RECALL_BACK": (OUT, A),
    "REPORT_SALE": (A, OUT),
    "COUNT_GAIN": (OUT, A),
    "COUNT_LOSS": (A, OUT),
    "HOLD": (A, H),
    "UNHOLD": (H, A),
    "DAMAGE": (L, H),
    "WRITE_OFF": (H, OUT),
    "CARVE_OUT": (A, OUT),
    "CARVE_IN": (OUT, A),
    "SET_FLOOR": (OUT, OUT),
}


def test_a_position_allows_exactly_the_movements_of_the_table() -> None:
    assert {m.name: (m.source, m.target) for m in POSITION.movements} == TABLE
    assert {DAMAGE, SET_FLOOR, *RESERVABLE} <= POSITION.movements


def test_a_shipment_takes_in_what_is_dispatched_and_lets_go_of_what_arrives_is_lost_or_recalled() -> None:
    assert {m.name: (m.source, m.target) for m in SHIPMENT.movements} == {
        "DISPATCHED": (OUT, T),
        "ARRIVE": (T, OUT),
        "ARRIVE_DAMAGED": (T, OUT),
        "TRANSIT_LOSS": (T, OUT),
        "RECALL_OUT": (T, OUT),
    }
    assert SHIPMENT.buckets == (T,)


def test_the_kinds_are_declared_by_name_with_their_dimensions_codes_and_views() -> None:
    assert dict(kinds()) == {"stock": POSITION, "shipment": SHIPMENT}
    assert POSITION.dimensions == ("owner", "goods", "node", "lot", "channel")
    assert SHIPMENT.dimensions == ("shipment", "goods", "lot")
    assert (POSITION.insufficient, POSITION.view) == ("stock.insufficient", "stock_position")
    assert (SHIPMENT.insufficient, SHIPMENT.view) == ("shipment.insufficient", "shipment_goods")


def test_a_position_is_a_reading_of_its_key() -> None:
    known = Position("A", "N1", "acme", "L7", "web")
    assert known.key == POSITION.key("acme", "A", "N1", "L7", "web")
    assert Position.of(known.key) == known
    assert Position("A", "N1").key.values == ("-", "A", "N1", "-", "-")
    assert NONE == "-"
    assert shipment_key("S1", "A").values == ("S1", "A", "-")
    assert shipment_key("S1", "A", "L7").values == ("S1", "A", "L7")


@pytest.mark.parametrize("wrong", ["", "a\0b", "a\nb", "\ud800", "x" * 129])
def test_a_part_that_cannot_be_an_identity_is_refused(wrong: str) -> None:
    for parts in ((wrong, "N"), ("A", wrong), ("A", "N", wrong), ("A", "N", "-", wrong), ("A", "N", "-", "-", wrong)):
        with pytest.raises(InvalidInput):
            _ = Position(*parts).key
    for parts in ((wrong, "A"), ("S", wrong), ("S", "A", wrong)):
        with pytest.raises(InvalidInput):
            shipment_key(*parts)


def test_keys_used_again_are_the_same_key() -> None:
    assert position.position_key("-", "A", "N1") is position.position_key("-", "A", "N1")
