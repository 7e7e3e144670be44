"""Who may do what (OWASP API Security Top 10 of 2023: API1, API2, API5), asked of every route."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from application.kernel.broker import letter
from application.kernel.call import Call
from application.permissions.create_key import CreateKey
from application.permissions.expire_key import ExpireKey
from application.permissions.revoke_key import RevokeKey
from application.search.kinds import KINDS
from application.search.rebuild_index import RebuildIndex
from contracts.http.v1.catalogue import COMMANDS
from domain.permissions.scope import Scope
from entrypoints.composition.settings import Settings
from tests.attack.doorstep import Doorstep, Heard, Visitor, doorstep
from tests.attack.routes import (
    BULK,
    CONSOLE,
    EACH,
    FORMS,
    MESSAGES,
    QUERIES,
    Route,
    asked_of,
    bulk,
    command,
    guarded,
    routes_of,
)
from tests.attack.routes import message as cloudevent
from tests.e2e.http.street import EVERYTHING, memory, with_search

# -- API1: another tenant's things ------------------------------------------------------------------------------------

PARKED: Final = "m-1"


async def tell_the_story(caller: Visitor) -> list[Heard]:
    answers = [await command(form.name, f"story-{form.name}", form.example).by(caller) for form in COMMANDS]
    assert {each.status for each in answers} == {200}
    return answers


async def park(here: Doorstep, tenant: str, id: str = PARKED) -> None:
    parked = letter(id, tenant, "k", "entrepot.command.v1.report-sale", "r", b"{}", datetime.now(UTC))
    await here.house.parked.park("commands", parked, 1, f"the secret of {tenant}")


ENTERED: Final = (
    "/v1/sites",
    "/v1/calendars",
    "/v1/regions",
    "/v1/postcodes",
    "/v1/relations",
    "/v1/places",
    "/v1/routes",
    "/v1/expected",
    "/v1/expected-promises",
    "/v1/capacity",
    "/v1/quotas",
    "/v1/channel-stock",
)
"""Questions about what contexts are configured with."""

QUESTIONS_OF_OTHERS: Final = (
    "/v1/availability?goods=coffee-1kg&goods=rice&detail=position",
    "/v1/availability?goods=coffee-1kg&node=harbour&min_version=1",
    "/v1/reservations?order=1001",
    "/v1/reservations/order-1001",
    "/v1/reservations/transfer-7",
    "/v1/epcis/2.0/capture?perPage=2",
    "/v1/epcis/2.0/capture/order-1001",
    "/v1/movements?request_id=story-reserve-stock",
    "/v1/movements?reservation=order-1001",
    "/v1/movements?shipment=truck-7",
    "/v1/movements?goods=coffee-1kg&node=harbour",
    "/v1/balances?goods=coffee-1kg&node=harbour&version=1",
    "/v1/goods",
    "/v1/goods?prefix=coffee",
    "/v1/nodes",
    "/v1/mappings",
    "/v1/mappings?system=gs1&kind=goods",
    "/v1/items",
    "/v1/supply",
    "/v1/supply/breakfast-2?at=2026-03-01T12:00:00Z",
    "/v1/policies",
    "/v1/policy-rules?business=wholesale",
    "/v1/promises/basket-77",
    "/v1/promise-replays?policy=quick",
    *(f"{path}?{QUERIES[path]}".rstrip("?") for path in ENTERED),
    "/v1/count-proposals",
    "/v1/count-proposals?snapshot=wms-2026-01-31&status=approved",
    *(f"/v1/search/{kind.name}" for kind in KINDS),
    "/v1/search/movements?q=coffee&where=node:harbour&facet=goods",
    "/v1/sums/movements?by=goods&sum=quantity",
    "/v1/exports/reservations",
    "/v1/events?limit=500",
    "/v1/parked",
)


def told(answer: Heard) -> tuple[int, str]:
    """What one could learn from it: all but times and what was made up for this request alone."""
    text = re.sub(r'"(as_of|at|created_at|changed_at|due|valid_until|committed_at)":"[^"]*"', r'"\1":""', answer.text)
    text = re.sub(r'"as_of":[^,}]*', '"as_of":0', text)
    text = re.sub(r'("request_id":)"[0-9a-f]{12}-[0-9a-f]+"', r"\1null", text)
    text = re.sub(r'("id":"ce-\d+\.)[0-9a-f]{16}"', r'\1"', text)  # of a reply: of its content, times too
    # The place in the feed counts everyone's events: see SECURITY.md.
    text = re.sub(r'"after":"[0-9a-f.]+"', '"after":"-"', text)
    return answer.status, text


async def everything_asked(here: Doorstep, stranger: Visitor, after: dict[str, str]) -> dict[str, tuple[int, str]]:
    """Every question, page, message and command about things with these names."""
    found = {path: told(await stranger.get(path)) for path in QUESTIONS_OF_OTHERS}
    for path, cursor in after.items():
        found[f"{path} on"] = told(await stranger.get(f"{path}after={quote(cursor)}"))
    for route in guarded(here.door):
        if "{group}" in route.template:
            found[str(route)] = told(await asked_of(route).by(stranger))
    for number, form in enumerate(COMMANDS):
        found[form.name] = told(await command(form.name, f"theirs-{number}", form.example).by(stranger))
        again = bulk((f"bulk-{number}", form.name, form.example))
        found[f"bulk {form.name}"] = told(await again.by(stranger))
        found[f"message {form.name}"] = told(await cloudevent(form.name, f"ce-{number}", form.example).by(stranger))
    return found


async def cursors(caller: Visitor) -> dict[str, str]:
    """The places that pages of the caller's own ended with."""
    found = {}
    for path in ("/v1/goods?limit=1&", "/v1/nodes?limit=1&", "/v1/movements?reservation=order-1001&limit=1&"):
        found[path] = (await caller.get(path.rstrip("&"))).json["after"]
    found["/v1/parked?limit=1&"] = (await caller.get("/v1/parked?limit=1")).json["after"]
    assert all(found.values())
    return found


