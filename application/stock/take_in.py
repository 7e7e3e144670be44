"""Take in what an outside system tells: each thing as commands of ours, all or none, once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Protocol

from application.kernel.call import Call
from application.kernel.command import A_TURN, Commit, CommitTogether, Part, Records, Touches
from application.kernel.ports import StoreError
from application.kernel.register_pages import RegisterReader
from application.kernel.turned_down import or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.answers import PositionAfter, positions_after
from application.stock.count_earlier import with_what_was_there
from application.stock.handle import Mentions, StockCommand, objection
from application.stock.list_mappings import MAX_NAMES, Name, known_names
from application.stock.ports import Registers
from application.stock.queries import BalanceReader
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.mapping import Mapping

NAMES_A_TURN: Final = 200
"""So many names are read before others have their turn."""


class Known(Protocol):
    """What an outside system's names mean."""

    def get(self, name: Name, /) -> Mapping | None: ...


class Told(Protocol):
    """One thing that an outside system told, understood as far as its own words go."""

    @property
    def id(self) -> str:
        """What the system calls it, the same in every repeat."""
        ...

    @property
    def content(self) -> str:
        """All of it, in a canonical form: a repeat says the same."""
        ...

    def names(self) -> Iterable[Name]:
        """Whatever of it needs a meaning here."""
        ...

    def commands(self, known: Known) -> Sequence[StockCommand[Any]]:
        """What is to be done for it, in order, at least one. Raises Refusal."""
        ...


