"""The door: who knocks, with which key, how often, for how long; and what everyone is answered with.

One plain ASGI callable around everything. It keeps what a request needs in one object, has the key looked up in a
cache, and asks the framework only for what is not hot.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from random import getrandbits
from secrets import token_hex
from typing import Final
from urllib.parse import unquote_to_bytes

from application.kernel.tracing import Side
from application.kernel.unanswered import Busy, TooLate
from application.permissions.authorize import require_scope
from application.permissions.rate import RateLimit
from domain.permissions.refusals import KeyRefused
from entrypoints.composition.installation import Installation
from entrypoints.composition.logs import TRACEPARENT
from entrypoints.http.asgi import ASGIApp, Headers, Message, Receive, Scope, Send
from entrypoints.http.body import CallerGone, require_text
from entrypoints.http.knock import NOBODY, NOWHERE, Knock, Lean, Reply, Seen, place_of
from entrypoints.http.refusals import HeadMalformed, MethodNotAllowed
from entrypoints.metrics.tally import METHODS, OTHER
from entrypoints.wire.problems import PROBLEM_JSON, problem_of

Observer = Callable[[Seen], None]
"""Is told of every request once it is answered. It must neither wait nor raise."""

TRACE: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
REQUEST_ID: Final = re.compile(rb"[\x21-\x7e]{1,128}")
ONCE: Final = frozenset(
    (b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"on-behalf-of")
)
"""What would mean two things if it came twice."""

UNTRACED: Final = (b"/health/", b"/metrics", b"/assets/")
"""Asked for all the time, and nobody wants to see how."""

NO_CONTENT: Final = 204
NOT_MODIFIED: Final = 304
FAULT: Final = 500
TURNED_AWAY: Final = 503
CROWD: Final = "(crowd)"
"""The route of those who were turned away before theirs was looked at."""

GONE: Final = 499
"""Told to observers where the caller did not wait for the answer."""

NOTHING: Final[Mapping[str, Headers]] = {}
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
PAGES: Final[Headers] = [
    (b"cache-control", b"no-store"),
    NO_SNIFFING,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]
"""What the framework's answers have unless they say otherwise: some of them are pages for people."""


