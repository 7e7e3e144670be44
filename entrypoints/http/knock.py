"""One request as the lean routes see it, and what they answer."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from domain.permissions.key import Caller
from domain.permissions.scope import Scope as KeyScope
from entrypoints.http.asgi import Headers, Receive, Scope, Send

JSON: Final = b"application/json"
NO_MORE: Final[Headers] = []
NOWHERE: Final = "(none)"
"""The route of a path that none was looked up for, or found."""

NOBODY: Final = Caller("", "", "", frozenset())
"""Who asks while no key was looked at."""


class Reply(NamedTuple):
    """A whole answer; `headers` beyond those that every answer has; `cache` says who may keep it."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Headers = NO_MORE
    cache: bytes = b"no-store"


class Knock:
    """A request at the door: who asks, under which id, until when (on the loop's clock) it may take.

    `request` is its X-Request-Id. `command_request` is the request id of the one command that it brings, once that is
    known: the Idempotency-Key, say; empty where it brings none, or many. `route` is the template of its path. `status`
    is what was answered, 0 while nothing was.
    """

    __slots__ = (
        "caller",
        "command_request",
        "deadline",
        "headers",
        "receive",
        "request",
        "route",
        "scope",
        "send",
        "status",
        "trace",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[bytes, bytes], deadline: float
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.headers = headers
        self.deadline = deadline
        self.caller = NOBODY
        self.request = ""
        self.command_request = ""
        self.trace = b""
        self.route = NOWHERE
        self.status = 0


OPEN: Final = re.compile(r"\{\w+\}")


class Lean(Protocol):
    """A route that answers past the framework. `template` is its path, with at most one segment left open: the last, or
    the one before. `needs` None: it asks for the scope itself. `waits`: mostly, it does nothing but wait for what may
    come, and has a bound of its own.
    """

    method: str
    template: str
    needs: KeyScope | None
    waits: bool

    async def __call__(self, knock: Knock, name: str) -> Reply | None:
        """What to answer; None when it has sent its answer itself. `name` is what the template leaves open."""
        ...


def place_of(lean: Lean) -> str:
    """Where the door finds it: its path with nothing in the segment that is left open."""
    return OPEN.sub("", lean.template)


class Seen(NamedTuple):
    """One request answered, for those who observe: `route` is a template, never what the caller sent. The ids are those
    of the Knock.
    """

    method: str
    route: str
    status: int
    seconds: float
    caller: Caller
    request: str
    command_request: str = ""
