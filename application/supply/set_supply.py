"""Set supply (供货关系): say all that can satisfy a SKU."""

from asyncio import Lock
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.enter import EntriesWritten, entered, touched, written
from application.kernel.entries import Followed
from application.kernel.ports import StoreError
from application.kernel.unanswered import Unavailable
from application.supply.ports import Registers
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput, Refusal
from domain.supply.book import SupplyBook
from domain.supply.item import SKUS, UnknownSku
from domain.supply.mapping import SUPPLY, Supply
from domain.supply.nesting import NESTING, ONLY

MAX_MAPPINGS_AT_ONCE: Final = 2_000
"""Most mappings of one command, over all its SKUs."""

TRIES: Final = 5


class SupplyMoved(Refusal):
    """Other processes kept changing which kits hold which SKUs while this was being checked against it.

    Send it again.
    """

    code = "supply.moved"
    retryable = True


@dataclass(frozen=True, slots=True)
class SetSupply:
    """Say all mappings of 1 to 500 SKUs, all or none; what says what is known already changes nothing.

    Refused: `sku.unknown`, `goods.*` of the parts, `supply.contradicts`, `supply.cycle`, `supply.too_deep`.
    """

    name: ClassVar[str] = "SetSupply"
    reply: ClassVar[type] = EntriesWritten

    supplies: tuple[Supply, ...]

    def __post_init__(self) -> None:
        entered(self.supplies, "supplies")
        if sum(len(supply.mappings) for supply in self.supplies) > MAX_MAPPINGS_AT_ONCE:
            raise InvalidInput(
                f"a command names at most {MAX_MAPPINGS_AT_ONCE} mappings", field="supplies", most=MAX_MAPPINGS_AT_ONCE
            )

    @property
    def nests(self) -> bool:
        """Whether it says that a SKU holds another."""
        return any(supply.skus() for supply in self.supplies)

    def touches(self) -> Touches:
        skus = dict.fromkeys(
            EntryKey(SKUS, code) for supply in self.supplies for code in (supply.sku, *sorted(supply.skus()))
        )
        nesting = (EntryKey(NESTING, ONLY),) if self.nests else ()
        return Touches(entries=(*touched(SUPPLY, self.supplies).entries, *skus, *nesting))


@dataclass(slots=True)
class SupplyChecked:
    """The ledger's part: the caller's wish, what spoke against it before the queue, and what that was judged by."""

    name: ClassVar[str] = SetSupply.name
    reply: ClassVar[type] = EntriesWritten

    asked: SetSupply
    objection: Refusal | None
    nesting: int

    def touches(self) -> Touches:
        return self.asked.touches()

    def decide(self, ledger: Ledger) -> EntriesWritten:
        if self.objection is not None:
            raise self.objection
        self._known(ledger)
        for supply in self.asked.supplies:
            supply.check()
        known = [ledger.entry(SUPPLY, supply.sku) for supply in self.asked.supplies]
        said = [supply.facts() for supply in self.asked.supplies]
        news = [entry is None or entry.facts != facts for entry, facts in zip(known, said, strict=True)]
        if any(new and supply.skus() for new, supply in zip(news, self.asked.supplies, strict=True)):
            self._count(ledger)
        entries = []
        for supply, entry, facts, new in zip(self.asked.supplies, known, said, news, strict=True):
            if entry is None or new:
                entry = ledger.write_entry(SUPPLY, supply.sku, facts)
                ledger.tell("SupplySet", supply, subject=f"{SUPPLY}:{supply.sku}", number=entry.version)
            entries.append(entry)
        return written(SUPPLY, entries)

    def _count(self, ledger: Ledger) -> None:
        """Steps are added: raises SupplyMoved where others were, that this was not judged by."""
        counted = ledger.entry(NESTING, ONLY)
        if (counted.version if counted else 0) != self.nesting:
            raise SupplyMoved("which kits hold which SKUs changed while this was checked", tries=TRIES)
        ledger.write_entry(NESTING, ONLY, {"active": True})

    def _known(self, ledger: Ledger) -> None:
        named = (code for supply in self.asked.supplies for code in (supply.sku, *sorted(supply.skus())))
        missing = [code for code in dict.fromkeys(named) if ledger.entry(SKUS, code) is None]
        if missing:
            raise UnknownSku(f"no item has them: {', '.join(missing)}", codes=missing)


class SetSupplyHandler:
    """Checks the registers and how kits nest, and commits.

    How kits nest is judged by this process's view. A command that adds to it names the version it was judged by, and is
    judged anew where another process was faster; within the process such commands take turns.
    """

    def __init__(self, commit: Commit, registers: Registers, books: Followed[SupplyBook]) -> None:
        self._commit = commit
        self._registers = registers
        self._books = books
        self._turn = Lock()

    async def __call__(self, call: Call, command: SetSupply) -> EntriesWritten:
        """Raises UnknownSku, SupplyContradicts, SupplyCycle, SupplyTooDeep, SupplyMoved, `goods.*`, Unanswered."""
        if not command.nests:
            return await self._set(call, command)
        async with self._turn:
            for _ in range(TRIES - 1):
                with suppress(SupplyMoved):
                    return await self._set(call, command)
            return await self._set(call, command)

    async def _set(self, call: Call, command: SetSupply) -> EntriesWritten:
        checked: Any = await self._checked(call, command)
        try:
            reply: EntriesWritten = await self._commit.submit(call, checked, asked=command)
        finally:
            self._books.look_again()
        return reply

    async def _checked(self, call: Call, command: SetSupply) -> SupplyChecked:
        try:
            book = await self._books.of(call.tenant)
            await self._registers.require(call.tenant, set().union(*(each.goods() for each in command.supplies)), ())
        except Refusal as refusal:
            return SupplyChecked(command, refusal, 0)
        except StoreError as error:
            raise Unavailable(f"the registers cannot be read: {error}", request=call.request) from error
        nesting = book.nesting
        return SupplyChecked(
            command, nesting.objection({each.sku: each.skus() for each in command.supplies}), nesting.version
        )
