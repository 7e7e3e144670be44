"""Promises over HTTP: at paths of their own, by id and by token, one and many."""

from typing import Any

from contracts.http.v1.promises import ManyPromised, Promise, PromiseReserved, WantedReserved
from domain.permissions.scope import Scope
from tests.e2e.http.street import Caller, Street

WANTED = {"lines": [{"goods": "A", "quantity": 2}], "to": {"lat": 53.55, "lng": 10.0}}

NODES = (("N1", 53.54), ("N2", 50.0))


async def stocked(shop: Caller) -> None:
    await shop.stocked(5)
    site = {"code": "N1", "lat": 53.54, "lng": 9.99, "covers": {"anywhere": True}}
    assert (await shop.do("set-sites", {"sites": [site]})).status_code == 200


async def post(shop: Caller, path: str, body: object, **headers: str) -> Any:
    return await shop.client.post(path, json=body, headers=shop.headers(**headers))


async def test_what_is_promised_is_reserved_by_its_token(shop: Caller) -> None:
    await stocked(shop)
    answer = await post(shop, "/v1/promises", {"wanted": WANTED})
    promise = Promise.model_validate_json(answer.content)
    assert [(leg.node, leg.quantity) for leg in promise.legs] == [("N1", 2)]
    path = f"/v1/promises/{promise.token}/reservation"
    assert (await post(shop, path, {})).json()["code"] == "request_id.missing"
    held = await post(shop, path, {"order": "1001"}, Idempotency_Key="take-1")
    assert held.status_code == 200, held.text
    reserved = PromiseReserved.model_validate_json(held.content)
    assert (reserved.reservation, reserved.status) == ("take-1", "held")
    assert (await post(shop, path, {"order": "1001"}, Idempotency_Key="take-1")).content == held.content
    await post(shop, path, {}, Idempotency_Key="take-2")
    moved = (await post(shop, path, {}, Idempotency_Key="take-3")).json()
    assert (moved["code"], moved["status"]) == ("promise.moved", 409)
    assert moved["facts"]["moved"][0]["grantable"] == 1
    assert moved["facts"]["offer"]["short"] == [{"line": "1", "wanted": 2, "promised": 1}]


async def test_a_kept_one_is_found_and_reserved_by_its_id(shop: Caller) -> None:
    await stocked(shop)
    body = {"wanted": WANTED, "keep": True, "id": "basket/7", "explain": "all"}
    assert (await post(shop, "/v1/promises", body)).json()["code"] == "request_id.missing"
    kept = await post(shop, "/v1/promises", body, Idempotency_Key="keep-1")
    assert (await shop.get("/v1/promises/basket%2F7")).content == kept.content
    held = await post(shop, "/v1/promises/basket%2F7/reservation", {}, Idempotency_Key="take-1")
    assert held.status_code == 200, held.text
    gone = await post(shop, "/v1/promises/basket-8/reservation", {}, Idempotency_Key="take-2")
    assert (gone.status_code, gone.json()["code"]) == (404, "promise.unknown")


async def test_nothing_is_kept_under_what_no_path_can_end_with(shop: Caller) -> None:
    await stocked(shop)
    for step in (".", ".."):
        said = await post(shop, "/v1/promises", {"wanted": WANTED, "keep": True, "id": step}, Idempotency_Key="a")
        meant = await post(shop, "/v1/promises", {"wanted": WANTED, "keep": True}, Idempotency_Key=step)
        for refused in (said, meant):
            problem = refused.json()
            assert (problem["status"], problem["code"], problem["facts"]["field"]) == (400, "input.invalid", "id")
        assert (await post(shop, "/v1/promises", {"wanted": WANTED}, Idempotency_Key=step)).status_code == 200
    kept = await post(shop, "/v1/promises", {"wanted": WANTED, "keep": True, "id": "..."}, Idempotency_Key="b")
    assert (await shop.get("/v1/promises/...")).content == kept.content


