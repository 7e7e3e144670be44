"""What the commands of warehouse share: things of a register that are said whole."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command, Touches
from application.kernel.enter import EntriesWritten
from application.kernel.entries import EnterHandler
from application.kernel.ports import StoreError
from application.kernel.turned_down import or_turned_down
from application.kernel.unanswered import Unavailable
from application.warehouse.ports import Registers
from domain.kernel.books import Entry, EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import Refusal


class Kept(Protocol):
    """Something that an entry keeps."""

    @property
    def code(self) -> str: ...

    def facts(self) -> dict[str, Any]: ...


K = TypeVar("K", bound=Kept)
Facts = Mapping[str, Any]
Of = Callable[[str, Facts], K]
"""What an entry of this code with these facts keeps."""


def touching(register: str, things: Iterable[Kept], *others: tuple[str, Iterable[str]]) -> Touches:
    """The entries of the things, and of others that they name: each a register and codes, of which empty name none."""
    keys = [EntryKey(register, thing.code) for thing in things]
    keys.extend(EntryKey(other, code) for other, codes in others for code in codes if code)
    return Touches(entries=tuple(dict.fromkeys(keys)))


@dataclass(frozen=True, slots=True)
class EntryTold:
    """What an event says of an entry: all that it keeps."""

    code: str
    facts: Facts


def set_entry(ledger: Ledger, register: str, event: str, thing: K, of: Of[K]) -> Entry:
    """The entry after the thing was said: written and told, unless it says what is known.

    What was read back from a database has lists for tuples: things are compared, not facts.
    """
    known = ledger.entry(register, thing.code)
    if known is not None and of(thing.code, known.facts) == thing:
        return known
    entry = ledger.write_entry(register, thing.code, thing.facts())
    ledger.tell(event, EntryTold(thing.code, entry.facts), subject=f"{register}:{thing.code}", number=entry.version)
    return entry


def require(ledger: Ledger, register: str, codes: Collection[str], unknown: type[Refusal]) -> None:
    """Raises `unknown` with those of the codes that have no entry; empty ones name none."""
    missing = sorted({code for code in codes if code and ledger.entry(register, code) is None})
    if missing:
        raise unknown(f"not entered: {', '.join(missing[:10])}", codes=missing)


class Mentions(NamedTuple):
    """The goods and nodes that must be registered and active."""

    goods: Collection[str] = ()
    nodes: Collection[str] = ()


class Mentioning(Command[EntriesWritten], Protocol):
    """A command that names what stock has registered."""

    def mentions(self) -> Mentions: ...


class EnterRegisteredHandler:
    """Handles commands that name goods and nodes of the registers of stock."""

    def __init__(self, enter: EnterHandler, registers: Registers) -> None:
        self._enter = enter
        self._registers = registers

    async def __call__(self, call: Call, command: Mentioning) -> EntriesWritten:
        """The command's reply. Raises `goods.*`, `node.*`, the command's refusals, Unanswered."""
        mentions, refusal = command.mentions(), None
        try:
            await self._registers.require(call.tenant, mentions.goods, mentions.nodes)
        except Refusal as objected:
            refusal = objected
        except StoreError as error:
            raise Unavailable(f"the registers cannot be read: {error}", request=call.request) from error
        return await self._enter(call, or_turned_down(command, refusal), asked=command)
