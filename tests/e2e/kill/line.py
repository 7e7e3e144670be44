"""A line to a database server that is cut where a test says: at a COMMIT."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Any, Final

from sqlalchemy import make_url

PIECE: Final = 65_536
COMMITS: Final = (b"\x07\x00\x00\x00\x03COMMIT", b"Q\x00\x00\x00\x0bCOMMIT\x00")
"""COMMIT as a packet of MariaDB's protocol, and as a message of PostgreSQL's."""


class Cut(Enum):
    """What the next COMMIT meets."""

    ANSWER = "it is carried, and the connection ends before its answer"
    LATE = "the connection ends at once, and it is carried some seconds later"


class Line:
    """Carries bytes both ways. With `cut`, the next COMMIT meets that, once.

    `late`: the seconds for which a COMMIT is kept back. `cuts` counts what was met. `answered` is awaited, if it is
    set, when the server has answered a COMMIT that was cut.
    """

    def __init__(self, host: str, port: int, late: float) -> None:
        self._host = host
        self._port = port
        self._late = late
        self._carrying: set[asyncio.Task[None]] = set()
        self.url = ""
        self.cut: Cut | None = None
        self.cuts = 0
        self.answered: Callable[[], Awaitable[None]] | None = None

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.transport.abort()
            return
        dead, over = asyncio.Event(), asyncio.Event()

        async def up() -> None:
            while data := await reader.read(PIECE):
                cut = self.cut
                if data in COMMITS and cut is not None:
                    self.cut = None
                    self.cuts += 1
                    dead.set()
                    if cut is Cut.LATE:
                        writer.transport.abort()
                        await asyncio.sleep(self._late)
                back.write(data)
                await back.drain()
                if dead.is_set():
                    await over.wait()
                    return

        async def down() -> None:
            while data := await there.read(PIECE):
                if dead.is_set():
                    if self.answered is not None:
                        await self.answered()
                    writer.transport.abort()
                    over.set()
                    return
                writer.write(data)
                await writer.drain()

        for way in (up(), down()):
            task = asyncio.ensure_future(_until_gone(way, writer, back))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def hang_up(self) -> None:
        for task in tuple(self._carrying):
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)


@asynccontextmanager
async def line_to(url: str, late: float = 2.0) -> AsyncIterator[Line]:
    """A line of one's own to the server of this URL."""
    target = make_url(url)
    assert target.port is not None
    line = Line(target.host or "127.0.0.1", target.port, late)
    listening = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = target.set(port=listening.sockets[0].getsockname()[1]).render_as_string(hide_password=False)
    try:
        yield line
    finally:
        listening.close()
        await line.hang_up()
        await listening.wait_closed()


async def _until_gone(way: Coroutine[Any, Any, None], *writers: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.CancelledError):
        await way
    for writer in writers:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
