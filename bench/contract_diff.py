"""What a change of a published document means for those who call: `python -m bench.contract_diff OLD NEW`.

A change **breaks** them when something they may send is not taken any more, or something they may get is not what they
were told to expect. Then the first number of the version, the one in the paths, must rise. Any other change of the
interface **adds** to it: the second number must rise. Words for people may change as they like.

Works on OpenAPI 3.1 and AsyncAPI 3 documents in JSON.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

Json = Mapping[str, Any]

WORDS: Final = frozenset(
    ("description", "summary", "title", "example", "examples", "tags", "info", "servers", "links", "externalDocs")
)
"""What is for people, or for tools that explore: no caller depends on it."""

LEAST: Final = ("minimum", "minLength", "minItems", "exclusiveMinimum", "minProperties")
MOST: Final = ("maximum", "maxLength", "maxItems", "exclusiveMaximum", "maxProperties")
SAME: Final = ("pattern", "format", "uniqueItems")


def faults(old: Json, new: Json) -> list[str]:
    """Why the new document may not stand in for the old one under its version; empty when it may."""
    before, after = _version(old), _version(new)
    broken = list(breaks(old, new))
    if broken and after[0] <= before[0]:
        return [*broken, f"{len(broken)} changes break callers: version {after[0]} must become {before[0] + 1}"]
    if not broken and after[:2] <= before[:2] and _bare(old) != _bare(new):
        return [
            f"the interface has more than in {_text(before)}: {_text(after)} must become {before[0]}.{before[1] + 1}.0"
        ]
    if after < before:
        return [f"the version went back from {_text(before)} to {_text(after)}"]
    return []


def breaks(old: Json, new: Json) -> Iterator[str]:
    """Every change that breaks callers, each with its place."""
    if "asyncapi" in old:
        yield from _Messages(old, new).breaks()
    else:
        yield from _Operations(old, new).breaks()


def _version(document: Json) -> tuple[int, ...]:
    return tuple(map(int, document["info"]["version"].split(".")))


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _bare(value: Any, *, named: bool = False) -> Any:
    """The value without words for people; with `named`, its keys are names that someone chose."""
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    names = ("properties", "schemas", "paths", "messages", "channels", "operations", "parameters", "responses")
    return {key: _bare(each, named=key in names) for key, each in value.items() if named or key not in WORDS}


class _Documents:
    """Two documents, and the comparison of the schemas in them."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old = old
        self.new = new
        self._sent = _Schemas(new, old, old_is_wide=False)
        self._answered = _Schemas(old, new, old_is_wide=True)

    def was(self, value: Json) -> Json:
        return _resolved(self.old, value)

    def now(self, value: Json) -> Json:
        return _resolved(self.new, value)

    def sent(self, old: Json, new: Json, at: str) -> Iterator[str]:
        """Where what could be sent is not taken any more."""
        yield from self._sent.refused(new, old, at)

    def answered(self, old: Json, new: Json, at: str) -> Iterator[str]:
        """Where what may be answered is not what was to be expected."""
        yield from self._answered.refused(old, new, at)


