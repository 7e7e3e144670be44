"""A ledger on a server of the test's own, to be broken, and a line to it that is cut where the test says."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from contracts.conformance.commands import Done, hold
from contracts.conformance.ground import TENANTS, Ground, Shop, code
from domain.stock.position import kinds
from entrypoints.composition.maintenance import scratch_databases
from entrypoints.composition.settings import load_settings
from entrypoints.conformance import scratch
from entrypoints.conformance.scratch import Scratch
from entrypoints.conformance.scratch_servers import LENDER

ROOT = Path(__file__).parents[3]
UNANSWERED = ("service.unavailable", "outcome.unknown")


def made(server: str) -> str:
    """A migrated database on this server; its URL. It goes with the server."""
    return scratch_databases(load_settings(database={"url": server})).make()


def lent(server: str, folder: Path) -> str:
    """A migrated database on the shared server that stands for this folder; its URL."""
    return LENDER.url(load_settings(database={"url": server}), folder)


def say(what: str) -> None:
    os.write(1, f"{what}\n".encode())


async def opened(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    """The ledger in the database of this URL."""
    monkeypatch.setattr(scratch, "settings_in", lambda _: load_settings(database={"url": url}))
    return await Scratch(folder, kinds()).open()


async def until_answered(shop: Shop, request: str, heard: dict[tuple[str, str], Done]) -> None:
    """One unit of A, asked for under the same id again and again."""
    for _ in range(300):
        outcome = await shop.outcome(hold(request), request)
        if isinstance(outcome, Done):
            heard[shop.tenant, request] = outcome
        if code(outcome) not in UNANSWERED:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{request} was not answered")


async def load(ground: Ground, heard: dict[tuple[str, str], Done], buyers: int, each: int, name: str = "") -> None:
    """So many buyers of each tenant, each with so many requests one after the other."""

    async def buy(tenant: str, buyer: int) -> None:
        for n in range(each):
            await until_answered(ground.shop(tenant), f"{name}{buyer}-{n}", heard)

    await asyncio.gather(*(buy(tenant, buyer) for tenant in TENANTS for buyer in range(buyers)))


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator["Line"]:
    """A line of one's own to the server of this URL."""
    from sqlalchemy import make_url

    target = make_url(url)
    line = Line(target.host or "127.0.0.1", target.port or 3306)
    listening = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = target.set(port=listening.sockets[0].getsockname()[1]).render_as_string(hide_password=False)
    try:
        yield line
    finally:
        listening.close()
        await line.hang_up()
        await listening.wait_closed()


class Line:
    """Carries bytes both ways. With `cut`, the next COMMIT is carried, and the connection ends before its answer."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._carrying: set[asyncio.Task[None]] = set()
        self.url = ""
        self.cut = False
        self.commits = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, self._port)
        dead = asyncio.Event()

        async def up() -> None:
            while data := await reader.read(65_536):
                if data[5:] == b"COMMIT":
                    self.commits += 1
                    if self.cut:
                        self.cut = False
                        dead.set()
                back.write(data)
                await back.drain()

        async def down() -> None:
            while data := await there.read(65_536):
                if dead.is_set():
                    writer.transport.abort()
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


async def _until_gone(way: Coroutine[Any, Any, None], *writers: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.CancelledError):
        await way
    for writer in writers:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def process(script: str, *arguments: str) -> asyncio.subprocess.Process:
    """Another Python process of this repository."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={**os.environ}
    )


def stop(running: asyncio.subprocess.Process) -> None:
    running.send_signal(signal.SIGSTOP)


def wake(running: asyncio.subprocess.Process) -> None:
    running.send_signal(signal.SIGCONT)


def words(output: bytes) -> Sequence[str]:
    return output.decode().split()
