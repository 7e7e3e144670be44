"""One event of EPCIS as commands of ours: pure, so that it can be shown for every event there is."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
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
MAX_MISSING: Final = 50
"""Most names that a refusal names."""

Commands = Sequence[StockCommand[Any]]
Line = tuple[str, str, int]
"""Goods, lot, quantity in our smallest unit."""


class ToldEvent:
    """An event as something that an outside system told. Its goods are read once: there may be thousands."""

    def __init__(self, event: Event) -> None:
        self.id: str = event.id
        self.content: str = event.content
        self._event = event
        self._goods: Sequence[Amount] | None = None
        self._unread: Refusal | None = None

    def names(self) -> Iterable[Name]:
        """What its commands will ask the meaning of, and nothing else. Raises nothing: what cannot be read is refused
        when it is translated.
        """
        wanted, found = _Wanted(), list[Amount]()
        try:
            for amount in _Reading(self._event, wanted).amounts():
                found.append(amount)
                yield Name(GOODS, amount.key.name)
        except Refusal as refusal:
            self._unread = refusal
            return
        self._goods = found
        with suppress(Refusal):
            _Reading(self._event, wanted, found).commands()
        yield from wanted.names

    def commands(self, known: Known) -> Commands:
        if self._unread is not None:
            raise self._unread
        return _Reading(self._event, known, self._goods).commands()


class _Wanted:
    """Knows no meaning, and notes what it is asked for."""

    def __init__(self) -> None:
        self.names: dict[Name, None] = {}

    def get(self, name: Name) -> None:
        self.names[name] = None


class _Reading:
    """One event being translated, with what its names mean; `goods` where they have been read."""

    def __init__(self, event: Event, known: Known, goods: Sequence[Amount] | None = None) -> None:
        self._event = event
        self._members = event.members
        self._known = known
        self._goods = goods
        self._missing: dict[Name, None] = {}

    # -- what is to be done -------------------------------------------------------------------------------------------

    def commands(self) -> Commands:
        return self._effect()()

    def amounts(self) -> Iterator[Amount]:
        """The goods of an event that has an effect, one by one. Raises why it has none, or why they cannot be read."""
        self._effect()
        yield from amounts(self._members, *GOODS_OF[self._event.type])

    def _effect(self) -> Callable[[], Commands]:
        """What such an event comes to. Raises EventCorrected, EventUnsupported, EventMalformed."""
        members = self._members
        if members.get("errorDeclaration") is not None:
            raise EventCorrected(f"{self._event.id} was wrong, says its sender", event=self._event.id)
        step, action = cbv.word(text(members, "bizStep")), text(members, "action")
        if self._event.type not in GOODS_OF or action not in ("ADD", "OBSERVE"):
            raise self._unsupported()
        disposition = cbv.word(text(members, "disposition"))
        if step in cbv.RECEIVING:
            return partial(self._receive, disposition)
        if step in cbv.SHIPPING:
            return self._ship
        if step in cbv.SELLING:
            return self._sold
        if self._event.type == "ObjectEvent" and step in cbv.COUNTING:
            return self._counted
        if self._event.type == "ObjectEvent" and step in cbv.HOLDING and disposition in cbv.SET_ASIDE:
            return partial(self._set_aside, disposition)
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

    def _lines(self) -> list[Line]:
        """The goods with their lots, each once. Goods without a meaning are noted as missing."""
        totals: dict[tuple[str, str], int] = {}
        found = self._goods if self._goods is not None else list(self.amounts())
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
            missing = list(islice(self._missing, MAX_MISSING))
            names = [{"system": SYSTEM, **name._asdict()} for name in missing]
            told = ", ".join(f"{name.kind} {name.outside}" for name in missing)
            raise MappingUnknown(
                f"nobody said what these mean: {told}"[:500], names=names, more=len(self._missing) - len(names)
            )

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