class _Schemas:
    """Whether one schema, the wide one, takes whatever another, the narrow one, allows. Each pair is told of once."""

    def __init__(self, wide: Json, narrow: Json, *, old_is_wide: bool) -> None:
        self._wide = wide
        self._narrow = narrow
        self._old_is_wide = old_is_wide
        self._seen: set[tuple[str, str]] = set()

    def refused(self, wide: Json, narrow: Json, at: str) -> Iterator[str]:
        references = (wide.get("$ref", ""), narrow.get("$ref", ""))
        if all(references):
            if references in self._seen:
                return
            self._seen.add(references)
        wide, narrow = _merged(self._wide, wide), _merged(self._narrow, narrow)
        ways, choices = _ways(wide), _ways(narrow)
        if ways or choices:
            for number, choice in enumerate(choices or [narrow]):
                if all(any(self._tried().refused(way, choice, at)) for way in ways or [wide]):
                    yield f"{at}: {self._words('takes not all it took', 'may be something else')} (form {number + 1})"
            return
        yield from self._values(wide, narrow, at)
        yield from self._fields(wide, narrow, at)
        if "items" in wide and "items" in narrow:
            yield from self.refused(wide["items"], narrow["items"], f"{at}[]")
        more, other = wide.get("additionalProperties"), narrow.get("additionalProperties")
        if isinstance(more, dict) and isinstance(other, dict):
            yield from self.refused(more, other, f"{at}{{}}")

    def _tried(self) -> "_Schemas":
        """For a comparison that may fail without harm: what it has seen does not count."""
        trial = _Schemas(self._wide, self._narrow, old_is_wide=self._old_is_wide)
        trial._seen = set(self._seen)
        return trial

    def _words(self, sent: str, answered: str) -> str:
        return answered if self._old_is_wide else sent

    def _values(self, wide: Json, narrow: Json, at: str) -> Iterator[str]:
        types, kinds = _types(wide), _types(narrow)
        if types is not None and (kinds is None or not kinds <= types):
            yield f"{at}: {self._words('type narrowed', 'type widened')} to {_shown(self._new(types, kinds))}"
        values, others = _listed(wide), _listed(narrow)
        if values is not None and (others is None or not others <= values):
            yield f"{at}: {self._words('a value is not taken any more', 'values were added')}"
        for word in SAME:
            if word in wide and wide[word] != narrow.get(word):
                yield f"{at}: {word} changed"
        for word, sign in (*((word, 1) for word in LEAST), *((word, -1) for word in MOST)):
            if word in wide and (word not in narrow or sign * narrow[word] < sign * wide[word]):
                yield f"{at}: {word} {self._words('narrowed', 'widened')}"
        if not self._old_is_wide and "default" in narrow and wide.get("default", ...) != narrow["default"]:
            yield f"{at}: what is taken where it is left out changed"

    def _new(self, wide: Any, narrow: Any) -> Any:
        return narrow if self._old_is_wide else wide

    def _fields(self, wide: Json, narrow: Json, at: str) -> Iterator[str]:
        mine, theirs = wide.get("properties", {}), narrow.get("properties", {})
        old, new = (mine, theirs) if self._old_is_wide else (theirs, mine)
        for name in old:
            if name not in new:
                yield f"{at}.{name}: removed"
        for name in wide.get("required", ()):
            if name not in narrow.get("required", ()) and name in (theirs if self._old_is_wide else mine):
                yield f"{at}.{name}: {self._words('required now', 'may be left out now')}"
        for name in mine.keys() & theirs.keys():
            yield from self.refused(mine[name], theirs[name], f"{at}.{name}")
        if wide.get("additionalProperties") is False and narrow.get("additionalProperties") is not False:
            yield f"{at}: unknown fields are {self._words('refused now', 'to be expected now')}"


