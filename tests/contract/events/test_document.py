"""The AsyncAPI document is of the code as it is, and what it shows can be sent."""

import copy
import json
from typing import Any

import jsonschema
import pytest

from bench.write_contracts import ASYNCAPI, ROOT, TYPESCRIPT
from contracts.events.v1.catalogue import EVENTS
from contracts.events.v1.cloudevents import from_structured
from contracts.http.v1.catalogue import COMMANDS, CommandForm

DOCUMENT: dict[str, Any] = json.loads((ROOT / ASYNCAPI).read_bytes())
FORMS = pytest.mark.parametrize("form", COMMANDS, ids=lambda form: form.name)


def test_every_reference_is_to_something() -> None:
    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found: Any = DOCUMENT
                for part in value["$ref"].removeprefix("#/").split("/"):
                    assert part in found, value["$ref"]
                    found = found[part]
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    look(DOCUMENT)


def test_it_is_a_document_as_its_standard_has_them() -> None:
    path = ROOT / TYPESCRIPT / "node_modules/@asyncapi/specs/schemas" / f"{DOCUMENT['asyncapi']}.json"
    if not path.exists():
        pytest.skip(f"the schema of AsyncAPI documents is not here: run npm install in {TYPESCRIPT}")
    schema = jsonschema.Draft7Validator(json.loads(path.read_bytes()))
    assert not [fault.message for fault in schema.iter_errors(DOCUMENT)]
    broken = copy.deepcopy(DOCUMENT)
    next(iter(broken["operations"].values()))["action"] = "shout"
    assert not schema.is_valid(broken)


def test_it_shows_every_event_command_and_reply() -> None:
    channels = DOCUMENT["channels"]
    assert channels["events"]["messages"].keys() == {form.name for form in EVENTS}
    assert channels["commands"]["messages"].keys() == {form.command for form in COMMANDS}
    assert channels["replies"]["messages"].keys() == {f"{form.command}Reply" for form in COMMANDS}
    assert len(DOCUMENT["operations"]) == len(COMMANDS) + 1


@FORMS
def test_the_example_of_a_command_is_an_event_of_the_form_shown(form: CommandForm) -> None:
    message = DOCUMENT["components"]["messages"][form.command]
    (example,) = message["examples"]
    validate(message["payload"], example["payload"])
    event = from_structured(json.dumps(example["payload"]).encode())
    assert json.loads(event.data or b"") == form.example
    with pytest.raises(jsonschema.ValidationError):
        validate(message["payload"], {**example["payload"], "type": "entrepot.command.v1.other"})
    with pytest.raises(jsonschema.ValidationError):
        validate(message["payload"], {**example["payload"], "data": {**form.example, "strange": 1}})


def validate(schema: dict[str, Any], value: Any) -> None:
    jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)