@dataclass(slots=True)
class TakenIn:
    """What was done for one thing that an outside system told: the commands by name, the positions after."""

    commands: tuple[str, ...]
    positions: tuple[PositionAfter, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is known by: what was told, and not what it meant when it came."""

    system: str
    id: str
    content: str


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Do in one transaction all that one told thing means. No caller sends it: it comes of what was translated.

    With `refusal` there was no meaning to be found. It is decided all the same: what was taken in before its names
    lost their meaning keeps its answer.
    """

    name: ClassVar[str] = "TakeIn"
    reply: ClassVar[type] = TakenIn

    asked: Asked
    commands: tuple[StockCommand[Any], ...] = ()
    refusal: Refusal | None = None

    def mentions(self) -> Mentions:
        mentioned = [command.mentions() for command in self.commands]
        return Mentions([g for each in mentioned for g in each.goods], [n for each in mentioned for n in each.nodes])

    def touches(self) -> Touches:
        parts = [command.touches() for command in self.commands]
        later = [part.then for part in parts if part.then is not None]

        def then(records: Records) -> Iterable[AccountKey]:
            for each in later:
                yield from each(records)

        return Touches(
            reservations=_once(r for part in parts for r in part.reservations),
            accounts=_once(a for part in parts for a in part.accounts),
            entries=_once(e for part in parts for e in part.entries),
            then=then if later else None,
        )

    def decide(self, ledger: Ledger) -> TakenIn:
        positions: dict[AccountKey, None] = {}
        for command in self.commands:
            command.decide(ledger)
            positions.update(dict.fromkeys(command.touches().accounts))
        return TakenIn(tuple(command.name for command in self.commands), positions_after(ledger, positions))


@dataclass(frozen=True, slots=True)
class TakeInTogether:
    """Do in one transaction all that several told things mean, or nothing. No caller sends it.

    Each stays a request of its own, under its call, and so known in whatever company it is told again.
    """

    parts: tuple[tuple[Call, TakeIn], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thing of a document: what it is, the line it begins in, the request it was taken in by."""

    id: str
    line: int
    about: str
    request: str
    became: TakenIn | Exception


Handle = Callable[[Call, Any], Awaitable[Any]]
"""Handles a TakeIn, or a TakeInTogether."""

Permit = Callable[[StockCommand[Any]], None]
"""Raises a Refusal for a command that whoever tells may not send."""


def anything(command: StockCommand[Any]) -> None:
    """Whoever tells may have all of it done."""


class Document(Protocol):
    """What an outside system told in one piece, read."""

    def __len__(self) -> int:
        """How many things it tells."""
        ...

    async def take_in(
        self, handle: Handle, call_of: Callable[[str], Call], permit: Permit = anything, *, together: bool = False
    ) -> Sequence[Outcome]:
        """What became of each thing, in order; `together`: all are done, or none. `call_of` makes the call of a
        request id. Raises StoreError; TooManyTogether, and Unanswered of what is done together.
        """
        ...


class Reads(Protocol):
    """Reads documents of one outside system: what a door hands a body to, of at most so many bytes that tell so many
    things.
    """

    most_bytes: int
    most_told: int

    def __call__(self, body: bytes) -> Document:
        """Raises the Refusal of a body that is no document of it."""
        ...


class TakeInHandler:
    """Handles one: the registers are asked for what all its commands mention, then it is committed."""

    def __init__(self, commit: Commit, registers: Registers, balances: BalanceReader) -> None:
        self._commit = commit
        self._registers = registers
        self._balances = balances

    async def __call__(self, call: Call, command: TakeIn) -> TakenIn:
        """The reply. Raises what its commands refuse, or why it has none; Unanswered."""
        part = await _part(call, await self._with_what_was_there(call, command), self._registers)
        reply: TakenIn = await self._commit.submit(*part)
        return reply

    async def _with_what_was_there(self, call: Call, command: TakeIn) -> TakeIn:
        """The same, where a count of an earlier time knows what lay there then. Raises Unavailable."""
        try:
            commands = [await with_what_was_there(self._balances, call.tenant, each) for each in command.commands]
        except Refusal as older:  # than what the ledger still has
            return replace(command, refusal=older)
        except StoreError as error:
            raise Unavailable(f"the ledger cannot be read: {error}", request=call.request) from error
        return replace(command, commands=tuple(commands))


class TakeInTogetherHandler:
    """Handles several of them: all are committed, or none."""

    def __init__(self, commit: CommitTogether, registers: Registers) -> None:
        self._commit = commit
        self._registers = registers

    async def __call__(self, call: Call, command: TakeInTogether) -> Sequence[object]:
        """The reply of each, or what was raised instead. Raises TooManyTogether; Unanswered where none was decided."""
        parts = []
        for number, (of, each) in enumerate(command.parts):
            if number % A_TURN == A_TURN - 1:
                await asyncio.sleep(0)  # others have their turn
            parts.append(await _part(of, each, self._registers))
        return await self._commit.submit_together(call, parts)


async def _part(call: Call, command: TakeIn, registers: Registers) -> Part:
    """What is committed for it: the command, or why not."""
    refusal = command.refusal or await objection(call, registers, command.mentions())
    return Part(call, or_turned_down(command, refusal), command.asked)


async def take_in(
    handle: Handle,
    reader: RegisterReader,
    system: str,
    told: Sequence[tuple[Call, Told]],
    permit: Permit = anything,
) -> Sequence[TakenIn | Exception]:
    """What became of each thing told, in order: done in the order told where they touch the same.

    Raises StoreError, and InvalidInput for more names than are looked up.
    """
    last: dict[Hashable, asyncio.Task[TakenIn | Exception]] = {}
    tasks = []
    understood = await _understood(reader, system, told, permit)
    async with asyncio.TaskGroup() as group:
        for number, (call, command, touched) in enumerate(understood):
            if number % A_TURN == A_TURN - 1:
                await asyncio.sleep(0)  # others have their turn
            keys = [("request", call.request), *touched.reservations, *touched.accounts, *touched.entries]
            before = {last[key] for key in keys if key in last}
            task = group.create_task(_one(handle, call, command, before))
            last.update(dict.fromkeys(keys, task))
            tasks.append(task)
    return [task.result() for task in tasks]


async def take_in_together(
    handle: Handle,
    reader: RegisterReader,
    system: str,
    told: Sequence[tuple[Call, Told]],
    permit: Permit = anything,
) -> Sequence[TakenIn | Exception]:
    """What became of each thing told, in order, where all are taken in or none. Raises as `take_in`; TooManyTogether,
    and Unanswered where none was decided.
    """
    parts = tuple((call, command) for call, command, _ in await _understood(reader, system, told, permit))
    became: Sequence[TakenIn | Exception] = await handle(told[0][0], TakeInTogether(parts))
    return became


async def _understood(
    reader: RegisterReader, system: str, told: Sequence[tuple[Call, Told]], permit: Permit
) -> list[tuple[Call, TakeIn, Touches]]:
    """What is to be done for each, and what that touches. Raises StoreError, InvalidInput."""
    turns, names, weights = _Turns(), set[Name](), list[int]()
    for _, each in told:
        weight = 1
        for name in each.names():
            names.add(name)
            weight += 1
            await turns.spend(1)
        if len(names) > MAX_NAMES:
            raise InvalidInput(f"more than {MAX_NAMES} different names at once", field="names", most=MAX_NAMES)
        weights.append(weight)
        await turns.spend(1)
    known = await known_names(reader, told[0][0].tenant, system, names) if told else {}
    found = []
    for (call, each), weight in zip(told, weights, strict=True):
        await turns.spend(weight)
        asked = Asked(system, each.id, each.content)
        try:
            command = TakeIn(asked, tuple(each.commands(known)))
            for part in command.commands:
                permit(part)
            touched = command.touches()
        except Refusal as refusal:
            command, touched = TakeIn(asked, refusal=refusal), Touches()
        found.append((call, command, touched))
    return found


class _Turns:
    """Lets others have their turn now and then: one told thing may name thousands, a document tell a thousand."""

    def __init__(self) -> None:
        self._left = NAMES_A_TURN

    async def spend(self, names: int) -> None:
        """So many names are read, or about to be."""
        self._left -= names
        if self._left <= 0:
            self._left = NAMES_A_TURN
            await asyncio.sleep(0)


async def _one(
    handle: Handle, call: Call, command: TakeIn, before: Collection[asyncio.Task[Any]]
) -> TakenIn | Exception:
    if before:
        await asyncio.wait(before)
    try:
        reply: TakenIn = await handle(call, command)
        return reply
    except Exception as error:  # each thing told has a fate of its own
        return error


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
