"""Commands of the kernel's own verbs, in plain values: what the ledger suite, and nothing else, has committed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from application.kernel.command import Touches
from domain.kernel.account import AccountKey
from domain.kernel.exchanging import exchange
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import ReservationState
from domain.kernel.reservation import GroupHold, Hold, Pick, Plan, PlannedLine, Reservation
from domain.stock.position import RECEIVE, Position

Place = tuple[str, str]
"""(goods, node)."""

Wish = tuple[str, int, tuple[tuple[Place, ...], ...]]
"""(line, quantity, ways): each way the places that are taken together, one unit of each."""


def position(goods: str, node: str = "N1") -> AccountKey:
    return Position(goods, node).key


@dataclass(frozen=True, slots=True)
class Done:
    """What happened: the reservation's status, the units moved, and the account versions afterwards."""

    subject: str
    status: str
    units: int
    versions: tuple[int, ...] = ()
    due: datetime | None = None


def _done(ledger: Ledger, after: Reservation, units: int, event: str) -> Done:
    versions = tuple(ledger.account(key).version for key in dict.fromkeys(after.accounts()))
    reply = Done(after.id, after.status, units, versions, after.due)
    ledger.tell_of(after, event, reply)
    return reply


@dataclass(frozen=True, slots=True)
class Receive:
    """Units enter a position."""

    name: ClassVar[str] = "Receive"
    reply: ClassVar[type] = Done

    goods: str
    quantity: int
    node: str = "N1"

    def touches(self) -> Touches:
        return Touches(accounts=(position(self.goods, self.node),))

    def decide(self, ledger: Ledger) -> Done:
        after = ledger.post(position(self.goods, self.node), RECEIVE, self.quantity)
        reply = Done(self.goods, "received", self.quantity, (after.version,))
        ledger.tell("Received", reply)
        return reply


@dataclass(frozen=True, slots=True)
class SetFloor:
    """Change what a reserve leaves untouched."""

    name: ClassVar[str] = "SetFloor"
    reply: ClassVar[type] = Done

    goods: str
    floor: int
    node: str = "N1"

    def touches(self) -> Touches:
        return Touches(accounts=(position(self.goods, self.node),))

    def decide(self, ledger: Ledger) -> Done:
        after = ledger.set_floor(position(self.goods, self.node), self.floor)
        return Done(self.goods, "floor", self.floor, (after.version,))


@dataclass(frozen=True, slots=True)
class Reserve:
    """Hold every wish, or nothing (or, if `partial`, what there is); `groups` are (name, place, quantity, lines)."""

    name: ClassVar[str] = "Reserve"
    reply: ClassVar[type] = Done

    reservation: str
    wishes: tuple[Wish, ...]
    partial: bool = False
    hold_for: timedelta | None = timedelta(minutes=30)
    order: str | None = None
    scene: str = "sale"
    groups: tuple[tuple[str, Place, int, tuple[str, ...]], ...] = ()

    def plan(self) -> Plan:
        return Plan(
            tuple(
                PlannedLine(
                    line,
                    quantity,
                    tuple(tuple(Hold(position(*place)) for place in way) for way in ways),
                )
                for line, quantity, ways in self.wishes
            ),
            tuple(GroupHold(name, position(*place), quantity, lines) for name, place, quantity, lines in self.groups),
        )

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,), accounts=tuple(self.plan().accounts()))

    def decide(self, ledger: Ledger) -> Done:
        made = ledger.reserve(
            self.reservation,
            self.plan(),
            until=None if self.hold_for is None else ledger.now + self.hold_for,
            partial=self.partial,
            order=self.order,
            scene=self.scene,
        )
        return _done(ledger, made, sum(line.granted for line in made.lines), "Reserved")


@dataclass(frozen=True, slots=True)
class _Step:
    """A command on one reservation; without picks on all of it."""

    name: ClassVar[str]
    reply: ClassVar[type] = Done

    reservation: str
    picks: tuple[Pick, ...] = ()

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,))


@dataclass(frozen=True, slots=True)
class Confirm(_Step):
    """Held → confirmed."""

    name: ClassVar[str] = "Confirm"

    def decide(self, ledger: Ledger) -> Done:
        after, moved = ledger.confirm(self.reservation, self.picks)
        return _done(ledger, after, sum(step.quantity for step in moved), "Confirmed")


