"""Problem details (RFC 9457): every refusal and every failure to answer as a status and a body. The one table."""

import inspect
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any, Final

from application.kernel.ports import StoreError
from application.kernel.unanswered import InternalFault, Unanswered, Unavailable
from domain.kernel.refusal import InsufficientBalance, Refusal

logger = logging.getLogger("entrepot.http")

PROBLEM_JSON: Final = b"application/problem+json"
OWN: Final = ("domain", "application", "adapters", "entrypoints")
"""Whose refusals are explained here; an adapter from outside explains its own."""

STATUS: Final[Mapping[str, int]] = {
    # what could never be accepted
    "input.invalid": 400,
    "request_id.missing": 400,
    "body.malformed": 400,
    "body.too_deep": 400,
    "head.malformed": 400,
    "answer.too_large": 400,
    "exchange.target": 400,
    "message.malformed": 400,
    "message.unknown": 400,
    "promise.token": 400,
    "epcis.document": 400,
    "epcis.identifier": 400,
    "epcis.malformed": 400,
    "epcis.incomplete": 400,
    "wms.malformed": 400,
    # who asks
    "key.invalid": 401,
    "key.expired": 401,
    "key.revoked": 401,
    "signature.invalid": 401,
    "signature.stale": 401,
    "scope.missing": 403,
    "message.sender": 403,
    # what is not there (or another tenant's)
    "route.unknown": 404,
    "command.unknown": 404,
    "account.unknown": 404,
    "goods.unknown": 404,
    "node.unknown": 404,
    "reservation.unknown": 404,
    "shipment.unknown": 404,
    "key.unknown": 404,
    "object.unknown": 404,
    "parked.unknown": 404,
    "search.kind": 404,
    "mapping.unknown": 404,
    "proposal.unknown": 404,
    "capture.unknown": 404,
    "promise.unknown": 404,
    "policy.unknown": 404,
    "route.method": 405,
    "request.too_slow": 408,
    "feed.gone": 410,
    "promise.expired": 410,
    "movements.archived": 410,
    "body.too_large": 413,
    "epcis.too_large": 413,
    "together.too_many": 413,
    "body.type": 415,
    "request.mismatch": 422,
    "epcis.unsupported": 422,
    "rate.limited": 429,
    "head.too_large": 431,
    # what could not be answered
    "internal.fault": 500,
    "connections.exhausted": 503,
    "outcome.unknown": 503,
    "search.unavailable": 503,
    "service.busy": 503,
    "service.stopping": 503,
    "service.too_late": 503,
    "service.unavailable": 503,
}
"""By code. Every other refusal is a conflict with how things stand: 409."""

CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Explained:
    """A code as the pages at /problems explain it."""

    code: str
    status: int
    title: str
    meaning: str
    advice: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with one request; `after` are the seconds to wait before a repeat, 0 for none in particular."""

    code: str
    status: int
    detail: str
    facts: Mapping[str, Any]
    retryable: bool = False
    after: int = 0

    def body(self, instance: str, request: str | None) -> dict[str, Any]:
        """The members of the JSON object, which the codec encodes."""
        return {
            "type": f"/problems/{self.code}",
            "title": title_of(self.code),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "facts": self.facts,
            "request_id": request,
            "retryable": self.retryable,
        }

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Those that come with the status."""
        found: list[tuple[bytes, bytes]] = []
        if self.after:
            found.append((b"retry-after", b"%d" % self.after))
        if self.status == 401:
            found.append((b"www-authenticate", b'Bearer realm="entrepot"'))
        if self.status == 405:
            found.append((b"allow", ", ".join(self.facts.get("allow", ())).encode("ascii")))
        if self.code == "rate.limited":
            found.append((b"ratelimit", b'"key";r=0;t=%d' % self.after))
        return found


def status_of(code: str) -> int:
    return STATUS.get(code, CONFLICT)


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is. What nobody foresaw is a fault of ours: logged whole, told in one word."""
    match error:
        case Refusal():
            code = error.own_code
            return Problem(code, status_of(code), error.message, error.facts, error.retryable)
        case Unanswered():
            after = max(1, ceil(error.retry_after))
            facts = {"retry_after": error.retry_after}
            return Problem(error.code, status_of(error.code), str(error), facts, retryable=True, after=after)
        case StoreError():
            logger.warning("the database does not answer: %s", error)
            return Problem(Unavailable.code, 503, "the database does not answer", {}, retryable=True, after=1)
    logger.error("a request failed by our fault", exc_info=error)
    return Problem(InternalFault.code, 500, "the request failed by our fault; the log has the cause", {})


def title_of(code: str) -> str:
    found = explained().get(code)
    return code if found is None else found.title


@cache
def explained() -> Mapping[str, Explained]:
    """Every code that can be answered with, in the words of its class's docstring."""
    found: dict[str, Explained] = {}
    for cls in _classes(Refusal, Unanswered):
        meaning, advice = _paragraphs(cls)
        codes = _insufficient() if cls is InsufficientBalance else [str(vars(cls).get("code", ""))]
        for code in filter(None, codes):
            found[code] = Explained(code, status_of(code), _title(meaning), meaning, advice)
    return dict(sorted(found.items()))


def _classes(*roots: type[Exception]) -> Iterator[type[Exception]]:
    for root in roots:
        for cls in root.__subclasses__():
            if cls.__module__.partition(".")[0] in OWN:
                yield cls
            yield from _classes(cls)


def _paragraphs(cls: type[Exception]) -> tuple[str, str]:
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    parts = [" ".join(each.replace("`", "").split()) for each in text.split("\n\n") if each]
    return (parts[0] if parts else "", parts[1] if len(parts) > 1 else "")


def _title(meaning: str) -> str:
    """Its first sentence, without what is said of its facts in parentheses."""
    return re.split(r"[.:;] ", re.sub(r" \([^)]*\)", "", meaning))[0].rstrip(".")


def _insufficient() -> list[str]:
    """Running short has a code for every kind of account."""
    # (the kinds that are always there)
    from domain.stock import expected, position, quota
    from domain.warehouse import capacity

    every = (position, quota, expected, capacity)
    return [kind.insufficient for module in every for kind in module.kinds().values()]
