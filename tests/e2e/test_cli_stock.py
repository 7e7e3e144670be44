"""Goods, nodes and stock from the command line."""

from typing import Any

from entrypoints.cli.errors import TO_DO
from tests.e2e.conftest import Entrepot


def stock_of(entrepot: Entrepot, goods: str = "TEA") -> dict[str, dict[str, int]]:
    """By node, the amounts that are not 0."""
    answer = entrepot("stock", "show", goods, "--json").json
    return {
        node["node"]: {name: amount for name, amount in node["amounts"].items() if amount}
        for node in answer["goods"][0]["nodes"]
    }


def test_a_goods_is_registered_changed_deactivated_and_listed(entrepot: Entrepot) -> None:
    entrepot("goods", "register", "TEA", "--name", "Tea", "--unit", "kg", "--scale", 3)
    entrepot("goods", "register", "TEAPOT")
    entrepot("goods", "change", "TEA", "--name", "Green tea")
    shown = entrepot("goods", "show", "TEA", "--json").json
    assert (shown["name"], shown["unit"], shown["scale"], shown["active"]) == ("Green tea", "kg", 3, True)
    assert entrepot("goods", "deactivate", "TEA", "--json").json["reply"]["entries"][0]["active"] is False
    listed = entrepot("goods", "list", "--json").json["entries"]
    assert [(each["code"], each["active"]) for each in listed] == [("TEA", False), ("TEAPOT", True)]
    assert entrepot("goods", "change", "TEA", "--active").code == 0
    first = entrepot("goods", "list", "--limit", 1, "--json").json
    assert (len(first["entries"]), first["after"]) == (1, "TEA")
    assert "TEAPOT" in entrepot("goods", "list", "--after", "TEA").out


def test_a_goods_that_is_not_there_is_not_shown_for_one_that_begins_alike(entrepot: Entrepot) -> None:
    entrepot("goods", "register", "TEAPOT")
    said = entrepot("goods", "show", "TEA")
    assert said.code == 1
    assert said.err == f"error: goods.unknown: not registered: TEA; {TO_DO['goods.unknown']}\n"


def test_goods_that_never_lay_anywhere_are_not_shown_as_sold_out(shop: Entrepot) -> None:
    rows = [line.split() for line in shop("stock", "show", "TEA", "TEEA").out.splitlines()]
    assert [row[1] for row in rows if row[0] == "TEEA"] == ["none"]
    assert "none" not in [row[1] for row in rows if row[0] == "TEA"]


def test_a_node_is_registered_changed_deactivated_and_listed(entrepot: Entrepot) -> None:
    entrepot("node", "register", "N1", "--type", "store")
    entrepot("node", "change", "N1", "--name", "High Street")
    shown = entrepot("node", "show", "N1", "--json").json
    assert (shown["name"], shown["type"], shown["version"]) == ("High Street", "store", 2)
    entrepot("node", "deactivate", "N1")
    assert [each["active"] for each in entrepot("node", "list", "--json").json["entries"]] == [False]
    assert entrepot("node", "show", "N2").err.startswith("error: node.unknown: ")


def test_stock_is_reserved_confirmed_and_shipped(shop: Entrepot) -> None:
    shop("stock", "receive", "TEA=5@NORTH")
    made = shop("stock", "reserve", "TEA=4@NORTH", "--id", "R1", "--order", "O1", "--json").json
    assert made["reply"]["status"] == "held"
    assert stock_of(shop) == {"NORTH": {"promisable": 11, "available": 11, "reserved": 4}}
    assert shop("stock", "confirm", "R1", "--pick", "1=3").code == 0
    assert shop("stock", "release", "R1").code == 0
    assert shop("stock", "damage", "R1", "--pick", "1=1", "--reason", "wet").code == 0
    assert shop("stock", "ship", "R1").code == 0
    assert stock_of(shop) == {"NORTH": {"promisable": 12, "available": 12, "held": 1}}
    found = shop("stock", "reservation", "R1", "--json").json
    assert found["status"] == "shipped"
    of_order = shop("stock", "reservation", "--order", "O1", "--json").json
    assert [each["reservation"] for each in of_order["reservations"]] == ["R1"]
    moved = shop("stock", "movements", "--reservation", "R1", "--json").json["movements"]
    assert [each["movement"] for each in moved] == ["RESERVE", "CONFIRM", "RELEASE", "DAMAGE", "SHIP"]
    assert "RELEASE" in shop("stock", "movements", "--reservation", "R1").out


def test_a_hold_ends_when_it_is_said_to(shop: Entrepot) -> None:
    assert (
        shop("stock", "reserve", "TEA=1@NORTH", "--id", "R1", "--hold", "forever", "--json").json["reply"]["due"]
        is None
    )
    due = shop("stock", "extend", "R1", "--hold", "1d", "--json").json["reply"]["due"]
    assert due.endswith("Z")
    assert shop("stock", "exchange", "R1", "1", "--to", "TEA@SOUTH").err.startswith("error: stock.insufficient: ")


