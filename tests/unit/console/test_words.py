"""What the console says in words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.stock.find_movements import MovementFound, after_version, place_of
from application.stock.queries import LinePlace
from domain.stock.position import POSITION, SHIPMENT
from entrypoints.http.console.sentences import SHORT, WORDS, sentence, short, who
from entrypoints.http.console.view import address, anchor, span
from tests.builders import NOON

MOVEMENT = MovementFound(
    kind="stock",
    account={"owner": "-", "goods": "TEA", "node": "NORTH", "lot": "-", "channel": "-"},
    version=2,
    movement="RESERVE",
    source="available",
    target="reserved",
    quantity=1_200,
    available=1,
    reserved=1_200,
    allocated=0,
    in_transit=0,
    held=0,
    floor=30,
    subject="R1",
    scene="sale",
    reason="",
    at=NOON,
    request="r1",
    command="ReserveStock",
    actor="ana",
    principal="web-shop",
)


def test_every_movement_of_stock_has_its_words() -> None:
    names = {kind.name for kind in POSITION.movements | SHIPMENT.movements}
    assert names <= WORDS.keys() == SHORT.keys()


def test_a_movement_is_a_sentence() -> None:
    assert sentence(MOVEMENT) == "1,200 of TEA at NORTH set aside."
    apart = replace(MOVEMENT, account={**MOVEMENT.account, "lot": "L1", "owner": "ANA"})
    assert sentence(apart) == "1,200 of TEA at NORTH (owner ANA, lot L1) set aside."
    assert sentence(replace(MOVEMENT, movement="SET_FLOOR")) == "Safety stock set to 30 for TEA at NORTH."


def test_a_movement_that_nobody_foresaw_is_told_by_its_buckets() -> None:
    strange = replace(
        MOVEMENT, movement="LEND_OUT", kind="tools", account={"shed": "S1", "shelf": "-"}, target="in_transit"
    )
    assert sentence(strange) == "1,200 of tools S1 moved from available to in transit."
    assert short("LEND_OUT") == "Lend out"


def test_braces_in_a_code_are_only_braces() -> None:
    strange = replace(MOVEMENT, account={**MOVEMENT.account, "goods": "{n}{floor}"})
    assert sentence(strange) == "1,200 of {n}{floor} at NORTH set aside."


def test_who_acted_and_through_whom() -> None:
    assert who(MOVEMENT) == "ana through web-shop"
    assert who(replace(MOVEMENT, principal="ana")) == who(replace(MOVEMENT, principal="")) == "ana"


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=12, seconds=59), "12 min"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(hours=4), "4 h"),
        (timedelta(days=5, hours=4, minutes=59), "5 d 4 h"),
    ],
)
def test_a_span_is_as_exact_as_anyone_needs(gone: timedelta, said: str) -> None:
    assert span(gone.total_seconds()) == said


def test_an_address_carries_any_code() -> None:
    assert address("/ledger", goods="a b&c=d/é", node="") == "/console/ledger?goods=a+b%26c%3Dd%2F%C3%A9"


def test_an_anchor_stands_for_its_parts() -> None:
    assert anchor("a", "b") == anchor("a", "b")
    assert anchor("ab", "") != anchor("a", "b")
    assert anchor('"> x').isalnum()


def test_movements_go_on_after_a_version() -> None:
    assert after_version(0) == ""
    assert place_of(after_version(41)) == LinePlace(0, 0, 41)
