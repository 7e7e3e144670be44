"""Every example that GS1 gives with EPCIS 2.0 is taken in as recorded here, or refused as recorded."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator

from adapters.acl.epcis.document import Event, events_of
from adapters.acl.epcis.translate import ToldEvent
from application.stock.list_mappings import Name
from domain.kernel.refusal import Refusal
from domain.stock.mapping import MappingUnknown
from tests.shared_data import DATA, needs
from tests.unit.acl.meanings import Everything

FOLDER: Final = DATA / "gs1_epcis_examples"
TABLE: Final = Path(__file__).with_name("epcis_examples.json")
RECORDED: Final[dict[str, list[str]]] = json.loads(TABLE.read_text(encoding="utf-8"))
HERE: Final = needs(FOLDER.name)


class Nothing:
    def get(self, name: Name) -> None:
        return None


def told(path: Path) -> list[str]:
    """What becomes of each event: the line it begins in, and its commands or the code of its refusal."""
    try:
        events = events_of(path.read_bytes())
    except Refusal as refusal:
        return [refusal.own_code]
    return [f"{event.line}: {became(event)}" for event in events if isinstance(event, Event)]


def became(event: Event) -> str:
    try:
        commands = ToldEvent(event).commands(Everything())
    except Refusal as refusal:
        return refusal.own_code
    return " + ".join(f"{command.name}{shown(command)}" for command in commands)


def shown(command: Any) -> str:
    lines = [
        " ".join(
            str(part)
            for part in (
                getattr(line, "quantity", 0),
                line.goods,
                "at",
                getattr(line, "node", "?"),
                line.owner,
                line.lot,
            )
            if part != "-"
        )
        for line in getattr(command, "lines", ())
    ]
    return f" ({'; '.join(lines)})" if lines else ""


@HERE
def test_every_example_is_in_the_table() -> None:
    assert sorted(RECORDED) == sorted(path.name for path in FOLDER.glob("*.jsonld"))
    assert len(RECORDED) == 47


@HERE
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_an_example_is_taken_in_as_recorded(name: str) -> None:
    assert told(FOLDER / name) == RECORDED[name]


@HERE
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_an_example_is_what_the_schema_of_the_standard_says(name: str) -> None:
    schema = json.loads((FOLDER / "EPCIS-JSON-Schema.json").read_text(encoding="utf-8"))
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    Draft7Validator(schema).validate(document)


@HERE
@pytest.mark.parametrize("name", [name for name, told in sorted(RECORDED.items()) if "Stock" in "".join(told)])
def test_where_nothing_is_mapped_it_says_what_to_map(name: str) -> None:
    for event in events_of((FOLDER / name).read_bytes()):
        assert isinstance(event, Event)
        if "(" not in became(event):
            continue
        with pytest.raises(MappingUnknown) as refused:
            ToldEvent(event).commands(Nothing())
        missing: Any = refused.value.facts["names"]
        names = {(each["kind"], each["outside"]) for each in missing}
        assert names <= set(ToldEvent(event).names()), "all of it was looked up"
        assert "goods" in {kind for kind, _ in names}
        assert "node" in {kind for kind, _ in names}


if __name__ == "__main__" and os.environ.get("RECORD"):
    table = {path.name: told(path) for path in sorted(FOLDER.glob("*.jsonld"))}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
