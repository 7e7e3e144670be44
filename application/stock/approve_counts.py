"""Approve counts: what a snapshot proposed is counted, on top of all that moved since."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.ports import StoreError
from application.kernel.register_pages import RegisterReader
from application.kernel.turned_down import TurnedDown, or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.count_stock import MAX_DISPLACED, CountedLine, CountStock, StockCounted
from application.stock.handle import Mentions, objection
from application.stock.lines import bounded, reasoned
from application.stock.ports import Registers, ReservationsHolding
from application.stock.queries import BalanceReader, LinePlace, MovementReader, OfAccount
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.count import CountBelowPromised
from domain.stock.position import COUNT_GAIN, COUNT_LOSS
from domain.stock.proposal import (
    APPROVED,
    PROPOSALS,
    CountProposal,
    LastCompared,
    ProposalMoved,
    ProposalStale,
    ProposalUnknown,
    compared_key,
)

MAX_SINCE: Final = 2_000
"""Most movements since the snapshot that are looked through."""

ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class ApproveCounts:
    """Count 1 to 500 proposed differences, all or none; a reason is required, the actor is the call's.

    The difference is added to what lies there now. Refused: `proposal.unknown`; `proposal.decided`; `proposal.stale`
    when the position was counted since the snapshot, or compared with one of a later time, or cannot lack so much any
    more; `proposal.moved` (retryable); `stock.promised` as a count is.
    """

    name: ClassVar[str] = "ApproveCounts"
    reply: ClassVar[type] = StockCounted

    proposals: tuple[str, ...]
    reason: str

    def __post_init__(self) -> None:
        listed(self.proposals)
        reasoned(self.reason)

    def touches(self) -> Touches:
        return Touches(entries=tuple(EntryKey(PROPOSALS, id) for id in self.proposals))


@dataclass(frozen=True, slots=True)
class Looked:
    """A proposal as it was read: `version` of its position by then, and `because` of what it is stale, or ""."""

    proposal: CountProposal
    version: int
    because: str


@dataclass(frozen=True, slots=True)
class Approved:
    """The command with what was found of its proposals."""

    name: ClassVar[str] = ApproveCounts.name
    reply: ClassVar[type] = StockCounted

    asked: ApproveCounts
    looked: Mapping[str, Looked]

    def touches(self) -> Touches:
        positions = [each.proposal.position for each in self.looked.values()]
        entries = (*self.asked.touches().entries, *map(compared_key, positions))
        return Touches(entries=entries, accounts=tuple(position.key for position in positions))

    def mentions(self) -> Mentions:
        found = [each.proposal for each in self.looked.values()]
        return Mentions([each.goods for each in found], [each.node for each in found])

    def decide(self, ledger: Ledger) -> StockCounted:
        entries = {id: ledger.entry(PROPOSALS, id) for id in self.asked.proposals}
        missing = [id for id, entry in entries.items() if entry is None or id not in self.looked]
        if missing:
            raise ProposalUnknown(f"no such proposals: {', '.join(missing)[:300]}", proposals=missing)
        counted = []
        for id, entry in entries.items():
            assert entry is not None
            proposal, looked = CountProposal.of(entry.facts), self.looked[id]
            proposal.require_open()
            account = ledger.account(proposal.position.key)
            if account.version != looked.version or not proposal.says(looked.proposal):
                raise ProposalMoved(f"{account.key} moved while it was compared", proposal=id)
            if because := looked.because or _compared_later(ledger, proposal):
                raise _stale(proposal, because)
            now = account.balances.on_hand + proposal.difference
            if now < 0:
                raise _stale(
                    proposal, f"{-proposal.difference} are said to be missing, {account.balances.on_hand} are there"
                )
            counted.append(CountedLine(proposal.goods, proposal.node, now, proposal.owner, proposal.lot))
            decided = proposal.decided(APPROVED, self.asked.reason, ledger.act.actor)
            ledger.write_entry(PROPOSALS, id, decided.facts())
        return CountStock(tuple(counted), self.asked.reason).decide(ledger)


class ApproveCountsHandler:
    """Looks up what happened since the snapshot, and has the differences counted where nothing stands against it."""

    def __init__(
        self,
        commit: Commit,
        registers: Registers,
        reader: RegisterReader,
        balances: BalanceReader,
        movements: MovementReader,
        holders: ReservationsHolding,
    ) -> None:
        self._commit = commit
        self._registers = registers
        self._reader = reader
        self._balances = balances
        self._movements = movements
        self._holders = holders

    async def __call__(self, call: Call, command: ApproveCounts) -> StockCounted:
        """The reply. Raises what the command refuses (CountBelowPromised with `reservations`), Unanswered."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                looked = await self._look(call.tenant, command.proposals)
            except StoreError as error:
                raise Unavailable(f"the ledger cannot be read: {error}", request=call.request) from error
            except Refusal as archived:
                down = TurnedDown[StockCounted](command, archived, command.touches())
                return await self._commit.submit(call, down, asked=command)
            approved = Approved(command, looked)
            try:
                refusal = await objection(call, self._registers, approved.mentions())
                return await self._commit.submit(call, or_turned_down(approved, refusal), asked=command)
            except ProposalMoved:
                if attempt == ATTEMPTS:
                    raise
            except CountBelowPromised as refused:
                with contextlib.suppress(StoreError):
                    held = await self._holders.holding(call.tenant, refused.position.key, MAX_DISPLACED)
                    refused.facts["reservations"] = [holder._asdict() for holder in held]
                raise
        raise AssertionError("unreachable")

    async def _look(self, tenant: str, ids: Sequence[str]) -> dict[str, Looked]:
        found = {}
        for id in ids:
            entries = await self._reader.entries(tenant, PROPOSALS, id, "", 1)
            if entries and entries[0].key.code == id:
                found[id] = await self._since(tenant, CountProposal.of(entries[0].facts))
        return found

    async def _since(self, tenant: str, proposal: CountProposal) -> Looked:
        """What happened on the position since the snapshot."""
        key = proposal.position.key
        then = await self._balances.balance_by_time(tenant, key, proposal.at)
        if (0 if then is None else then.version) != proposal.version:
            # It was compared while a transaction of its time was under way.
            return Looked(proposal, await self._latest(tenant, proposal), "it was compared with a ledger still moving")
        since = await self._movements.movements(
            tenant, OfAccount(key), LinePlace(0, 0, proposal.version) if proposal.version else None, MAX_SINCE + 1
        )
        version = since[-1].movement.version if since else proposal.version
        if len(since) > MAX_SINCE:
            return Looked(proposal, await self._latest(tenant, proposal), f"more than {MAX_SINCE} movements came since")
        for each in since:
            if each.movement.kind in (COUNT_GAIN, COUNT_LOSS):
                at = each.movement.at.isoformat()
                return Looked(proposal, version, f"it was counted since, at {at} by {each.movement.act.request}")
        return Looked(proposal, version, "")

    async def _latest(self, tenant: str, proposal: CountProposal) -> int:
        end = proposal.at.max.replace(tzinfo=proposal.at.tzinfo)
        found = await self._balances.balance_by_time(tenant, proposal.position.key, end)
        return 0 if found is None else found.version


def listed(proposals: Sequence[str]) -> None:
    """Raises InvalidInput unless there are 1 to 500 of them, each once."""
    bounded(proposals, "proposals")
    for id in proposals:
        identifier(id, "proposal")
    if len(set(proposals)) != len(proposals):
        raise InvalidInput("a proposal is named twice", field="proposals")


def _compared_later(ledger: Ledger, proposal: CountProposal) -> str:
    """Which later snapshot saw the position, agreeing or not; empty where none did."""
    entry = ledger.entry(*compared_key(proposal.position))
    last = None if entry is None else LastCompared.of(entry.facts)
    if last is None or last.at <= proposal.at:
        return ""
    return f"snapshot {last.snapshot} compared it later, as of {last.at.isoformat()}"


def _stale(proposal: CountProposal, because: str) -> ProposalStale:
    return ProposalStale(
        f"proposal {proposal.id} is stale: {because}",
        proposal=proposal.id,
        position=proposal.position.key.named(),
        because=because,
    )
