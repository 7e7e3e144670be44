"""The answers in the OpenAPI document: successes, and problems by status with the codes that come with each."""

from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import BaseModel

import entrypoints.http.app  # noqa: F401 – with it, every refusal that can be answered is declared
from contracts.http.v1.problems import Problem
from entrypoints.wire.problems import explained
from entrypoints.wire.schemas import Json, ref

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

ANYONE: Final = ("head.malformed", "request.too_slow", "head.too_large", "internal.fault")
CALLERS: Final = ("key.invalid", "key.expired", "key.revoked", "scope.missing", "rate.limited")
SERVED: Final = ("service.unavailable", "service.stopping", "service.too_late")
SENT: Final = ("body.malformed", "body.too_deep", "body.too_large", "body.type")
OF_QUESTION: Final = (*ANYONE, *CALLERS, *SERVED, "input.invalid")
OF_COMMAND: Final = (
    *OF_QUESTION,
    *SENT,
    "request_id.missing",
    "request.mismatch",
    "outcome.unknown",
    "service.busy",
)
"""What any request, question or command may be answered with."""

COMMON: Final[Mapping[str, tuple[str, ...]]] = {"Any": ANYONE, "Question": OF_QUESTION, "Command": OF_COMMAND}


def answer(description: str, model: type[BaseModel], links: Json | None = None) -> Json:
    """One success."""
    told: Json = {
        "description": description,
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/XRequestId"}},
        "content": {JSON: {"schema": ref(model)}},
    }
    return {**told, "links": links} if links else told


def problems(codes: Iterable[str]) -> Json:
    """By status: the codes that come with it, each with what it means; by reference where others have the same."""
    names = {tuple(found): name for name, (_, found) in common().items()}
    answers: Json = {}
    for status, found in by_status(codes).items():
        name = names.get(tuple(found))
        answers[str(status)] = {"$ref": f"#/components/responses/{name}"} if name else problem(status, found)
    return answers


def common() -> dict[str, tuple[int, list[str]]]:
    """By name, the status and codes of the answers that many operations may give."""
    named: dict[str, tuple[int, list[str]]] = {}
    for name, codes in COMMON.items():
        for status, found in by_status(codes).items():
            if (status, found) not in named.values():
                named[f"{name}{status}"] = (status, found)
    return named


def by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    known = explained()
    found: dict[int, list[str]] = {}
    for code in sorted(set(codes)):
        found.setdefault(known[code].status, []).append(code)
    return dict(sorted(found.items()))


def problem(status: int, codes: list[str]) -> Json:
    known = explained()
    told: Json = {
        "description": "\n".join(f"- `{code}`: {known[code].title}." for code in codes),
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/XRequestId"}},
        "content": {PROBLEM: {"schema": ref(Problem)}},
        "x-codes": codes,
    }
    if status in (429, 503):
        told["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return told
