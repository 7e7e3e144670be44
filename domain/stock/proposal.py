"""Count proposals: what an outside system says lies somewhere, against what the ledger said at that time."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from domain.kernel.books import EntryKey
from domain.kernel.quantity import MAX_BALANCE, identifier, whole
from domain.kernel.refusal import Refusal
from domain.stock.position import NONE, Position

PROPOSALS: Final = "count_proposal"
"""The register that proposals are entered in."""

COMPARED: Final = "count_compared"
"""The register that says, position by position, which snapshot compared it last."""

MAX_SNAPSHOT: Final = 100

OPEN: Final = "open"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
WITHDRAWN: Final = "withdrawn"
STATUSES: Final = (OPEN, APPROVED, REJECTED, WITHDRAWN)


class ProposalUnknown(Refusal):
    """There are no proposals of these ids (`proposals`).

    List them to find their ids; a snapshot that agrees with the ledger proposes nothing.
    """

    code = "proposal.unknown"


class ProposalDecided(Refusal):
    """The proposal is no longer open (`status`): it was approved or rejected, or its snapshot was corrected.

    Nothing is to be done; to change what was decided, count the position.
    """

    code = "proposal.decided"


class ProposalStale(Refusal):
    """Since the snapshot something happened that it cannot be reconciled with (`because`).

    Reject the proposal, and take in a newer snapshot of the position.
    """

    code = "proposal.stale"


class ProposalMoved(Refusal):
    """The positions move too fast for the proposal to be compared with them.

    Send it again a little later; or approve fewer proposals at once.
    """

    code = "proposal.moved"
    retryable = True


@dataclass(frozen=True, slots=True)
class CountProposal:
    """`counted` were there `at` a time, a snapshot says; the ledger said `on_hand`, at `version` of the position.

    What is proposed is the `difference`, not the number: what moved since then has moved in both.
    """

    snapshot: str
    goods: str
    node: str
    owner: str
    lot: str
    at: datetime
    counted: int
    on_hand: int
    version: int
    status: str = OPEN
    reason: str = ""
    actor: str = ""

    def __post_init__(self) -> None:
        snapshot_id(self.snapshot)
        whole(self.counted, "counted", least=0, most=MAX_BALANCE)

    @property
    def id(self) -> str:
        return proposal_id(self.snapshot, self.position)

    @property
    def position(self) -> Position:
        return Position(self.goods, self.node, self.owner, self.lot)

    @property
    def difference(self) -> int:
        """Units found beyond the ledger (more than 0), or missing (less)."""
        return self.counted - self.on_hand

    def require_open(self) -> None:
        """Raises ProposalDecided."""
        if self.status != OPEN:
            raise ProposalDecided(f"proposal {self.id} is {self.status}", proposal=self.id, status=self.status)

    def decided(self, status: str, reason: str, actor: str) -> "CountProposal":
        return replace(self, status=status, reason=reason, actor=actor)

    def says(self, other: "CountProposal") -> bool:
        """Whether both compare the same things."""
        mine, theirs = ((each.at, each.counted, each.on_hand, each.version) for each in (self, other))
        return mine == theirs

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "CountProposal":
        """The proposal that an entry keeps."""
        return cls(**{**facts, "at": datetime.fromisoformat(facts["at"])})


@dataclass(frozen=True, slots=True)
class LastCompared:
    """The snapshot of the latest time that named a position, whether it differed or agreed.

    What an earlier one proposed is not to be counted any more: the later one saw what became of it.
    """

    snapshot: str
    at: datetime

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps."""
        return {"snapshot": self.snapshot, "at": self.at.isoformat()}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "LastCompared":
        """What an entry keeps."""
        return cls(facts["snapshot"], datetime.fromisoformat(facts["at"]))


def snapshot_id(value: object) -> str:
    """`value` if it can name a snapshot. Raises InvalidInput."""
    return identifier(value, "snapshot", most=MAX_SNAPSHOT)


def proposal_id(snapshot: str, position: Position) -> str:
    """The same for the same position of the same snapshot, however often it comes."""
    return f"{snapshot}:{_digest(position)[:16]}"


def compared_key(position: Position) -> EntryKey:
    """Where it is entered which snapshot compared the position last."""
    return EntryKey(COMPARED, _digest(position))


def _digest(position: Position) -> str:
    said = "\0".join((position.goods, position.node, position.owner, position.lot, NONE))
    return hashlib.sha256(said.encode()).hexdigest()
