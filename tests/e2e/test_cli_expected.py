"""Expected supply and nodes' days from the command line."""

from tests.e2e.conftest import Entrepot


def test_what_is_expected_is_promised_moved_withdrawn_and_turned_into_stock(entrepot: Entrepot) -> None:
    entrepot("goods", "register", "TEA")
    entrepot("node", "register", "QUAY")
    entrepot("expected", "announce", "TEA=10@QUAY", "--on", "2027-03-01")
    assert "stock.insufficient" in entrepot("stock", "reserve", "TEA=4@QUAY").err
    held = entrepot(
        "stock", "reserve", "TEA=4@QUAY", "--id", "R1", "--order", "77", "--expected-by", "2027-03-01", "--json"
    ).json["reply"]
    assert [(line["on"], line["quantity"]) for line in held["expected"]] == [("2027-03-01", 4)]
    on = ("--on", "2027-03-01")
    withdrawn = entrepot("expected", "withdraw", "TEA@QUAY", *on, "--quantity", 8, "--reason", "flood", "--json").json
    assert withdrawn["reply"]["late"] == [{"reservation": "R1", "order": "77", "quantity": 2}]
    promised = entrepot("expected", "promises", "TEA@QUAY", *on, "--json").json
    assert [(each["reservation"], each["lacking"]) for each in promised["promises"]] == [("R1", 2)]
    entrepot("expected", "announce", "TEA=2@QUAY", *on)
    moved = entrepot("expected", "move", "TEA@QUAY", *on, "--to", "2027-03-08", "--reason", "storm", "--json").json
    assert [each["reservation"] for each in moved["reply"]["late"]] == ["R1"]
    arrived = entrepot("expected", "arrive", "TEA@QUAY", "--on", "2027-03-08", "--quantity", 6, "--json").json["reply"]
    assert (arrived["left"], arrived["turned"]) == (0, [{"reservation": "R1", "line": "1", "quantity": 4}])
    assert entrepot("expected", "show", "TEA", "--json").json["receipts"] == []
    amounts = entrepot("stock", "show", "TEA", "--json").json["goods"][0]["amounts"]
    assert (amounts["available"], amounts["reserved"]) == (2, 4)
    assert entrepot("ledger", "audit", "--json").json["verdict"] == "clean"


def test_a_day_of_a_node_is_taken_shown_and_adjusted(entrepot: Entrepot) -> None:
    entrepot("goods", "register", "TEA")
    entrepot("node", "register", "QUAY")
    entrepot("stock", "receive", "TEA=100@QUAY")
    entrepot("site", "set", "QUAY", "--units-a-day", 5)
    assert entrepot("stock", "reserve", "TEA=3@QUAY", "--ship-on", "2027-03-01").code == 0
    assert "capacity.full" in entrepot("stock", "reserve", "TEA=3@QUAY", "--ship-on", "2027-03-01").err
    shown = entrepot("capacity", "show", "QUAY", "--from", "2027-03-01", "--days", 2, "--json").json["days"]
    assert [(each["units"]["figure"], each["units"]["rest"], each["orders"]) for each in shown] == [
        (5, 2, None),
        (5, 5, None),
    ]
    entrepot("site", "set", "QUAY", "--units-a-day", 6)
    entrepot("capacity", "adjust", "QUAY", "--from", "2027-03-01")
    assert entrepot("stock", "reserve", "TEA=3@QUAY", "--ship-on", "2027-03-01").code == 0
