"""One event of EPCIS as commands of ours: pure, so that it can be shown for every event there is."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from adapters.acl.epcis import vocabulary as cbv
from adapters.acl.epcis.document import Event
from adapters.acl.epcis.keys import GLN, SSCC, Key, key_of
from adapters.acl.epcis.parts import EXACT, Amount, amounts, ends, place, text, transactions
from adapters.acl.epcis.refusals import EventCorrected, EventIncomplete, EventUnsupported, QuantityUnclear
from application.stock.accept_return import AcceptReturn, ReturnedLine
from application.stock.count_stock import CountedLine, CountStock
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.handle import StockCommand
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.list_mappings import Name
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.report_sale import ReportSale
from application.stock.ship_goods import ShipGoods
from application.stock.ship_reservation import ShipReservation
from application.stock.take_in import Known
from domain.kernel.quantity import MAX_QUANTITY
from domain.kernel.refusal import Refusal
from domain.stock.mapping import ELSEWHERE, GOODS, NODE, OWNER, Mapping, MappingUnknown
from domain.stock.position import NONE
from domain.stock.shipment import Place

SYSTEM: Final = "gs1"
"""What the mappings of GS1's keys are set under."""

RESERVATION: Final = "urn:entrepot:reservation:"
"""A business transaction that is one of our reservations."""

