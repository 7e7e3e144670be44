"""A stand-in for a warehouse system: it keeps what it is asked, and misbehaves as it is told."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote


class StandIn:
    """`moods` say how the next requests are answered, one each; then all is well.

    well; 500, 503, 400 …: that status, and nothing kept; lost: kept, and the connection cut before the answer;
    reset: cut before anything is read; silent: kept, and never answered; drip: an answer byte by byte, without end;
    kept-500: kept, and answered 500.
    """

    def __init__(self) -> None:
        self.url = ""
        self.moods: deque[str] = deque()
        self.kept: dict[str, Any] = {}
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.bodies: list[bytes] = []
        self.at_once = self.most_at_once = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.strip().split("\r\n")
        method, path, _ = request.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(method, path, headers, body, writer)
        finally:
            self.at_once -= 1

    async def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        self.asked.append(f"{method} {unquote(path)}")
        mood = self.moods.popleft() if self.moods else "well"
        await asyncio.sleep(0.005)
        if mood == "reset":
            writer.transport.abort()
            return False
        status = int(mood.removeprefix("kept-")) if mood.removeprefix("kept-").isdecimal() else 200
        if method == "GET":
            found = unquote(path).partition("/ship-requests/")[2] in self.kept
            status = status if mood.isdecimal() else 200 if found else 404
        elif not mood.isdecimal():
            self.headers, said = headers, json.loads(body)
            self.bodies.append(body)
            self.kept.setdefault(said["id"], said)
        if mood == "lost":
            writer.transport.abort()
            return False
        if mood == "silent":
            await asyncio.sleep(30)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {2 if mood != 'drip' else 9_999}\r\n\r\n".encode())
        if mood == "drip":
            for _ in range(300):
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(0.1)
        writer.write(b"{}")
        await writer.drain()
        return True


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    """It listens on a port of this machine that is free."""
    made = StandIn()
    under_way: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(made.serve(reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/wms"
    try:
        yield made
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
