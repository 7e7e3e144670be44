"""Events of EPCIS over HTTP: taken in once, each with a fate of its own, in the order in which they touch the same."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contracts.http.v1.epcis import Captured, CaptureJob
from domain.permissions.scope import Scope
from entrypoints.http.epcis import Capture
from entrypoints.http.epcis_jobs import CaptureInJob
from tests.attack.doorstep import Doorstep, Heard, Visitor, doorstep
from tests.attack.routes import command
from tests.e2e.http.street import memory

PAGE = Path(__file__).parents[3] / "docs" / "adapters" / "epcis.md"
ITEM = "urn:epc:idpat:sgtin:0614141.107346.*"
PLACES = {"urn:epc:id:sgln:0614141.00888.0": "harbour", "urn:epc:id:sgln:0614141.00777.0": "old-town"}
HARBOUR, OLD_TOWN = PLACES
ELSEWHERE = "https://id.gs1.org/414/4012345002256"


@pytest.fixture
async def here() -> AsyncIterator[Doorstep]:
    async with doorstep(memory()) as opened:
        yield opened


@pytest.fixture
async def shop(here: Doorstep) -> Visitor:
    return await registered(await here.visitor())


async def registered(visitor: Visitor, *, mapped: bool = True) -> Visitor:
    await do(visitor, "register-goods", {"goods": [{"code": "coffee", "name": "Coffee"}]})
    await do(visitor, "register-node", {"nodes": [{"code": code, "name": code} for code in PLACES.values()]})
    if mapped:
        await do(visitor, "set-mappings", {"mappings": MAPPINGS})
    return visitor


MAPPINGS = [
    {"system": "gs1", "kind": "goods", "outside": "gtin:10614141073464", "inside": "coffee"},
    {"system": "gs1", "kind": "node", "outside": "gln:0614141008889", "inside": "harbour"},
    {"system": "gs1", "kind": "node", "outside": "gln:0614141007776", "inside": "old-town"},
    {"system": "gs1", "kind": "node", "outside": "gln:4012345002256", "inside": "-"},
]


async def do(visitor: Visitor, name: str, body: Any, id: str = "") -> Any:
    answer = await command(name, id or f"{name}-{hash(json.dumps(body))}", body).by(visitor)
    assert answer.status == 200, answer.text
    return answer.json


def event(id: str, step: str = "receiving", quantity: float = 3, **members: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{id}",
        "action": "OBSERVE",
        "bizStep": step,
        "bizLocation": {"id": HARBOUR},
        "quantityList": [{"epcClass": ITEM, "quantity": quantity}],
        **members,
    }


def between(source: str, destination: str) -> dict[str, Any]:
    return {
        "sourceList": [{"type": "location", "source": source}],
        "destinationList": [{"type": "location", "destination": destination}],
        "bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:0614141000005:7"}],
    }


def document(*events: Any) -> bytes:
    whole = {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": events}}
    return json.dumps(whole, indent=1).encode()


async def capture(visitor: Visitor, *events: Any, **headers: str) -> Heard:
    said = {"Content_Type": "application/ld+json", **headers}
    return await visitor.step.ask("POST", Capture.template, visitor.headers(**said), document(*events))


async def available(visitor: Visitor, node: str) -> int:
    found = (await visitor.get(f"/v1/availability?goods=coffee&node={node}&detail=total")).json
    return int(found["goods"][0]["amounts"]["available"])


def codes(answer: Heard) -> list[str]:
    assert answer.status == 207, answer.text
    told = Captured.model_validate_json(answer.content)
    assert told.events == len(told.outcomes) == told.taken_in + told.refused
    return [each.problem.code if each.problem else "" for each in told.outcomes]


async def test_a_document_is_taken_in_event_by_event(shop: Visitor) -> None:
    transfer = between(HARBOUR, OLD_TOWN)
    answer = await capture(
        shop,
        event("1", quantity=100),
        event("2", "shipping", 40, **transfer),
        event("3", "receiving", 38, **transfer | {"bizLocation": {"id": OLD_TOWN}}),
        event("4", "packing"),
        event("5", "stock_taking", 57),
        event("6", "shipping", 7, **between(HARBOUR, ELSEWHERE)),
        {"type": "ObjectEvent", "eventID": 7},
    )
    assert codes(answer) == ["", "", "", "epcis.unsupported", "", "", "epcis.document"]
    outcomes = answer.json["outcomes"]
    assert outcomes[1]["taken_in"]["commands"] == ["FreezeTransfer", "ShipReservation"]
    assert [each["line"] for each in outcomes][:2] == [6, 21]
    assert await available(shop, "harbour") == 50
    assert await available(shop, "old-town") == 38
    history = (await shop.get(f"/v1/movements?request_id={outcomes[1]['request_id']}")).json["items"]
    assert {each["command"] for each in history} == {"TakeIn"}
    assert answer.headers["gs1-epcis-version"] == "2.0.0"


async def test_captured_again_it_is_the_same_answer_and_nothing_more(shop: Visitor) -> None:
    events = [event("1", quantity=10), event("2", "shipping", 4), event("3", "packing"), event("4", "shipping", 400)]
    first = await capture(shop, *events)
    assert codes(first) == ["", "", "epcis.unsupported", "stock.insufficient"]
    again = await capture(shop, *events)
    assert again.json["outcomes"][:3] == first.json["outcomes"][:3]
    assert codes(await capture(shop, *reversed(events)))[::-1] == codes(first), "in whatever document"
    assert await available(shop, "harbour") == 6


async def test_what_was_taken_in_stays_so_when_its_names_lose_their_meaning(shop: Visitor) -> None:
    first = await capture(shop, event("1", quantity=10))
    gone = [{**MAPPINGS[0], "active": False}, {**MAPPINGS[1], "inside": "old-town"}]
    await do(shop, "set-mappings", {"mappings": gone})
    assert (await capture(shop, event("1", quantity=10))).json == first.json
    assert codes(await capture(shop, event("2"))) == ["mapping.unknown"]
    await do(shop, "set-mappings", {"mappings": MAPPINGS[:1]})
    assert codes(await capture(shop, event("2", quantity=1))) == [""], "it may be sent again once it is known"
    assert await available(shop, "old-town") == 1


async def test_the_same_event_with_other_content_is_refused(shop: Visitor) -> None:
    assert codes(await capture(shop, event("1", quantity=10))) == [""]
    assert codes(await capture(shop, event("1", quantity=11), event("1", quantity=10))) == ["request.mismatch", ""]
    assert codes(await capture(shop, event("9"), event("9"), event("9", quantity=4))) == ["", "", "request.mismatch"]
    assert await available(shop, "harbour") == 13


async def test_what_is_not_mapped_is_named_with_its_event_and_line(here: Doorstep) -> None:
    stranger = await registered(await here.visitor("other"), mapped=False)
    owner = [{"type": "owning_party", "destination": "urn:epc:id:pgln:4012345.00225"}]
    answer = await capture(stranger, event("1", destinationList=owner))
    assert codes(answer) == ["mapping.unknown"]
    (told,) = answer.json["outcomes"]
    assert (told["line"], told["status"]) == (6, 404)
    assert told["problem"]["facts"]["names"] == [
        {"system": "gs1", "kind": "goods", "outside": "gtin:10614141073464"},
        {"system": "gs1", "kind": "node", "outside": "gln:0614141008889"},
        {"system": "gs1", "kind": "owner", "outside": "gln:4012345002256"},
    ]
    listed = (await stranger.get("/v1/mappings")).json["items"]
    assert listed == [], "another tenant's are not there"


async def test_goods_that_are_mapped_must_be_registered_and_active(shop: Visitor) -> None:
    unknown = {"system": "gs1", "kind": "goods", "outside": "gtin:04012345987652", "inside": "tea"}
    refused = await command("set-mappings", "x", {"mappings": [unknown]}).by(shop)
    assert refused.code == "goods.unknown"
    await do(shop, "change-goods", {"changes": [{"code": "coffee", "active": False}]})
    assert codes(await capture(shop, event("1"))) == ["goods.inactive"]


async def test_mappings_are_listed(shop: Visitor) -> None:
    found = (await shop.get("/v1/mappings?system=gs1&kind=node&limit=2")).json
    assert [each["facts"]["inside"] for each in found["items"]] == ["old-town", "harbour"]
    more = (await shop.get(f"/v1/mappings?system=gs1&kind=node&after={found['after']}")).json
    assert [each["facts"]["inside"] for each in more["items"]] == ["-"]
    assert (await shop.get("/v1/mappings?kind=node")).code == "input.invalid"


async def test_to_ship_or_sell_takes_the_scope_for_it(here: Doorstep, shop: Visitor) -> None:
    assert codes(await capture(shop, event("1", quantity=10))) == [""]
    node = await here.visitor(scopes=frozenset({Scope.ADJUST}))
    assert codes(await capture(node, event("2"), event("3", "retail_selling"))) == ["", "scope.missing"]
    till = await here.visitor(scopes=frozenset({Scope.SELL}))
    assert (await capture(till, event("4", "retail_selling"))).code == "scope.missing"


async def test_what_is_wrong_with_the_whole_is_said_of_the_whole(shop: Visitor) -> None:
    ask, path = shop.step.ask, Capture.template
    assert (await ask("POST", path, shop.headers(), b"{}")).code == "epcis.document"
    assert (await ask("POST", path, shop.headers(), b"[" * 40)).code == "body.too_deep"
    assert (await ask("POST", path, shop.headers(Content_Type="text/xml"), b"<x/>")).code == "body.type"
    assert (await capture(shop, event("1"), Idempotency_Key="x")).code == "input.invalid"
    assert (await capture(shop, event("1"), GS1_Capture_Error_Behaviour="perhaps")).code == "input.invalid"
    assert codes(await capture(shop, event("1"), GS1_Capture_Error_Behaviour="proceed")) == [""]
    assert (await capture(shop, *(event(str(n)) for n in range(1_001)))).code == "epcis.too_large"


async def test_every_event_is_paid_for() -> None:
    settings = memory().model_copy(update={"rate": memory().rate.model_copy(update={"per_second": 0.01, "burst": 9})})
    async with doorstep(settings) as here:
        shop = await registered(await here.visitor())
        answer = await capture(shop, *(event(str(n)) for n in range(20)))
        assert answer.code == "rate.limited"


async def test_many_events_of_the_same_stock_are_done_in_their_order(shop: Visitor) -> None:
    events = [event(str(n), "receiving" if n % 2 == 0 else "retail_selling", 5) for n in range(400)]
    assert set(codes(await capture(shop, *events))) == {""}, "nothing was sold before it came"
    assert await available(shop, "harbour") == 0


# -- as jobs ----------------------------------------------------------------------------------------------------------


async def in_job(visitor: Visitor, *events: Any, **headers: str) -> Heard:
    said = {"Content_Type": "application/ld+json", **headers}
    return await visitor.step.ask("POST", CaptureInJob.template, visitor.headers(**said), document(*events))


async def test_a_capture_job_says_what_became_of_the_document(shop: Visitor) -> None:
    events = event("1", quantity=10), event("2", "packing"), event("3", "shipping", 400)
    answer = await in_job(shop, *events, GS1_Capture_Error_Behaviour="proceed")
    assert (answer.status, answer.headers["gs1-capture-error-behaviour"]) == (202, "proceed")
    job = CaptureJob.model_validate_json(answer.content)
    assert answer.headers["location"] == f"{CaptureInJob.template}/{job.captureID}"
    assert (job.running, job.success, job.captureErrorBehaviour) == (False, False, "proceed")
    assert [(each.event, each.line, each.code) for each in job.errors] == [
        ("urn:uuid:2", 21, "epcis.unsupported"),
        ("urn:uuid:3", 36, "stock.insufficient"),
    ]
    assert job.createdAt <= job.finishedAt
    found = await shop.get(answer.headers["location"])
    assert (found.status, found.json) == (200, answer.json)
    assert await available(shop, "harbour") == 10


async def test_the_same_document_is_another_job_and_nothing_more(shop: Visitor) -> None:
    first = (await in_job(shop, event("1", quantity=10))).json
    again = (await in_job(shop, event("1", quantity=10))).json
    assert first["success"]
    assert again["success"]
    assert first["captureID"] != again["captureID"]
    assert codes(await capture(shop, event("1", quantity=10))) == [""], "nor when it is captured the other way"
    assert await available(shop, "harbour") == 10


async def test_all_of_a_document_or_none_of_it(shop: Visitor) -> None:
    """As the standard has it where nothing else is asked for."""
    events = [event("1", quantity=10), event("2", "shipping", 4), event("3", "shipping", 400), event("4", "packing")]
    refused = (await in_job(shop, *events, GS1_Capture_Error_Behaviour="rollback")).json
    assert (refused["success"], refused["captureErrorBehaviour"]) == (False, "rollback")
    assert [(each["event"], each["code"]) for each in refused["errors"]] == [
        ("urn:uuid:3", "stock.insufficient"),
        ("urn:uuid:4", "epcis.unsupported"),
    ]
    assert await available(shop, "harbour") == 0, "nothing of it was taken in"
    answer = await in_job(shop, *events[:2])
    assert (answer.headers["gs1-capture-error-behaviour"], answer.json["success"]) == ("rollback", True)
    assert codes(await capture(shop, *events)) == ["", "", "stock.insufficient", "epcis.unsupported"]
    assert await available(shop, "harbour") == 6, "each is known in whatever document it comes"
    assert not (await in_job(shop, event("1", quantity=11), event("5"))).json["success"]
    assert await available(shop, "harbour") == 6


async def test_all_or_none_is_told_of_each_event_too(shop: Visitor) -> None:
    rollback = {"GS1_Capture_Error_Behaviour": "Rollback"}
    assert codes(await capture(shop, event("1", quantity=10))) == [""]
    events = [event("1", quantity=10), event("2"), event("3", "retail_selling", 400)]
    answer = await capture(shop, *events, **rollback)
    assert codes(answer) == ["", "together.refused", "stock.insufficient"]
    assert answer.json["outcomes"][1]["status"] == 409
    assert codes(await capture(shop, event("4"), {"type": "ObjectEvent", "eventID": 7}, **rollback)) == [
        "together.refused",
        "epcis.document",
    ]
    between_ours = between(HARBOUR, OLD_TOWN)
    sent = [
        event("5", "shipping", 8, **between_ours),
        event("6", "receiving", 8, **between_ours | {"bizLocation": {"id": OLD_TOWN}}),
    ]
    assert codes(await capture(shop, *sent, event("7", "shipping", 3), **rollback)) == [
        *("together.refused", "together.refused", "stock.insufficient")
    ]
    assert (await available(shop, "harbour"), await available(shop, "old-town")) == (10, 0)
    assert codes(await capture(shop, *sent, event("7", "shipping", 2), **rollback)) == ["", "", ""]
    assert (await available(shop, "harbour"), await available(shop, "old-town")) == (0, 8)


async def test_what_is_asked_of_errors_is_asked_once(shop: Visitor) -> None:
    other = await in_job(shop, event("1"), GS1_EPCIS_Capture_Error_Behaviour="proceed")
    assert other.headers["gs1-capture-error-behaviour"] == "proceed"
    both = await in_job(
        shop, event("1"), GS1_EPCIS_Capture_Error_Behaviour="proceed", GS1_Capture_Error_Behaviour="rollback"
    )
    assert (both.status, both.code) == (400, "input.invalid")
    assert (await in_job(shop, event("1"), GS1_EPCIS_Version="1.2")).code == "input.invalid"
    assert (await in_job(shop, event("1"), Content_Type="application/xml")).status == 415


async def test_no_more_is_done_together_than_fits_into_a_transaction(shop: Visitor) -> None:
    lots = [{"epcClass": f"urn:epc:class:lgtin:0614141.107346.L{n}", "quantity": 1} for n in range(201)]
    events = [event(str(n), quantityList=lots) for n in range(10)]
    answer = await in_job(shop, *events)
    assert (answer.status, answer.code, answer.json["facts"]["most"]) == (413, "together.too_many", 2_000)
    assert (await in_job(shop, *events[:2])).json["success"]


async def test_capture_jobs_are_listed_page_by_page(here: Doorstep, shop: Visitor) -> None:
    told = [(await in_job(shop, event(str(n)))).json for n in range(5)]
    assert sorted(each["captureID"] for each in told) != []
    path, shown = f"{CaptureInJob.template}?perPage=2", []
    while path:
        page = await shop.get(path)
        assert page.status == 200
        shown.append(page.json)
        link = re.fullmatch(r'<(.+)>; rel="next"', page.headers.get("link", ""))
        path = link[1] if link else ""
    assert [len(page) for page in shown] == [2, 2, 1]
    listed = [job for page in shown for job in page]
    assert sorted(listed, key=lambda job: job["captureID"]) == listed
    assert sorted(job["captureID"] for job in told) == [job["captureID"] for job in listed]
    assert [CaptureJob.model_validate(job).success for job in listed] == [True] * 5
    assert (await shop.get(CaptureInJob.template)).json == listed
    stranger = await here.visitor("other")
    assert (await stranger.get(CaptureInJob.template)).json == []
    for wrong in ("perPage=0", "perPage=-1", "perPage=x", "perPage=²", "page=1", "perPage=1&perPage=2"):
        assert (await shop.get(f"{CaptureInJob.template}?{wrong}")).code == "input.invalid", wrong


async def test_a_page_of_jobs_with_many_errors_is_short(shop: Visitor) -> None:
    many = [event(f"{n}", "packing") for n in range(400)]
    for _ in range(4):
        await in_job(shop, *many)
    page = await shop.get(CaptureInJob.template)
    assert (len(page.json), "link" in page.headers) == (2, True)


async def test_an_error_of_a_job_lists_some_names_and_how_many_more_there_are(shop: Visitor) -> None:
    lists = [
        [{"epcClass": f"urn:epc:idpat:sgtin:0614141.2{number:05d}.*", "quantity": 1} for number in range(count)]
        for count in (20, 21, 60)
    ]
    events = [event(str(number), quantityList=each) for number, each in enumerate(lists)]
    answer = await in_job(shop, *events)
    facts = [each["facts"] for each in answer.json["errors"]]
    assert [(len(each["names"]), each["more"]) for each in facts] == [(20, 0), (20, 1), (20, 40)]
    assert (await shop.get(answer.headers["location"])).json == answer.json
    outcomes = (await capture(shop, *events)).json["outcomes"]
    facts = [each["problem"]["facts"] for each in outcomes]
    assert [(len(each["names"]), each["more"]) for each in facts] == [(20, 0), (21, 0), (50, 10)]


async def test_whatever_is_refused_below_epcis_is_refused_in_its_version(here: Doorstep, shop: Visitor) -> None:
    reader = await here.visitor(scopes=frozenset({Scope.READ}))
    asked = shop.headers(Content_Type="application/json")
    too_large = {**asked, "Content-Length": str(2**40)}
    refused = [
        await here.ask("POST", Capture.template, {"Content-Type": "application/json"}, document(event("1"))),
        await here.ask("POST", CaptureInJob.template, reader.headers(), document(event("1"))),
        await shop.get(f"{CaptureInJob.template}/none"),
        await here.ask("DELETE", CaptureInJob.template, asked),
        await here.ask("POST", Capture.template, too_large, b"{}"),
        await here.ask("POST", CaptureInJob.template, too_large, b"{}"),
        await in_job(shop, *(event(str(n)) for n in range(1_001))),
        await in_job(shop, event("1"), Content_Type="application/xml"),
    ]
    assert [each.status for each in refused] == [401, 403, 404, 405, 413, 413, 413, 415]
    assert {each.headers.get("gs1-epcis-version") for each in refused} == {"2.0.0"}
    elsewhere = await here.ask("POST", "/v1/commands/report-sale", {**asked, "Idempotency-Key": "r-1"}, b"{")
    assert (elsewhere.status, elsewhere.headers.get("gs1-epcis-version")) == (400, None)


async def test_what_is_captured_can_be_asked(shop: Visitor) -> None:
    whole = await shop.step.ask("OPTIONS", CaptureInJob.template, shop.headers())
    assert (whole.status, whole.content) == (204, b"")
    said = {name: whole.headers[name] for name in whole.headers if name.startswith("gs1-") or name == "allow"}
    assert said == {
        "allow": "GET, OPTIONS, POST",
        "gs1-epcis-version": "2.0.0",
        "gs1-epcis-min": "2.0.0",
        "gs1-epcis-max": "2.0.0",
        "gs1-cbv-version": "2.0.0",
        "gs1-cbv-min": "2.0.0",
        "gs1-cbv-max": "2.0.0",
        "gs1-epcis-capture-limit": "1000",
        "gs1-epcis-capture-file-size-limit": said["gs1-epcis-capture-file-size-limit"],
        "gs1-capture-error-behaviour": "rollback",
    }
    one = await shop.step.ask("OPTIONS", f"{CaptureInJob.template}/x", shop.headers())
    assert (one.status, one.headers["allow"]) == (204, "GET, OPTIONS")
    wrong = await shop.step.ask("DELETE", CaptureInJob.template, shop.headers())
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST, GET")
    assert (await shop.step.ask("OPTIONS", CaptureInJob.template, {})).status == 401


async def test_a_capture_job_is_its_tenants_own(here: Doorstep, shop: Visitor) -> None:
    place = (await in_job(shop, event("1"))).headers["location"]
    stranger = await here.visitor("other")
    till = await here.visitor(scopes=frozenset({Scope.SELL}))
    assert (await stranger.get(place)).code == "capture.unknown"
    assert (await shop.get(f"{CaptureInJob.template}/none")).code == "capture.unknown"
    assert (await till.get(place)).code == "scope.missing"
    assert (await shop.get(f"{place}?perPage=1")).code == "input.invalid"


async def test_the_page_shows_a_capture_job_as_it_is(shop: Visitor) -> None:
    page = PAGE.read_text()
    found = re.search(r"```http\n(?P<head>.+?)\n\n(?P<body>.+?)```.+?```json\n(?P<answer>.+?)```", page, re.DOTALL)
    assert found is not None
    request, *headers = found["head"].splitlines()
    method, path = request.split()
    said = dict(line.split(": ", 1) for line in headers)
    answer = await shop.step.ask(method, path, {**said, **shop.headers()}, found["body"].encode())
    job = (await shop.get(answer.headers["location"])).json
    shown = json.loads(found["answer"])
    (error,) = shown.pop("errors")
    for told, real in ((shown, job), (error, job["errors"][0])):
        assert {name: real[name] for name, value in told.items() if value != "…"} == {
            name: value for name, value in told.items() if value != "…"
        }
    assert shown.keys() | {"errors"} == job.keys()