class Door:
    """Wraps the application. `lean` are routes; of those of one path the first is asked for its method at once, the
    others for theirs. All else is the framework's, which is told the path as it was sent, so that a slash within an id
    stays within it.

    `public` are paths that need no key; one that ends with a slash, and all below it. `stops` are called when the
    process is about to stop, `drain` a while before: from then on nobody is to be sent here any more. `beside` are
    headers of the problems of lean routes, by how their paths begin.
    """

    def __init__(
        self,
        house: Installation,
        rest: ASGIApp,
        lean: Sequence[Lean],
        public: Collection[str],
        rate: RateLimit,
        observers: Sequence[Observer] = (),
        stops: Sequence[Callable[[], None]] = (),
        drain: Callable[[], None] = lambda: None,
        beside: Mapping[str, Headers] = NOTHING,
    ) -> None:
        self._tracer = house.tracer
        self._authenticate = house.authenticate
        self._encode = house.codec.encode
        self._seconds = house.settings.http.seconds
        self._most = house.settings.http.under_way
        self._under_way = 0
        self._rest = rest
        self.lean = tuple(lean)
        self._lean = {place_of(each): each for each in reversed(lean)}
        self._others = {(each.template, each.method): each for each in lean if self._lean[place_of(each)] is not each}
        self._beside = dict(beside)
        self._public = frozenset(public)
        self._below = tuple(path for path in public if path.endswith("/") and path != "/")
        self._rate = rate
        self._observers = tuple(observers)
        self._stops = tuple(stops)
        self.drain = drain
        self._numbers = count(1)
        self._process = token_hex(6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        if self._tracer is None or scope["raw_path"].startswith(UNTRACED):
            await self._serve(scope, receive, send, b"")
            return
        said = b"".join(value for name, value in scope["headers"] if name == b"traceparent")
        method = scope["method"] if scope["method"] in METHODS else OTHER
        with self._tracer(method, Side.ASKED, parent=said.decode("latin-1")) as span:
            knock = await self._serve(scope, receive, send, span.traceparent.encode("ascii"))
            span.name(f"{method} {knock.route}")
            span.tell(**{"http.request.method": method, "http.route": knock.route, "request": knock.request})
            span.tell(**{"http.response.status_code": knock.status or GONE})
            if knock.command_request:
                span.tell(command_request=knock.command_request)
            if knock.status >= FAULT:
                span.failed(str(knock.status))

    async def _serve(self, scope: Scope, receive: Receive, send: Send, trace: bytes) -> Knock:
        """`trace`: our place in the trace that is recorded, if one is."""
        clock = asyncio.get_running_loop().time
        started = clock()
        knock = Knock(scope, receive, send, dict(scope["headers"]), started + self._seconds)
        knock.trace = trace
        try:
            reply = await self._answer(knock, started)
        except CallerGone:
            reply = None
        except Exception as error:
            if knock.status:
                raise  # half an answer is out: the server closes the connection
            reply = self._problem(knock, error)
        if reply is not None:
            await self._send(knock, reply)
        if self._observers:
            seconds = clock() - started
            status, request, of_command = knock.status or GONE, knock.request, knock.command_request
            seen = Seen(scope["method"], knock.route, status, seconds, knock.caller, request, of_command)
            for observe in self._observers:
                observe(seen)
        return knock

    @property
    def crowded(self) -> bool:
        """Whether whoever comes now is told to come back."""
        return self._under_way >= self._most

    def turned_away(self, method: str) -> None:
        """The server told somebody to come back, without asking here."""
        seen = Seen(method, CROWD, TURNED_AWAY, 0.0, NOBODY, "")
        for observe in self._observers:
            observe(seen)

    def stop(self) -> None:
        """Send nobody here any more, and let those go who wait for events; all else is still answered."""
        for stop in self._stops:
            stop()

    async def _answer(self, knock: Knock, now: float) -> Reply | None:
        scope, headers = knock.scope, knock.headers
        knock.trace = knock.trace or traceparent(headers.get(b"traceparent"))
        TRACEPARENT.set(knock.trace)
        said = headers.get(b"x-request-id")
        knock.request = (
            said.decode("ascii")
            if said is not None and REQUEST_ID.fullmatch(said)
            else f"{self._process}-{next(self._numbers):x}"
        )
        if len(headers) != len(scope["headers"]):
            _require_once(scope["headers"])
        if b"host" not in headers and scope["http_version"] == "1.1":
            raise HeadMalformed("a request of HTTP/1.1 names its host")
        path: str = scope["raw_path"].decode("latin-1")
        name = ""
        lean = self._lean.get(path)
        if lean is None:
            above, _, name = path.rpartition("/")
            lean = self._lean.get(above + "/")
            if lean is None:  # the open segment may be the one before
                before, _, middle = above.rpartition("/")
                lean = self._lean.get(f"{before}//{name}")
                name = name if lean is None else middle
        if lean is not None:
            knock.route = lean.template
            if lean.waits:
                return await self._ask(lean, knock, name, now)
            # Refused before the key is looked at: who is sent away costs those who are served next to nothing.
            if self.crowded:
                raise Busy("too many requests are under way", request=knock.request)
            self._under_way += 1
            try:
                return await self._ask(lean, knock, name, now)
            finally:
                self._under_way -= 1
        if path not in self._public and not path.startswith(self._below):
            await self._let_in(knock, now)
        await self._ask_framework(knock, path)
        return None

    async def _ask(self, lean: Lean, knock: Knock, name: str, now: float) -> Reply | None:
        await self._let_in(knock, now)
        method = knock.scope["method"]
        # A HEAD is answered like the GET it stands for: the server leaves the body out.
        if method != lean.method and (method, lean.method) != ("HEAD", "GET"):
            lean = self._other(lean, "GET" if method == "HEAD" else method)
        if lean.needs is not None:
            require_scope(knock.caller, lean.needs)
        return await lean(knock, name)

    def _other(self, lean: Lean, method: str) -> Lean:
        """The route of the same path for this method. Raises MethodNotAllowed."""
        found = self._others.get((lean.template, method))
        if found is None:
            more = (other for template, other in self._others if template == lean.template and other != "OPTIONS")
            allow = [lean.method, *more]
            raise MethodNotAllowed(f"{' or '.join(allow)} it", allow=allow)
        return found

    async def _let_in(self, knock: Knock, now: float) -> None:
        """Raises KeyRefused, RateLimited, Unavailable."""
        said = knock.headers.get(b"authorization", b"")
        if said[:7].lower() != b"bearer ":
            raise KeyRefused("no key was sent: Authorization: Bearer ek_…")
        knock.caller = caller = await self._authenticate(said[7:].decode("latin-1"))
        self._rate.require(caller.key, now, knock.request)

    async def _ask_framework(self, knock: Knock, path: str) -> None:
        scope = knock.scope
        query = scope["query_string"]
        if b"%" in query:
            query = unquote_to_bytes(query)
        if not query.isascii():
            require_text(query, "the query")
        state = scope.setdefault("state", {})
        state["caller"] = knock.caller
        state["request_id"] = knock.request
        state["traceparent"] = knock.trace.decode("ascii")
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        inner = {**scope, "path": path, "method": method}
        try:
            async with asyncio.timeout_at(knock.deadline):
                await self._rest(inner, knock.receive, self._sender(knock))
        except TimeoutError as error:
            raise TooLate("no answer within the time that a request may take", request=knock.request) from error
        finally:
            knock.route = inner.get("path_template") or NOWHERE

    def _sender(self, knock: Knock) -> Send:
        """Adds what every answer has, where the route says nothing else, and keeps the status."""
        send = knock.send

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                knock.status = message["status"]
                headers: Headers = list(message.get("headers", ()))
                named = {name for name, _ in headers}
                headers += (each for each in PAGES if each[0] not in named)
                headers.append((b"x-request-id", knock.request.encode("ascii")))
                headers.append((b"traceparent", knock.trace))
                message = {**message, "headers": headers}
            await send(message)

        return wrapped

    def _problem(self, knock: Knock, error: Exception) -> Reply:
        problem = problem_of(error)
        instance = knock.scope["raw_path"].decode("latin-1")
        body = self._encode(problem.body(instance, knock.command_request or knock.request or None))
        beside = (each for path, found in self._beside.items() if knock.route.startswith(path) for each in found)
        return Reply(problem.status, body, PROBLEM_JSON, [*problem.headers(), *beside])

    async def _send(self, knock: Knock, reply: Reply) -> None:
        knock.status = reply.status
        headers = [
            (b"content-type", reply.content_type),
            (b"content-length", b"%d" % len(reply.body)),
            (b"cache-control", reply.cache),
            NO_SNIFFING,
            (b"x-request-id", knock.request.encode("ascii")),
            (b"traceparent", knock.trace),
            *reply.headers,
        ]
        if reply.status in (NO_CONTENT, NOT_MODIFIED):
            del headers[:2]  # they would be of content that is not sent
        await knock.send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await knock.send({"type": "http.response.body", "body": reply.body})


def traceparent(said: bytes | None) -> bytes:
    """Our place in the caller's trace, or in one begun here (W3C Trace Context)."""
    known = None if said is None else TRACE.fullmatch(said)
    if known is None:
        return b"00-%032x-%016x-00" % (getrandbits(128) | 1, getrandbits(64) | 1)
    return b"00-%b-%016x-%b" % (known[1], getrandbits(64) | 1, known[2])


def _require_once(headers: Headers) -> None:
    """Raises HeadMalformed."""
    names = [name for name, _ in headers if name in ONCE]
    twice = sorted({name.decode() for name in names if names.count(name) > 1})
    if twice:
        raise HeadMalformed("a header that must come once came twice", headers=twice)
