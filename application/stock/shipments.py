"""What the commands on shipments share: their entry, their answer, how each step of one is told."""

from collections.abc import Iterable
from dataclasses import dataclass

from application.stock.answers import PositionAfter
from domain.kernel.account import AccountKey
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.stock.position import shipment_key
from domain.stock.shipment import SHIPMENTS, Place, Shipment, ShipmentUnknown


@dataclass(frozen=True, slots=True)
class Carried:
    """What a shipment still carries of a goods and lot after the command, and the version of that account."""

    goods: str
    lot: str
    in_transit: int
    version: int


@dataclass(frozen=True, slots=True)
class ShipmentMoved:
    """A shipment after a command: its ends, what it still carries of the goods the command moved, the positions."""

    shipment: str
    sender: Place
    receiver: Place
    goods: tuple[Carried, ...]
    positions: tuple[PositionAfter, ...]


def entry_of(shipment: str) -> EntryKey:
    """Raises InvalidInput when it cannot be an identity."""
    return EntryKey(SHIPMENTS, identifier(shipment, "shipment"))


def known(ledger: Ledger, shipment: str) -> Shipment | None:
    entry = ledger.entry(SHIPMENTS, shipment)
    return None if entry is None else Shipment.of(shipment, entry.facts)


def known_shipment(ledger: Ledger, shipment: str) -> Shipment:
    """Raises ShipmentUnknown."""
    found = known(ledger, shipment)
    if found is None:
        raise ShipmentUnknown(f"there is no shipment {shipment} (yet)", shipment=shipment)
    return found


def carried(ledger: Ledger, shipment: str, goods: Iterable[tuple[str, str]]) -> tuple[Carried, ...]:
    """What it carries of each goods and lot, once each, in the order given."""
    answer = []
    for each, lot in dict.fromkeys(goods):
        account = ledger.account(shipment_key(shipment, each, lot))
        answer.append(Carried(each, lot, account.balances.in_transit, account.version))
    return tuple(answer)


def keep(ledger: Ledger, shipment: Shipment, event: str, told: ShipmentMoved) -> None:
    """Write the entry after one more command and tell it under its version, the number of this event."""
    after = shipment.stepped(ledger.act.number, ends=not any(goods.in_transit for goods in told.goods))
    entry = ledger.write_entry(SHIPMENTS, after.id, after.facts())
    ledger.tell(event, told, subject=f"{SHIPMENTS}:{after.id}", number=entry.version)


def lot_of(key: AccountKey) -> tuple[str, str]:
    """The goods and lot of a position's key."""
    _, goods, _, lot, _ = key.values
    return goods, lot
