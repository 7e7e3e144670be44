"""Before the door, without a socket between: thousands of requests in the time that a client takes for a few."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from application.kernel.call import Call
from application.permissions.create_key import CreateKey
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import Settings
from entrypoints.http.app import http_app
from entrypoints.http.asgi import Message
from entrypoints.http.door import Door, Observer

Said = Iterable[tuple[str, str]] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """Of a problem; "" for anything else."""
        problem = self.headers.get("content-type") == "application/problem+json"
        return str(self.json["code"]) if problem else ""


@dataclass(frozen=True, slots=True)
class Doorstep:
    """An open installation behind its door."""

    house: Installation
    door: Door

    async def ask(self, method: str, path: str, headers: Said = (), content: bytes = b"") -> Heard:
        """As the server hands a request on: names in small letters, the target as it was sent."""
        target, _, query = path.partition("?")
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        said = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        if all(name != b"host" for name, _ in said):
            said.append((b"host", b"here"))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": target,
            "raw_path": target.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": said,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        coming: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]
        heard: list[Message] = []

        async def receive() -> Message:
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            heard.append(message)

        await self.door(scope, receive, send)
        start, *rest = heard
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Heard(start["status"], named, b"".join(each.get("body", b"") for each in rest))

    async def visitor(
        self, tenant: str = "acme", scopes: frozenset[Scope] = frozenset(Scope), who: str = "shop"
    ) -> "Visitor":
        made = await self.house.keys.create(Call(tenant, "test", uuid4().hex), CreateKey(who, scopes))
        return Visitor(self, made.text)

    def nobody(self) -> "Visitor":
        return Visitor(self, "")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone with a key, or without one."""

    step: Doorstep
    key: str

    def headers(self, **more: str) -> dict[str, str]:
        known = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return known | {name.replace("_", "-"): value for name, value in more.items()}

    async def get(self, path: str, **headers: str) -> Heard:
        return await self.step.ask("GET", path, self.headers(**headers))


@asynccontextmanager
async def doorstep(settings: Settings, *observers: Observer, worker: bool = False) -> AsyncIterator[Doorstep]:
    async with open_installation(settings, worker=worker) as house:
        yield Doorstep(house, http_app(house, observers))
