"""Commands over HTTP: what every one of them takes and answers, one by one and many at once."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

from contracts.http.v1.bulk import BulkReply
from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.problems import Problem
from domain.permissions.scope import Scope
from tests.e2e.http.street import Caller, Street

SCOPES = {"read", "sell", "adjust", "admin"}


async def test_every_command_s_example_is_done_in_turn_and_answered_in_its_form(shop: Caller) -> None:
    for form in COMMANDS:
        answer = await shop.do(form.name, form.example)
        assert answer.status_code == 200, f"{form.name}: {answer.text}"
        assert answer.headers["content-type"] == "application/json"
        form.reply.model_validate_json(answer.content)


async def test_a_command_needs_its_own_scope_and_no_other_stands_in(here: Street) -> None:
    alone = {scope: await here.caller(scopes=frozenset({Scope(scope)})) for scope in SCOPES}
    without = {scope: await here.caller(scopes=frozenset(map(Scope, SCOPES - {scope}))) for scope in SCOPES}
    for form in COMMANDS:
        refused = await without[form.scope].do(form.name, form.example)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope.missing"), form.name
        assert refused.json()["facts"]["scope"] == form.scope
        assert (await alone[form.scope].do(form.name, form.example)).status_code != 403, form.name


async def test_the_same_request_gets_the_same_answer_and_another_under_its_id_none(shop: Caller) -> None:
    await shop.stocked()
    first = await shop.reserve(request="r-1")
    again = await shop.reserve(request="r-1")
    assert first.status_code == 200
    assert first.content == again.content
    other = await shop.reserve(quantity=2, request="r-1")
    assert (other.status_code, other.json()["code"]) == (422, "request.mismatch")
    left = await shop.get("/v1/availability?goods=A")
    assert left.json()["goods"][0]["amounts"]["promisable"] == 99


async def test_the_request_over_http_has_an_id_beside_that_of_its_command(shop: Caller) -> None:
    """A proxy gives each attempt an X-Request-Id; the caller gives all attempts one Idempotency-Key."""
    await shop.stocked()
    command = {"lines": [{"goods": "A", "quantity": 1, "nodes": ["N1"]}]}
    for attempt in ("proxy-1", "proxy-2"):
        done = await shop.do("reserve-stock", command, "r-1", X_Request_Id=attempt)
        assert (done.json()["reservation"], done.headers["x-request-id"]) == ("r-1", attempt)
    assert (await shop.do("reserve-stock", command, "r-1")).headers["x-request-id"] not in ("", "r-1", "proxy-2")
    refused = await shop.do("confirm-reservation", {"reservation": "none"}, "r-2", X_Request_Id="proxy-3")
    assert (refused.json()["request_id"], refused.headers["x-request-id"]) == ("r-2", "proxy-3")
    asked = await shop.get("/v1/reservations/none", X_Request_Id="proxy-4")
    assert (asked.json()["request_id"], asked.headers["x-request-id"]) == ("proxy-4", "proxy-4")


async def test_an_id_in_quotes_is_the_id_within_them(shop: Caller) -> None:
    await shop.stocked()
    bare = await shop.reserve(request="order-7")
    assert (await shop.reserve(request='"order-7"')).content == bare.content
    spoken = await shop.reserve(request='"say \\"when\\""')
    assert spoken.json()["reservation"] == 'say "when"'


async def test_an_id_that_cannot_be_one_is_refused(shop: Caller) -> None:
    for id in ("two words", '"', '"open', '"a"b', "x" * 129, "expire:1"):
        refused = await shop.reserve(request=id)
        assert (refused.status_code, refused.json()["code"]) == (400, "input.invalid"), id


async def test_a_command_without_an_id_is_refused(shop: Caller) -> None:
    refused = await shop.client.post("/v1/commands/reserve-stock", json={}, headers=shop.headers())
    assert (refused.status_code, refused.json()["code"]) == (400, "request_id.missing")


async def test_who_acts_for_another_is_told_apart_from_them_on_every_movement(shop: Caller) -> None:
    await shop.stocked()
    await shop.do("report-sale", {"lines": [{"goods": "A", "node": "N1", "quantity": 1}]}, "s1", On_Behalf_Of="ana")
    movement = (await shop.get("/v1/movements?request_id=s1")).json()["items"][0]
    assert (movement["actor"], movement["principal"]) == ("ana", "shop")


LINE = {"goods": "A", "quantity": 1, "nodes": ["N1"]}
MISSHAPEN: list[tuple[Any, str]] = [
    ({"lines": []}, "lines"),
    ({"lines": [{"goods": "A", "quantity": 0, "nodes": ["N1"]}]}, "lines.0.quantity"),
    ({"lines": [{"goods": "A", "quantity": "1", "nodes": ["N1"]}]}, "lines.0.quantity"),
    ({"lines": [{"goods": "A", "quantity": 1.0, "nodes": ["N1"]}]}, "lines.0.quantity"),
    ({"lines": [{"goods": "A", "quantity": True, "nodes": ["N1"]}]}, "lines.0.quantity"),
    ({"lines": [LINE], "tenant": "other"}, "tenant"),
    ({"lines": [LINE], "hold_for": "PT0S"}, "hold_for"),
    ({"lines": [LINE], "hold_for": 60}, "hold_for"),
    ({"lines": [{"goods": "A", "quantity": 1, "nodes": ["N1", "N1"]}]}, "nodes"),
    ([], ""),
    ("text", ""),
]


async def test_a_body_of_another_form_is_refused_and_its_field_named(shop: Caller) -> None:
    for body, field in MISSHAPEN:
        refused = await shop.do("reserve-stock", body)
        assert (refused.status_code, refused.json()["code"]) == (400, "input.invalid"), refused.text
        assert refused.json()["facts"]["field"] == field, refused.text


async def test_a_hold_is_as_long_as_the_settings_say_unless_its_caller_does(shop: Caller) -> None:
    await shop.stocked()
    cases: list[tuple[dict[str, Any], int, int]] = [({}, 1_790, 1_800), ({"hold_for": "PT1M"}, 50, 60)]
    for asked, at_least, at_most in cases:
        answer = await shop.reserve(**asked)
        found = (await shop.get(f"/v1/reservations/{answer.json()['reservation']}")).json()
        held = datetime.fromisoformat(found["due"]) - datetime.fromisoformat(found["created_at"])
        assert at_least < held.total_seconds() <= at_most


async def test_a_command_nobody_knows_is_not_found(shop: Caller) -> None:
    refused = await shop.do("expire-reservation", {})
    assert (refused.status_code, refused.json()["code"]) == (404, "command.unknown")


# -- many at once -----------------------------------------------------------------------------------------------------


def one(request: object, command: object = "reserve-stock", **body: Any) -> dict[str, Any]:
    body = body or {"lines": [LINE]}
    return {"request_id": request, "command": command, "body": body}


async def test_a_command_that_is_nearly_named_is_suggested(shop: Caller) -> None:
    assert "did you mean reserve-stock?" in (await shop.do("reserve_stock", {})).json()["detail"]


async def test_a_list_is_not_called_empty_because_of_what_is_wrong_in_it(shop: Caller) -> None:
    wrong = (await shop.do("register-node", {"nodes": [{"code": "N9"}]})).json()
    assert [each["field"] for each in wrong["facts"]["faults"]] == ["nodes.0.name"]
    empty = (await shop.do("register-node", {"nodes": []})).json()
    assert [each["field"] for each in empty["facts"]["faults"]] == ["nodes"]


async def test_each_of_many_has_its_own_fate_in_its_own_place(here: Street, shop: Caller) -> None:
    await shop.stocked(3)
    seller = await here.caller(scopes=frozenset({Scope.SELL}))
    items: list[Any] = [
        one("b1"),
        one("b2", lines=[{"goods": "A", "quantity": 99, "nodes": ["N1"]}]),
        one("b3", "register-goods", goods=[{"code": "C", "name": "C"}]),
        one("b4", "no-such-command"),
        {"request_id": "b5"},
        7,
        one("b7", lines=[]),
        one(8),
        one("expire:9"),
        {**one("b10"), "tenant": "other"},
        one("b11"),
    ]
    answer = await seller.bulk(*items)
    assert answer.status_code == 207
    BulkReply.model_validate_json(answer.content)
    outcomes = answer.json()["outcomes"]
    told = [(each["request_id"], each["status"], each.get("problem", {}).get("code")) for each in outcomes]
    assert told == [
        ("b1", 200, None),
        ("b2", 409, "stock.insufficient"),
        ("b3", 403, "scope.missing"),
        ("b4", 404, "command.unknown"),
        ("b5", 400, "input.invalid"),
        (None, 400, "input.invalid"),
        ("b7", 400, "input.invalid"),
        (None, 400, "input.invalid"),
        ("expire:9", 400, "input.invalid"),
        ("b10", 400, "input.invalid"),
        ("b11", 200, None),
    ]
    for each in outcomes:
        if "problem" in each:
            assert Problem.model_validate(each["problem"]).request_id == each["request_id"]


async def test_one_of_many_is_the_request_that_it_would_be_alone(shop: Caller) -> None:
    await shop.stocked()
    alone = await shop.reserve(request="x1")
    outcome = (await shop.bulk(one("x1"))).json()["outcomes"][0]
    assert outcome == {"request_id": "x1", "status": 200, "reply": alone.json()}


async def test_what_names_the_same_reservation_goes_in_turn(shop: Caller) -> None:
    await shop.stocked()
    lives = [
        each
        for number in range(30)
        for each in (
            one(f"r{number}"),
            one(f"c{number}", "confirm-reservation", reservation=f"r{number}"),
            one(f"s{number}", "ship-reservation", reservation=f"r{number}"),
        )
    ]
    outcomes = (await shop.bulk(*lives)).json()["outcomes"]
    assert [each["reply"]["status"] for each in outcomes] == ["held", "confirmed", "shipped"] * 30


async def test_a_whole_of_another_form_is_refused_whole(shop: Caller) -> None:
    body: Any
    for body in ({"commands": []}, {"commands": [{}] * 501}, {"commands": {}}, {"commands": [{}], "more": 1}, [], {}):
        refused = await shop.client.post("/v1/commands", json=body, headers=shop.headers())
        assert (refused.status_code, refused.json()["code"]) == (400, "input.invalid"), refused.text


async def test_many_take_no_id_for_all(shop: Caller) -> None:
    headers = shop.headers(Idempotency_Key="all")
    refused = await shop.client.post("/v1/commands", json={"commands": [one("a")]}, headers=headers)
    assert (refused.status_code, refused.json()["facts"]["field"]) == (400, "Idempotency-Key")


# -- what it is all for -----------------------------------------------------------------------------------------------


async def test_thirty_seven_units_serve_exactly_thirty_seven_of_two_hundred_buyers(shop: Caller) -> None:
    await shop.stocked(37)
    answers = await asyncio.gather(*(shop.reserve(request=f"buyer-{number}") for number in range(200)))
    told = Counter((each.status_code, each.json().get("code")) for each in answers)
    assert told == {(200, None): 37, (409, "stock.insufficient"): 163}
    left = (await shop.get("/v1/availability?goods=A")).json()["goods"][0]["amounts"]
    assert (left["promisable"], left["reserved"]) == (0, 37)


async def test_two_tenants_see_nothing_of_each_other(here: Street, shop: Caller) -> None:
    await shop.stocked(5)
    held = (await shop.reserve(request="mine")).json()["reservation"]
    other = await here.caller("rival")
    for path in (f"/v1/reservations/{held}", "/v1/balances?goods=A&node=N1&version=1"):
        theirs, nothing = await other.get(path), await other.get(path.replace("mine", "none").replace("=A&", "=Z&"))
        assert theirs.status_code == nothing.status_code == 404
        assert theirs.json()["code"] == nothing.json()["code"]
    for path in (
        "/v1/movements?request_id=mine",
        "/v1/goods",
        "/v1/nodes",
        "/v1/movements?goods=A&node=N1",
        "/v1/events",
    ):
        assert (await other.get(path)).json()["items"] == []
    assert (await other.get("/v1/availability?goods=A")).json()["goods"][0]["amounts"]["available"] == 0
    released = await other.do("release-reservation", {"reservation": held})
    assert released.json()["lines"] == [], "a tombstone of their own, which moved nothing"
    assert (await shop.get(f"/v1/reservations/{held}")).json()["status"] == "held"