async def test_another_tenant_s_things_cannot_be_told_from_things_that_are_not_there(tmp_path: Path) -> None:
    """Two worlds, one of which has a tenant whose things bear these names: a stranger hears the same in both."""
    worlds = [with_search(memory(), tmp_path / name) for name in ("here", "nowhere")]
    async with doorstep(worlds[0]) as here, doorstep(worlds[1]) as nowhere:
        owner = await here.visitor("acme")
        await tell_the_story(owner)
        for kind in KINDS:
            await here.house.searching.rebuild(RebuildIndex(kind.name))
        assert (await owner.get("/v1/search/movements?q=coffee")).json["total"] > 0
        for id in (PARKED, "m-2"):
            await park(here, "acme", id)
        before = {path: told(await owner.get(path)) for path in QUESTIONS_OF_OTHERS}
        after = await cursors(owner)
        heard = await everything_asked(here, await here.visitor("rival"), after)
        imagined = await everything_asked(nowhere, await nowhere.visitor("rival"), after)
        assert set(heard) == set(imagined)
        for what, answer in heard.items():
            assert answer == imagined[what], what
            assert "secret" not in answer[1], what
        assert {path: told(await owner.get(path)) for path in QUESTIONS_OF_OTHERS} == before, "nothing was done to it"


async def test_two_tenants_may_use_the_same_names_and_ids_and_each_has_its_own(here: Doorstep) -> None:
    one, other = await here.visitor("one"), await here.visitor("other")
    for mine, theirs in zip(await tell_the_story(one), await tell_the_story(other), strict=True):
        assert told(mine) == told(theirs)
    for path in QUESTIONS_OF_OTHERS:
        if "/v1/events" not in path:
            assert told(await one.get(path)) == told(await other.get(path)), path
    await command("register-goods", "only-one", {"goods": [{"code": "mine", "name": "Mine"}]}).by(one)
    assert "mine" not in (await other.get("/v1/goods")).text


