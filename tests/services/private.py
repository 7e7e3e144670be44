"""Throw-away servers for tests that break them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.services.catalogue import SERVERS
from tests.services.processes import Process
from tests.services.running import answers, finish, free_ports, start, tell_all
from tests.services.server import Missing, Place, Server

STOPPING: Final = 15.0


class PrivateServer:
    """A server of the test's own: its port and its data stay through every restart. It goes when the test goes."""

    def __init__(self, server: Server, place: Place) -> None:
        self._server = server
        self._processes: list[Process] = []
        self.place = place

    @property
    def url(self) -> str:
        return self._server.url(self.place)

    @property
    def pid(self) -> int:
        """The number of the server's process: of several, the one that the others come from."""
        return self._processes[-1].pid

    async def start(self) -> None:
        """Start it and wait until it answers. Raises Failed."""
        self._processes = await start(self._server, self.place, dies_with_us=True)

    async def kill(self) -> None:
        """SIGKILL, to all of it: what a power failure leaves, but for the machine's page cache."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Have it stop now, whoever is connected: of PostgreSQL, `immediate`."""
        await self._end(self._server.at_once)

    async def restart(self) -> None:
        """Start it again at the same place, after `kill` or `stop` or without."""
        await self.stop()
        await self.start()

    async def suspend(self) -> None:
        """SIGSTOP, to all of it: connections stay open and nobody answers."""
        tell_all(self._processes, signal.SIGSTOP)

    async def resume(self) -> None:
        tell_all(self._processes, signal.SIGCONT)

    async def answers(self, within: float) -> bool:
        """Whether it answers within so many seconds."""
        return await answers(self._server, self.place, within)

    async def _end(self, number: signal.Signals) -> None:
        await asyncio.to_thread(finish, self._processes, number, STOPPING)


@asynccontextmanager
async def private_server(name: str, folder: Path) -> AsyncIterator[PrivateServer]:
    """A server of that name on free ports, its data in `folder`/`name`. Skips the test where it is not installed."""
    server = SERVERS[name]
    try:
        server.find()
    except Missing as missing:
        pytest.skip(f"{server.title} is not here, {missing}: make services S={name}")
    private = PrivateServer(server, Place(folder / name, free_ports(len(server.ports))))
    await private.start()
    try:
        yield private
    finally:
        await private.kill()
