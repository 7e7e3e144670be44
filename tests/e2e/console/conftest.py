"""The console as a browser sees it: Chromium against a real server, in the loop of the test."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from application.kernel.call import Call
from application.kernel.outbox import Message, message_id
from application.permissions.create_key import CreateKey
from application.permissions.revoke_key import RevokeKey
from application.permissions.views import KeyMade
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from domain.permissions.scope import Scope
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import DatabaseSettings, Settings
from entrypoints.http.app import http_app
from entrypoints.http.console.routes import SESSION
from entrypoints.http.console.sessions import Sessions
from entrypoints.http.console.view import ROOT
from tests.builders import NOON, receive

CHROMIUM: Final = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: Final = (1280, 800)


@dataclass
class House:
    """An installation in memory behind a server on loopback, with words to act in it beside the browser."""

    installation: Installation
    address: str
    sessions: Sessions
    _numbers: Any = field(default_factory=lambda: count(1))

    async def do(self, *commands: Any, tenant: str = "acme", actor: str = "clerk", **call: Any) -> None:
        for command in commands:
            made = Call(tenant, actor, call.pop("request", "") or f"request-{next(self._numbers)}", **call)
            await self.installation.handle(made, command)

    async def stock(self, *parts: tuple[str, str, int], tenant: str = "acme") -> None:
        """Goods and nodes registered, so many units received."""
        for goods in dict.fromkeys(goods for goods, _, _ in parts):
            await self.do(RegisterGoods((Goods(goods, goods),)), tenant=tenant)
        for node in dict.fromkeys(node for _, node, _ in parts):
            await self.do(RegisterNode((Node(node, node),)), tenant=tenant)
        for goods, node, quantity in parts:
            await self.do(receive(goods, node, quantity), tenant=tenant, actor="dock", principal="wms")

    async def key(self, *scopes: Scope, tenant: str = "acme", principal: str = "on-call") -> KeyMade:
        call = Call(tenant, "operator", f"key-{next(self._numbers)}")
        return await self.installation.keys.create(call, CreateKey(principal, frozenset(scopes or (Scope.READ,))))

    async def park(self, group: str, reason: str, tenant: str = "acme", subject: str = "reservation:R1") -> str:
        """A message that the consumer could not take; its id."""
        number = next(self._numbers)
        id = message_id(7, number)
        parked = Message(id, 7, tenant, 3, subject, number, "StockReserved", b"{}", f"request-{number}", NOON)
        await self.installation.parked.park(group, parked, 5, reason)
        return id

    async def revoke(self, key: KeyMade) -> None:
        await self.installation.keys.revoke(Call("acme", "operator", "revoke"), RevokeKey(key.key.id))


def listening() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


class Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


async def serve(installation: Installation, sessions: Sessions) -> AsyncIterator[str]:
    """A server on a free port of loopback."""
    app = http_app(installation, sessions=sessions)
    server = Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    with listening() as bound:
        task = asyncio.create_task(server.serve([bound]))
        try:
            await server.listens.wait()
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """In memory; `@pytest.mark.parametrize("database", ["sqlite"], indirect=True)`: in a file."""
    if getattr(request, "param", "memory") == "memory":
        return "memory:"
    migrated: Path = request.getfixturevalue("migrated")
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'console.db')}"


@pytest_asyncio.fixture(loop_scope="session")
async def house(database: str) -> AsyncIterator[House]:
    settings, sessions = Settings(database=DatabaseSettings(url=database)), Sessions.new()
    async with open_installation(settings) as installation:
        async for address in serve(installation, sessions):
            yield House(installation, address, sessions)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: Debian's package chromium, or CHROMIUM=<its path>")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@dataclass
class Seat:
    """A browser with one page, and all that it asked for. `wrong` is what the console of the browser complained of."""

    page: Page
    house: House
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.house.address}/console{path}")

    async def sign_in(self, *scopes: Scope, tenant: str = "acme", at: str = "/stock") -> KeyMade:
        """With a new key that holds these scopes, READ where none is named; the form is passed by."""
        key = await self.house.key(*scopes, tenant=tenant)
        token = self.house.sessions.begin(key.key.id)
        await self.page.context.add_cookies([{"name": SESSION, "value": token, "url": f"{self.house.address}{ROOT}"}])
        await self.open(at)
        return key

    async def present(self, key: str) -> None:
        """Type it into the form, and send that."""
        await self.page.get_by_label("Key").fill(key)
        await self.page.get_by_role("button", name="Sign in").click()


async def seat_of(context: BrowserContext, house: House) -> Seat:
    seat = Seat(await context.new_page(), house)
    seat.page.on("request", lambda request: seat.asked.append(request.url))
    seat.page.on("pageerror", lambda error: seat.wrong.append(str(error)))
    seat.page.on("console", lambda said: seat.wrong.append(said.text) if said.type == "error" else None)
    return seat


@pytest_asyncio.fixture(loop_scope="session")
async def seat(chromium: Browser, house: House, request: pytest.FixtureRequest) -> AsyncIterator[Seat]:
    """A browser of its own; `@pytest.mark.parametrize("seat", [{…}], indirect=True)` gives options of its context."""
    options: dict[str, Any] = {"viewport": {"width": WIDE[0], "height": WIDE[1]}, **getattr(request, "param", {})}
    context = await chromium.new_context(**options)
    context.set_default_timeout(10_000)
    yield await seat_of(context, house)
    await context.close()


def hosts(addresses: Sequence[str]) -> set[str]:
    return {address.split("/")[2] for address in addresses if "://" in address}
