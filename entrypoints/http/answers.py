"""What the typed routes share: who asks, pages, ids as they were sent, answers as bytes."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from litestar import Response

from application.kernel.ports import Codec
from domain.kernel.account import AccountKey
from domain.kernel.refusal import InvalidInput
from domain.stock.position import Position
from entrypoints.composition.installation import Installation
from entrypoints.http.body import require_text

JSON: Final = "application/json"


def answered(codec: Codec, value: object) -> Response[bytes]:
    return Response(codec.encode(value), media_type=JSON)


def page(codec: Codec, items: Iterable[object], after: str) -> Response[bytes]:
    """`after` goes into the next question; null after the last page."""
    return answered(codec, {"items": list(items), "after": after or None})


def id_in_path(segment: str) -> str:
    """An id as it was sent: routes are told the path undecoded. Raises BodyMalformed where it is not UTF-8."""
    return require_text(unquote_to_bytes(segment.encode("latin-1")), "the path")


def account_of(house: Installation, position: Position | None, kind: str | None, key: list[str] | None) -> AccountKey:
    """A stock position, or the account of any kind by the values of its dimensions. Raises InvalidInput."""
    if kind is None:
        if position is None or key:
            raise InvalidInput("name goods and node, or a kind and its key", field="goods")
        return position.key
    found = house.kinds.get(kind)
    if found is None:
        raise InvalidInput(f"there is no kind {kind!r:.80}", field="kind", one_of=sorted(house.kinds))
    if position is not None or len(key or ()) != len(found.dimensions):
        raise InvalidInput(f"the key of {kind} is {', '.join(found.dimensions)}", field="key")
    return found.key(*(key or ()))


def one_of(**given: Any) -> str:
    """The one that was given. Raises InvalidInput."""
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise InvalidInput(f"give exactly one of {', '.join(given)}", one_of=list(given), given=named, field="query")
    return named[0]
