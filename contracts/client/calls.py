"""How the client calls: one request, repeated under its own id for as long as its outcome is not known.

A command is never sent under a second id of its own accord: that could do it twice. What was decided is returned, or
raised as Refused; where nothing can be learned within the attempts allowed, Unanswered names the id to ask with again.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx
from pydantic import BaseModel, ValidationError

from contracts.http.v1.problems import Problem

T = TypeVar("T", bound=BaseModel)

NOT_DECIDED: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
"""The statuses after which the same request, under the same id, may fare better."""


class Refused(Exception):
    """It was decided that it is not done. `problem.code` says why, and `problem.facts` what to do about it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem

    @property
    def code(self) -> str:
        return self.problem.code


class Unanswered(Exception):
    """Nothing was learned: it may have been done, or not. Repeat it with `request_id`, and with no other, to learn.

    `problem` is the last one had, if the server said anything; the exception of the connection is the cause otherwise.
    """

    def __init__(self, message: str, request_id: str | None, problem: Problem | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try (at least once), and the seconds to wait between: longer each time, at random up to a most.

    A server that asks to wait longer than `longest_wait` is not asked again.
    """

    attempts: int = 6
    first_wait: float = 0.1
    longest_wait: float = 20.0

    def wait(self, failed: int, asked: float | None) -> float | None:
        """Seconds to wait after so many failures; None: give up. `asked` is what the server asks for."""
        if failed >= self.attempts or (asked is not None and asked > self.longest_wait):
            return None
        most = min(self.longest_wait, self.first_wait * 2 ** (failed - 1))
        return max(asked or 0.0, random.uniform(0, most))


class Calls:
    """Sends and asks, with one key. Close it, or use it as a context."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        patience: Patience | None = None,
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {key}", "accept": "application/json"},
            timeout=timeout,
            transport=transport,
        )
        self._patience = patience or Patience()
        self._timeout = timeout

    async def close(self) -> None:
        await self._http.aclose()

    async def send(
        self, path: str, body: BaseModel, reply: type[T], request_id: str | None, on_behalf_of: str | None
    ) -> T:
        """A command's reply. Without a `request_id` one is made. Raises Refused, Unanswered."""
        request_id = request_id or uuid4().hex
        headers = {**_headers(on_behalf_of), "idempotency-key": _quoted(request_id)}
        return read(await self._answered("POST", path, request_id, content=_json(body), headers=headers), reply)

    async def send_each(self, path: str, body: BaseModel, reply: type[T], on_behalf_of: str | None) -> T:
        """The outcomes of many commands, each under its own id, so that the whole may be repeated."""
        headers = _headers(on_behalf_of)
        return read(await self._answered("POST", path, None, content=_json(body), headers=headers), reply)

    async def ask(self, path: str, asked: Mapping[str, Any], answer: type[T]) -> T:
        """A question's answer; what is None is not asked with. Raises Refused, Unanswered."""
        query = {name: _said(value) for name, value in asked.items() if value is not None}
        # Who asks to be kept waiting does not give up before that.
        timeout = self._timeout + asked.get("wait", 0)
        return read(await self._answered("GET", path, None, params=query, timeout=timeout), answer)

    async def change(self, method: str, path: str) -> httpx.Response:
        """What is done to one thing, and is the same when it is repeated. Raises Refused, Unanswered."""
        return await self._answered(method, path, None)

    async def _answered(self, method: str, path: str, request_id: str | None, **rest: Any) -> httpx.Response:
        """The first answer that decides. Raises Refused, Unanswered."""
        failed = 0
        while True:
            problem: Problem | None = None
            asked: float | None = None
            cause: httpx.TransportError | None = None
            try:
                response = await self._http.request(method, path, **rest)
            except httpx.TransportError as error:
                cause, said = error, f"no answer: {error!r}"
            else:
                if response.is_success:
                    return response
                problem = _problem(response)
                if response.status_code not in NOT_DECIDED:
                    raise Refused(problem)
                asked, said = _retry_after(response), f"{problem.code}: {problem.detail}"
            failed += 1
            wait = self._patience.wait(failed, asked)
            if wait is None:
                raise Unanswered(f"{said} (after {failed} attempts)", request_id, problem) from cause
            await asyncio.sleep(wait)


def _json(body: BaseModel) -> bytes:
    return body.model_dump_json(exclude_none=True).encode()


def _headers(actor: str | None) -> dict[str, str | bytes]:
    headers: dict[str, str | bytes] = {"content-type": "application/json"}
    return headers if actor is None else {**headers, "on-behalf-of": actor.encode()}


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def read(response: httpx.Response, answer: type[T]) -> T:
    """The answer that a success has."""
    return answer.model_validate_json(response.content)


def _quoted(request_id: str) -> str:
    """A structured string (RFC 9651): every request id of visible ASCII and spaces can be said so."""
    return '"' + request_id.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _problem(response: httpx.Response) -> Problem:
    """What the server says; where something in between answers in words of its own, the status alone."""
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return Problem(
            type="about:blank",
            title=response.reason_phrase,
            status=response.status_code,
            detail=response.text[:200],
            instance=response.url.path,
            code=f"http.{response.status_code}",
            facts={},
            request_id=None,
            retryable=response.status_code in NOT_DECIDED,
        )


def _retry_after(response: httpx.Response) -> float | None:
    said = response.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdecimal() else None
