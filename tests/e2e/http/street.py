"""A server on a real socket, and callers before its door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from application.kernel.call import Call
from application.permissions.create_key import CreateKey
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import Settings
from entrypoints.http.app import http_app
from entrypoints.http.door import Door, Observer
from entrypoints.http.server import DrainingServer, listen, server_of

EVERYTHING = frozenset(Scope)
RESERVE = "/v1/commands/reserve-stock"


@dataclass
class Caller:
    """Someone with a key, or without one."""

    client: httpx.AsyncClient
    key: str | None

    def headers(self, **more: str) -> dict[str, str]:
        known = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        return known | {name.replace("_", "-"): value for name, value in more.items()}

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=self.headers(**headers))

    async def do(self, command: str, body: object, request: str | None = None, **headers: str) -> httpx.Response:
        """Send a command under a request id, a new one unless it is given."""
        headers = self.headers(Idempotency_Key=request or uuid4().hex, **headers)
        return await self.client.post(f"/v1/commands/{command}", json=body, headers=headers)

    async def bulk(self, *commands: object) -> httpx.Response:
        return await self.client.post("/v1/commands", json={"commands": commands}, headers=self.headers())

    async def reserve(self, goods: str = "A", quantity: int = 1, *, node: str = "N1", **rest: Any) -> httpx.Response:
        request = rest.pop("request", None)
        line = {"goods": goods, "quantity": quantity, "nodes": [node]}
        return await self.do("reserve-stock", {"lines": [line], **rest}, request)

    async def stocked(self, quantity: int = 100, *goods: str) -> None:
        """Goods and a node registered, so much of each there."""
        codes = goods or ("A", "B")
        for command, body in (
            ("register-goods", {"goods": [{"code": code, "name": code} for code in codes]}),
            ("register-node", {"nodes": [{"code": "N1", "name": "One"}]}),
            ("receive-stock", {"lines": [{"goods": code, "node": "N1", "quantity": quantity} for code in codes]}),
        ):
            answer = await self.do(command, body)
            assert answer.status_code == 200, answer.text


@dataclass
class Street:
    """An open installation behind a running server."""

    house: Installation
    door: Door
    server: DrainingServer
    address: str
    client: httpx.AsyncClient
    serving: "asyncio.Task[None]"

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.address.removeprefix("http://").rpartition(":")
        return host, int(port)

    async def caller(self, tenant: str = "acme", scopes: frozenset[Scope] = EVERYTHING, who: str = "shop") -> Caller:
        made = await self.house.keys.create(Call(tenant, "test", uuid4().hex), CreateKey(who, scopes))
        return Caller(self.client, made.text)

    def nobody(self) -> Caller:
        return Caller(self.client, None)

    async def raw(self, sent: bytes, *, until_told: bool = False) -> bytes:
        """Send bytes on a connection of their own; all that comes back until the server ends it, or a whole problem."""
        reader, writer = await asyncio.open_connection(*self.place)
        try:
            writer.write(sent)
            async with asyncio.timeout(20):
                return await (reader.readuntil(b"e}") if until_told else reader.read())
        finally:
            writer.close()

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.serving


@asynccontextmanager
async def street(settings: Settings, *observers: Observer, worker: bool = True) -> AsyncIterator[Street]:
    """A server of these settings on a free port, until it is left."""
    settings = settings.model_copy(update={"http": settings.http.model_copy(update={"port": 0})})
    async with open_installation(settings, worker=worker) as house:
        door = http_app(house, observers)
        server = server_of(door, door, settings.http, door.stop)
        with listen(settings.http) as listening:
            host, port = listening.getsockname()
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            address = f"http://{host}:{port}"
            async with httpx.AsyncClient(
                base_url=address, timeout=20, verify=False, limits=httpx.Limits(max_connections=300)
            ) as client:
                try:
                    yield Street(house, door, server, address, client, serving)
                finally:
                    server.should_exit = True
                    await serving


def memory(**http: Any) -> Settings:
    """Everything in this process; nobody is told to come back for asking often."""
    return Settings(database={"url": "memory:"}, http=http, rate={"per_second": 1e6, "burst": 1_000_000})


def with_search(settings: Settings, folder: Path) -> Settings:
    """The same with an index in a file of this folder."""
    return settings.model_copy(update={"search": Settings(search={"url": f"sqlite:///{folder / 'search.db'}"}).search})


def sqlite(path: Path, **http: Any) -> Settings:
    return memory(**http).model_copy(update={"database": Settings(database={"url": f"sqlite:///{path}"}).database})
