"""The places of a command's body, by its published schema: where one may put what does not belong there."""

import copy
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from contracts.http.v1.catalogue import CommandForm

Path = tuple[str | int, ...]


def objects(form: CommandForm) -> Iterator[tuple[Path, frozenset[str]]]:
    """Every object in the command's example, with the names that may stand in it."""
    schema = _schema(form.request)

    def walk(value: Any, shape: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, frozenset[str]]]:
        shape = _plain(shape, schema)
        if isinstance(value, Mapping):
            yield path, frozenset(shape["properties"])
            for name, part in value.items():
                yield from walk(part, shape["properties"][name], (*path, name))
        elif isinstance(value, list | tuple):
            for number, part in enumerate(value):
                yield from walk(part, shape["items"], (*path, number))

    yield from walk(form.example, schema, ())


def may_be_null(form: CommandForm, path: Path) -> bool:
    """Whether null is published for what stands at this place of the command's example."""
    schema = _schema(form.request)
    shape: Mapping[str, Any] = schema
    for step in path:
        shape = _plain(shape, schema)
        shape = shape["properties"][step] if isinstance(step, str) else shape["items"]
    return {"type": "null"} in shape.get("anyOf", ())


def texts(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every text in it."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from texts(part, (*path, name))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from texts(part, (*path, number))


def numbers(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every whole number in it."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield path
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from numbers(part, (*path, name))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from numbers(part, (*path, number))


def with_value(body: Any, path: Path, value: Any) -> Any:
    """A copy of the body with something at the path, instead of what is there or beside it."""
    changed = copy.deepcopy(body)
    if not path:
        return value
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def _plain(shape: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference, or a choice with null, stands for."""
    if "$ref" in shape:
        return _plain(schema["$defs"][shape["$ref"].rpartition("/")[2]], schema)
    ways = [way for way in shape.get("anyOf", ()) if way.get("type") != "null"]
    return _plain(ways[0], schema) if ways else shape
