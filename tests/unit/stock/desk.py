"""A desk that decides stock commands on a plain ledger: no queue, no adapter, and only what a command touches.

Every command and reply is also sent through the codec that stores them, so that none holds what cannot be stored.
"""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.encoding import JsonCodec
from application.kernel.command import Lacking, Records, Settle
from application.stock.pools import Pools
from contracts.conformance.quota_laws import broken_quota_laws
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Act, Entry, EntryKey, Event, Movement
from domain.kernel.ledger import Ledger
from domain.kernel.movement import Balances, Bucket
from domain.kernel.reservation import Reservation, Stage
from domain.stock.position import POSITION, SHIPMENT, Position, shipment_key

CODEC = JsonCodec()
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Desk:
    def __init__(self) -> None:
        self.now = NOON
        self.accounts: dict[AccountKey, Account] = {}
        self.reservations: dict[str, Reservation] = {}
        self.entries: dict[EntryKey, Entry] = {}
        self.movements: list[Movement] = []
        self.events: list[Event] = []
        self.number = 0
        self.pools = Pools()

    def do(self, command: Any, *, actor: str = "alice") -> Any:
        """The reply of one command that has a batch for itself."""
        (outcome,) = self.together(command, actor=actor)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def together(self, *commands: Any, actor: str = "alice") -> list[Any]:
        """The replies and refusals of commands decided in one batch."""
        touched = [command.touches() for command in commands]
        names = {id for touches in touched for id in touches.reservations}
        keys = {key for touches in touched for key in touches.entries}
        accounts = {key for touches in touched for key in touches.accounts}
        named: dict[str, set[AccountKey]] = {}
        for touches in touched:
            for id in touches.reservations:
                named.setdefault(id, set()).update(touches.accounts)
        records = Records(
            {id: self.reservations.get(id) for id in names}, {key: self.entries.get(key) for key in keys}, named
        )
        for found in records.reservations.values():
            accounts.update(() if found is None else found.accounts())
        for touches in touched:
            accounts.update(() if touches.then is None else touches.then(records))
        with contextlib.suppress(Lacking):  # what lacks is foreseen the second time
            self.pools.settle("t", {key: self.accounts.get(key) or Account(key) for key in accounts})
        accounts.update(self.pools.foresee("t", accounts))
        loaded = {key: self.accounts.get(key) or Account(key) for key in accounts}
        settle = self.pools.settle("t", loaded)
        ledger = Ledger(self.now, loaded, records.reservations, records.entries)
        outcomes = [self._decide(ledger, command, actor, settle) for command in commands]
        self.accounts.update(ledger.accepted.accounts)
        self.reservations.update(ledger.accepted.reservations)
        self.entries.update(ledger.accepted.entries)
        self.movements += ledger.accepted.movements
        self.events += ledger.accepted.events
        return outcomes

    def _decide(self, ledger: Ledger, command: Any, actor: str, settle: Settle | None) -> Any:
        CODEC.encode(getattr(command, "asked", command))
        self.number += 1
        ledger.begin(Act(self.number, f"r{self.number}", command.name, actor, actor))
        try:
            reply = command.decide(ledger)
            if settle is not None:
                settle(ledger)
        except Exception as error:
            ledger.discard()
            return error
        ledger.accept()
        assert CODEC.decode(CODEC.encode(reply), command.reply) == reply
        return reply

    def pass_time(self, duration: timedelta) -> None:
        self.now += duration

    # -- readings -----------------------------------------------------------------------------------------------------

    def at(self, goods: str, node: str, owner: str = "-", lot: str = "-") -> Balances:
        account = self.accounts.get(Position(goods, node, owner, lot).key)
        return Balances() if account is None else account.balances

    def carried(self, shipment: str, goods: str, lot: str = "-") -> int:
        account = self.accounts.get(shipment_key(shipment, goods, lot))
        return 0 if account is None else account.balances.in_transit

    def posted(self, last: int | None = None) -> list[tuple[str, str, int]]:
        """(account, movement, quantity) of the last movements."""
        movements = self.movements if last is None else self.movements[-last:]
        return [(short_name(m.account), m.kind.name, m.quantity) for m in movements]

    def told(self) -> list[tuple[str, str, int]]:
        """(type, subject, number) of every event."""
        return [(event.type, event.subject, event.number) for event in self.events]

    # -- laws ---------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Every law of stock, over the whole history. Raises AssertionError."""
        replayed: dict[AccountKey, tuple[Balances, int]] = {}
        for movement in self.movements:
            before, version = replayed.get(movement.account, (Balances(), 0))
            after = before.moved(movement.kind.source, movement.kind.target, movement.quantity)
            assert after == movement.after, movement
            assert movement.version == version + 1, movement
            assert all(balance >= 0 for balance in after), movement
            replayed[movement.account] = (after, movement.version)
        assert {key: (a.balances, a.version) for key, a in self.accounts.items()} == replayed
        assert broken_quota_laws(self.accounts, self.movements) == []
        self._check_reservations()
        self._check_shipments()

    def _check_reservations(self) -> None:
        for key, account in self.accounts.items():
            if key.kind is not SHIPMENT:
                held = [reservation.holding(key) for reservation in self.reservations.values()]
                assert account.balances.reserved == sum(reserved for reserved, _ in held), key
                assert account.balances.allocated == sum(allocated for _, allocated in held), key
        for reservation in self.reservations.values():
            for line in reservation.lines:
                assert line.granted == sum(line.at(stage) for stage in Stage) <= line.asked, reservation
                assert all(count >= 0 for leg in line.legs for count in leg.counts), reservation

    def _check_shipments(self) -> None:
        """Per shipment and goods: shipped = arrived + lost + recalled + in transit, on it and at its receiver."""
        flow: dict[tuple[str, str, str], dict[str, int]] = {}
        at_receivers: dict[tuple[str, str, str], int] = {}
        for movement in self.movements:
            if movement.account.kind is SHIPMENT:
                shipment, goods, lot = movement.account.values
                sums = flow.setdefault((shipment, goods, lot), {})
                sums[movement.kind.name] = sums.get(movement.kind.name, 0) + movement.quantity
                continue
            if movement.account.kind is not POSITION:
                continue
            sign = (movement.kind.target is Bucket.IN_TRANSIT) - (movement.kind.source is Bucket.IN_TRANSIT)
            position = Position.of(movement.account)
            place = (movement.subject, position.goods, position.lot)
            at_receivers[place] = at_receivers.get(place, 0) + sign * movement.quantity
        for place, sums in flow.items():
            gone = sum(quantity for name, quantity in sums.items() if name != "DISPATCHED")
            assert set(sums) <= {"DISPATCHED", "ARRIVE", "ARRIVE_DAMAGED", "TRANSIT_LOSS", "RECALL_OUT"}
            in_transit = self.accounts[shipment_key(*place)].balances.in_transit
            assert sums["DISPATCHED"] == gone + in_transit, place
            assert at_receivers[place] == in_transit, place


def short_name(key: AccountKey) -> str:
    """`A@N1` for a position, with its owner and lot where it has them; `S1:A` for a shipment's goods."""
    if key.kind is SHIPMENT:
        shipment, goods, lot = key.values
        return f"{shipment}:{goods}" + ("" if lot == "-" else f"#{lot}")
    position = Position.of(key)
    return f"{position.goods}@{position.node}" + "".join(
        f"{mark}{value}" for mark, value in (("/", position.owner), ("#", position.lot)) if value != "-"
    )
