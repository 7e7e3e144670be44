"""The OpenAPI document is of the code as it is, valid, and says what the application does."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from bench.write_contracts import OPENAPI, ROOT, WRITTEN
from contracts.http.v1.catalogue import COMMANDS, GOODS, NODES, CommandForm
from contracts.http.v1.questions import QUESTIONS
from entrypoints.http.openapi import document
from entrypoints.wire.classes import CLASSES as USE_CASES

FORMS = pytest.mark.parametrize("form", COMMANDS, ids=lambda form: form.name)
DOCUMENT = json.loads((ROOT / OPENAPI).read_bytes())


@pytest.mark.parametrize("path", WRITTEN)
def test_what_is_committed_is_current(path: str) -> None:
    assert (ROOT / path).read_bytes() == WRITTEN[path](), "the code has moved on: make contracts"


def test_it_is_an_openapi_document() -> None:
    schemathesis = pytest.importorskip("schemathesis")
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_every_reference_is_to_something() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            assert part in found, reference
            found = found[part]


def test_everything_that_is_kept_for_reference_is_referred_to() -> None:
    used = set(references(DOCUMENT))
    kept = {
        f"#/components/{kind}/{name}"
        for kind, named in DOCUMENT["components"].items()
        if kind != "securitySchemes"
        for name in named
    }
    assert sorted(kept - used - {"#/components/schemas/BulkCommand"}) == []


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_links_lead_to_operations() -> None:
    known = {operation["operationId"]: (path, operation) for path, _, operation in operations()}
    assert len(known) == len(list(operations())), "each has a name of its own"
    led = 0
    for _, _, operation in operations():
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                path, target = known[link["operationId"]]
                for name in link.get("parameters", ()):
                    where, _, parameter = name.partition(".")
                    assert (where, parameter) in {(p.get("in"), p.get("name")) for p in target["parameters"]}, path
                led += 1
    assert led > 20


@FORMS
def test_the_example_is_of_the_form_shown(form: CommandForm) -> None:
    operation = DOCUMENT["paths"][f"/v1/commands/{form.name}"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    validate(content["schema"], content["example"])
    assert content["example"] == form.example
    with pytest.raises(jsonschema.ValidationError):
        validate(content["schema"], {**content["example"], "strange": 1})


def validate(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


@FORMS
def test_it_names_the_refusals_that_the_use_case_names(form: CommandForm) -> None:
    told = set(re.findall(r"`([a-z]+\.[a-z_*]+)`", USE_CASES[form.command].__doc__ or ""))
    codes = {code for each in told for code in {"goods.*": GOODS, "node.*": NODES}.get(each, (each,))}
    assert sorted(codes - set(form.refusals)) == []
    answers = DOCUMENT["paths"][f"/v1/commands/{form.name}"]["post"]["responses"]
    listed = {code for answer in answers.values() for code in resolved(answer).get("x-codes", ())}
    assert listed >= {*form.refusals, "input.invalid", "request.mismatch", "outcome.unknown", "key.invalid"}


def resolved(answer: dict[str, Any]) -> dict[str, Any]:
    name = answer.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = DOCUMENT["components"]["responses"][name] if name else answer
    return found


@FORMS
def test_it_asks_for_the_scope(form: CommandForm) -> None:
    operation = DOCUMENT["paths"][f"/v1/commands/{form.name}"]["post"]
    assert operation["security"] == [{"key": [form.scope]}]


def test_every_question_has_a_route() -> None:
    from entrypoints.http.questions import ASKS

    assert {form.name for form in QUESTIONS} == {*ASKS, "read-events", "list-parked"}
    assert DOCUMENT["paths"].keys() >= {form.path for form in QUESTIONS}


def test_documents_are_made_the_same_twice() -> None:
    assert document() == document()
    assert all(make() == make() for make in WRITTEN.values())
