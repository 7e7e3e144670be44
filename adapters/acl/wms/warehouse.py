"""Ship requests to a warehouse over HTTP."""

import asyncio
import json
import time
from dataclasses import asdict
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import quote

import httpx

from adapters.acl.signature import HEADER, signed
from application.stock.request_shipping import ShipRequest, WarehouseRefused, WarehouseUnavailable, WarehouseUnknown

MAX_ANSWER: Final = 4_096
NOTHING_DONE: Final = frozenset((408, 425, 429, 503))
"""Statuses that say: not now, and nothing was done."""
CANNOT_TELL: Final = frozenset((404, 405, 410, 501))
"""What a warehouse says of a request that it does not know, or where it has nothing to ask: it is sent again."""


class HttpWarehouse:
    """`POST <url>/ship-requests` with the request's id as Idempotency-Key; `GET <url>/ship-requests/<id>` tells whether
    it is known. Signed with `secret`, if there is one. No answer within `seconds` is none.
    """

    def __init__(
        self, url: str, secret: str, seconds: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._seconds = seconds
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))  # one that takes none
        self._client = httpx.AsyncClient(
            timeout=seconds, follow_redirects=False, trust_env=False, transport=transport, cookies=jar
        )

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.aclose()

    async def request(self, request: ShipRequest) -> None:
        """Raises WarehouseUnavailable, WarehouseUnknown, WarehouseRefused."""
        body = json.dumps(asdict(request), ensure_ascii=False, sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": quote(request.id, safe="/.:-_"),
            **self._by(body),
        }
        status, text = await self._ask("POST", f"{self._url}/ship-requests", headers, body)
        if 200 <= status < 300:
            return
        if status in NOTHING_DONE:
            raise WarehouseUnavailable(f"the warehouse says {status}")
        if 300 <= status < 500:
            raise WarehouseRefused(f"{status} {text}".strip())
        raise WarehouseUnknown(f"the warehouse says {status}")

    async def has(self, id: str) -> bool:
        """Whether it says so. Raises WarehouseUnavailable."""
        try:
            status, _ = await self._ask("GET", f"{self._url}/ship-requests/{quote(id, safe='')}", self._by(b""), None)
        except WarehouseUnknown as error:
            raise WarehouseUnavailable(str(error)) from error
        if status in CANNOT_TELL:
            return False
        if 200 <= status < 300:
            return True
        raise WarehouseUnavailable(f"the warehouse says {status}")

    def _by(self, body: bytes) -> dict[str, str]:
        return {HEADER: signed(self._secret, int(time.time()), body)} if self._secret else {}

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> tuple[int, str]:
        """The status, and the beginning of what is said. Raises WarehouseUnavailable, WarehouseUnknown."""
        try:
            # An answer that comes byte by byte ends too: to connect and to answer may take so long each.
            async with (
                asyncio.timeout(2 * self._seconds),
                self._client.stream(method, url, headers=headers, content=body) as answer,
            ):
                said = b""
                async for piece in answer.aiter_raw():
                    said += piece
                    if len(said) >= MAX_ANSWER:
                        break
                return answer.status_code, said[:200].decode("utf-8", "replace")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise WarehouseUnavailable(f"the warehouse cannot be reached: {error}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise WarehouseUnknown(f"no answer from the warehouse: {type(error).__name__}") from error
