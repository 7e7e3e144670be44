"""Every route of the live application, and a request to each that would be answered: what attacks are made from.

Routes are read from the application itself, so that a new one is attacked too; one that nothing here knows how to ask
raises KeyError, and the tests fail until it does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from litestar import Litestar
from litestar.routes import HTTPRoute

from contracts.events.v1.catalogue import COMMAND
from contracts.events.v1.cloudevents import STRUCTURED
from contracts.http.v1.catalogue import COMMANDS
from domain.permissions.scope import Scope
from entrypoints.http.commands import ManyCommands, OneCommand
from entrypoints.http.door import Door
from entrypoints.http.epcis import Capture
from entrypoints.http.epcis_jobs import CaptureInJob
from entrypoints.http.messages import Messages
from entrypoints.http.openapi_outside import EXAMPLE, MESSAGE
from entrypoints.http.promises import ManyAtOnce, OnePromise, ReserveOne
from entrypoints.http.warehouse import TEMPLATE as WAREHOUSE
from tests.attack.doorstep import Heard, Visitor

FORMS: Final = {form.name: form for form in COMMANDS}
BULK: Final = ManyCommands.template
MESSAGES: Final = Messages.template
CAPTURE: Final = Capture.template
JOB: Final = CaptureInJob.template
PROMISES: Final = (OnePromise.template, ManyAtOnce.template, ReserveOne.template)
CONSOLE: Final = "/console"
EACH: Final = "each"
"""What needs the scopes that its commands need, one by one."""

QUERIES: Final[Mapping[str, str]] = {
    "/v1/availability": "goods=coffee-1kg&detail=position",
    "/v1/promises/{id}": "",
    "/v1/epcis/2.0/capture": "perPage=2",
    "/v1/epcis/2.0/capture/{id}": "",
    "/v1/promise-replays": "policy=quick",
    "/v1/reservations": "order=1001",
    "/v1/reservations/{id}": "",
    "/v1/movements": "reservation=order-1001",
    "/v1/balances": "goods=coffee-1kg&node=harbour&version=1",
    "/v1/goods": "",
    "/v1/nodes": "",
    "/v1/mappings": "",
    "/v1/items": "",
    "/v1/policies": "",
    "/v1/policy-rules": "business=wholesale&policy=quick",
    "/v1/supply": "",
    "/v1/supply/{sku}": "buyer=shop-7&at=2026-03-01T12:00:00Z",
    "/v1/sites": "",
    "/v1/calendars": "",
    "/v1/regions": "",
    "/v1/postcodes": "",
    "/v1/relations": "",
    "/v1/places": "region=330113",
    "/v1/routes": "region=330113&buyer=shop-7&goods=coffee-1kg&at=2026-03-01T12:00:00Z&explain=all",
    "/v1/channel-stock": "channel=web&goods=coffee-1kg",
    "/v1/quotas": "",
    "/v1/expected": "goods=coffee-1kg",
    "/v1/expected-promises": "goods=coffee-1kg&node=old-town&on=2027-03-04",
    "/v1/capacity": "node=harbour&first=2026-04-01",
    "/v1/count-proposals": "",
    "/v1/search/{kind}": "q=coffee",
    "/v1/sums/{kind}": "by=node&sum=quantity",
    "/v1/exports/{kind}": "",
    "/v1/events": "",
    "/v1/parked": "",
    "/metrics": "",
    "/": "",
    "/asyncapi.json": "",
    "/docs": "",
    "/favicon.ico": "",
    "/openapi.json": "",
    "/problems": "",
    "/problems/{code}": "",
    "/assets/{name}": "",
    "/health/live": "",
    "/health/ready": "",
}
"""What a GET asks with: of the story that the commands' examples tell."""

