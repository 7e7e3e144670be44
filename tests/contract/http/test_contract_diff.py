"""A change that breaks callers is found, one that adds is told from it, and words change nothing."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from bench.contract_diff import breaks, faults, main
from bench.write_contracts import ASYNCAPI, OPENAPI, RELEASED, ROOT, WRITTEN

Json = dict[str, Any]
Change = Callable[[Json], object]

HTTP: Json = json.loads((ROOT / OPENAPI).read_bytes())
MESSAGES: Json = json.loads((ROOT / ASYNCAPI).read_bytes())
for document in (HTTP, MESSAGES):
    document["info"]["version"] = "1.0.0"  # as a base of changes, whichever it is by now


def schema(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def field(name: str, of: str) -> Callable[[Json], Json]:
    return lambda document: schema(document, of)["properties"][name]


def post(document: Json, name: str = "reserve-stock") -> Json:
    found: Json = document["paths"][f"/v1/commands/{name}"]["post"]
    return found


def goods(document: Json) -> Json:
    found: Json = document["paths"]["/v1/goods"]["get"]
    return found


BREAKING: dict[str, Change] = {
    "a path is gone": lambda d: d["paths"].pop("/v1/goods"),
    "a method is gone": lambda d: d["paths"]["/v1/goods"].pop("get"),
    "an operation has another name": lambda d: post(d).update(operationId="reserve"),
    "another scope is needed": lambda d: post(d).update(security=[{"key": ["adjust"]}]),
    "a success is gone": lambda d: post(d)["responses"].pop("200"),
    "a kind of answer is gone": lambda d: d["paths"]["/v1/events"]["get"]["responses"]["200"]["content"].pop(
        "text/event-stream"
    ),
    "an answer's header is gone": lambda d: post(d)["responses"]["200"]["headers"].pop("X-Request-Id"),
    "a parameter is gone": lambda d: goods(d)["parameters"].pop(0),
    "a parameter is required now": lambda d: goods(d)["parameters"][0].update(required=True),
    "a new parameter is required": lambda d: goods(d)["parameters"].append(
        {"name": "x", "in": "query", "required": True, "schema": {}}
    ),
    "a parameter takes less": lambda d: goods(d)["parameters"][2]["schema"].update(maximum=100),
    "another body is taken": lambda d: post(d)["requestBody"].update(content={"text/plain": {"schema": {}}}),
    "a sent field is gone": lambda d: schema(d, "ReserveStock")["properties"].pop("partial"),
    "a sent field is required now": lambda d: schema(d, "ReserveStock")["required"].append("order"),
    "a new sent field is required": lambda d: (
        schema(d, "StockLine")["properties"].update(new={}),
        schema(d, "StockLine")["required"].append("new"),
    ),
    "a sent type is narrower": lambda d: field("reservation", "ReserveStock")(d).update(type="integer"),
    "null is not taken any more": lambda d: field("order", "ReserveStock")(d)["anyOf"].pop(),
    "a sent value is gone": lambda d: field("type", "Node")(d)["enum"].pop(),
    "sent values are listed now": lambda d: field("scene", "ReserveStock")(d).update(enum=["sale"]),
    "a bound is lower": lambda d: field("quantity", "Units")(d).update(maximum=1_000),
    "a bound is higher": lambda d: field("quantity", "Units")(d).update(minimum=2),
    "a list is shorter": lambda d: field("lines", "ReserveStock")(d).update(maxItems=100),
    "a bound is new": lambda d: field("scene", "ReserveStock")(d).update(pattern="^[a-z]+$"),
    "what is left out means something else": lambda d: field("partial", "ReserveStock")(d).update(default=True),
    "an answered field is gone": lambda d: schema(d, "MovedLine")["properties"].pop("leg"),
    "an answered field may be left out": lambda d: schema(d, "MovedLine")["required"].remove("leg"),
    "an answered field may be null": lambda d: schema(d, "MovedLine")["properties"].update(
        leg={"anyOf": [{"type": "integer"}, {"type": "null"}]}
    ),
    "an answered type is another": lambda d: field("leg", "MovedLine")(d).update(type="string"),
    "an answered format is another": lambda d: field("as_of", "Availability")(d).update(format="date"),
    "items of an answer are another": lambda d: field("lines", "ReservationMoved")(d).update(items={"type": "string"}),
    "a problem lacks its code": lambda d: schema(d, "Problem")["properties"].pop("code"),
}

ADDING: dict[str, Change] = {
    "a path": lambda d: d["paths"].update({"/v1/more": deepcopy(d["paths"]["/v1/goods"])}),
    "a parameter": lambda d: goods(d)["parameters"].append({"name": "x", "in": "query", "schema": {}}),
    "a sent field": lambda d: schema(d, "ReserveStock")["properties"].update(new={"type": "string"}),
    "a sent value": lambda d: field("type", "Node")(d)["enum"].append("ship"),
    "a wider bound": lambda d: field("quantity", "Units")(d).update(maximum=10**12),
    "null for what was always there": lambda d: schema(d, "ReserveStock")["properties"].update(
        scene={"anyOf": [field("scene", "ReserveStock")(d), {"type": "null"}], "default": "sale"}
    ),
    "an answered field": lambda d: (
        schema(d, "MovedLine")["properties"].update(new={"type": "string"}),
        schema(d, "MovedLine")["required"].append("new"),
    ),
    "a way to fail": lambda d: post(d)["responses"].update({"410": deepcopy(post(d)["responses"]["409"])}),
    "a code": lambda d: post(d)["responses"]["409"]["x-codes"].append("stock.frozen"),
}

WORDS: dict[str, Change] = {
    "a description": lambda d: post(d).update(description="Otherwise said."),
    "an example": lambda d: post(d)["requestBody"]["content"]["application/json"].update(example={}),
    "a description of a field": lambda d: field("lines", "ReserveStock")(d).update(description="x"),
    "a link": lambda d: post(d)["responses"]["200"]["links"].popitem(),
    "nothing": dict,
}

BREAKING_MESSAGES: dict[str, Change] = {
    "a channel is gone": lambda d: d["channels"].pop("replies"),
    "a channel is elsewhere": lambda d: d["channels"]["events"].update(address="told"),
    "an event is gone": lambda d: d["channels"]["events"]["messages"].pop("StockReserved"),
    "a command is gone": lambda d: d["operations"].pop("reserve_stock"),
    "a command has no reply": lambda d: d["operations"]["reserve_stock"].pop("reply"),
    "an event's field is gone": lambda d: schema(d, "BalancesChanged")["properties"].pop("floor"),
    "an event has another type": lambda d: d["components"]["messages"]["StockReserved"]["payload"]["allOf"][1][
        "properties"
    ]["type"].update(const="x"),
    "an event may lack its number": lambda d: d["components"]["messages"]["StockReserved"]["payload"]["allOf"][1][
        "required"
    ].remove("sequence"),
    "a command's field is required now": lambda d: schema(d, "ReserveStock")["required"].append("order"),
    "a reply's field is gone": lambda d: schema(d, "ReservationMoved")["properties"].pop("status"),
    "a reply may be something else": lambda d: d["components"]["messages"]["ReserveStockReply"]["payload"]["allOf"][1][
        "properties"
    ]["data"]["oneOf"].append({"type": "string"}),
    "messages are of another content": lambda d: d["components"]["messages"]["StockReserved"].update(contentType="x"),
}

CHANGES = [
    *(pytest.param(HTTP, change, id=name) for name, change in BREAKING.items()),
    *(pytest.param(MESSAGES, change, id=name) for name, change in BREAKING_MESSAGES.items()),
]


def changed(document: Json, change: Change, version: str) -> Json:
    after = deepcopy(document)
    change(after)
    after["info"]["version"] = version
    return after


@pytest.mark.parametrize(("document", "change"), CHANGES)
def test_what_breaks_callers_needs_a_new_major_version(document: Json, change: Change) -> None:
    assert list(breaks(document, changed(document, change, "1.0.0")))
    assert faults(document, changed(document, change, "1.9.0"))
    assert not faults(document, changed(document, change, "2.0.0"))


@pytest.mark.parametrize("change", ADDING.values(), ids=ADDING)
def test_what_adds_needs_a_new_minor_version(change: Change) -> None:
    assert list(breaks(HTTP, changed(HTTP, change, "1.0.0"))) == []
    assert faults(HTTP, changed(HTTP, change, "1.0.1"))
    assert not faults(HTTP, changed(HTTP, change, "1.1.0"))


def test_an_event_is_added() -> None:
    def more(document: Json) -> None:
        document["channels"]["events"]["messages"]["More"] = {"$ref": "#/components/messages/StockReserved"}

    assert faults(MESSAGES, changed(MESSAGES, more, "1.0.0"))
    assert not faults(MESSAGES, changed(MESSAGES, more, "1.1.0"))


@pytest.mark.parametrize("change", WORDS.values(), ids=WORDS)
def test_words_need_no_new_version(change: Change) -> None:
    assert not faults(HTTP, changed(HTTP, change, "1.0.0"))
    assert not faults(HTTP, changed(HTTP, change, "1.0.1"))


def test_versions_do_not_go_back() -> None:
    assert faults(changed(HTTP, dict, "1.2.0"), HTTP)


def test_the_command_says_what_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "new.json"
    broken.write_text(json.dumps(changed(HTTP, BREAKING["a path is gone"], "1.0.0")))
    assert main([str(ROOT / OPENAPI), str(broken)]) == 1
    assert "GET /v1/goods: removed" in capsys.readouterr().out
    assert main([str(ROOT / OPENAPI), str(ROOT / OPENAPI)]) == 0


@pytest.mark.parametrize("path", RELEASED)
def test_callers_of_the_last_release_are_not_broken(path: str) -> None:
    released = json.loads((ROOT / RELEASED[path]).read_bytes())
    assert faults(released, json.loads(WRITTEN[path]())) == []


def test_the_major_version_is_the_one_in_the_paths() -> None:
    major = HTTP["info"]["version"].partition(".")[0]
    assert {path.split("/")[1] for path in HTTP["paths"]} == {f"v{major}", "health"}
    types = json.dumps(MESSAGES["components"]["messages"])
    assert f"entrepot.event.v{MESSAGES['info']['version'].partition('.')[0]}." in types
