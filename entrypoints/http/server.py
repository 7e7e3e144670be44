"""The server: uvicorn with a protocol that gives nobody for ever, and a stop that loses nothing.

A connection may be idle for a while, a head or a body may take a while to come, an answer may wait for its reader for a
while; the settings say how long each is. What comes in one piece, as nearly everything does, sets no timer.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from asyncio import TimerHandle
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from types import FrameType
from typing import Any, Final, Protocol

import msgspec
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from application.kernel.unanswered import Busy
from domain.kernel.refusal import Refusal
from entrypoints.composition.settings import HttpSettings
from entrypoints.http.asgi import ASGIApp
from entrypoints.http.refusals import HeadMalformed, HeadTooLarge, TooManyConnections, TooSlow
from entrypoints.wire.problems import PROBLEM_JSON, problem_of

BACKLOG: Final = 2_048
SPARE_FILES: Final = 256
"""Files that a process needs beside its connections."""

UNREAD_BYTES: Final = 16 * 2**20
"""Most bytes that are thrown away of a body nobody reads any more: its answer is out, and the sender goes on."""


def whole(error: Exception, *headers: tuple[bytes, bytes]) -> bytes:
    """An answer as it is sent, where nothing is known of the request."""
    problem = problem_of(error)
    body = msgspec.json.encode(problem.body("", None))
    lines = ((b"content-type", PROBLEM_JSON), (b"content-length", b"%d" % len(body)), *problem.headers(), *headers)
    return STATUS_LINE[problem.status] + b"".join(b"%b: %b\r\n" % line for line in lines) + b"\r\n" + body


BOUNDED: Final = b"/v1/"
UNBOUNDED: Final = b"/v1/events"
COME_BACK: Final = whole(Busy("too many requests are under way", request=""), (b"cache-control", b"no-store"))


class Crowd(Protocol):
    """Who knows whether there is room for another request."""

    @property
    def crowded(self) -> bool: ...

    def turned_away(self, method: str) -> None:
        """One more was told to come back."""
        ...


class PatientProtocol(HttpToolsProtocol):
    """HTTP over one connection, within limits of time and bytes.

    Where there is a crowd, requests are answered here, for a fraction of what it costs to hand them on: else those that
    are turned away would take the time of those that are served.
    """

    http: HttpSettings
    crowd: Crowd

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begun = False
        self._head = True
        self._turned_away = False
        self._head_bytes = 0
        self._thrown_away = 0
        self._late: TimerHandle | None = None
        self._unread: TimerHandle | None = None
        if len(self.connections) > self.http.connections:
            self._refuse(TooManyConnections("too many connections", most=self.http.connections))
            return
        # Whoever connects is about to ask.
        self._late = self.loop.call_later(self.http.head_seconds, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_late()
        if self._unread is not None:
            self._unread.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    # -- reading ------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._begun:
            if self._head and self._head_bytes > self.http.head_bytes:
                self._refuse(HeadTooLarge("the headers are too long", most=self.http.head_bytes))
            elif self._late is None:
                seconds = self.http.head_seconds if self._head else self.http.body_seconds
                self._late = self.loop.call_later(seconds, self._too_late)
        elif self._late is not None:
            self._forget_late()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = self._head = True

    def on_headers_complete(self) -> None:
        self._head = False
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > self.http.head_bytes:
            self._begun = False
            self._refuse(HeadTooLarge("the headers are too long", most=self.http.head_bytes))
            return
        if self.crowd.crowded and self._may_be_turned_away():
            self._turn_away()
        else:
            self._unset_keepalive_if_required()
            super().on_headers_complete()
        if self._late is not None:  # the head was late enough: the body has its own time
            self._forget_late()

    def on_body(self, body: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self._turned_away:
            super().on_body(body)
        if self._turned_away or self.cycle.response_complete:
            self._thrown_away += len(body)
            if self._thrown_away > UNREAD_BYTES:
                self.transport.close()

    def on_message_complete(self) -> None:
        self._begun, self._head, self._head_bytes = False, True, 0
        if self.transport.is_closing():
            return
        if self._turned_away:
            self._turned_away = False
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
            return
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(HeadMalformed("this is not an HTTP request"))

    # -- time ---------------------------------------------------------------------------------------------------------

    def _too_late(self) -> None:
        self._late = None
        if self.transport.is_closing():
            return
        if self.flow.read_paused:  # we do not read: the caller is not to blame
            self._late = self.loop.call_later(self.http.body_seconds, self._too_late)
        elif not self._begun:
            self.transport.close()
        else:
            seconds = self.http.head_seconds if self._head else self.http.body_seconds
            self._refuse(TooSlow("the request did not come to its end in time", seconds=seconds))

    def _forget_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.http.unread_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    # -- answering where the application was not asked ----------------------------------------------------------------

    def _may_be_turned_away(self) -> bool:
        """Commands and questions, while nothing else is to be answered on the connection first."""
        path = bytes(self.url)
        cycle: Any = self.cycle  # None before the first request
        waits = cycle is not None and not cycle.response_complete
        return path.startswith(BOUNDED) and not path.startswith(UNBOUNDED) and not waits

    def _turn_away(self) -> None:
        self._turned_away = True
        self.transport.write(COME_BACK)
        self.crowd.turned_away(self.parser.get_method().decode("ascii"))
        # Who waits to be told to go on with the body may or may not send it now.
        if self.expect_100_continue or self.parser.get_http_version() == "1.0" or not self.parser.should_keep_alive():
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        """Say why, unless an answer is on its way already, and end the connection."""
        cycle: Any = self.cycle  # None before the first request
        if cycle is None or not cycle.response_started or cycle.response_complete:
            self.transport.write(whole(refusal, (b"connection", b"close")))
        self.transport.close()


class DrainingServer(Server):
    """Serves until it is told to stop; goes on for the seconds that whoever sends callers here has to look elsewhere;
    then takes nothing new and finishes what was asked. A second signal cuts the seconds short.

    Who opened the installation closes it after this: signals end the serving, not the process.
    """

    def __init__(
        self,
        config: Config,
        stopping: Callable[[], None],
        ready: Callable[[], None],
        draining: Callable[[], None],
        linger: float,
    ) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._draining = draining
        self._linger = linger
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM)
        taken = []
        for each in signals:
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not in this thread
                loop.add_signal_handler(each, self.handle_exit, each, None)
                taken.append(each)
        try:
            yield
        finally:
            for each in taken:
                loop.remove_signal_handler(each)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self._linger = 0.0
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining()
        clock = asyncio.get_running_loop().time
        begun = clock()
        for tick in count():
            if clock() - begun >= self._linger:
                break
            await self.on_tick(tick)  # it keeps the time that answers bear
            await asyncio.sleep(0.1)
        self._stopping()
        await super().shutdown(sockets)


def server_of(
    app: ASGIApp,
    crowd: Crowd,
    settings: HttpSettings,
    stopping: Callable[[], None],
    ready: Callable[[], None] = lambda: None,
    draining: Callable[[], None] = lambda: None,
) -> DrainingServer:
    """A server of the application; `crowd` says when it is full. `ready` is called when it serves, `draining` when it
    is told to stop, `stopping` when it takes nothing new any more, before it waits for what is under way.
    """

    class Bound(PatientProtocol):
        http = settings

    Bound.crowd = crowd

    # At warning it tells of every connection that did not speak HTTP: anyone could fill the log with that.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    target: Any = app
    config = Config(
        target,
        http=Bound,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=settings.idle_seconds,  # type: ignore[arg-type]  # it is only handed on to a timer
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    return DrainingServer(config, stopping, ready, draining, settings.linger_seconds)


def listen(settings: HttpSettings) -> socket.socket:
    """A listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((settings.host, settings.port))
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def enough_files(connections: int) -> int:
    """Ask for as many open files as the connections need; how many connections there can be."""
    try:
        import resource  # not on Windows, which has no such limit
    except ImportError:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
        soft = max(soft, most)
    return min(connections, soft - SPARE_FILES)
