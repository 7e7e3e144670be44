"""The TypeScript client, made from the OpenAPI document: the types of what is sent and answered, and the methods."""

import json
from collections.abc import Iterator
from textwrap import fill
from typing import Any, Final

from bench.write_client import IN_OTHER_WORDS
from entrypoints.http.openapi import document

Json = dict[str, Any]

MADE: Final = "// Made from the document of the interface by `make contracts`: change it there."
HEAD: Final = f"""\
{MADE}

import {{ Calls, type Options, type SendOptions }} from "./calls.js";
import type {{
NAMES
}} from "./schema.js";

export {{ Refused, Unanswered, type Options, type Patience, type SendOptions }} from "./calls.js";
export type * from "./schema.js";

/**
 * An installation, as one key sees it.
 * Every method throws Refused for what was decided against, and Unanswered when nothing can be learned for now.
 */
export class Entrepot {{
  private readonly calls: Calls;

  constructor(baseUrl: string, key: string, options: Options = {{}}) {{
    this.calls = new Calls(baseUrl, key, options);
  }}
"""


TAKEN: Final = {"Promise": "SupplyPromise"}
"""Names that the language has for something else, and what they are called there."""


def schema_bytes() -> bytes:
    """src/schema.ts: a type for everything that is sent or answered."""
    shapes: Json = document()["components"]["schemas"]
    declared = (_declared(TAKEN.get(name, name), shape) for name, shape in shapes.items())
    return "\n\n".join((MADE, *declared, "")).encode()[:-1]


def client_bytes() -> bytes:
    """src/index.ts: a method for every operation."""
    used: set[str] = set()
    methods = "\n".join(_methods(document(), used))
    names = "\n".join(f"  {name}," for name in sorted(used))
    return f"{HEAD.replace('NAMES', names)}\n{methods}}}\n".encode()


# -- types ------------------------------------------------------------------------------------------------------------


def _declared(name: str, shape: Json) -> str:
    fields = []
    required = shape.get("required", ())
    for field, part in shape["properties"].items():
        about = _comment(part["description"], "  ") if "description" in part else ""
        optional = "" if field in required else "?"
        fields.append(f"{about}  readonly {field}{optional}: {_type(part)};")
    return f"{_comment(shape.get('description', ''), '')}export interface {name} {{\n" + "\n".join(fields) + "\n}"


def _type(shape: Json) -> str:
    if "$ref" in shape:
        return _name(shape)
    if "anyOf" in shape:
        return " | ".join(_type(way) for way in shape["anyOf"])
    if "enum" in shape:
        return " | ".join(json.dumps(value) for value in shape["enum"])
    match shape.get("type", "unknown"):
        case "array" if "prefixItems" in shape:
            return f"readonly [{', '.join(_type(part) for part in shape['prefixItems'])}]"
        case "array":
            inner = _type(shape["items"])
            return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
        case "object":
            more = shape.get("additionalProperties", True)
            return f"Readonly<Record<string, {_type(more) if isinstance(more, dict) else 'unknown'}>>"
        case "integer" | "number":
            return "number"
        case other:
            return str(other)


def _comment(text: str, indent: str) -> str:
    if not text:
        return ""
    width = 114 - len(indent)
    lines = [line for part in text.split("\n\n") for line in fill(part, width).splitlines()]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return "\n".join((f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */")) + "\n"


# -- methods ----------------------------------------------------------------------------------------------------------


def _methods(whole: Json, used: set[str]) -> Iterator[str]:
    for path, item in whole["paths"].items():
        for verb, operation in item.items():
            if "health" not in operation["tags"] and operation["operationId"] not in IN_OTHER_WORDS:
                yield _method(path, verb, operation, used)


def _method(path: str, verb: str, operation: Json, used: set[str]) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    (success,) = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
    content = success.get("content", {}).get("application/json", {}).get("schema")
    answer = _named(content, used) if content else "void"
    about = _comment(f"{operation['summary']}.\n\n{operation['description']}", "  ")
    name = _camel(operation["operationId"])
    if body:
        arguments, call = _sending(path, operation, _named(body, used))
    else:
        arguments, call = _asking(path, verb, operation)
    return f"{about}  {name}({arguments}): Promise<{answer}> {{\n    return {call};\n  }}\n"


def _sending(path: str, operation: Json, model: str) -> tuple[str, str]:
    if any(p["$ref"].endswith("IdempotencyKey") for p in operation["parameters"]):
        return f"body: {model}, options: SendOptions = {{}}", f'this.calls.send("{path}", body, options)'
    arguments = f'body: {model}, options: Pick<SendOptions, "onBehalfOf"> = {{}}'
    return arguments, f'this.calls.sendEach("{path}", body, options)'


def _asking(path: str, verb: str, operation: Json) -> tuple[str, str]:
    asked = [parameter for parameter in operation["parameters"] if "$ref" not in parameter]
    within = [parameter["name"] for parameter in asked if parameter["in"] == "path"]
    target = f'"{path}"'
    if within:
        target = path
        for each in within:
            target = target.replace(f"{{{each}}}", f"${{encodeURIComponent({each})}}")
        target = f"`{target}`"
    arguments = [f"{each}: string" for each in within]
    queried = [parameter for parameter in asked if parameter["in"] == "query"]
    if not queried:
        call = f"this.calls.ask({target})" if verb == "get" else f'this.calls.change("{verb.upper()}", {target})'
        return ", ".join(arguments), call
    fields = "".join(
        f"    readonly {parameter['name']}{'' if parameter.get('required') else '?'}: {_type(parameter['schema'])};\n"
        for parameter in queried
    )
    needed = any(parameter.get("required") for parameter in queried)
    arguments.append(f"asked: {{\n{fields}  }}{'' if needed else ' = {}'}")
    return ", ".join(arguments), f"this.calls.ask({target}, asked)"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _named(schema: Json, used: set[str]) -> str:
    name = _name(schema)
    used.add(name)
    return name


def _name(schema: Json) -> str:
    name = str(schema["$ref"]).rpartition("/")[2]
    return TAKEN.get(name, name)
