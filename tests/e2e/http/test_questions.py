"""Questions over HTTP: what is answered, page by page, and what cannot be asked."""

from pathlib import Path
from urllib.parse import quote

from contracts.http.v1.questions import QUESTIONS
from domain.permissions.scope import Scope
from tests.e2e.http.street import Caller, Street, memory, street, with_search

PATHS = {
    "find-availability": "/v1/availability?goods=A&goods=B&node=N1&detail=position",
    "find-reservation": "/v1/reservations/r-1",
    "find-promise": "/v1/promises/basket-1",
    "replay-promises": "/v1/promise-replays?policy=nearest",
    "find-reservations": "/v1/reservations?order=o-1",
    "find-movements": "/v1/movements?goods=A&node=N1",
    "find-balance": "/v1/balances?goods=A&node=N1&version=1",
    "list-goods": "/v1/goods",
    "list-nodes": "/v1/nodes?prefix=N",
    "list-mappings": "/v1/mappings",
    "list-items": "/v1/items",
    "list-supply": "/v1/supply?limit=5",
    "resolve-supply": "/v1/supply/S?buyer=shop-7&at=2026-03-01T12:00:00Z",
    "list-policies": "/v1/policies",
    "explain-policy": "/v1/policy-rules?business=wholesale&policy=nearest",
    "find-quotas": "/v1/quotas?goods=A&channel=web",
    "find-channel-stock": "/v1/channel-stock?goods=A&node=N1&channel=web",
    "find-expected": "/v1/expected?goods=A&node=N1",
    "find-receipt-promises": "/v1/expected-promises?goods=A&node=N1&on=2027-03-01",
    "find-capacity": "/v1/capacity?node=N1&first=2027-03-01&days=3",
    "list-proposals": "/v1/count-proposals",
    "search-documents": "/v1/search/goods?q=a&facet=unit",
    "add-up-documents": "/v1/sums/movements?by=node&sum=quantity",
    "list-sites": "/v1/sites",
    "list-calendars": "/v1/calendars",
    "list-regions": "/v1/regions",
    "list-postcodes": "/v1/postcodes",
    "list-relations": "/v1/relations",
    "resolve-address": "/v1/places?nation=CN&postcode=311100",
    "route-address": "/v1/routes?lat=30.5&lng=120&goods=A&goods=B&explain=all&limit=5",
    "read-events": "/v1/events",
    "list-parked": "/v1/parked",
}

KEPT = {
    "set-items": {"items": [{"code": "I", "name": "I", "skus": [{"code": "S"}]}]},
    "set-supply": {"supplies": [{"sku": "S", "mappings": [{"id": "own", "parts": [{"code": "A"}]}]}]},
    "publish-policies": {"policies": [{"name": "house", "settings": {"split_cost": 300}}]},
    "set-sites": {"sites": [{"code": "N1", "orders_a_day": 5, "covers": {"anywhere": True}}]},
    "set-quotas": {
        "quotas": [{"code": "q", "channel": "web", "mode": "shared", "dimension": "goods", "of": "A", "cap": 9}]
    },
    "announce-supply": {"lines": [{"goods": "A", "node": "N1", "on": "2027-03-01", "quantity": 4}]},
}
"""One of everything that a question may be about: no answer here is empty for want of anything to tell."""


async def test_every_question_is_answered_in_its_form(tmp_path: Path) -> None:
    async with street(with_search(memory(), tmp_path)) as here:
        shop = await here.caller()
        await shop.stocked()
        await shop.reserve(request="r-1", order="o-1")
        for command, body in KEPT.items():
            entered = await shop.do(command, body)
            assert entered.status_code == 200, f"{command}: {entered.text}"
        wanted = {"lines": [{"goods": "A", "quantity": 1}], "to": {"lat": 30.5, "lng": 120.0}}
        kept = await shop.do("make-promise", {"wanted": wanted, "keep": True, "id": "basket-1"})
        assert kept.status_code == 200, kept.text
        assert set(PATHS) == {form.name for form in QUESTIONS}
        for form in QUESTIONS:
            answer = await shop.get(PATHS[form.name])
            assert answer.status_code == 200, f"{form.name}: {answer.text}"
            form.answer.model_validate_json(answer.content)


async def test_every_question_needs_a_key_that_may_read(here: Street) -> None:
    reader = await here.caller(scopes=frozenset({Scope.READ}))
    writer = await here.caller(scopes=frozenset({Scope.SELL, Scope.ADJUST, Scope.ADMIN}))
    for form in QUESTIONS:
        path = PATHS[form.name]
        assert (await here.nobody().get(path)).json()["code"] == "key.invalid"
        refused = await (writer if form.scope == "read" else reader).get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope.missing")


