"""`GET /metrics`: everything that is counted, for a collector of metrics."""

from collections.abc import Callable, Sequence
from hmac import compare_digest
from typing import Any, Final

from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from domain.permissions.refusals import KeyRefused
from entrypoints.composition.installation import Installation
from entrypoints.http.knock import Seen
from entrypoints.metrics.exposition import CONTENT_TYPE, exposition
from entrypoints.metrics.peers import Peers
from entrypoints.metrics.snapshot import Sample, process_samples, shared_samples
from entrypoints.metrics.tally import HttpTally

ALONE: Final = Peers()


class Metrics:
    """What this process counts, and what the others beside it do. `listeners` says how many wait for events."""

    def __init__(self, house: Installation, peers: Peers = ALONE) -> None:
        self._house = house
        self._http = HttpTally()
        self.peers = peers
        self.listeners: Callable[[], int] = int

    def observe(self, seen: Seen) -> None:
        self._http(seen.method, seen.route, seen.status, seen.seconds)

    def samples(self) -> Sequence[Sample]:
        """Of this process."""
        return process_samples(self._house, self._http, self.listeners())

    async def text(self) -> bytes:
        """Of every process, and of the database that they share."""
        return exposition(await self.peers.samples(self.samples), await shared_samples(self._house))


def metrics_route(metrics: Metrics, token: str) -> HTTPRouteHandler:
    """Opened by the token, if there is one; else by a key with the scope admin."""

    def bears_token(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        """Raises KeyRefused."""
        scheme, _space, said = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not compare_digest(said.encode("utf-8"), token.encode("utf-8")):
            raise KeyRefused("this needs the token of the metrics: Authorization: Bearer …")

    async def show() -> Response[bytes]:
        return Response(await metrics.text(), media_type=CONTENT_TYPE)

    route = (
        get("/metrics", opt={"public": True}, guards=[bears_token])
        if token
        else get("/metrics", opt={"scope": "admin"})
    )
    made: HTTPRouteHandler = route(show)
    return made
