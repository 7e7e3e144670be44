"""What is yet to come: goods that were announced, and the days of nodes."""

from typing import Final

from contracts.http.v1 import capacity, expected
from contracts.http.v1.catalogue.form import GOODS, LARGE, NODES, CommandForm

EXPECTED: Final = (
    CommandForm(
        "announce-supply",
        "AnnounceSupply",
        expected.AnnounceSupply,
        expected.SupplyAnnounced,
        "adjust",
        "Announce supply",
        "1 to 500 lines of goods are expected on a day, all or none: they may be promised to lines of reservations "
        "that say until when they wait. It adds to what was announced for the day; where promises lack what was "
        "withdrawn from under them, they get it first.",
        {
            "lines": [
                {"goods": "coffee-1kg", "node": "harbour", "on": "2027-03-01", "quantity": 40},
                {"goods": "coffee-1kg", "node": "old-town", "on": "2027-03-04", "quantity": 10},
            ]
        },
        (*GOODS, *NODES, LARGE),
    ),
    CommandForm(
        "move-supply",
        "MoveSupply",
        expected.MoveSupply,
        expected.SupplyMoved,
        "adjust",
        "Move expected supply",
        "What was announced for a day comes on another. What was promised of it moves along, the last promise made "
        "first where only a part is moved; where it comes later, whose promises that breaks is answered and told. One "
        "command acts on at most 100 reservations: `left` is for another.",
        {"goods": "coffee-1kg", "node": "harbour", "on": "2027-03-01", "to": "2027-03-08", "reason": "storm"},
        (*GOODS, *NODES, "expected.unknown", "expected.too_little", LARGE),
    ),
    CommandForm(
        "withdraw-supply",
        "WithdrawSupply",
        expected.WithdrawSupply,
        expected.SupplyWithdrawn,
        "adjust",
        "Withdraw expected supply",
        "What was announced for a day will not come, all of it or some. First goes what nobody was promised; then "
        "promises lack the rest, the last made first, and whose they are is answered and told. They keep what they "
        "hold until they are released, exchanged, or more is announced.",
        {"goods": "coffee-1kg", "node": "old-town", "on": "2027-03-04", "quantity": 4, "reason": "sold elsewhere"},
        (*GOODS, *NODES, "expected.unknown", "expected.too_little"),
    ),
    CommandForm(
        "arrive-expected",
        "ArriveExpected",
        expected.ArriveExpected,
        expected.ExpectedArrived,
        "adjust",
        "Receive what was expected",
        "What was announced for a day is here, and received into stock. Reservations that wait for it hold the stock "
        "from then on, in the order they were made, and nobody can overtake them; the rest is available. One command "
        "acts on at most 100 reservations and receives no more than they take: `left` is for another.",
        {"goods": "coffee-1kg", "node": "harbour", "on": "2027-03-08", "quantity": 40, "lot": "2027-03"},
        (*GOODS, *NODES, "expected.unknown", LARGE),
    ),
    CommandForm(
        "adjust-capacity",
        "AdjustCapacity",
        capacity.AdjustCapacity,
        capacity.CapacityAdjusted,
        "adjust",
        "Adjust the capacity",
        "Bring the days of 1 to 50 nodes that are open to what their sites and calendars say now. Where that is less, "
        "what is free is taken out, and what is taken stays taken: nothing is granted until the day is back at its "
        "figure.",
        {"nodes": ["harbour", "old-town"], "first": "2026-04-01", "reason": "a second shift"},
        ("answer.too_large",),
    ),
)