NAMES: Final = {
    "kind": "movements",
    "id": "order-1001",
    "code": "input.invalid",
    "sku": "breakfast-2",
    "name": "pages.css",
    "group": "commands",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A method at a path. `needs`: the scope, EACH, or "" where no key is asked for."""

    method: str
    template: str
    needs: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def command(self) -> str:
        """The name of the only command that it takes, or ""."""
        name = self.template.removeprefix("/v1/commands/")
        return name if name in FORMS else ""

    @property
    def takes_a_body(self) -> bool:
        return bool(self.command) or (
            self.template in (BULK, MESSAGES, CAPTURE, JOB, *PROMISES) and self.method == "POST"
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is good as it is."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    async def by(self, visitor: Visitor, **headers: str) -> Heard:
        said = {**self.headers, **visitor.headers(**headers)}
        return await visitor.step.ask(self.method, self.path, said, self.content)


def routes_of(door: Door) -> list[Route]:
    """Of the hot routes and of the framework's."""
    found = []
    for lean in (each for each in door.lean if each.method != "OPTIONS"):
        if isinstance(lean, OneCommand):
            found += [Route("POST", f"/v1/commands/{form.name}", form.scope) for form in COMMANDS]
        else:
            found.append(Route(lean.method, lean.template, lean.needs.value if lean.needs else EACH))
    for route in cast(Litestar, door._rest).routes:
        assert isinstance(route, HTTPRoute), f"{route.path} is no route of HTTP"
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                needs = "" if handler.opt.get("public") else Scope(handler.opt["scope"]).value
                found.append(Route(str(method), route.path_format, needs))
    return sorted(found, key=str)


def guarded(door: Door) -> list[Route]:
    """Those that need a key."""
    return [route for route in routes_of(door) if route.needs]


def bulk(*commands: tuple[str, str, Any]) -> Asked:
    """Commands in one request: of each its request id, its name, its body."""
    items = [{"request_id": id, "command": name, "body": body} for id, name, body in commands]
    return Asked("POST", BULK, {"Content-Type": "application/json"}, json.dumps({"commands": items}).encode())


def event(name: str, id: str, data: Any, **attributes: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id, "source": "/till", "type": COMMAND + name, "data": data, **attributes}


def message(name: str, id: str, data: Any, **attributes: Any) -> Asked:
    body = json.dumps(event(name, id, data, **attributes)).encode()
    return Asked("POST", MESSAGES, {"Content-Type": STRUCTURED}, body)


def command(name: str, id: str, body: Any, **headers: str) -> Asked:
    said = {"Content-Type": "application/json", "Idempotency-Key": id, **headers}
    return Asked("POST", f"/v1/commands/{name}", said, json.dumps(body).encode())


def asked_of(route: Route, id: str = "attack-1") -> Asked:
    """A good request. Raises KeyError for a route that nobody told about here."""
    if route.command:
        return command(route.command, id, FORMS[route.command].example)
    if route.template == BULK:
        return bulk((id, "report-sale", FORMS["report-sale"].example))
    if route.template == MESSAGES:
        return message("report-sale", id, FORMS["report-sale"].example)
    if route.template in PROMISES:
        wanted = FORMS["make-promise"].example["wanted"]
        bodies: Any = ({"wanted": wanted, "reserve": {}}, {"wanted": [wanted]}, {})
        said = {} if route.template == ManyAtOnce.template else {"Idempotency-Key": id}
        content = json.dumps(bodies[PROMISES.index(route.template)]).encode()
        path = route.template.format(id="basket-77")
        return Asked("POST", path, {"Content-Type": "application/json", **said}, content)
    if route.template in (CAPTURE, JOB) and route.method == "POST":
        return Asked("POST", route.template, {"Content-Type": "application/json"}, json.dumps(EXAMPLE).encode())
    if route.template == WAREHOUSE:
        content = json.dumps(MESSAGE).encode()
        said = {"Content-Type": "application/json", "Entrepot-Signature": f"t=1,v1={'0' * 64}"}
        return Asked("POST", route.template.format(source="north"), said, content)
    if route.template.startswith(CONSOLE):
        return Asked(route.method, route.template.replace("{name}", "console.css"))
    names = {**NAMES, "id": "m-1"} if "{group}" in route.template else NAMES
    if route.template == "/v1/promises/{id}":
        names = {**NAMES, "id": "basket-77"}
    path = route.template.format(**names)
    if route.method in ("POST", "DELETE") and route.template.startswith("/v1/parked/"):
        return Asked(route.method, path)
    if route.method != "GET":
        raise KeyError(str(route))
    query = QUERIES[route.template]
    return Asked("GET", f"{path}?{query}" if query else path)
