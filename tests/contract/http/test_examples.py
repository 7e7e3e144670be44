"""The examples of the catalogue are executed in their order: each is accepted, and answered in the form promised."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest

from application.kernel.call import Call
from bench.write_contracts import ASYNCAPI, OPENAPI, ROOT
from contracts.events.v1.catalogue import EVENTS
from contracts.events.v1.cloudevents import STRUCTURED
from contracts.http.v1.catalogue import COMMANDS, CommandForm
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import Settings
from entrypoints.wire.commands import command_of
from tests.e2e.http.street import memory, street

EXPECTED = {form.name for form in EVENTS} - {
    "CapacityAdjusted",
    "ExpectedSupplyLate",
    "ReservationCancelled",
    "StockDisplaced",
    "StockExpired",
}
"""What the story has told in the end."""

FORMS = {form.name: form for form in EVENTS}


async def tell(house: Installation, form: CommandForm) -> dict[str, Any]:
    command = command_of(form, form.request.model_validate(form.example), house.settings)
    reply = house.codec.encode(await house.handle(Call("acme", "clerk", f"example-{form.name}"), command))
    answer = form.reply.model_validate_json(reply)
    said: dict[str, Any] = json.loads(reply)
    assert json.loads(answer.model_dump_json()) == said, "every field is published, and none more"
    return said


@pytest.fixture
async def house() -> AsyncIterator[Installation]:
    settings = Settings.model_validate({"database": {"url": "memory:"}, "worker": {"poll_seconds": 0.05}})
    async with open_installation(settings) as house:
        yield house


async def test_the_story_is_accepted_and_answered_in_the_form_promised(house: Installation) -> None:
    told = {form.name: await tell(house, form) for form in COMMANDS}
    assert told["reserve-stock"]["due"].endswith("Z")
    assert told["release-reservation"]["lines"], "something was released"
    assert told["recall-shipment"]["goods"][0]["in_transit"] == 0, "the story comes to its end"
    again = {form.name: await tell(house, form) for form in COMMANDS}
    assert again == told, "and told again, it is the same"


async def test_its_events_are_told_in_the_form_promised(house: Installation) -> None:
    for form in COMMANDS:
        await tell(house, form)
    seen: set[str] = set()
    after = None
    while not seen >= EXPECTED:
        page = await house.feed.read("acme", after, 500)
        after = page.after
        for message in page.messages:
            told = FORMS[message.type]
            data = told.data.model_validate_json(message.data)
            said = message.data.replace(b'+00:00"', b'Z"')  # UTC is spelled in both ways
            assert json.loads(data.model_dump_json(exclude_unset=True)) == json.loads(said), message.type
            assert message.subject.partition(":")[0] == told.of
            seen.add(message.type)
        await asyncio.sleep(0.02)


# -- over HTTP --------------------------------------------------------------------------------------------------------

DOCUMENT: dict[str, Any] = json.loads((ROOT / OPENAPI).read_bytes())


def described(response: httpx.Response, template: str) -> dict[str, Any]:
    """The answer, which the document shows: its status, its headers, its content, every field of it."""
    operation = DOCUMENT["paths"][template][response.request.method.lower()]
    answer = operation["responses"][str(response.status_code)]
    if "$ref" in answer:
        answer = DOCUMENT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    assert response.headers.keys() >= {name.lower() for name in answer.get("headers", {})}
    content = answer["content"][response.headers["content-type"]]
    body: dict[str, Any] = response.json()
    closed_to_more = {**closed(content["schema"]), "components": closed(DOCUMENT["components"])}
    jsonschema.Draft202012Validator(closed_to_more).validate(body)
    if response.status_code >= 400:
        assert body["code"] in answer["x-codes"]
        assert body["status"] == response.status_code
    return body


def closed(schema: Any) -> Any:
    """The schema with no room for fields that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    more = {} if "additionalProperties" in schema or "properties" not in schema else {"additionalProperties": False}
    return {**{key: closed(value) for key, value in schema.items()}, **more}


