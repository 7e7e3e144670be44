"""JSON schemas of what is published, as the documents of the interface hold them."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

Json = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{model}"
AS_THEY_ARE: Final = frozenset(("default", "example", "examples", "enum", "const"))


def schemas(asked: Iterable[type[BaseModel]], answered: Iterable[type[BaseModel]]) -> Json:
    """By name, those of what is sent and of what is answered, and of all they are made of."""
    modes: dict[type[BaseModel], JsonSchemaMode] = dict.fromkeys(asked, "validation")
    modes |= dict.fromkeys(answered, "serialization")
    _, found = models_json_schema(list(modes.items()), ref_template=REFERENCE)
    return {name: plain(shape, named=True) for name, shape in sorted(found["$defs"].items())}


def plain(shape: Any, *, named: bool = False) -> Any:
    """The schema without the titles that only repeat the fields' names; a description on one line a paragraph."""
    if isinstance(shape, list):
        return [plain(each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    told: Json = {}
    for key, value in shape.items():
        if key == "title" and isinstance(value, str) and not named:
            continue
        if key in ("properties", "$defs"):
            told[key] = {name: plain(each) for name, each in value.items()}
        elif key == "description":
            told[key] = "\n\n".join(" ".join(part.split()) for part in value.split("\n\n"))
        else:
            told[key] = value if key in AS_THEY_ARE else plain(value)
    return told


def ref(model: type[BaseModel]) -> Json:
    return {"$ref": REFERENCE.format(model=model.__name__)}
