"""What is reserved, exchanged in the ledger for the same at other nodes: every move of it, or none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from application.kernel.command import Touches
from application.sourcing.held import SOURCED, PromiseReserved, goods_of, moved
from application.sourcing.moving import open_units
from application.sourcing.ports import TellsReserved
from application.sourcing.refusals import PromiseMoved
from domain.kernel.account import AccountKey
from domain.kernel.books import EntryKey
from domain.kernel.exchanging import exchange, regroup
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InsufficientBalance
from domain.kernel.reservation import GroupHold, Pick, Reservation, Way


class Move(NamedTuple):
    """`quantity` units of a line go from the leg that holds `old` to `new`, and join the group `join`, if any."""

    line: str
    old: Way
    quantity: int
    new: Way
    join: tuple[GroupHold, ...]


@dataclass(slots=True)
class MovePromised:
    """The ledger's part: every move, or none. `leave` is the node whose orders a day the lines no longer take."""

    name: str
    reply: ClassVar[type] = PromiseReserved

    reservation: str
    moves: tuple[Move, ...]
    openings: Mapping[AccountKey, int]
    leave: str
    sourced: Mapping[str, Any]
    tells: TellsReserved

    def touches(self) -> Touches:
        accounts = [hold.account for move in self.moves for hold in move.new]
        accounts += [group.account for move in self.moves for group in move.join]
        return Touches((self.reservation,), tuple(accounts), (EntryKey(SOURCED, self.reservation),))

    def decide(self, ledger: Ledger) -> PromiseReserved:
        before = ledger.reservation(self.reservation)
        try:
            for move in self.moves:
                after = exchange(
                    ledger, before.id, self._pick(ledger.reservation(before.id), move), move.new, openings=self.openings
                )
            for line in dict.fromkeys(move.line for move in self.moves):
                after = self._regroup(ledger, before, line)
        except InsufficientBalance as short:
            raise moved(short) from short
        known = ledger.entry(SOURCED, before.id)
        if known is None or known.facts != self.sourced:
            ledger.write_entry(SOURCED, before.id, self.sourced)
        ledger.tell_of(after, "HoldsExchanged", self.tells.exchanged(ledger, before, after))
        return PromiseReserved(after.id, after.status, after.due, goods_of(after))

    def _pick(self, now: Reservation, move: Move) -> Pick:
        """The leg that holds it still. Raises PromiseMoved when the reservation changed since it was planned."""
        for line in now.lines:
            for place, leg in enumerate(line.legs):
                if line.id == move.line and leg.holds == move.old and open_units(leg) >= move.quantity:
                    return Pick(move.line, move.quantity, place)
        raise PromiseMoved(
            f"reservation {now.id} changed meanwhile", cause="reservation.state", reservation=now.id, line=move.line
        )

    def _regroup(self, ledger: Ledger, before: Reservation, line: str) -> Reservation:
        leave = [
            group.name
            for group in before.groups
            if line in group.lines and self.leave and group.account.named().get("node") == self.leave
        ]
        joins = list(dict.fromkeys(group for move in self.moves if move.line == line for group in move.join))
        first = joins[0] if joins else None
        after = regroup(ledger, before.id, line, leave, first, openings=self.openings)
        for other in joins[1:]:
            after = regroup(ledger, before.id, line, (), other, openings=self.openings)
        return after
