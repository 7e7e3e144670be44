"""The load on a server: connections that are kept, each sending its next request when the last one is answered.

Made for this alone, over the event loop's own protocols, so that it takes a small part of what the server does for a
request; what it can do at most is measured, too.
"""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bench.yardsticks import Order

LENGTH: Final = re.compile(rb"content-length: (\d+)\r\n", re.IGNORECASE)
HEAD_ENDS: Final = b"\r\n\r\n"
SAMPLE: Final = 50
"""Of so many answers one is read to its end."""

TOLD_AT: Final = re.compile(rb'"time":"([^"]+)"')

Check = Callable[[Any], bool]
"""Whether the body of an answer, parsed, says what it should."""


@dataclass
class Answers:
    """What came back: seconds each took, how many of which status, and the bodies that were not as they should be."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[bytes] = field(default_factory=list)


class Target:
    """A server and the key to it; requests are written out before they are sent."""

    def __init__(self, port: int, key: str) -> None:
        self.port = port
        self._key = key

    def get(self, path: str) -> bytes:
        return b"GET %b HTTP/1.1\r\n%b\r\n" % (path.encode("ascii"), self._headers())

    def post(self, path: str, body: object, request: str = "") -> bytes:
        told = json.dumps(body, separators=(",", ":")).encode()
        named = b"idempotency-key: %b\r\n" % request.encode("ascii") if request else b""
        sized = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(told)
        return b"POST %b HTTP/1.1\r\n%b%b%b\r\n%b" % (path.encode("ascii"), self._headers(), named, sized, told)

    def _headers(self) -> bytes:
        return f"host: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self._key}\r\n".encode("ascii")


def body_of(order: Order) -> Mapping[str, Any]:
    """The reserve of an order, as it is sent."""
    return {"lines": [{"goods": goods, "quantity": quantity, "nodes": [node]} for goods, node, quantity in order.lines]}


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], check: Check, answers: Answers) -> None:
        self._requests = requests
        self._check = check
        self._answers = answers
        self._came = b""
        self._asked_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def ask(self) -> None:
        request = None if self.done.done() else next(self._requests, None)
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        came = self._came + data if self._came else data
        head = came.find(HEAD_ENDS)
        length = LENGTH.search(came, 0, head + 2) if head >= 0 else None
        if length is None or len(came) < head + 4 + int(length[1]):
            self._came = came
            return
        self._came = b""
        answers = self._answers
        answers.latencies.append(time.perf_counter() - self._asked_at)
        status = int(came[9:12])
        answers.statuses[status] += 1
        if len(answers.latencies) % SAMPLE == 1:
            body = came[head + 4 :]
            if not self._check(json.loads(body)):
                answers.wrong.append(body)
        elif status >= 300:
            answers.wrong.append(came[head + 4 :])
        self.ask()


async def drive(target: Target, requests: Sequence[bytes], connections: int, check: Check) -> Answers:
    """Send them all over so many connections, the next on each when the last was answered."""
    answers = Answers()
    loop = asyncio.get_running_loop()
    left = iter(requests)
    callers = [
        (await loop.create_connection(lambda: _Connection(left, check, answers), "127.0.0.1", target.port))[1]
        for _ in range(connections)
    ]
    began = time.perf_counter()
    for caller in callers:
        caller.ask()
    await asyncio.gather(*(caller.done for caller in callers))
    answers.seconds = time.perf_counter() - began
    return answers


async def ask(target: Target, path: str) -> Any:
    """The answer to one question."""
    told: list[Any] = []

    def keep(body: Any) -> bool:
        told.append(body)
        return True

    await drive(target, [target.get(path)], 1, keep)
    return told[0]


async def end_of_feed(target: Target) -> str:
    """The place after all that was told so far."""
    place = ""
    while True:
        page = await ask(target, f"/v1/events?limit=500{place and '&after='}{place}")
        place = str(page["after"])
        if not page["more"]:
            return place


async def stream(target: Target, after: str, lags: list[float]) -> None:
    """Read server-sent events until cancelled, noting for each the seconds since its commit began."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port, limit=2**24)
    try:
        asked = target.get(f"/v1/events?after={after}")
        writer.write(asked.replace(HEAD_ENDS, b"\r\naccept: text/event-stream\r\n\r\n"))
        while True:
            lags += _lags(await reader.readuntil(b"\n\n"))
    finally:
        writer.close()


async def poll(target: Target, after: str, lags: list[float]) -> None:
    """Ask for events, waiting for the first of them, again and again until cancelled."""
    while True:
        page = await ask(target, f"/v1/events?limit=500&wait=10&after={after}")
        now = time.time()
        lags += [now - datetime.fromisoformat(each["time"]).timestamp() for each in page["items"]]
        after = page["after"]


def _lags(event: bytes) -> Iterator[float]:
    now = time.time()
    for found in TOLD_AT.finditer(event):
        yield now - datetime.fromisoformat(found[1].decode()).timestamp()
