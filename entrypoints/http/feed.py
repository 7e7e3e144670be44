"""The event feed: `GET /v1/events`, as pages, as a long poll, or as server-sent events."""

import asyncio
from typing import Final

from application.kernel.outbox import Cursor
from application.kernel.ports import StoreError
from contracts.http.v1.questions import EventsQuestion
from domain.kernel.refusal import Refusal
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.asgi import Receive
from entrypoints.http.door import NO_SNIFFING
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.questions import reader_of
from entrypoints.http.watcher import Fetched, Watcher

HEARTBEAT: Final = 15.0
"""Seconds between signs of life of a stream; the key is looked at again at each."""

RETRY_MILLISECONDS: Final = 2_000
STREAM: Final = b"text/event-stream"


class Feed:
    """The tenant's own events after a place, oldest first: order is kept within a subject.

    `wait` seconds (at most 30) for the first of them, if there are none. Asked for as text/event-stream it goes on for
    as long as the caller reads; Last-Event-ID is the place after which it goes on. An event may come again.
    """

    method = "GET"
    template = "/v1/events"
    needs: Scope | None = Scope.READ
    waits = True

    def __init__(self, house: Installation, watcher: Watcher) -> None:
        self._authenticate = house.authenticate
        self._watcher = watcher
        self._read = reader_of(EventsQuestion)
        self._heartbeat = HEARTBEAT

    async def __call__(self, knock: Knock, name: str) -> Reply | None:
        """Raises InvalidInput, FeedGone, Busy, StoreError."""
        asked: EventsQuestion = self._read(knock.scope["query_string"], {})
        limit, wait, after = asked.limit, asked.wait, asked.after
        if STREAM in knock.headers.get(b"accept", b""):
            last = knock.headers.get(b"last-event-id", b"").decode("latin-1")
            await self._stream(knock, _cursor(last or after), limit)
            return None
        if not wait:
            return _page(await self._watcher.read(knock.caller.tenant, _cursor(after), limit))
        return _page(await self._poll(knock, _cursor(after), limit, wait))

    async def _poll(self, knock: Knock, after: Cursor | None, limit: int, wait: float) -> Fetched:
        """The first page with something on it, or the last one read when there is no more time."""
        tenant, watcher = knock.caller.tenant, self._watcher
        clock = asyncio.get_running_loop().time
        ends = clock() + wait
        with watcher.listening(tenant):
            gone = asyncio.create_task(_until_gone(knock.receive))
            try:
                news = watcher.news
                found = await watcher.read(tenant, after, limit)
                while not found.events and not gone.done() and not watcher.stopping and clock() < ends:
                    if not found.more:
                        await asyncio.wait((news, gone), timeout=ends - clock(), return_when=asyncio.FIRST_COMPLETED)
                    news = watcher.news
                    found = await self._next(tenant, found, limit)
            finally:
                gone.cancel()
        return found

    async def _stream(self, knock: Knock, after: Cursor | None, limit: int) -> None:
        try:
            await self._tell(knock, after, limit)
        except (Refusal, StoreError):
            if not knock.status:
                raise
            # The reader comes again with the place it has reached, and is told then.
            await self._say(knock, b"", more=False)

    async def _tell(self, knock: Knock, after: Cursor | None, limit: int) -> None:
        tenant, watcher = knock.caller.tenant, self._watcher
        with watcher.listening(tenant):
            gone = asyncio.create_task(_until_gone(knock.receive))
            try:
                news = watcher.news
                found = await watcher.read(tenant, after, limit)
                await self._begin(knock)
                await self._say(knock, _events(found) or _place(found))
                while not gone.done() and not watcher.stopping:
                    if not found.more:
                        _, late = await asyncio.wait(
                            (news, gone), timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED
                        )
                        if len(late) == 2 and not await self._still_welcome(knock):
                            break
                    news = watcher.news
                    found = await self._next(tenant, found, limit)
                    await self._say(knock, _events(found) or _place(found))
                await self._say(knock, b"", more=False)
            finally:
                gone.cancel()

    async def _next(self, tenant: str, found: Fetched, limit: int) -> Fetched:
        """What follows. A reading is shared by those who have come to the end; who is behind reads alone."""
        read = self._watcher.read if found.more else self._watcher.read_on
        return await read(tenant, found.after, limit)

    async def _still_welcome(self, knock: Knock) -> bool:
        said = knock.headers[b"authorization"].decode("latin-1")
        try:
            caller = await self._authenticate(said[7:])
        except Refusal:
            return False
        return Scope.READ in caller.scopes

    async def _begin(self, knock: Knock) -> None:
        headers = [
            (b"content-type", STREAM),
            (b"cache-control", b"no-store"),
            NO_SNIFFING,
            (b"x-request-id", knock.request.encode("ascii")),
            (b"traceparent", knock.trace),
        ]
        knock.status = 200
        await knock.send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._say(knock, b"retry: %d\n\n" % RETRY_MILLISECONDS)

    async def _say(self, knock: Knock, chunk: bytes, *, more: bool = True) -> None:
        await knock.send({"type": "http.response.body", "body": chunk, "more_body": more})


def _page(found: Fetched) -> Reply:
    more = b"true" if found.more else b"false"
    items = b",".join(found.events)
    return Reply(200, b'{"items":[%b],"after":"%b","more":%b}' % (items, found.after.text().encode("ascii"), more))


def _events(found: Fetched) -> bytes:
    """The events, the place named with the last of them: a stream that breaks off before goes on from before."""
    if not found.events:
        return b""
    place = b"id: %b\n" % found.after.text().encode("ascii")
    *first, last = found.events
    return b"".join((*(b"data: %b\n\n" % each for each in first), place, b"data: %b\n\n" % last))


def _place(found: Fetched) -> bytes:
    """A sign of life that moves the reader past the events of others."""
    return b": still here\nid: %b\n\n" % found.after.text().encode("ascii")


def _cursor(text: str) -> Cursor | None:
    """Raises InvalidInput."""
    return Cursor.parse(text) if text else None


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