def test_every_question_is_put_to_another_tenant_s_things() -> None:
    plain = (
        path.partition("?")[0]
        .replace("/order-1001", "/{id}")
        .replace("/basket-77", "/{id}")
        .replace("/breakfast-2", "/{sku}")
        for path in QUESTIONS_OF_OTHERS
    )
    asked = {re.sub("^/v1/(search|sums|exports)/.*", r"/v1/\1/{kind}", path) for path in plain}
    assert {path for path in QUERIES if path.startswith("/v1/")} <= asked


# -- API2: keys -------------------------------------------------------------------------------------------------------


def not_keys(key: str) -> dict[str, list[tuple[str, str]]]:
    """Ways to present nothing that proves anything."""
    prefix, id, secret = key.split("_", 2)
    other = ("b" if secret[0] == "a" else "a") + secret[1:]
    said = {
        "none": "",
        "nothing after it": "Bearer",
        "empty": "Bearer ",
        "nonsense": "Bearer nonsense",
        "the id alone": f"Bearer {prefix}_{id}",
        "no secret": f"Bearer {prefix}_{id}_",
        "another secret": f"Bearer {prefix}_{id}_{other}",
        "cut": f"Bearer {key[:-1]}",
        "more": f"Bearer {key}a",
        "another id": f"Bearer {prefix}_{'a' * len(id)}_{secret}",
        "louder": f"Bearer {key.upper()}",
        "another prefix": f"Bearer xk_{id}_{secret}",
        "another scheme": f"Basic {key}",
        "no scheme": key,
        "digest": f'Digest username="{key}"',
        "twice in one": f"Bearer {key}, Bearer {key}",
        "two spaces": f"Bearer  {key}",
        "wildcard": "Bearer ek_%_%",
        "injected": "Bearer ek_' OR '1'='1_x",
        "huge": f"Bearer ek_{'a' * 8_000}",
        "no ASCII": "Bearer ek_\xe9\xff",
    }
    return {name: [("Authorization", each)] if each else [] for name, each in said.items()}


async def test_no_route_answers_who_proves_nothing(here: Doorstep, shop: Visitor) -> None:
    details: dict[str, set[str]] = {}
    for route in guarded(here.door):
        asked = asked_of(route)
        for name, headers in not_keys(shop.key).items():
            answer = await here.ask(asked.method, asked.path, [*asked.headers.items(), *headers], asked.content)
            assert (answer.status, answer.json["code"]) == (401, "key.invalid"), (str(route), name)
            assert answer.headers["www-authenticate"].startswith("Bearer"), (str(route), name)
            details.setdefault(name, set()).add(answer.json["detail"])
    assert all(len(said) == 1 for said in details.values()), "every route says the same"
    assert details["another secret"] == details["another id"], "a wrong secret is not told from an id that is not there"
    assert (await shop.get("/v1/goods")).json["items"] == []


async def test_a_key_anywhere_but_in_its_header_is_none(here: Doorstep, shop: Visitor) -> None:
    for route in guarded(here.door):
        asked = asked_of(route)
        joint = "&" if "?" in asked.path else "?"
        for name in ("key", "api_key", "access_token", "token", "authorization"):
            answer = await here.ask(
                asked.method,
                f"{asked.path}{joint}{name}={shop.key}",
                {**asked.headers, "Cookie": f"{name}={shop.key}", "X-Api-Key": shop.key},
                asked.content,
            )
            assert answer.status == 401, (str(route), name)


