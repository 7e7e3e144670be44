"""The Python client, made from the OpenAPI document: one method an operation, by the published models."""

import keyword
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from textwrap import fill, indent
from typing import Any, Final

from entrypoints.http.openapi import document

Json = dict[str, Any]

IN_OTHER_WORDS: Final = frozenset(
    (
        "send_messages",
        "capture_events",
        "capture_in_job",
        "find_capture",
        "list_captures",
        "hear_warehouse",
        "export_documents",
        "promise_wanted",
        "reserve_promised",
    )
)
"""Operations whose bodies are of other interfaces, whose senders have clients of their own; what only streams; and what
a command of its own says, too.
"""

MODULES: Final = (
    "bulk",
    "capacity",
    "expected",
    "network",
    "network_answers",
    "promises",
    "queries",
    "quotas",
    "registers",
    "replies",
    "reservations",
    "searches",
    "stock",
    "supply",
    "supply_answers",
    "tenancy",
    "parts",
)
HEAD: Final = '''\
"""Every operation of the interface as a method. Made from its document by `make contracts`: change it there."""

# ruff: noqa: A002 – parameters are named as the interface names them

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Literal
from urllib.parse import quote

import httpx

from contracts.client.calls import Calls, Patience, read
{imports}


class Entrepot:
    """An installation, as one key sees it. Close it, or use it as a context.

    Every method raises Refused for what was decided against, and Unanswered when nothing can be learned for now.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        patience: Patience | None = None,
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._calls = Calls(base_url, key, patience=patience, timeout=timeout, transport=transport)

    async def close(self) -> None:
        """Give back the connections."""
        await self._calls.close()

    async def __aenter__(self) -> "Entrepot":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

'''


def client_bytes() -> bytes:
    """The module, in the project's form."""
    whole = document()
    used: set[str] = set()
    methods = [
        method for path, verb, operation in _operations(whole) for method in _method(path, verb, operation, used)
    ]
    text = HEAD.replace("{imports}", "\n".join(_imports(used))) + "\n".join(methods)
    for tool in (["check", "--select", "I,F401,RUF100", "--fix-only", "--quiet"], ["format", "--quiet"]):
        arguments = [sys.executable, "-m", "ruff", *tool, "--stdin-filename", "contracts/client/entrepot.py", "-"]
        text = subprocess.run(arguments, input=text, capture_output=True, text=True, check=True).stdout
    return text.encode()


def _operations(whole: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in whole["paths"].items():
        for verb, operation in item.items():
            if "health" not in operation["tags"] and operation["operationId"] not in IN_OTHER_WORDS:
                yield path, verb, operation


def _imports(used: set[str]) -> Iterator[str]:
    for name in MODULES:
        module = import_module(f"contracts.http.v1.{name}")
        found = sorted(
            each for each in used if getattr(getattr(module, each, None), "__module__", "") == module.__name__
        )
        if found:
            yield f"from {module.__name__} import {', '.join(found)}"


def _method(path: str, verb: str, operation: Json, used: set[str]) -> Iterator[str]:
    name = operation["operationId"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    content = answers[0].get("content", {}).get("application/json", {}).get("schema")
    answer = _named(content, used) if content else "None"
    doc = indent(f'"""{operation["summary"]}.\n\n{fill(operation["description"], 108)}\n"""', "        ")
    if body:
        model = _named(body, used)
        header = [p for p in operation["parameters"] if p["$ref"].endswith("IdempotencyKey")]
        more = ", request_id: str | None = None" if header else ""
        call = (
            f'self._calls.send("{path}", body, {answer}, request_id, on_behalf_of)'
            if header
            else f'self._calls.send_each("{path}", body, {answer}, on_behalf_of)'
        )
        arguments = f"self, body: {model}, *{more}, on_behalf_of: str | None = None"
    else:
        asked = [p for p in operation["parameters"] if "$ref" not in p]
        within = [p["name"] for p in asked if p["in"] == "path"]
        where = path
        for each in within:
            where = where.replace(f"{{{each}}}", f"{{quote({each}, safe='')}}")
        target = f'f"{where}"' if within else f'"{path}"'
        if verb == "get":
            query = ", ".join(f'"{p["name"]}": {p["name"]}' for p in asked if p["in"] == "query")
            call = f"self._calls.ask({target}, {{{query}}}, {answer})"
        else:
            call = f'self._calls.change("{verb.upper()}", {target})'
        positional = [_argument(p) for p in asked if p["in"] == "path"]
        named = [_argument(p) for p in sorted(asked, key=lambda p: not p.get("required")) if p["in"] == "query"]
        arguments = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    done = f"await {call}"
    if "self._calls.change" in call and content:
        done = f"read({done}, {answer})"
    give = "return " if content else ""
    yield (f"    async def {name}({arguments}) -> {answer}:\n{doc}\n        {give}{done}\n")


def _argument(parameter: Json) -> str:
    name, schema = parameter["name"], parameter["schema"]
    if keyword.iskeyword(name):
        raise ValueError(f"{name} cannot be the name of an argument")
    hint = _hint(schema)
    # What is left out is not sent: its default is the server's, and some go only with others.
    return f"{name}: {hint}" if parameter.get("required") else f"{name}: {hint} | None = None"


def _hint(schema: Json) -> str:
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if schema.get("format") == "date-time":
        return "datetime"
    if schema["type"] == "array":
        return f"Sequence[{_hint(schema['items'])}]"
    return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}[schema["type"]]


def _named(schema: Json, used: set[str]) -> str:
    name: str = schema["$ref"].rpartition("/")[2]
    used.add(name)
    return name