async def test_what_nobody_may_ask_is_refused_with_its_name(shop: Caller) -> None:
    for path, field in {
        "/v1/goods?prefx=A": "prefx",
        "/v1/goods?limit=0": "limit",
        "/v1/goods?limit=501": "limit",
        "/v1/goods?limit=+5": "limit",
        "/v1/goods?limit=5&limit=6": "limit",
        "/v1/goods?limit": "query",
        "/v1/goods?prefix=%FF": "query",
        "/v1/goods?prefix=%00": "prefix",
        "/v1/availability": "goods",
        "/v1/availability?goods=": "goods.0",
        "/v1/availability?goods=A&detail=all": "detail",
        "/v1/availability?goods=A&goods=B&node=N1&min_version=1": "min_version",
        "/v1/availability?" + "&".join(f"goods=G{n}" for n in range(501)): "goods",
        "/v1/reservations": "order",
        "/v1/movements": "query",
        "/v1/movements?request_id=a&reservation=b": "query",
        "/v1/movements?kind=stock&key=A": "key",
        "/v1/movements?kind=none&key=A": "kind",
        "/v1/movements?goods=A": "goods",
        "/v1/movements?goods=A&node=N&after=nowhere": "after",
        "/v1/balances?goods=A&node=N": "query",
        "/v1/balances?goods=A&node=N&at=1700000000": "at",
        "/v1/events?after=nowhere": "after",
        "/v1/events?wait=31": "wait",
    }.items():
        refused = await shop.get(path)
        assert (refused.status_code, refused.json()["code"]) == (400, "input.invalid"), f"{path}: {refused.text}"
        assert refused.json()["facts"]["field"] == field, f"{path}: {refused.text}"


async def test_an_id_is_the_bytes_that_were_sent(shop: Caller) -> None:
    await shop.stocked()
    for id in ("a/b", "/", "a//b/", "a b", "50%", "?&#", "预占-1", "e\u0301", "\u00e9", ".%2F.", "a+b"):
        held = await shop.reserve(reservation=id)
        assert held.status_code == 200, held.text
        found = await shop.get(f"/v1/reservations/{quote(id, safe='')}")
        assert found.status_code == 200, f"{id}: {found.text}"
        assert found.json()["reservation"] == id
    assert (await shop.get("/v1/reservations/%FF")).status_code == 400
    assert (await shop.get("/v1/reservations/a/b")).json()["code"] == "route.unknown"


async def test_pages_follow_one_another_to_the_end(shop: Caller) -> None:
    codes = [f"G{number:03}" for number in range(25)]
    goods = [{"code": code, "name": code} for code in codes]
    await shop.do("register-goods", {"goods": goods})
    seen, after = [], ""
    while True:
        answer = (await shop.get(f"/v1/goods?limit=10&after={after}")).json()
        seen += [each["code"] for each in answer["items"]]
        if answer["after"] is None:
            break
        after = answer["after"]
    assert seen == codes


async def test_availability_is_not_sent_again_while_it_is_the_same(shop: Caller) -> None:
    await shop.stocked()
    path = "/v1/availability?goods=A"
    first = await shop.get(path)
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    await shop.reserve("B")
    same = await shop.get(path, If_None_Match=f'"other", {etag}')
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    await shop.reserve("A")
    changed = await shop.get(path, If_None_Match=etag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


async def test_an_answer_is_no_older_than_the_version_asked_for(shop: Caller) -> None:
    await shop.stocked()
    version = (await shop.reserve()).json()["positions"][0]["version"]
    assert (await shop.get(f"/v1/availability?goods=A&node=N1&min_version={version}")).status_code == 200
    early = await shop.get(f"/v1/availability?goods=A&node=N1&min_version={version + 1}")
    assert (early.status_code, early.json()["code"], early.json()["retryable"]) == (409, "version.not_reached", True)


async def test_an_account_is_named_by_its_place_or_by_its_key(shop: Caller) -> None:
    await shop.stocked(7)
    by_place = await shop.get("/v1/balances?goods=A&node=N1&version=1")
    by_key = await shop.get("/v1/balances?kind=stock&key=-&key=A&key=N1&key=-&key=-&version=1")
    assert by_place.json()["balances"]["available"] == 7
    assert by_place.json() == by_key.json()
    then = by_place.json()["at"]
    assert (await shop.get(f"/v1/balances?goods=A&node=N1&at={quote(then)}")).json() == by_place.json()


async def test_a_head_is_a_get_without_its_body(shop: Caller) -> None:
    full = await shop.get("/v1/goods")
    head = await shop.client.head("/v1/goods", headers=shop.headers())
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == full.headers["content-length"]
    assert (await shop.client.head("/docs")).status_code == 200
