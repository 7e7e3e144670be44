"""What commands on registers share: their answer and their bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from application.kernel.command import Command, Touches
from domain.kernel.books import Entry, EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput, Refusal

MAX_ENTRIES: Final = 500
"""Most entries of one command; more are several commands, each with its own request id."""


@dataclass(frozen=True, slots=True)
class EntryAfter:
    """A register entry after the command: its version (1 when it is new) and whether commands may name it."""

    code: str
    version: int
    active: bool


@dataclass(frozen=True, slots=True)
class EntriesWritten:
    """The entries of one register that a command wrote, in the order given."""

    register: str
    entries: tuple[EntryAfter, ...]


class RegisterCommand(Command[EntriesWritten], Protocol):
    """A command that writes entries of one register."""


class Coded(Protocol):
    @property
    def code(self) -> str: ...


Item = TypeVar("Item", bound=Coded)


def entered(items: Sequence[Item], what: str) -> None:
    """Raises InvalidInput unless there are 1 to MAX_ENTRIES of them, each code once."""
    if not 1 <= len(items) <= MAX_ENTRIES:
        raise InvalidInput(f"a command names 1 to {MAX_ENTRIES} {what}", field=what, most=MAX_ENTRIES)
    seen: set[str] = set()
    for item in items:
        if item.code in seen:
            raise InvalidInput(f"{item.code} is given twice", field=what, given_twice=item.code)
        seen.add(item.code)


def touched(register: str, items: Sequence[Coded]) -> Touches:
    return Touches(entries=tuple(EntryKey(register, item.code) for item in items))


def registered(
    ledger: Ledger, register: str, items: Sequence[Item], unknown: type[Refusal]
) -> list[tuple[Item, Entry]]:
    """Each with its entry. Raises `unknown`, naming all codes that have none."""
    known: list[tuple[Item, Entry]] = []
    missing: list[str] = []
    for item in items:
        entry = ledger.entry(register, item.code)
        if entry is None:
            missing.append(item.code)
        else:
            known.append((item, entry))
    if missing:
        raise unknown(f"not registered: {', '.join(missing)}", codes=missing)
    return known


def written(register: str, entries: Sequence[Entry]) -> EntriesWritten:
    return EntriesWritten(
        register, tuple(EntryAfter(entry.key.code, entry.version, entry.facts["active"]) for entry in entries)
    )
