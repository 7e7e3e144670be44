"""Reject counts: what a snapshot proposed is not counted."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.stock.approve_counts import listed
from application.stock.handle import NOTHING, Mentions
from application.stock.lines import reasoned
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.stock.proposal import PROPOSALS, REJECTED, CountProposal, ProposalUnknown


@dataclass(frozen=True, slots=True)
class CountsRejected:
    """Which proposals were rejected, why, and by whom."""

    proposals: tuple[str, ...]
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class RejectCounts:
    """Reject 1 to 500 proposed differences, all or none; a reason is required.

    Refused: `proposal.unknown`, `proposal.decided`.
    """

    name: ClassVar[str] = "RejectCounts"
    reply: ClassVar[type] = CountsRejected

    proposals: tuple[str, ...]
    reason: str

    def __post_init__(self) -> None:
        listed(self.proposals)
        reasoned(self.reason)

    def mentions(self) -> Mentions:
        return NOTHING

    def touches(self) -> Touches:
        return Touches(entries=tuple(EntryKey(PROPOSALS, id) for id in self.proposals))

    def decide(self, ledger: Ledger) -> CountsRejected:
        entries = [(id, ledger.entry(PROPOSALS, id)) for id in self.proposals]
        missing = [id for id, entry in entries if entry is None]
        if missing:
            raise ProposalUnknown(f"no such proposals: {', '.join(missing)[:300]}", proposals=missing)
        for id, entry in entries:
            if entry is not None:
                proposal = CountProposal.of(entry.facts)
                proposal.require_open()
                decided = proposal.decided(REJECTED, self.reason, ledger.act.actor)
                ledger.write_entry(PROPOSALS, id, decided.facts())
        return CountsRejected(self.proposals, self.reason, ledger.act.actor)