def test_a_transfer_travels_and_what_is_lost_is_said(shop: Entrepot) -> None:
    shop("stock", "transfer", "TEA=6@NORTH", "--id", "T1")
    shop("stock", "ship", "T1", "--shipment", "S1", "--to", "SOUTH")
    assert stock_of(shop)["SOUTH"] == {"in_transit": 6}
    assert shop("stock", "arrive", "S1", "SOUTH", "TEA=2", "--lost", "TEA=1").code == 1
    arrived = shop(
        "stock", "arrive", "S1", "SOUTH", "TEA=2", "--damaged", "TEA=1", "--lost", "TEA=1", "--reason", "fell", "--json"
    )
    assert arrived.json["reply"]["goods"][0]["in_transit"] == 2
    shop("stock", "recall", "S1", "TEA=2", "--reason", "wrong node")
    assert stock_of(shop) == {
        "NORTH": {"promisable": 6, "available": 6},
        "SOUTH": {"promisable": 2, "available": 2, "held": 1},
    }
    assert shop("stock", "movements", "--shipment", "S1", "--json").json["movements"]


def test_what_lies_there_is_held_written_off_counted_sold_and_taken_back(shop: Entrepot) -> None:
    shop("stock", "hold", "TEA=3@NORTH", "--reason", "quality")
    shop("stock", "unhold", "TEA=1@NORTH", "--reason", "good")
    shop("stock", "write-off", "TEA=1@NORTH", "--reason", "bad")
    shop("stock", "report-sale", "TEA=2@NORTH")
    shop("stock", "safety", "TEA=4@NORTH")
    shop("stock", "return", "TEA=1@NORTH", "--damaged", "TEA=1@NORTH", "--order", "O9")
    assert stock_of(shop) == {"NORTH": {"promisable": 3, "available": 7, "held": 2}}
    counted = shop("stock", "count", "TEA=8@NORTH", "--reason", "yearly", "--json").json["reply"]
    assert (counted["counts"][0]["loss"], counted["positions"][0]["available"]) == (1, 6)


def test_a_count_that_takes_what_is_promised_names_who_holds_it_and_displaces_them(shop: Entrepot) -> None:
    shop("stock", "reserve", "TEA=9@NORTH", "--id", "R1")
    refused = shop("stock", "count", "TEA=5@NORTH", "--reason", "yearly", "--json")
    assert refused.code == 1
    error: dict[str, Any] = refused.json["error"]
    assert error["code"] == "stock.promised"
    assert [each["reservation"] for each in error["facts"]["reservations"]] == ["R1"]
    assert shop("stock", "count", "TEA=5@NORTH", "--reason", "yearly", "--displace", "R1").code == 0
    assert stock_of(shop) == {"NORTH": {"promisable": 5, "available": 5}}


def test_a_past_balance_is_told_by_version_and_by_time(shop: Entrepot) -> None:
    shop("stock", "receive", "TEA=5@NORTH")
    assert shop("stock", "balance-at", "TEA", "NORTH", 1, "--json").json["balances"]["available"] == 10
    assert shop("stock", "balance-at", "TEA", "NORTH", "2999-01-01", "--json").json["balances"]["available"] == 15
    assert shop("stock", "balance-at", "TEA", "NORTH", "yesterday").code == 2


def test_stock_is_shown_as_far_down_as_asked(shop: Entrepot) -> None:
    total = shop("stock", "show", "TEA", "COFFEE", "--detail", "total", "--json").json["goods"]
    assert [(each["goods"], each["amounts"]["available"], each["nodes"]) for each in total] == [
        ("TEA", 10, []),
        ("COFFEE", 0, []),
    ]
    assert "NORTH" in shop("stock", "show", "TEA", "--detail", "position").out
    assert "NORTH" not in shop("stock", "show", "TEA", "--node", "SOUTH").out


def test_a_request_repeated_under_its_id_moves_nothing_twice(shop: Entrepot) -> None:
    first = shop("stock", "receive", "TEA=5@NORTH", "--request-id", "Q1", "--json").json
    again = shop("stock", "receive", "TEA=5@NORTH", "--request-id", "Q1", "--json").json
    assert first == again
    assert stock_of(shop)["NORTH"]["available"] == 15
    assert shop("stock", "receive", "TEA=6@NORTH", "--request-id", "Q1").err.startswith("error: request.mismatch: ")


def test_a_request_id_is_made_and_said_where_none_is_given(shop: Entrepot) -> None:
    ids = [shop("stock", "receive", "TEA=1@NORTH", "--json").json["request_id"] for _ in range(3)]
    assert len(set(ids)) == 3
    moved = shop("stock", "movements", "--request", ids[1], "--json").json["movements"]
    assert [each["request"] for each in moved] == [ids[1]]
    assert ids[0] not in shop("stock", "receive", "TEA=1@NORTH", "--request-id", "Q2").out


def test_tenants_do_not_see_each_other(shop: Entrepot) -> None:
    assert shop("--tenant", "other", "goods", "list", "--json").json["entries"] == []
    assert shop("stock", "show", "TEA", "--tenant", "other", "--json").json["goods"][0]["nodes"] == []
    assert shop("stock", "receive", "TEA=1@NORTH", "--tenant", "other").code == 1


def test_the_actor_is_kept_with_what_was_done(shop: Entrepot) -> None:
    shop("stock", "receive", "TEA=1@NORTH", "--actor", "ann", "--request-id", "Q1")
    assert shop("stock", "movements", "--request", "Q1", "--json").json["movements"][0]["actor"] == "ann"
