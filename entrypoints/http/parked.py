"""Messages that could not be taken: the tenant's own, to look at, to deliver again, to give up."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from application.kernel.broker import Parked, ParkedPlace
from application.kernel.register_pages import MAX_PAGE
from domain.kernel.quantity import whole
from domain.kernel.refusal import InvalidInput
from domain.permissions.key import Caller
from entrypoints.composition.installation import Installation
from entrypoints.http.parameters import id_in_path, parameters
from entrypoints.messages.parked import ParkedUnknown, requeue

KNOWN: Final = frozenset(("after", "limit"))
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class ParkedFound:
    """A message that a group of consumers could not take, with the attempts made and the last failure."""

    group: str
    id: str
    type: str
    subject: str
    attempts: int
    reason: str
    at: datetime


class ParkedController(Controller):
    """Another tenant's are not there."""

    path = "/v1/parked"
    opt = {"scope": "admin"}  # noqa: RUF012 - the framework's own declaration

    @get()
    async def parked(
        self, request: Request[Any, Any, Any], caller: NamedDependency[Caller], house: NamedDependency[Installation]
    ) -> Response[bytes]:
        """Of every group, the oldest first: at most `limit`, those `after` a page."""
        asked = parameters(request.scope["query_string"], KNOWN)
        limit, after = _limit(asked.get("limit", "50")), asked.get("after", "")
        found = await house.parked.of_tenant(caller.tenant, limit + 1, _place(after) if after else None)
        last = _text(found[limit - 1].place) if len(found) > limit else None
        page = {"items": [_found(each) for each in found[:limit]], "after": last}
        return Response(house.codec.encode(page), media_type=JSON)

    @post("/{group:str}/{id:str}/requeue", status_code=200)
    async def again(
        self,
        caller: NamedDependency[Caller],
        house: NamedDependency[Installation],
        group: FromPath[str],
        id: FromPath[str],
    ) -> Response[bytes]:
        """Delivered again, behind what waits; parked until it is taken."""
        group, id = await _own(caller, house, group, id)
        told = {"requeued": await requeue(house.channels, group, (id,))}
        return Response(house.codec.encode(told), media_type=JSON)

    @delete("/{group:str}/{id:str}", status_code=204)
    async def give_up(
        self,
        caller: NamedDependency[Caller],
        house: NamedDependency[Installation],
        group: FromPath[str],
        id: FromPath[str],
    ) -> None:
        """Forgotten: nobody will take it."""
        group, id = await _own(caller, house, group, id)
        if not await house.parked.remove(group, id):
            raise ParkedUnknown("no such message is parked")


async def _own(caller: Caller, house: Installation, group: str, id: str) -> tuple[str, str]:
    """The names of one of the caller's own parked messages. Raises ParkedUnknown."""
    group, id = id_in_path(group), id_in_path(id)
    found = await house.parked.find(group, (id,))
    if not any(each.message.tenant == caller.tenant for each in found):
        raise ParkedUnknown("no such message is parked")
    return group, id


def _found(each: Parked) -> ParkedFound:
    message = each.message
    return ParkedFound(each.group, message.id, message.type, message.subject, each.attempts, each.reason, each.at)


def _limit(text: str) -> int:
    """Raises InvalidInput."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else text
    return whole(number, "limit", most=MAX_PAGE)


def _text(place: ParkedPlace) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(text: str) -> ParkedPlace:
    """Raises InvalidInput for what no page ended with."""
    try:
        decoded: Any = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(decoded, type=ParkedPlace)
    except ValueError:
        raise InvalidInput("`after` is not what a page ended with", field="after") from None
