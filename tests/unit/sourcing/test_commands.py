"""What is said with a command and would mean nothing is refused, and what could not be kept in mind."""

from typing import Any

import pytest

from application.sourcing.demand import MAX_PASSED_OVER, DeliverTo, DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise
from application.sourcing.moving import Sourced, passed_over_after
from domain.kernel.refusal import InvalidInput
from entrypoints.cli.errors import Complaint
from entrypoints.cli.promise import _line

WANTED = WantedGoods((DemandLine(1, "tea"),), DeliverTo(region="x"))


@pytest.mark.parametrize(
    ("said", "field"), [({"id": "a"}, "id"), ({"after": "hill"}, "after"), ({"limit": 7}, "limit")]
)
def test_what_is_said_of_what_was_not_asked_for_is_refused(said: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        MakePromise(WANTED, **said)
    assert refused.value.facts["field"] == field
    MakePromise(WANTED, keep=True, id="a", explain="all", after="hill", limit=7)


def test_a_node_is_not_forgotten_for_one_more() -> None:
    """The first of a hundred and one was let back in, against what RejectNode says."""
    nodes = tuple(f"n{number}" for number in range(MAX_PASSED_OVER))
    sourced = Sourced(WANTED, nodes, {}, {})
    assert passed_over_after(sourced, "") == passed_over_after(sourced, nodes[3]) == nodes
    assert passed_over_after(Sourced(WANTED, nodes[1:], {}, {}), "last") == (*nodes[1:], "last")
    with pytest.raises(InvalidInput) as refused:
        passed_over_after(sourced, "one-more")
    assert refused.value.facts == {"field": "node", "most": MAX_PASSED_OVER}


@pytest.mark.parametrize("quantity", ["9" * 5_000, "1" * 21, "", "-1", "x"])
def test_what_is_no_quantity_is_said_so_on_the_command_line(quantity: str) -> None:
    """Python reads no number of more than 4,300 digits."""
    with pytest.raises(Complaint) as said:
        _line(f"tea={quantity}", expected=False)
    assert len(str(said.value)) < 250