class _Operations(_Documents):
    """OpenAPI."""

    def breaks(self) -> Iterator[str]:
        for path, item in self.old["paths"].items():
            for method, operation in item.items():
                at = f"{method.upper()} {path}"
                now = self.new["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{at}: removed"
                else:
                    yield from self._operation(operation, now, at)

    def _operation(self, old: Json, new: Json, at: str) -> Iterator[str]:
        for word in ("operationId", "security"):
            if old.get(word) != new.get(word):
                yield f"{at}: {word} changed"
        yield from self._parameters(old, new, at)
        yield from self._body(old.get("requestBody"), new.get("requestBody"), at)
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{at} {status}: removed"
                continue
            before, after = self.was(answer), self.now(new["responses"][status])
            yield from self._contents(before, after, f"{at} {status}", answered=True)
            for name in before.get("headers", {}):
                if name not in after.get("headers", {}):
                    yield f"{at} {status} header {name}: removed"

    def _parameters(self, old: Json, new: Json, at: str) -> Iterator[str]:
        before = {(p["in"], p["name"]): p for p in map(self.was, old.get("parameters", ()))}
        after = {(p["in"], p["name"]): p for p in map(self.now, new.get("parameters", ()))}
        for key, parameter in before.items():
            place = f"{at} {key[0]} {key[1]}"
            if key not in after:
                yield f"{place}: removed"
                continue
            if after[key].get("required") and not parameter.get("required"):
                yield f"{place}: required now"
            yield from self.sent(parameter["schema"], after[key]["schema"], place)
        for key, parameter in after.items():
            if key not in before and parameter.get("required"):
                yield f"{at} {key[0]} {key[1]}: required now"

    def _body(self, old: Json | None, new: Json | None, at: str) -> Iterator[str]:
        if new is not None and new.get("required") and not (old or {}).get("required"):
            yield f"{at} body: required now"
        if old is not None:
            yield from self._contents(old, new or {}, f"{at} body", answered=False)

    def _contents(self, old: Json, new: Json, at: str, *, answered: bool) -> Iterator[str]:
        after = new.get("content", {})
        for kind, content in old.get("content", {}).items():
            if kind not in after:
                yield f"{at} {kind}: removed"
            else:
                compare = self.answered if answered else self.sent
                yield from compare(content["schema"], after[kind]["schema"], at)


class _Messages(_Documents):
    """AsyncAPI."""

    def breaks(self) -> Iterator[str]:
        for name, channel in self.old["channels"].items():
            now = self.new["channels"].get(name)
            if now is None:
                yield f"channel {name}: removed"
                continue
            if now["address"] != channel["address"]:
                yield f"channel {name}: another address"
            for message in channel["messages"]:
                if message not in now["messages"]:
                    yield f"{name} {message}: removed"
        for name, operation in self.old["operations"].items():
            now = self.new["operations"].get(name)
            if now is None or now["action"] != operation["action"] or now["channel"] != operation["channel"]:
                yield f"operation {name}: removed"
                continue
            yield from self._channel(operation, answered=operation["action"] == "send")
            if "reply" in operation:
                if "reply" not in now:
                    yield f"operation {name}: has no reply any more"
                else:
                    yield from self._channel(operation["reply"], answered=True)

    def _channel(self, operation: Json, *, answered: bool) -> Iterator[str]:
        """Compare the messages of an operation, or all of its channel."""
        channel = operation["channel"]["$ref"].rpartition("/")[2]
        named = [each["$ref"].rpartition("/")[2] for each in operation.get("messages", ())]
        before = self.old["channels"][channel]["messages"]
        after = self.new["channels"].get(channel, {}).get("messages", {})
        for name in named or before:
            if name in after:
                yield from self._message(self.was(before[name]), self.now(after[name]), name, answered)

    def _message(self, old: Json, new: Json, at: str, answered: bool) -> Iterator[str]:
        if old.get("contentType") != new.get("contentType"):
            yield f"{at}: another content type"
        compare = self.answered if answered else self.sent
        yield from compare(old["payload"], new["payload"], at)


# -- schemas ----------------------------------------------------------------------------------------------------------


def _resolved(document: Json, value: Json) -> Json:
    while "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def _merged(document: Json, schema: Json) -> Json:
    """The schema with what it refers to, and all that must hold together, in one."""
    schema = _resolved(document, schema)
    if "allOf" not in schema:
        return schema
    whole: dict[str, Any] = {}
    for part in (*schema["allOf"], {key: value for key, value in schema.items() if key != "allOf"}):
        merged = _merged(document, part)
        properties = {**whole.get("properties", {}), **merged.get("properties", {})}
        required = [*dict.fromkeys((*whole.get("required", ()), *merged.get("required", ())))]
        whole = {**whole, **merged, "properties": properties, "required": required}
    return whole


def _ways(schema: Json) -> list[Json]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def _types(schema: Json) -> set[str] | None:
    said = schema.get("type")
    if said is None:
        return None
    types = {said} if isinstance(said, str) else {*said}
    return types | {"integer"} if "number" in types else types


def _listed(schema: Json) -> set[str] | None:
    """The values that are listed, if it is only these."""
    if "const" in schema:
        return {json.dumps(schema["const"])}
    return {json.dumps(each) for each in schema["enum"]} if "enum" in schema else None


def _shown(types: set[str] | None) -> str:
    return " or ".join(sorted(types)) if types else "anything"


def main(arguments: list[str]) -> int:
    """0 when the new document may stand in for the old one."""
    old, new = (json.loads(Path(path).read_bytes()) for path in arguments)
    found = faults(old, new)
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
