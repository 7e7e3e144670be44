"""Propose counts: a snapshot of another system is compared with the ledger as it was at that time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.ports import StoreError
from application.kernel.turned_down import or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.count_stock import CountedLine
from application.stock.handle import Mentions, objection
from application.stock.lines import bounded, mentioned
from application.stock.ports import Registers
from application.stock.queries import BalanceReader, BalanceThen
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.position import Position
from domain.stock.proposal import (
    OPEN,
    PROPOSALS,
    WITHDRAWN,
    CountProposal,
    LastCompared,
    compared_key,
    proposal_id,
    snapshot_id,
)

EARLIEST: Final = 1970
LATEST: Final = 9000
"""Years beyond which a time may be none in another zone."""


@dataclass(frozen=True, slots=True)
class ProposedCount:
    """A difference found: `counted` in the snapshot, `on_hand` in the ledger at its time."""

    proposal: str
    goods: str
    node: str
    owner: str
    lot: str
    counted: int
    on_hand: int
    difference: int
    status: str


@dataclass(frozen=True, slots=True)
class CountsProposed:
    """The proposals of the positions that differ, and how many do not."""

    snapshot: str
    same: int
    proposals: tuple[ProposedCount, ...]


@dataclass(frozen=True, slots=True)
class ProposeCounts:
    """Compare 1 to 500 positions of a snapshot, taken `at` a time, with the ledger then; propose the differences.

    Nothing is counted before a proposal is approved. A snapshot that comes again proposes nothing twice; a position
    that it says otherwise of than before is proposed anew while it is open. What snapshots of earlier times proposed of
    these positions is stale from now on, whether this one differs or agrees. Refused: `goods.*`, `node.*`.
    """

    name: ClassVar[str] = "ProposeCounts"
    reply: ClassVar[type] = CountsProposed

    snapshot: str
    at: datetime
    lines: tuple[CountedLine, ...]

    def __post_init__(self) -> None:
        snapshot_id(self.snapshot)
        if self.at.tzinfo is None or not EARLIEST < self.at.year < LATEST:
            raise InvalidInput("a snapshot is of a time of our days, with its zone", field="at")
        bounded(self.lines)
        if len({line.key for line in self.lines}) != len(self.lines):
            raise InvalidInput("a position is counted twice", field="lines")

    def mentions(self) -> Mentions:
        return mentioned(self.lines)

    def touches(self) -> Touches:
        positions = [Position.of(line.key) for line in self.lines]
        proposals = [EntryKey(PROPOSALS, proposal_id(self.snapshot, position)) for position in positions]
        return Touches(entries=(*proposals, *map(compared_key, positions)))


@dataclass(frozen=True, slots=True)
class Compared:
    """The command with what the ledger said at its time, position by position."""

    name: ClassVar[str] = ProposeCounts.name
    reply: ClassVar[type] = CountsProposed

    asked: ProposeCounts
    then: Sequence[BalanceThen | None]

    def touches(self) -> Touches:
        return self.asked.touches()

    def decide(self, ledger: Ledger) -> CountsProposed:
        snapshot, at = self.asked.snapshot, self.asked.at.astimezone(UTC)
        if at > ledger.now:
            raise InvalidInput("a snapshot cannot be of a time to come", field="at")
        same, proposed = 0, []
        for line, then in zip(self.asked.lines, self.then, strict=True):
            on_hand, version = (0, 0) if then is None else (then.balances.on_hand, then.version)
            found = CountProposal(
                snapshot, line.goods, line.node, line.owner, line.lot, at, line.counted, on_hand, version
            )
            _enter_compared(ledger, found)
            entry = ledger.entry(PROPOSALS, found.id)
            known = None if entry is None else CountProposal.of(entry.facts)
            if not found.difference:
                same += 1
                if known is not None and known.status == OPEN:
                    withdrawn = found.decided(WITHDRAWN, "the snapshot agrees", ledger.act.actor)
                    ledger.write_entry(PROPOSALS, found.id, withdrawn.facts())
                continue
            if known is None or (
                known.status in (OPEN, WITHDRAWN) and not (known.says(found) and known.status == OPEN)
            ):
                ledger.write_entry(PROPOSALS, found.id, found.facts())
                known = found
            proposed.append(proposed_count(known))
        return CountsProposed(snapshot, same, tuple(proposed))


def _enter_compared(ledger: Ledger, found: CountProposal) -> None:
    """Say that this snapshot compared the position, unless one of the same time or a later one did."""
    register, code = compared_key(found.position)
    entry = ledger.entry(register, code)
    if entry is None or LastCompared.of(entry.facts).at < found.at:
        ledger.write_entry(register, code, LastCompared(found.snapshot, found.at).facts())


class ProposeCountsHandler:
    """Looks up what the ledger said at the snapshot's time, and has the differences entered."""

    def __init__(self, commit: Commit, registers: Registers, balances: BalanceReader) -> None:
        self._commit = commit
        self._registers = registers
        self._balances = balances

    async def __call__(self, call: Call, command: ProposeCounts) -> CountsProposed:
        """The reply. Raises UnknownGoods, UnknownNode and the like, InvalidInput, Unanswered."""
        refusal = await objection(call, self._registers, command.mentions())
        then: Sequence[BalanceThen | None]
        try:
            at = command.at.astimezone(UTC)
            then = [await self._balances.balance_by_time(call.tenant, line.key, at) for line in command.lines]
        except StoreError as error:
            raise Unavailable(f"the ledger cannot be read: {error}", request=call.request) from error
        except Refusal as archived:
            refusal, then = archived, ()
        return await self._commit.submit(call, or_turned_down(Compared(command, then), refusal), asked=command)


def proposed_count(known: CountProposal) -> ProposedCount:
    return ProposedCount(
        known.id,
        known.goods,
        known.node,
        known.owner,
        known.lot,
        known.counted,
        known.on_hand,
        known.difference,
        known.status,
    )