async def test_no_spelling_of_a_path_goes_around_the_key(here: Doorstep) -> None:
    for route in guarded(here.door):
        asked = asked_of(route)
        for spelling in (
            "/{}",
            "{}/",
            "/assets/..{}",
            "/health/live/..{}",
            "/console/static/..{}",
            "/.{}",
            "/problems{}",
        ):
            path = spelling.format(asked.path.partition("?")[0])
            answer = await here.ask(asked.method, path, asked.headers, asked.content)
            assert answer.status in (401, 404, 405), (str(route), path)
        for spelled in (asked.path.upper(), asked.path.replace("v1", "%76%31"), asked.path.replace("/", "%2f")):
            assert (await here.ask(asked.method, spelled, asked.headers, asked.content)).status == 401, spelled


async def test_two_keys_in_one_request_are_refused_on_every_route(here: Doorstep, shop: Visitor) -> None:
    other = await here.visitor("other")
    for route in guarded(here.door):
        asked = asked_of(route)
        headers = [*asked.headers.items(), *shop.headers().items(), *other.headers().items()]
        answer = await here.ask(asked.method, asked.path, headers, asked.content)
        assert (answer.status, answer.json["code"]) == (400, "head.malformed"), str(route)
        assert answer.json["facts"]["headers"] == ["authorization"], str(route)


async def test_a_key_that_ended_opens_nothing_and_only_who_had_it_learns_that_it_did() -> None:
    settings = memory()
    at_once = settings.model_copy(update={"keys": settings.keys.model_copy(update={"cache_seconds": 0.0})})
    async with doorstep(at_once) as here:
        keys, call = here.house.keys, Call("acme", "test", uuid4().hex)
        for code in ("key.revoked", "key.expired"):
            made = await keys.create(call, CreateKey("shop", EVERYTHING))
            caller = Visitor(here, made.text)
            assert (await caller.get("/v1/goods")).status == 200
            if code == "key.revoked":
                await keys.revoke(call, RevokeKey(made.key.id))
            else:
                await keys.expire(call, ExpireKey(made.key.id))
            for route in guarded(here.door):
                refused = await asked_of(route).by(caller)
                assert (refused.status, refused.json["code"]) == (401, code), str(route)
            guess = Visitor(here, made.text[:-4] + ("aaaa" if made.text[-4:] != "aaaa" else "bbbb"))
            assert (await guess.get("/v1/goods")).json["code"] == "key.invalid"


async def test_a_key_s_own_end_comes_on_time_though_it_is_remembered(here: Doorstep) -> None:
    call, soon = Call("acme", "test", uuid4().hex), datetime.now(UTC) + timedelta(seconds=0.4)
    made = await here.house.keys.create(call, CreateKey("shop", EVERYTHING, expires_at=soon))
    caller = Visitor(here, made.text)
    assert (await caller.get("/v1/goods")).status == 200
    while datetime.now(UTC) < soon:
        assert (await caller.get("/v1/nodes")).status in (200, 401)
    assert (await caller.get("/v1/goods")).json["code"] == "key.expired"


async def test_what_needs_no_key_is_this_and_no_more(here: Doorstep) -> None:
    open_to_all = {str(route) for route in routes_of(here.door) if not route.needs}
    assert {each for each in open_to_all if CONSOLE not in each} == {
        "GET /",
        "GET /assets/{name}",
        "GET /asyncapi.json",
        "GET /docs",
        "GET /favicon.ico",
        "GET /health/live",
        "GET /health/ready",
        "GET /openapi.json",
        "GET /problems",
        "GET /problems/{code}",
        "POST /v1/wms/{source}/messages",
    }


async def test_what_a_signature_opens_is_shut_without_one(here: Doorstep, shop: Visitor) -> None:
    (route,) = [
        each for each in routes_of(here.door) if not each.needs and each.method == "POST" and "wms" in str(each)
    ]
    for visitor in (here.nobody(), shop):
        for signature in ({}, {"Entrepot_Signature": ""}, {"Entrepot_Signature": "t=1"}):
            answer = await asked_of(route).by(visitor, **signature)
            assert (answer.status, answer.code) == (401, "signature.invalid"), "there is no such source, nor any other"