async def test_a_node_that_closed_meanwhile_sends_off_nothing_however_much_its_days_hold(shop: Caller) -> None:
    await stocked(shop)
    await shop.do("register-node", {"nodes": [{"code": "N2", "name": "Two"}]})
    await shop.do("receive-stock", {"lines": [{"goods": "A", "node": "N2", "quantity": 2}]})
    near, far = ({"code": code, "lat": lat, "lng": 9.99, "covers": {"anywhere": True}} for code, lat in NODES)
    await shop.do("set-sites", {"sites": [near, far]})
    token = (await post(shop, "/v1/promises", {"wanted": WANTED})).json()["token"]
    for closed in ({**near, "active": False}, {**near, "calendar": "never"}):
        if "calendar" in closed:
            week = {"code": "never", "zone": "UTC", "week": [""] * 7}
            assert (await shop.do("set-calendars", {"calendars": [week]})).status_code == 200
        assert (await shop.do("set-sites", {"sites": [closed]})).status_code == 200
        moved = (await post(shop, f"/v1/promises/{token}/reservation", {}, Idempotency_Key="late")).json()
        assert (moved["code"], moved["facts"]["cause"], moved["facts"]["codes"]) == (
            "promise.moved",
            "node.closed",
            ["N1"],
        )
        assert [leg["node"] for leg in moved["facts"]["offer"]["legs"]] == ["N2"]
    await shop.do("set-sites", {"sites": [near]})
    held = await post(shop, f"/v1/promises/{token}/reservation", {}, Idempotency_Key="late")
    assert held.status_code == 200, held.text


async def test_promised_and_reserved_in_one_call(shop: Caller) -> None:
    await stocked(shop)
    body = {"wanted": WANTED, "reserve": {"reservation": "order-1", "hold_for": "PT5M"}}
    held = WantedReserved.model_validate_json((await post(shop, "/v1/promises", body, Idempotency_Key="b")).content)
    assert (held.reservation, held.promise.legs[0].node) == ("order-1", "N1")
    both = await post(shop, "/v1/promises", {**body, "keep": True}, Idempotency_Key="c")
    assert (both.status_code, both.json()["facts"]["field"]) == (400, "keep")


async def test_many_are_promised_each_by_itself(shop: Caller) -> None:
    await stocked(shop)
    much = {**WANTED, "lines": [{"goods": "A", "quantity": 5}]}
    unknown = {**WANTED, "lines": [{"sku": "nothing", "quantity": 5}]}
    answer = await post(shop, "/v1/promises/bulk", {"wanted": [much, unknown, much]})
    assert answer.status_code == 207, answer.text
    outcomes = ManyPromised.model_validate_json(answer.content).outcomes
    assert [each.status == 200 for each in outcomes] == [True, False, True]
    assert outcomes[1].problem is not None
    assert outcomes[1].problem.code == "sku.unknown"
    assert [each.promise.short for each in outcomes if each.promise] == [(), ()], "none sees what another would take"
    for count in (0, 201):
        assert (await post(shop, "/v1/promises/bulk", {"wanted": [much] * count})).status_code == 400


async def test_to_look_one_may_read_and_to_reserve_one_may_sell(here: Street) -> None:
    await stocked(await here.caller())
    reader = await here.caller(scopes=frozenset({Scope.READ}))
    seller = await here.caller(scopes=frozenset({Scope.SELL}))
    token = (await post(reader, "/v1/promises", {"wanted": WANTED})).json()["token"]
    path = f"/v1/promises/{token}/reservation"
    assert (await post(reader, path, {}, Idempotency_Key="x")).status_code == 403
    assert (await post(seller, "/v1/promises", {"wanted": WANTED})).status_code == 403
    at_once = {"wanted": WANTED, "reserve": {}}
    assert (await post(reader, "/v1/promises", at_once, Idempotency_Key="x")).status_code == 403
    assert (await post(seller, "/v1/promises", at_once, Idempotency_Key="x")).status_code == 200