GOODS_OF: Final = {
    "ObjectEvent": ("epcList", "quantityList"),
    "TransactionEvent": ("epcList", "quantityList"),
    "AggregationEvent": ("childEPCs", "childQuantityList"),
}
Commands = Sequence[StockCommand[Any]]
Line = tuple[str, str, int]
"""Goods, lot, quantity in our smallest unit."""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event as something that an outside system told."""

    event: Event

    @property
    def id(self) -> str:
        return self.event.id

    @property
    def content(self) -> str:
        return self.event.content

    def names(self) -> Iterable[Name]:
        """Raises nothing: what cannot be read names nothing, and is refused when it is translated."""
        reading = _Reading(self.event, {})
        for read in (reading.goods_named, reading.places_named, reading.parties_named):
            try:
                yield from read()
            except Refusal:
                continue

    def commands(self, known: Known) -> Commands:
        return _Reading(self.event, known).commands()


class _Reading:
    """One event being translated, with what its names mean."""

    def __init__(self, event: Event, known: Known) -> None:
        self._event = event
        self._members = event.members
        self._known = known
        self._missing: dict[Name, None] = {}

    # -- what is to be done -------------------------------------------------------------------------------------------

    def commands(self) -> Commands:
        members = self._members
        if members.get("errorDeclaration") is not None:
            raise EventCorrected(f"{self._event.id} was wrong, says its sender", event=self._event.id)
        step, action = cbv.word(text(members, "bizStep")), text(members, "action")
        if self._event.type not in GOODS_OF or action not in ("ADD", "OBSERVE"):
            raise self._unsupported()
        disposition = cbv.word(text(members, "disposition"))
        if step in cbv.RECEIVING:
            return self._receive(disposition)
        if step in cbv.SHIPPING:
            return self._ship()
        if step in cbv.SELLING:
            return self._sold()
        if self._event.type == "ObjectEvent" and step in cbv.COUNTING:
            return self._counted()
        if self._event.type == "ObjectEvent" and step in cbv.HOLDING and disposition in cbv.SET_ASIDE:
            return self._set_aside(disposition)
        raise self._unsupported()

    def _receive(self, disposition: str) -> Commands:
        lines = self._lines()
        node = self._node("bizLocation", ("destinationList", "destination"), "readPoint")
        owner = self._owner("destinationList", "destination")
        origin = self._end("sourceList", "source")
        self._require_known()
        if origin != ELSEWHERE:
            apart = disposition in cbv.SET_ASIDE
            arrived = [
                ArrivedLine(goods, 0 if apart else quantity, quantity if apart else 0, lot=lot)
                for goods, lot, quantity in lines
            ]
            return [ReceiveShipment(self._shipment(), node, tuple(arrived), owner)]
        if disposition == "returned":
            back = tuple(ReturnedLine(goods, node, quantity, 0, owner, lot) for goods, lot, quantity in lines)
            return [AcceptReturn(back, reason=self._reason)]
        received = tuple(ReceivedLine(goods, node, quantity, owner, lot) for goods, lot, quantity in lines)
        taken: list[StockCommand[Any]] = [ReceiveStock(received, reason=self._reason)]
        if disposition in cbv.SET_ASIDE:
            taken.append(HoldStock(self._units(lines, node, owner), f"{disposition}: {self._reason}"))
        return taken

    def _ship(self) -> Commands:
        lines = self._lines()
        node = self._node(("sourceList", "source"), "readPoint", "bizLocation")
        owner = self._owner("sourceList", "source")
        target = self._end("destinationList", "destination")
        receiver = None
        if target != ELSEWHERE:
            receiver = Place(target, self._owner("destinationList", "destination"))
        self._require_known()
        units = self._units(lines, node, owner)
        shipment = self._shipment() if receiver is not None else ""
        for transaction in transactions(self._members):
            if transaction.startswith(RESERVATION):
                reservation = unquote(transaction.removeprefix(RESERVATION))
                return [ShipGoods(reservation, units, shipment, receiver)]
        if receiver is None:
            return [ReportSale(units, self._reason)]
        reservation = "epcis:" + hashlib.sha256(self._event.id.encode()).hexdigest()[:32]
        return [FreezeTransfer(reservation, units), ShipReservation(reservation, (), shipment, receiver)]

    def _sold(self) -> Commands:
        lines, node = self._lines(), self._node("bizLocation", "readPoint")
        owner = self._owner("sourceList", "source")
        self._require_known()
        return [ReportSale(self._units(lines, node, owner), self._reason)]

    def _counted(self) -> Commands:
        lines, node = self._lines(), self._node("bizLocation", "readPoint")
        self._require_known()
        counted = tuple(CountedLine(goods, node, quantity, NONE, lot) for goods, lot, quantity in lines)
        return [CountStock(counted, self._reason)]

    def _set_aside(self, disposition: str) -> Commands:
        lines, node = self._lines(), self._node("bizLocation", "readPoint")
        self._require_known()
        return [HoldStock(self._units(lines, node, NONE), f"{disposition}: {self._reason}")]

    # -- what it speaks of --------------------------------------------------------------------------------------------

    def goods_named(self) -> Iterable[Name]:
        return [Name(GOODS, amount.key.name) for amount in self._amounts()]

    def places_named(self) -> Iterable[Name]:
        keys = [
            place(self._members, "bizLocation"),
            place(self._members, "readPoint"),
            ends(self._members, "sourceList", "source", "location"),
            ends(self._members, "destinationList", "destination", "location"),
        ]
        return [name for key in keys if key is not None for name in _place_names(key)]

    def parties_named(self) -> Iterable[Name]:
        keys = [
            ends(self._members, "sourceList", "source", "owning_party"),
            ends(self._members, "destinationList", "destination", "owning_party"),
        ]
        return [Name(OWNER, _party(key)) for key in keys if key is not None]

    def _amounts(self) -> list[Amount]:
        fields = GOODS_OF.get(self._event.type)
        return amounts(self._members, *fields) if fields else []

    def _lines(self) -> list[Line]:
        """The goods with their lots, each once. Goods without a meaning are noted as missing."""
        totals: dict[tuple[str, str], int] = {}
        found = self._amounts()
        if not found:
            raise EventIncomplete(f"{self._event.id} names no goods", lacks="goods")
        for amount in found:
            mapping = self._meaning(Name(GOODS, amount.key.name))
            if mapping is not None:
                line = (mapping.inside, amount.key.lot or NONE)
                totals[line] = totals.get(line, 0) + _smallest(amount, mapping)
        return [(goods, lot, quantity) for (goods, lot), quantity in totals.items()]

    def _node(self, *where: str | tuple[str, str]) -> str:
        """The first place that is said, as a node of ours. Raises EventIncomplete, EventUnsupported."""
        for each in where:
            key = (
                place(self._members, each)
                if isinstance(each, str)
                else ends(self._members, each[0], each[1], "location")
            )
            if key is not None:
                node = self._placed(key)
                if node == ELSEWHERE:
                    raise EventUnsupported(
                        f"it happened at {key.name}, which is none of our places", **self._facts(), place=key.name
                    )
                return node
        raise EventIncomplete(f"{self._event.id} does not say where", lacks="place")

    def _end(self, list: str, member: str) -> str:
        """Where it comes from or goes to: a node of ours, or ELSEWHERE where that is not said or none of ours."""
        key = ends(self._members, list, member, "location")
        return ELSEWHERE if key is None else self._placed(key)

    def _placed(self, key: Key) -> str:
        names = _place_names(key)
        for name in names:
            mapping = self._known.get(name)
            if mapping is not None:
                return mapping.inside
        self._missing[names[0]] = None
        return names[0].outside

    def _owner(self, list: str, member: str) -> str:
        key = ends(self._members, list, member, "owning_party")
        if key is None:
            return NONE
        mapping = self._meaning(Name(OWNER, _party(key)))
        return NONE if mapping is None else mapping.inside

    def _shipment(self) -> str:
        """What is under way is known by: its despatch advice, else its logistic unit. Raises EventIncomplete."""
        for advice in transactions(self._members, "desadv"):
            return _short(advice)
        parent = text(self._members, "parentID")
        if parent and (key := key_of(parent)).kind == SSCC:
            return key.name
        raise EventIncomplete(
            f"{self._event.id} goes between places of ours and names no shipment: a despatch advice (desadv) or an "
            "SSCC as its parent",
            lacks="shipment",
        )

    def _meaning(self, name: Name) -> Mapping | None:
        found = self._known.get(name)
        if found is None:
            self._missing[name] = None
        return found

    def _require_known(self) -> None:
        """Raises MappingUnknown, naming everything of the event that has no meaning."""
        if self._missing:
            names = [{"system": SYSTEM, **name._asdict()} for name in self._missing]
            told = ", ".join(f"{name.kind} {name.outside}" for name in self._missing)
            raise MappingUnknown(f"nobody said what these mean: {told}"[:500], names=names[:50])

    @property
    def _reason(self) -> str:
        return f"EPCIS {self._event.id}"

    @staticmethod
    def _units(lines: list[Line], node: str, owner: str) -> tuple[Units, ...]:
        return tuple(Units(goods, node, quantity, owner, lot) for goods, lot, quantity in lines)

    def _unsupported(self) -> EventUnsupported:
        facts = self._facts()
        said = " ".join(value for value in facts.values() if value)
        return EventUnsupported(f"nothing is done here for {said}", **facts)

    def _facts(self) -> dict[str, str]:
        names = ("type", "action", "bizStep", "disposition")
        return {name: str(self._members.get(name, ""))[:80] for name in names}


def _smallest(amount: Amount, mapping: Mapping) -> int:
    """Raises QuantityUnclear."""
    uom = "" if amount.uom in cbv.COUNTED else amount.uom
    if uom != ("" if mapping.uom in cbv.COUNTED else mapping.uom):
        raise QuantityUnclear(
            f"{amount.key.name} comes in {uom or 'items'}, and is mapped in {mapping.uom or 'items'}",
            identifier=amount.key.name,
            uom=uom,
            mapped=mapping.uom,
        )
    quantity = EXACT.multiply(amount.quantity, mapping.units)
    if quantity != quantity.to_integral_value() or quantity > MAX_QUANTITY:
        raise QuantityUnclear(
            f"{amount.quantity} {uom or 'items'} of {amount.key.name} are no whole number of {mapping.inside} "
            f"up to {MAX_QUANTITY}",
            identifier=amount.key.name,
            uom=uom,
            units=mapping.units,
        )
    return int(quantity)


def _place_names(key: Key) -> list[Name]:
    """What a place is mapped under: its sublocation first, then the whole of it."""
    whole = f"{GLN}:{key.key}"
    return [Name(NODE, name) for name in dict.fromkeys((key.name, whole)) if len(name) <= 80]


def _party(key: Key) -> str:
    """A party is its number, wherever of its places is meant."""
    return f"{GLN}:{key.key}"


def _short(text: str) -> str:
    """A reference as an id of ours."""
    if 0 < len(text) <= 100 and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