async def test_no_page_of_the_console_shows_anything_to_who_has_not_signed_in(here: Doorstep, shop: Visitor) -> None:
    await tell_the_story(shop)
    for route in routes_of(here.door):
        if route.template.startswith(CONSOLE):
            answer = await asked_of(route).by(here.nobody())
            assert "coffee-1kg" not in answer.text, str(route)
            shown = answer.status == 200
            assert not shown or route.template in ("/console/sign-in", "/console/static/{name}"), str(route)
            with_key = await asked_of(route).by(shop)
            assert "coffee-1kg" not in with_key.text, f"{route}: a session opens it, not a key"


# -- API5: scopes -----------------------------------------------------------------------------------------------------


async def refused_for(route: Route, caller: Visitor) -> str:
    """The scope that the caller is told it lacks, "" where it is let in."""
    answer = await asked_of(route, uuid4().hex).by(caller)
    body: Any = json.loads(answer.content) if answer.content[:1] == b"{" else {}
    if route.template == BULK:
        body = body["outcomes"][0].get("problem", {})
    if body.get("code") != "scope.missing":
        assert answer.status not in (401, 403), str(route)
        return ""
    assert body["status"] == 403, str(route)
    return str(body["facts"]["scope"])


async def test_each_scope_alone_opens_what_needs_it_and_nothing_else(here: Doorstep) -> None:
    for scope in Scope:
        caller = await here.visitor(scopes=frozenset({scope}))
        for route in guarded(here.door):
            needs = FORMS["report-sale"].scope if route.needs == EACH else route.needs
            assert await refused_for(route, caller) == ("" if needs == scope.value else needs), (str(route), scope)


async def test_in_bulk_and_by_message_each_command_needs_what_it_needs_alone(here: Doorstep) -> None:
    for scope in Scope:
        caller = await here.visitor(scopes=frozenset({scope}))
        several = [(f"{scope}-{form.name}", form.name, form.example) for form in COMMANDS]
        outcomes = (await bulk(*several).by(caller)).json["outcomes"]
        for form, outcome in zip(COMMANDS, outcomes, strict=True):
            assert (outcome["status"] == 403) == (form.scope != scope.value), (form.name, scope)
            sent = await cloudevent(form.name, uuid4().hex, form.example).by(caller)
            assert (sent.status == 403) == (form.scope != scope.value), (form.name, scope)


async def test_a_batch_with_one_command_beyond_the_key_does_nothing(here: Doorstep, shop: Visitor) -> None:
    await tell_the_story(shop)
    seller = await here.visitor(scopes=frozenset({Scope.SELL}))
    sale = {"specversion": "1.0", "id": "s", "source": "/t", "type": "entrepot.command.v1.report-sale"}
    mixed = [
        {**sale, "data": FORMS["report-sale"].example},
        {**sale, "id": "g", "type": "entrepot.command.v1.register-goods", "data": FORMS["register-goods"].example},
    ]
    headers = seller.headers(Content_Type="application/cloudevents-batch+json")
    refused = await here.ask("POST", MESSAGES, headers, json.dumps(mixed).encode())
    assert (refused.status, refused.json["code"]) == (403, "scope.missing")
    assert (await shop.get("/v1/movements?request_id=s")).json["items"] == []


def settings_with_token(token: str) -> Settings:
    settings = memory()
    return settings.model_copy(update={"metrics": type(settings.metrics)(token=token)})


async def test_metrics_open_to_their_token_alone_where_there_is_one() -> None:
    async with doorstep(settings_with_token("0123456789abcdef-token")) as here:
        shop = await here.visitor()
        assert (await here.nobody().get("/metrics")).status == 401
        assert (await shop.get("/metrics")).status == 401
        token = {"Authorization": "Bearer 0123456789abcdef-token"}
        assert (await here.ask("GET", "/metrics", token)).status == 200
        assert (await here.ask("GET", "/v1/goods", token)).status == 401
