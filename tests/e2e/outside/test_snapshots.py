"""Snapshots of another system: differences are proposed, and counted when somebody agrees, on top of what moved."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from domain.permissions.scope import Scope
from tests.attack.doorstep import Doorstep, Heard, Visitor, doorstep
from tests.attack.routes import command
from tests.e2e.http.street import memory


@pytest.fixture
async def here() -> AsyncIterator[Doorstep]:
    async with doorstep(memory()) as opened:
        yield opened


@pytest.fixture
async def shop(here: Doorstep) -> Visitor:
    """Ten bags of coffee and five of tea at the harbour."""
    visitor = await here.visitor()
    await do(visitor, "register-goods", {"goods": [{"code": code, "name": code} for code in ("coffee", "tea")]})
    await do(visitor, "register-node", {"nodes": [{"code": "harbour", "name": "Harbour"}]})
    lines = [{"goods": "coffee", "node": "harbour", "quantity": 10}, {"goods": "tea", "node": "harbour", "quantity": 5}]
    await do(visitor, "receive-stock", {"lines": lines})
    return visitor


async def send(visitor: Visitor, name: str, body: Any, id: str = "") -> Heard:
    return await command(name, id or uuid4().hex, body).by(visitor)


async def do(visitor: Visitor, name: str, body: Any, id: str = "") -> Any:
    answer = await send(visitor, name, body, id)
    assert answer.status == 200, answer.text
    return answer.json


async def now() -> str:
    """A time after all that was done, and before all that will be."""
    await asyncio.sleep(0.002)
    at = datetime.now(UTC)
    await asyncio.sleep(0.002)
    return at.isoformat().replace("+00:00", "Z")


def counted(goods: str, number: int, **more: Any) -> dict[str, Any]:
    return {"goods": goods, "node": "harbour", "counted": number, **more}


async def propose(visitor: Visitor, at: str, *lines: Any, snapshot: str = "s-1", id: str = "") -> Any:
    return await do(visitor, "propose-counts", {"snapshot": snapshot, "at": at, "lines": list(lines)}, id)


async def approve(visitor: Visitor, *proposals: str, id: str = "") -> Heard:
    return await send(visitor, "approve-counts", {"proposals": list(proposals), "reason": "agreed"}, id)


async def on_hand(visitor: Visitor, goods: str) -> int:
    found = (await visitor.get(f"/v1/availability?goods={goods}&detail=total")).json
    amounts: dict[str, int] = found["goods"][0]["amounts"]
    return amounts["available"] + amounts["reserved"] + amounts["allocated"] + amounts["held"]


async def sell(visitor: Visitor, goods: str, quantity: int) -> None:
    await do(visitor, "report-sale", {"lines": [{"goods": goods, "node": "harbour", "quantity": quantity}]})


async def test_a_difference_is_counted_on_top_of_what_moved_since(shop: Visitor) -> None:
    at = await now()
    await sell(shop, "coffee", 4)
    told = await propose(shop, at, counted("coffee", 8), counted("tea", 5))
    assert told["same"] == 1
    (proposal,) = told["proposals"]
    assert (proposal["on_hand"], proposal["counted"], proposal["difference"], proposal["status"]) == (10, 8, -2, "open")
    assert await on_hand(shop, "coffee") == 6, "nothing is counted yet"
    await sell(shop, "coffee", 1)
    approved = await approve(shop, proposal["proposal"])
    assert approved.status == 200, approved.text
    assert (approved.json["actor"], approved.json["reason"]) == ("shop", "agreed")
    assert approved.json["counts"] == [
        {"goods": "coffee", "node": "harbour", "owner": "-", "lot": "-", "counted": 3, "gain": 0, "loss": 2}
    ]
    assert await on_hand(shop, "coffee") == 3
    (kept,) = (await shop.get("/v1/count-proposals?status=approved")).json["items"]
    assert (kept["facts"]["actor"], kept["facts"]["reason"]) == ("shop", "agreed")


async def test_a_snapshot_that_comes_again_proposes_nothing_twice(shop: Visitor) -> None:
    at = await now()
    first = await propose(shop, at, counted("coffee", 8), id="import-1")
    assert await propose(shop, at, counted("coffee", 8), id="import-1") == first
    assert await propose(shop, at, counted("coffee", 8), id="import-2") == first, "under another request, too"
    items = (await shop.get("/v1/count-proposals?snapshot=s-1")).json["items"]
    assert [each["version"] for each in items] == [1]
    mended = await propose(shop, at, counted("coffee", 9))
    assert [each["difference"] for each in mended["proposals"]] == [-1], "what is open follows its snapshot"
    assert (await approve(shop, mended["proposals"][0]["proposal"])).status == 200
    again = await propose(shop, at, counted("coffee", 8))
    assert [(each["difference"], each["status"]) for each in again["proposals"]] == [(-1, "approved")]
    assert await on_hand(shop, "coffee") == 9


async def test_a_snapshot_that_is_mended_to_agree_withdraws_its_proposal(shop: Visitor) -> None:
    at = await now()
    (proposal,) = (await propose(shop, at, counted("coffee", 8)))["proposals"]
    assert (await propose(shop, at, counted("coffee", 10)))["same"] == 1
    refused = await approve(shop, proposal["proposal"])
    assert (refused.code, refused.json["facts"]["status"]) == ("proposal.decided", "withdrawn")
    (anew,) = (await propose(shop, at, counted("coffee", 7)))["proposals"]
    assert (anew["proposal"], anew["status"]) == (proposal["proposal"], "open")


async def test_approved_again_it_is_the_same_answer(shop: Visitor) -> None:
    (proposal,) = (await propose(shop, await now(), counted("coffee", 8)))["proposals"]
    first = await approve(shop, proposal["proposal"], id="approve-1")
    assert (await approve(shop, proposal["proposal"], id="approve-1")).json == first.json
    assert (await approve(shop, proposal["proposal"], id="approve-2")).code == "proposal.decided"
    assert await on_hand(shop, "coffee") == 8


async def test_what_was_counted_since_is_stale(shop: Visitor) -> None:
    at = await now()
    proposals = (await propose(shop, at, counted("coffee", 8), counted("tea", 4)))["proposals"]
    await do(shop, "count-stock", {"lines": [counted("coffee", 8)], "reason": "by hand"}, "by-hand")
    refused = await approve(shop, *(each["proposal"] for each in proposals))
    assert refused.code == "proposal.stale"
    assert "by-hand" in refused.json["facts"]["because"]
    assert (await on_hand(shop, "tea"), await on_hand(shop, "coffee")) == (5, 8), "all or none"
    assert (await approve(shop, proposals[1]["proposal"])).status == 200
    other = (await propose(shop, at, counted("tea", 3), snapshot="s-2"))["proposals"]
    assert (await approve(shop, other[0]["proposal"])).code == "proposal.stale", "its position was counted by another"


async def test_as_many_positions_as_a_command_has_are_compared(shop: Visitor) -> None:
    lots = [counted("coffee", 1, lot=f"L{number:03}") for number in range(500)]
    told = (await propose(shop, await now(), *lots))["proposals"]
    assert len(told) == 500
    assert (await approve(shop, *(each["proposal"] for each in told))).status == 200
    assert await on_hand(shop, "coffee") == 510


@pytest.mark.parametrize("later", [10, 9])
async def test_what_a_later_snapshot_saw_is_stale_in_an_earlier_one(shop: Visitor, later: int) -> None:
    before, after = await now(), await now()
    (old,) = (await propose(shop, before, counted("coffee", 8), snapshot="old"))["proposals"]
    told = await propose(shop, after, counted("coffee", later), snapshot="new")
    assert told["same"] == (later == 10)
    refused = await approve(shop, old["proposal"])
    assert refused.code == "proposal.stale"
    assert "snapshot new" in refused.json["facts"]["because"]
    assert await on_hand(shop, "coffee") == 10
    for each in told["proposals"]:
        assert (await approve(shop, each["proposal"])).status == 200


async def test_an_earlier_snapshot_that_comes_late_is_stale_at_once(shop: Visitor) -> None:
    before, after = await now(), await now()
    await propose(shop, after, counted("coffee", 10), snapshot="new")
    told = (await propose(shop, before, counted("coffee", 12), counted("tea", 4), snapshot="old"))["proposals"]
    assert (await approve(shop, told[0]["proposal"])).code == "proposal.stale"
    assert (await approve(shop, told[1]["proposal"])).status == 200, "the later one said nothing of tea"


async def test_what_cannot_be_missing_any_more_is_stale(shop: Visitor) -> None:
    (proposal,) = (await propose(shop, await now(), counted("coffee", 1)))["proposals"]
    await sell(shop, "coffee", 5)
    refused = await approve(shop, proposal["proposal"])
    assert refused.code == "proposal.stale"
    assert await on_hand(shop, "coffee") == 5


async def test_what_is_promised_is_not_counted_away(shop: Visitor) -> None:
    (proposal,) = (await propose(shop, await now(), counted("coffee", 1)))["proposals"]
    line = {"goods": "coffee", "quantity": 9, "nodes": ["harbour"]}
    await do(shop, "reserve-stock", {"reservation": "order-1", "lines": [line]})
    refused = await approve(shop, proposal["proposal"])
    assert refused.code == "stock.promised"
    assert refused.json["facts"]["reservations"][0]["reservation"] == "order-1"
    await do(shop, "release-reservation", {"reservation": "order-1"})
    assert (await approve(shop, proposal["proposal"])).status == 200


async def test_what_is_rejected_stays_so(shop: Visitor) -> None:
    at = await now()
    (proposal,) = (await propose(shop, at, counted("coffee", 8)))["proposals"]
    body = {"proposals": [proposal["proposal"]], "reason": "their mistake"}
    assert (await do(shop, "reject-counts", body))["actor"] == "shop"
    assert (await send(shop, "reject-counts", body)).code == "proposal.decided"
    assert (await approve(shop, proposal["proposal"])).code == "proposal.decided"
    (again,) = (await propose(shop, at, counted("coffee", 8)))["proposals"]
    assert again["status"] == "rejected"
    assert await on_hand(shop, "coffee") == 10


async def test_what_was_never_there_may_be_found(shop: Visitor) -> None:
    (proposal,) = (await propose(shop, await now(), counted("coffee", 3, lot="L9")))["proposals"]
    assert (proposal["on_hand"], proposal["difference"]) == (0, 3)
    assert (await approve(shop, proposal["proposal"])).json["counts"][0]["gain"] == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"at": "2999-01-01T00:00:00Z"}, "input.invalid"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "input.invalid"),
        ({"at": "2026-01-01T00:00:00"}, "input.invalid"),
        ({"at": 7}, "input.invalid"),
        ({"at": "now"}, "input.invalid"),
        ({"snapshot": ""}, "input.invalid"),
        ({"lines": []}, "input.invalid"),
        ({"lines": [{"goods": "coffee", "node": "harbour", "counted": -1}]}, "input.invalid"),
        ({"lines": [{"goods": "coffee", "node": "harbour", "counted": 1}] * 2}, "input.invalid"),
        ({"lines": [{"goods": "rum", "node": "harbour", "counted": 1}]}, "goods.unknown"),
        ({"lines": [{"goods": "coffee", "node": "moon", "counted": 1}]}, "node.unknown"),
    ],
)
async def test_what_is_no_snapshot_is_refused(shop: Visitor, body: dict[str, Any], code: str) -> None:
    good = {"snapshot": "s-1", "at": await now(), "lines": [counted("coffee", 1)]}
    assert (await send(shop, "propose-counts", {**good, **body})).code == code
    assert (await shop.get("/v1/count-proposals")).json["items"] == []


async def test_another_tenants_proposals_are_not_there(here: Doorstep, shop: Visitor) -> None:
    (proposal,) = (await propose(shop, await now(), counted("coffee", 8)))["proposals"]
    rival = await here.visitor("rival")
    assert (await approve(rival, proposal["proposal"])).code == "proposal.unknown"
    assert (await send(rival, "reject-counts", {"proposals": ["x"], "reason": "y"})).code == "proposal.unknown"
    assert (await rival.get("/v1/count-proposals")).json["items"] == []
    clerk = await here.visitor(scopes=frozenset({Scope.SELL, Scope.READ, Scope.ADMIN}))
    assert (await approve(clerk, proposal["proposal"])).code == "scope.missing"


async def test_pages_of_one_status_leave_nothing_out(shop: Visitor) -> None:
    at = await now()
    lots = [counted("coffee", 1, lot=f"L{number:03}") for number in range(30)]
    told = await propose(shop, at, *lots)
    some = [each["proposal"] for each in told["proposals"][::3]]
    await do(shop, "reject-counts", {"proposals": some, "reason": "no"})
    found, after = [], ""
    while True:
        page = (await shop.get(f"/v1/count-proposals?snapshot=s-1&status=rejected&limit=4&after={after}")).json
        found += [each["code"] for each in page["items"]]
        after = page["after"]
        if after is None:
            break
    assert sorted(found) == sorted(some)


async def test_while_it_moves_a_difference_is_still_counted_once(shop: Visitor) -> None:
    at = await now()
    (proposal,) = (await propose(shop, at, counted("coffee", 12)))["proposals"]
    sales = asyncio.gather(*(sell(shop, "coffee", 1) for _ in range(5)))
    approvals = asyncio.gather(*(approve(shop, proposal["proposal"], id=f"a-{number}") for number in range(5)))
    _, answers = await sales, await approvals
    assert sorted(each.status for each in answers)[0] == 200
    assert {each.code for each in answers} <= {"", "proposal.decided", "proposal.moved"}
    assert await on_hand(shop, "coffee") == 10 + 2 - 5


async def test_a_time_is_the_same_in_any_zone(shop: Visitor) -> None:
    at = datetime.fromisoformat((await now()).replace("Z", "+00:00"))
    await sell(shop, "coffee", 4)
    there = at.astimezone(timezone(timedelta(hours=8))).isoformat()
    assert (await propose(shop, there, counted("coffee", 10)))["same"] == 1
