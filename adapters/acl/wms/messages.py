"""What a warehouse tells, as commands of ours: pure."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from application.stock.count_earlier import CountEarlier
from application.stock.count_stock import CountedLine, CountStock
from application.stock.handle import StockCommand
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.list_mappings import Name
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.ship_goods import ShipGoods
from application.stock.take_in import Known
from domain.kernel.quantity import MAX_BALANCE
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.mapping import ELSEWHERE, GOODS, MAX_OUTSIDE, NODE, MappingUnknown
from domain.stock.position import NONE
from domain.stock.shipment import Place

RECEIVED: Final = "goods.received"
SHIPPED: Final = "goods.shipped"
SHORT: Final = "goods.short_shipped"
COUNTED: Final = "stock.counted"
DAMAGED: Final = "goods.damaged"
TYPES: Final = (RECEIVED, SHIPPED, SHORT, COUNTED, DAMAGED)
MAX_LINES: Final = 500

Identity = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=MAX_BALANCE)]


class MessageRefused(Refusal):
    """The message of a warehouse has another form than is documented (`field`).

    Send what docs/adapters/wms.md shows; a field that is not known there is refused, too.
    """

    code = "wms.malformed"


class WmsLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a goods: how many are well, broken, and of what was expected missing."""

    goods: Identity
    quantity: Quantity = 0
    damaged: Quantity = 0
    missing: Quantity = 0
    owner: Identity = NONE
    lot: Identity = NONE
    expires: str = ""


class WmsReceiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    node: Identity
    owner: Identity = NONE


class WmsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message, as it is sent."""

    id: Identity
    type: str
    node: Identity
    lines: Annotated[list[WmsLine], msgspec.Meta(max_length=MAX_LINES)]
    at: str = ""
    reservation: str = ""
    shipment: str = ""
    receiver: WmsReceiver | None = None
    reason: str = ""


_DECODER: Final = msgspec.json.Decoder(WmsBody)
_CANONICAL: Final = msgspec.json.Encoder(order="deterministic")


class WmsMessage:
    """A message as something that an outside system told."""

    def __init__(self, body: WmsBody, source: str) -> None:
        self._body = body
        self._source = source
        self.id: str = body.id
        self.content: str = _CANONICAL.encode(body).decode()

    @property
    def about(self) -> str:
        return self._body.type

    def names(self) -> Iterable[Name]:
        nodes = [self._body.node] + ([self._body.receiver.node] if self._body.receiver else [])
        named = [Name(GOODS, line.goods) for line in self._body.lines] + [Name(NODE, node) for node in nodes]
        return [name for name in named if len(name.outside) <= MAX_OUTSIDE]

    def commands(self, known: Known) -> Sequence[StockCommand[Any]]:
        """A name without a mapping is our own. Raises InvalidInput, MappingUnknown."""
        return _Translated(self._body, known, self._source).commands()


def message_of(body: bytes, source: str) -> WmsMessage:
    """Raises MessageRefused."""
    try:
        told = _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise MessageRefused(f"the message is not as documented: {error}", field=_field(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageRefused(f"the message is not JSON: {error}", field="") from None
    if told.at and not _is_instant(told.at):
        raise MessageRefused("at is a time with its offset, as 2026-03-02T09:30:00+08:00", field="at")
    if told.type not in TYPES:
        raise MessageRefused(f"type is one of {', '.join(TYPES)}", field="type", one_of=list(TYPES))
    return WmsMessage(told, source)


def request_of(source: str, message: WmsMessage) -> str:
    """A message is one request, however often it comes."""
    return f"wms:{source}:{hashlib.sha256(message.id.encode()).hexdigest()[:40]}"


class _Translated:
    """One message being translated."""

    def __init__(self, body: WmsBody, known: Known, source: str) -> None:
        self._body = body
        self._known = known
        self._source = source
        self._node = self._placed(body.node)

    def commands(self) -> Sequence[StockCommand[Any]]:
        body = self._body
        if not body.lines and body.type != SHORT:
            raise InvalidInput("a message has lines", field="lines")
        match body.type:
            case "goods.received":
                return self._arrived() if body.shipment else self._received()
            case "goods.shipped" | "goods.short_shipped":
                return self._shipped()
            case "stock.counted":
                self._only("quantity")
                counted = tuple(
                    CountedLine(goods, self._node, quantity, line.owner, line.lot)
                    for line, goods, quantity in self._lines()
                )
                count = CountStock(counted, self._reason)
                return [CountEarlier(count, datetime.fromisoformat(body.at)) if body.at else count]
        self._only("quantity")
        return [HoldStock(self._units(), self._reason)]

    def _received(self) -> Sequence[StockCommand[Any]]:
        self._only("quantity", "damaged", "expires")
        all_of = tuple(
            ReceivedLine(goods, self._node, quantity + damaged, line.owner, line.lot, line.expires)
            for (line, goods, quantity), damaged in zip(self._lines(), self._counts("damaged"), strict=True)
        )
        taken: list[StockCommand[Any]] = [ReceiveStock(all_of, reason=self._reason)]
        broken = tuple(
            Units(goods, self._node, damaged, line.owner, line.lot)
            for (line, goods, _), damaged in zip(self._lines(), self._counts("damaged"), strict=True)
            if damaged
        )
        if broken:
            taken.append(HoldStock(broken, f"damaged: {self._reason}"))
        return taken

    def _arrived(self) -> Sequence[StockCommand[Any]]:
        self._only("quantity", "damaged", "missing", "shipment")
        owners = {line.owner for line in self._body.lines}
        if len(owners) != 1:
            raise InvalidInput("a shipment is of one owner", field="lines")
        arrived = tuple(
            ArrivedLine(goods, quantity, damaged, missing, lot=line.lot, reason=self._reason)
            for (line, goods, quantity), damaged, missing in zip(
                self._lines(), self._counts("damaged"), self._counts("missing"), strict=True
            )
        )
        return [ReceiveShipment(self._body.shipment, self._node, arrived, owners.pop())]

    def _shipped(self) -> Sequence[StockCommand[Any]]:
        self._only("quantity", "reservation", "shipment", "receiver")
        body, short = self._body, self._body.type == SHORT
        receiver = Place(self._placed(body.receiver.node), body.receiver.owner) if body.receiver else None
        units = self._units(skip_none=short)
        return [ShipGoods(body.reservation, units, body.shipment, receiver, short)]

    # -- lines --------------------------------------------------------------------------------------------------------

    def _lines(self) -> list[tuple[WmsLine, str, int]]:
        """Each line with our goods and its quantity in our smallest unit."""
        counts = self._counts("quantity")
        return [(line, self._goods(line.goods), count) for line, count in zip(self._body.lines, counts, strict=True)]

    def _units(self, *, skip_none: bool = False) -> tuple[Units, ...]:
        return tuple(
            Units(goods, self._node, quantity, line.owner, line.lot)
            for line, goods, quantity in self._lines()
            if quantity or not skip_none
        )

    def _counts(self, field: str) -> list[int]:
        found = []
        for line in self._body.lines:
            mapping = self._known.get(Name(GOODS, line.goods))
            count: int = getattr(line, field)
            found.append(count * (1 if mapping is None else mapping.units))
        return found

    def _goods(self, name: str) -> str:
        mapping = self._known.get(Name(GOODS, name))
        return name if mapping is None else mapping.inside

    def _placed(self, name: str) -> str:
        mapping = self._known.get(Name(NODE, name))
        if mapping is not None and mapping.inside == ELSEWHERE:
            raise MappingUnknown(
                f"{name} is none of our places", names=[{"system": self._source, "kind": NODE, "outside": name}]
            )
        return name if mapping is None else mapping.inside

    def _only(self, *fields: str) -> None:
        """Raises InvalidInput for what means nothing here, and would be passed over."""
        for field in sorted({"reservation", "shipment", "receiver"}.difference(fields)):
            if getattr(self._body, field):
                raise InvalidInput(f"{field} does not go with {self._body.type}", field=field)
        for field in sorted({"quantity", "damaged", "missing", "expires"}.difference(fields)):
            if any(getattr(line, field) for line in self._body.lines):
                raise InvalidInput(f"{field} does not go with {self._body.type}", field=f"lines.{field}")

    @property
    def _reason(self) -> str:
        return self._body.reason or f"{self._body.type} {self._source} {self._body.id}"


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _field(error: Exception) -> str:
    """Where a message is not as documented: `$.lines[0].quantity` as `lines.0.quantity`."""
    _, found, path = str(error).rpartition("`$")
    return path.rstrip("`").lstrip(".").replace("[", ".").replace("]", "") if found else ""
