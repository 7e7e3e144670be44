"""The HTTP application: the hot routes beside the framework's, behind one door."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from application.permissions.authorize import require_scope
from domain.kernel.refusal import InvalidInput
from domain.permissions.key import Caller
from domain.permissions.refusals import KeyRefused
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.access import access_log
from entrypoints.http.commands import ManyCommands, OneCommand
from entrypoints.http.console.routes import console_routes
from entrypoints.http.console.sessions import Sessions
from entrypoints.http.door import Door, Observer
from entrypoints.http.epcis import BELOW as EPCIS
from entrypoints.http.epcis import VERSION, Capture
from entrypoints.http.epcis_jobs import CaptureInJob, ListedCaptures, OneCapture, WhatIsCaptured, WhatOneCaptureTells
from entrypoints.http.exports import Export
from entrypoints.http.feed import Feed
from entrypoints.http.health import Health
from entrypoints.http.knock import NOBODY, Lean
from entrypoints.http.messages import Messages
from entrypoints.http.metrics import Metrics, metrics_route
from entrypoints.http.pages import PagesController
from entrypoints.http.parked import ParkedController
from entrypoints.http.promises import ManyAtOnce, OnePromise, ReserveOne
from entrypoints.http.questions import questions
from entrypoints.http.refusals import HeadMalformed, MethodNotAllowed, RouteUnknown
from entrypoints.http.warehouse import warehouse_route
from entrypoints.http.watcher import Watcher
from entrypoints.wire.problems import PROBLEM_JSON, problem_of

ROUTERS: Final[list[Any]] = [PagesController, ParkedController]
"""What the framework serves. Every route says who may ask: `opt={"scope": "read"}`, or `opt={"public": True}`."""


class UnguardedRoute(Exception):
    """A route does not say who may ask: the application does not start."""


def http_app(
    house: Installation,
    observers: Sequence[Observer] = (),
    metrics: Metrics | None = None,
    sessions: Sessions | None = None,
) -> Door:
    """The application of an open installation; call it within the event loop. Raises UnguardedRoute.

    `observers` are told of every request, beside the access log: metrics belong there. `sessions` are the console's,
    where processes share them.
    """
    settings = house.settings
    watcher = Watcher(house.feed, house.codec.encode, settings.http.listeners, settings.worker.poll_seconds)
    house.relay.on_publish = watcher.wake
    health = Health(house)
    metrics = metrics or Metrics(house)
    metrics.listeners = lambda: watcher.listeners
    own = [metrics.observe, access_log()] if settings.log.access else [metrics.observe]
    framework = _framework(house, health, metrics, sessions or Sessions.new())
    rest: Any = framework  # its own words for ASGI are narrower
    return Door(
        house,
        rest,
        _lean_routes(house, watcher),
        _public(framework),
        house.rate,
        observers=(*own, *observers),
        stops=(health.drain, watcher.stop),
        drain=health.drain,
        beside={EPCIS: [VERSION]},
    )


def _lean_routes(house: Installation, watcher: Watcher) -> list[Lean]:
    """Of those of one path, the first is what is mostly asked of it."""
    return [
        *questions(house),
        OneCommand(house),
        ManyCommands(house, house.rate),
        Messages(house, house.rate),
        Feed(house, watcher),
        Export(house),
        Capture(house, house.rate),
        CaptureInJob(house, house.rate),
        ListedCaptures(house),
        WhatIsCaptured(house),
        OneCapture(house),
        WhatOneCaptureTells(),
        OnePromise(house),
        ManyAtOnce(house, house.rate, house.promises),
        ReserveOne(house),
    ]


def _framework(house: Installation, health: Health, metrics: Metrics, sessions: Sessions) -> Litestar:
    settings = house.settings
    encode = house.codec.encode

    async def provide_house() -> Installation:
        return house

    async def provide_health() -> Health:
        return health

    def trouble(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        problem = problem_of(_ours(error))
        raw: bytes = request.scope["raw_path"]
        body = encode(problem.body(raw.decode("latin-1"), request.scope["state"].get("request_id")))
        headers = {name.decode(): value.decode() for name, value in problem.headers()}
        return Response(body, status_code=problem.status, headers=headers, media_type=PROBLEM_JSON.decode())

    return Litestar(
        route_handlers=[
            *ROUTERS,
            console_routes(house, sessions),
            metrics_route(metrics, settings.metrics.token.get_secret_value()),
            warehouse_route(house),
        ],
        guards=[guard],
        dependencies={
            "caller": Provide(provide_caller),
            "house": Provide(provide_house),
            "health": Provide(provide_health),
        },
        exception_handlers={Exception: trouble, HTTPException: trouble},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=settings.http.body_bytes,
    )


async def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    caller: Caller = request.scope["state"]["caller"]
    return caller


def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Who may ask. Raises KeyRefused, ScopeMissing."""
    if not handler.opt.get("public"):
        caller: Caller = connection.scope["state"]["caller"]
        if caller is NOBODY:
            raise KeyRefused("no key was sent: Authorization: Bearer ek_…")
        if "scope" in handler.opt:  # the framework's own answer to OPTIONS names none
            require_scope(caller, Scope(handler.opt["scope"]))


def _public(framework: Litestar) -> set[str]:
    """The paths that need no key: those of the public routes, up to what they leave open."""
    found = set()
    for route in framework.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if handler.http_methods == {"OPTIONS"}:
                continue
            public, scope = bool(handler.opt.get("public")), handler.opt.get("scope", "")
            if public == (scope in set(Scope)):
                raise UnguardedRoute(f"{route.path} must say who may ask: one of scope, public")
            if public:
                found.add(route.path_format.partition("{")[0])
    return found


def _ours(error: Exception) -> Exception:
    """What the framework raises, in our words."""
    if not isinstance(error, HTTPException):
        return error
    match error.status_code:
        case 404:
            return RouteUnknown("there is nothing at this path: /openapi.json has them all")
        case 405:
            allow = (error.headers or {}).get("allow", "")
            allowed = sorted(each for each in allow.split(", ") if each != "OPTIONS")
            return MethodNotAllowed("not with this method", allow=allowed)
        case 400:
            faults = [
                {"field": str(each.get("key", "")), "message": str(each.get("message", ""))}
                for each in error.extra or []
                if isinstance(each, dict)
            ]
            field = faults[0]["field"] if faults else ""
            told = f"{field}: {faults[0]['message']}" if faults else error.detail
            return InvalidInput(told, field=field, faults=faults)
    return error if error.status_code >= 500 else HeadMalformed(error.detail)
