"""Index events: a consumer of the ledger's events that keeps the index up with what they tell.

What an event tells whole is made a document of as it is told; what it tells too little of is read from the ledger, and
may then be later than the event. Versions decide: late and repeated events change nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from application.kernel.broker import Delivery, NotNow, Poison
from application.kernel.outbox import Message
from application.kernel.ports import Codec, StoreError
from application.search.batching import Batching
from application.search.documents import (
    AccountsOf,
    Document,
    DocumentKind,
    EntriesOf,
    MovementsOfAll,
    ReservationsOfAll,
)
from application.search.kinds import document_of, of_account, of_entry
from application.search.ports import IndexUnavailable, Made, Records, SearchIndex
from domain.kernel.account import Account, AccountKind
from domain.kernel.movement import Balances

GROUP: Final = "search"
"""The group of consumers, and the name under which what it cannot take is parked."""

BALANCES_CHANGED: Final = "BalancesChanged"
MOVEMENTS_AT_ONCE: Final = 500


@dataclass(slots=True)
class BalancesTold:
    """The data of BalancesChanged."""

    kind: str
    key: Mapping[str, str]
    version_before: int
    version: int
    available: int
    reserved: int
    allocated: int
    in_transit: int
    held: int
    floor: int


def nobody(seconds: float) -> None:
    """Counts nothing."""


class IndexEvents:
    """Handles one event: returns when all that it changes is in the index."""

    def __init__(
        self,
        index: SearchIndex,
        records: Records,
        kinds: Iterable[DocumentKind],
        accounts: Mapping[str, AccountKind],
        codec: Codec,
        clock: Callable[[], datetime],
        most: int = 500,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._codec = codec
        self._clock = clock
        self._of_accounts = {kind.source.kind: kind for kind in kinds if isinstance(kind.source, AccountsOf)}
        self._of_entries = {kind.source.register: kind for kind in kinds if isinstance(kind.source, EntriesOf)}
        self._of_movements = [kind for kind in kinds if isinstance(kind.source, MovementsOfAll)]
        self._of_reservations = [kind for kind in kinds if isinstance(kind.source, ReservationsOfAll)]
        self._most = most
        self.batching = Batching(index.put, most)
        self.on_lag: Callable[[float], None] = nobody
        self.failures = 0

    async def __call__(self, delivery: Delivery) -> None:
        """Raises NotNow, Poison, DocumentRefused."""
        await self._take([delivery.message], self.documents(delivery.message))

    async def together(self, messages: Sequence[Message]) -> None:
        """Take all of these; what they tell too little of is read in one look. Raises what is wrong with any."""
        await self._take(messages, self._documents_of(messages))

    async def _take(self, messages: Sequence[Message], documents: Awaitable[Sequence[Document]]) -> None:
        try:
            found = await documents
            for at in range(0, len(found), self._most):
                await self.batching(found[at : at + self._most])
        except (IndexUnavailable, StoreError) as error:
            self.failures += 1
            raise NotNow(str(error)) from error
        now = self._clock()
        for each in messages:
            self.on_lag(max(0.0, (now - each.at).total_seconds()))

    async def _documents_of(self, messages: Sequence[Message]) -> Sequence[Document]:
        documents: list[Document] = []
        made: dict[str, list[Made]] = {}
        told: dict[str, set[str]] = {}
        for each in messages:
            head, _, id = each.subject.partition(":")
            if each.type == BALANCES_CHANGED:
                position, moved = self._balances(each)
                if moved.upto - moved.after > MOVEMENTS_AT_ONCE:
                    documents += await self._of_balances(each)
                    continue
                documents += position
                made.setdefault(each.tenant, []).append(moved)
            elif head == "reservation":
                told.setdefault(each.tenant, set()).add(id)
            else:
                documents += await self.documents(each)
        if self._of_movements:
            for tenant, wanted in made.items():
                for some in _looks(wanted):
                    moves = await self._records.movements_of(tenant, some)
                    documents += [document_of(kind, tenant, move) for move in moves for kind in self._of_movements]
        if self._of_reservations:
            for tenant, ids in told.items():
                found = await self._records.reservations_of(tenant, ids)
                documents += [document_of(kind, tenant, each) for each in found for kind in self._of_reservations]
        return documents

    async def documents(self, message: Message) -> Sequence[Document]:
        """What the event changes; of what is not searched for, nothing. Raises Poison, StoreError."""
        head, _, id = message.subject.partition(":")
        if message.type == BALANCES_CHANGED:
            return await self._of_balances(message)
        if head == "reservation":
            found = await self._records.reservation(message.tenant, id) if self._of_reservations else None
            # A tombstone may be purged by now: then there is nothing to find.
            return [document_of(kind, message.tenant, found) for kind in self._of_reservations] if found else []
        kind = self._of_entries.get(head)
        if kind is None:
            return []
        facts = self._read(message, dict[str, Any])
        return [of_entry(kind, message.tenant, id, facts, message.number, message.at)]

    async def _of_balances(self, message: Message) -> Sequence[Document]:
        documents, (key, before, version) = self._balances(message)
        while self._of_movements and before < version:
            limit = min(MOVEMENTS_AT_ONCE, version - before)
            moved = await self._records.movements(message.tenant, key, before, limit)
            documents += [document_of(kind, message.tenant, each) for each in moved for kind in self._of_movements]
            if len(moved) < limit:
                break  # archived since: what was indexed of them stays
            before = moved[-1].version
        return documents

    def _balances(self, message: Message) -> tuple[list[Document], Made]:
        """The account as it was told, and the versions that the event is about. Raises Poison."""
        told: BalancesTold = self._read(message, BalancesTold)
        known = self._accounts.get(told.kind)
        if known is None or set(told.key) != set(known.dimensions):
            raise Poison(f"accounts of the kind {told.kind!r} are not known here")
        key = known.key(*(told.key[name] for name in known.dimensions))
        documents: list[Document] = []
        if (kind := self._of_accounts.get(told.kind)) is not None:
            balances = Balances(told.available, told.reserved, told.allocated, told.in_transit, told.held)
            account = Account(key, balances, told.version, told.floor, changed_at=message.at)
            documents.append(of_account(kind, message.tenant, account))
        return documents, Made(key, told.version_before, told.version)

    def _read(self, message: Message, shape: Any) -> Any:
        try:
            return self._codec.decode(message.data, shape)
        except ValueError as error:
            raise Poison(f"{message.type} cannot be read: {error}") from error


def _looks(wanted: Iterable[Made]) -> Iterator[Sequence[Made]]:
    """What is read in one look each: of any number of accounts, some MOVEMENTS_AT_ONCE movements."""
    look: list[Made] = []
    movements = 0
    for each in wanted:
        look.append(each)
        movements += each.upto - each.after
        if movements >= MOVEMENTS_AT_ONCE:
            yield look
            look, movements = [], 0
    if look:
        yield look