QUESTIONS_OF_THE_STORY = [
    ("/v1/availability", "/v1/availability?goods=coffee-1kg&goods=rice&detail=position"),
    ("/v1/reservations/{id}", "/v1/reservations/order-1001"),
    ("/v1/reservations", "/v1/reservations?order=1001"),
    ("/v1/movements", "/v1/movements?reservation=order-1001&limit=3"),
    ("/v1/movements", "/v1/movements?kind=shipment&key=truck-7&key=coffee-1kg&key=-"),
    ("/v1/balances", "/v1/balances?goods=coffee-1kg&node=harbour&version=3"),
    ("/v1/goods", "/v1/goods?prefix=c"),
    ("/v1/nodes", "/v1/nodes?limit=1"),
    ("/v1/items", "/v1/items?limit=1"),
    ("/v1/supply", "/v1/supply"),
    ("/v1/supply/{sku}", "/v1/supply/breakfast-2"),
    ("/v1/supply/{sku}", "/v1/supply/espresso-1kg?buyer=b&at=2025-12-31T23:59:59Z"),
    ("/v1/policies", "/v1/policies"),
    ("/v1/policy-rules", "/v1/policy-rules?business=wholesale&policy=quick"),
    ("/v1/events", "/v1/events?wait=5"),
    ("/v1/parked", "/v1/parked"),
]


async def test_the_story_over_http_is_answered_as_the_document_shows() -> None:
    async with street(memory()) as here:
        caller = await here.caller()
        for form in COMMANDS:
            response = await caller.do(form.name, form.example, f"example-{form.name}")
            assert response.status_code == 200, response.text
            described(response, f"/v1/commands/{form.name}")
        for template, path in QUESTIONS_OF_THE_STORY:
            response = await caller.get(path)
            assert response.status_code == 200, response.text
            described(response, template)
        bulk = DOCUMENT["paths"]["/v1/commands"]["post"]["requestBody"]["content"]["application/json"]["example"]
        response = await caller.bulk(*bulk["commands"], {"request_id": "x", "command": "no-such", "body": {}})
        outcomes = described(response, "/v1/commands")["outcomes"]
        assert [each["status"] for each in outcomes] == [200, 409, 404]


async def test_what_fails_over_http_is_answered_as_the_document_shows() -> None:
    reserve = next(form for form in COMMANDS if form.name == "reserve-stock")
    template = "/v1/commands/reserve-stock"
    async with street(memory()) as here:
        caller, nobody = await here.caller(), here.nobody()
        reader = await here.caller(scopes=frozenset({Scope.READ}))
        failures = [
            (await nobody.do(reserve.name, reserve.example), "key.invalid"),
            (await reader.do(reserve.name, reserve.example), "scope.missing"),
            (await caller.do(reserve.name, {}), "input.invalid"),
            (await caller.do(reserve.name, reserve.example), "goods.unknown"),
            (await caller.client.post(template, json={}, headers=caller.headers()), "request_id.missing"),
        ]
        for response, code in failures:
            assert described(response, template)["code"] == code
        missing = await caller.get("/v1/reservations/none")
        assert described(missing, "/v1/reservations/{id}")["code"] == "reservation.unknown"
        message = DOCUMENT["paths"]["/v1/messages"]["post"]["requestBody"]["content"][STRUCTURED]["example"]
        headers = caller.headers(Content_Type=STRUCTURED)
        response = await caller.client.post("/v1/messages", json=message, headers=headers)
        answered = described(response, "/v1/messages")
        assert (answered["datacontenttype"], answered["data"]["code"]) == ("application/problem+json", "goods.unknown")
        assert (await caller.client.post("/v1/messages", content=b"{", headers=headers)).status_code == 400


async def test_in_whose_name_is_said_of_many_commands_at_once_or_refused() -> None:
    async with street(memory()) as here:
        caller = await here.caller()
        headers = caller.headers(On_Behalf_Of="x" * 129)
        response = await caller.client.post("/v1/commands", json={"commands": [{}]}, headers=headers)
        assert response.status_code == 400
        assert described(response, "/v1/commands")["facts"]["field"] == "actor"


async def test_the_documents_are_given_out_to_anyone() -> None:
    async with street(memory()) as here:
        for path, kept in (("/openapi.json", OPENAPI), ("/asyncapi.json", ASYNCAPI)):
            response = await here.client.get(path)
            assert response.status_code == 200
            assert response.content == (ROOT / kept).read_bytes()


async def test_an_etag_is_compared_weakly() -> None:
    async with street(memory()) as here:
        caller = await here.caller()
        path = "/v1/availability?goods=any"
        etag = (await caller.get(path)).headers["etag"]
        for said in (etag, etag.removeprefix("W/"), f'"x", {etag}', "*"):
            assert (await caller.get(path, If_None_Match=said)).status_code == 304
        for said in ('"x"', 'W/""', etag.strip('"')):
            described(await caller.get(path, If_None_Match=said), "/v1/availability")
