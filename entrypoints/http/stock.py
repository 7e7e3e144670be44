"""Questions about stock: availability, reservations, movements, past balances, registers."""

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from application.stock.availability import AtLeast, Availability, Detail
from application.stock.balance_at import BalanceAt
from application.stock.find_availability import FindAvailability
from application.stock.find_movements import FindMovements
from application.stock.find_reservation import FindReservation, FindReservationsOfOrder
from application.stock.list_goods import ListGoods
from application.stock.list_nodes import ListNodes
from application.stock.queries import OfAccount, OfCommand, OfReservation, OfShipment, Subject
from domain.kernel.refusal import InvalidInput
from domain.permissions.key import Caller
from domain.stock.position import NONE, Position
from entrypoints.composition.installation import Installation
from entrypoints.http.answers import JSON, account_of, answered, id_in_path, one_of, page

READ = {"scope": "read"}

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="Most items of the page.")]
After = Annotated[str, QueryParameter(description="What the page before ended with.")]
Many = Annotated[list[str], QueryParameter(max_items=500)]


class StockController(Controller):
    """Reads of the last commit; another tenant's things are not there."""

    path = "/v1"
    opt = READ

    @get("/availability")
    async def availability(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        house: Installation,
        goods: Many,
        node: Many | None = None,
        detail: FromQuery[str] = "node",
        min_version: FromQuery[int | None] = None,
        owner: FromQuery[str] = NONE,
        lot: FromQuery[str] = NONE,
        channel: FromQuery[str] = NONE,
    ) -> Response[bytes]:
        """What can be promised of 1 to 500 goods. The ETag is of the content, whenever it was read."""
        nodes = node or []
        at_least = None
        if min_version is not None:
            if len(goods) != 1 or len(nodes) != 1:
                raise InvalidInput("a version is of one goods at one node: name just these", field="min_version")
            at_least = AtLeast(Position(goods[0], nodes[0], owner, lot, channel), min_version)
        query = FindAvailability(tuple(goods), tuple(nodes), _detail(detail), at_least)
        found: Availability = await house.ask(caller.tenant, query)
        encode = house.codec.encode
        content = encode(found.goods)
        etag = f'W/"{blake2b(content, digest_size=12).hexdigest()}"'
        headers = {"etag": etag, "cache-control": "private, no-cache"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, headers=headers, media_type=JSON)
        told = b'{"as_of":%b,"source":%b,"goods":%b}' % (encode(found.as_of), encode(found.source), content)
        return Response(told, headers=headers, media_type=JSON)

    @get("/reservations/{id:str}")
    async def reservation(self, caller: Caller, house: Installation, id: FromPath[str]) -> Response[bytes]:
        return answered(house.codec, await house.ask(caller.tenant, FindReservation(id_in_path(id))))

    @get("/reservations")
    async def reservations(
        self, caller: Caller, house: Installation, order: FromQuery[str], after: After = "", limit: Limit = 50
    ) -> Response[bytes]:
        """Those that bear the caller's own reference."""
        found = await house.ask(caller.tenant, FindReservationsOfOrder(order, after, limit))
        return page(house.codec, found.reservations, found.after)

    @get("/movements")
    async def movements(
        self,
        caller: Caller,
        house: Installation,
        request_id: FromQuery[str | None] = None,
        reservation: FromQuery[str | None] = None,
        shipment: FromQuery[str | None] = None,
        goods: FromQuery[str | None] = None,
        node: FromQuery[str | None] = None,
        owner: FromQuery[str] = NONE,
        lot: FromQuery[str] = NONE,
        channel: FromQuery[str] = NONE,
        kind: FromQuery[str | None] = None,
        key: FromQuery[list[str] | None] = None,
        after: After = "",
        limit: Limit = 100,
    ) -> Response[bytes]:
        """Of one account, request, reservation or shipment."""
        of: Subject
        match one_of(request_id=request_id, reservation=reservation, shipment=shipment, goods=goods, kind=kind):
            case "request_id":
                of = OfCommand(request_id or "")
            case "reservation":
                of = OfReservation(reservation or "")
            case "shipment":
                of = OfShipment(shipment or "")
            case _:
                of = OfAccount(account_of(house, _position(goods, node, owner, lot, channel), kind, key))
        found = await house.ask(caller.tenant, FindMovements(of, after, limit))
        return page(house.codec, found.movements, found.after)

    @get("/balances")
    async def balances(
        self,
        caller: Caller,
        house: Installation,
        version: FromQuery[int | None] = None,
        at: FromQuery[datetime | None] = None,
        goods: FromQuery[str | None] = None,
        node: FromQuery[str | None] = None,
        owner: FromQuery[str] = NONE,
        lot: FromQuery[str] = NONE,
        channel: FromQuery[str] = NONE,
        kind: FromQuery[str | None] = None,
        key: FromQuery[list[str] | None] = None,
    ) -> Response[bytes]:
        """What an account held after a version of it, or at a time."""
        one_of(version=version, at=at)
        account = account_of(house, _position(goods, node, owner, lot, channel), kind, key)
        then: int | datetime = at if version is None and at is not None else version or 0
        return answered(house.codec, await house.ask(caller.tenant, BalanceAt(account, then)))

    @get("/goods")
    async def goods(
        self,
        caller: Caller,
        house: Installation,
        prefix: FromQuery[str] = "",
        after: After = "",
        limit: Limit = 100,
    ) -> Response[bytes]:
        found = await house.ask(caller.tenant, ListGoods(prefix, after, limit))
        return page(house.codec, found.entries, found.after)

    @get("/nodes")
    async def nodes(
        self,
        caller: Caller,
        house: Installation,
        prefix: FromQuery[str] = "",
        after: After = "",
        limit: Limit = 100,
    ) -> Response[bytes]:
        found = await house.ask(caller.tenant, ListNodes(prefix, after, limit))
        return page(house.codec, found.entries, found.after)


def _detail(said: str) -> Detail:
    try:
        return Detail(said)
    except ValueError:
        raise InvalidInput(
            "detail is total, node or position", field="detail", one_of=[d.value for d in Detail]
        ) from None


def _position(goods: str | None, node: str | None, owner: str, lot: str, channel: str) -> Position | None:
    if goods is None and node is None:
        return None
    if goods is None or node is None:
        raise InvalidInput("a position is of one goods at one node", field="node" if node is None else "goods")
    return Position(goods, node, owner, lot, channel)