@dataclass(frozen=True, slots=True)
class Release(_Step):
    """Held → released; of an unknown reservation: a tombstone; of one that ended: nothing, again."""

    name: ClassVar[str] = "Release"

    def decide(self, ledger: Ledger) -> Done:
        found = ledger.find_reservation(self.reservation)
        if found is None and not self.picks:
            return _done(ledger, ledger.bury(self.reservation), 0, "Cancelled")
        if not self.picks and found is not None and found.status in ("cancelled", "released", "expired"):
            return Done(found.id, found.status, 0)
        after, moved = ledger.release(self.reservation, self.picks)
        return _done(ledger, after, sum(step.quantity for step in moved), "Released")


@dataclass(frozen=True, slots=True)
class Ship(_Step):
    """Confirmed → shipped."""

    name: ClassVar[str] = "Ship"

    def decide(self, ledger: Ledger) -> Done:
        after, moved = ledger.ship(self.reservation, self.picks)
        return _done(ledger, after, sum(step.quantity for step in moved), "Shipped")


@dataclass(frozen=True, slots=True)
class Deallocate(_Step):
    """Confirmed → released."""

    name: ClassVar[str] = "Deallocate"

    def decide(self, ledger: Ledger) -> Done:
        after, moved = ledger.deallocate(self.reservation, self.picks)
        return _done(ledger, after, sum(step.quantity for step in moved), "Deallocated")


@dataclass(frozen=True, slots=True)
class Damage(_Step):
    """Confirmed → damaged."""

    name: ClassVar[str] = "Damage"

    def decide(self, ledger: Ledger) -> Done:
        after, moved = ledger.damage(self.reservation, self.picks, reason="dropped")
        return _done(ledger, after, sum(step.quantity for step in moved), "Damaged")


@dataclass(frozen=True, slots=True)
class Extend(_Step):
    """A new due time, `seconds` from now."""

    name: ClassVar[str] = "Extend"

    seconds: int = 3_600

    def decide(self, ledger: Ledger) -> Done:
        after = ledger.extend(self.reservation, ledger.now + timedelta(seconds=self.seconds))
        return _done(ledger, after, 0, "Extended")


@dataclass(frozen=True, slots=True)
class Expire(_Step):
    """Held → expired, under the fence of one deadline. A stale one does nothing."""

    name: ClassVar[str] = "Expire"

    deadline: int = 1
    token: int = 0

    def decide(self, ledger: Ledger) -> Done:
        expired = ledger.expire(self.reservation, self.deadline, self.token)
        if expired is None:
            return Done(self.reservation, "nothing", 0)
        after, moved = expired
        return _done(ledger, after, sum(step.quantity for step in moved), "Expired")


@dataclass(frozen=True, slots=True)
class Exchange(_Step):
    """Swap the first pick's units to another place."""

    name: ClassVar[str] = "Exchange"

    to: tuple[Place, ...] = ()

    def touches(self) -> Touches:
        return Touches(reservations=(self.reservation,), accounts=tuple(position(*place) for place in self.to))

    def decide(self, ledger: Ledger) -> Done:
        to = tuple(Hold(position(*place)) for place in self.to)
        return _done(ledger, exchange(ledger, self.reservation, self.picks[0], to), 0, "Exchanged")


@dataclass(frozen=True, slots=True)
class Explode:
    """Posts, and then fails as a bug would."""

    name: ClassVar[str] = "Explode"
    reply: ClassVar[type] = Done

    goods: str

    def touches(self) -> Touches:
        return Touches(accounts=(position(self.goods),))

    def decide(self, ledger: Ledger) -> Done:
        ledger.post(position(self.goods), RECEIVE, 1_000_000)
        ledger.tell("Received", Done(self.goods, "received", 1_000_000))
        raise ZeroDivisionError("a bug in a command")


@dataclass(frozen=True, slots=True)
class RefuseAfterPosting:
    """Posts, and then refuses: nothing of it may be seen."""

    name: ClassVar[str] = "RefuseAfterPosting"
    reply: ClassVar[type] = Done

    goods: str

    def touches(self) -> Touches:
        return Touches(accounts=(position(self.goods),))

    def decide(self, ledger: Ledger) -> Done:
        ledger.post(position(self.goods), RECEIVE, 1_000_000)
        raise ReservationState("thought better of it")


def wish(goods: str = "A", quantity: int = 1, *nodes: str, line: str = "1") -> Wish:
    """One line on a goods: at the first of the nodes that has it all, else from them in turn."""
    return line, quantity, tuple(((goods, node),) for node in nodes or ("N1",))


def hold(reservation: str, goods: str = "A", quantity: int = 1, **rest: object) -> Reserve:
    """A reserve of one line."""
    return Reserve(reservation, (wish(goods, quantity),), **rest)  # type: ignore[arg-type]
