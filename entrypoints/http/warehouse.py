"""What warehouses tell: `POST /v1/wms/{source}/messages`, which a signature opens, and no key."""

import asyncio
from typing import Any, Final

from litestar import Request, Response, Router, post
from litestar.params import FromPath

from application.stock.take_in import TakenIn
from domain.kernel.refusal import InvalidInput
from entrypoints.composition.installation import Installation
from entrypoints.http.body import read_body
from entrypoints.http.parameters import id_in_path
from entrypoints.wire.taken_in import outcome

SIGNATURE: Final = b"entrepot-signature"
TEMPLATE: Final = "/v1/wms/{source}/messages"
BELOW: Final = "/v1/wms"


def warehouse_route(house: Installation) -> Router:
    """The route of signed messages."""

    @post("/{source:str}/messages", status_code=200)
    async def hear_warehouse(request: Request[Any, Any, Any], source: FromPath[str]) -> Response[bytes]:
        """One message, taken in once."""
        clock = asyncio.get_running_loop().time
        headers = dict(request.scope["headers"])
        if sum(name == SIGNATURE for name, _ in request.scope["headers"]) > 1:
            raise InvalidInput("Entrepot-Signature comes once", field="Entrepot-Signature")
        receive: Any = request.receive  # the framework's own words are narrower
        body = await read_body(receive, headers, house.settings.http.body_bytes)
        said = headers.get(SIGNATURE, b"").decode("latin-1")
        known = house.webhook.require_signed(id_in_path(source), said, body)
        request_id: str = request.scope["state"]["request_id"]
        house.rate.require(f"wms:{known.name}", clock(), request_id)
        deadline = clock() + house.settings.http.seconds
        became = await house.webhook.take_in(house.handle, known, body, deadline)
        if not isinstance(became.became, TakenIn):
            raise became.became
        told = outcome(became, TEMPLATE)
        told["message"] = told.pop("event")
        told["type"] = told.pop("about")
        del told["line"]
        return Response(house.codec.encode(told), media_type="application/json")

    return Router(path=BELOW, route_handlers=[hear_warehouse], opt={"public": True})
