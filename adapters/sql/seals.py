"""Seals in SQL: accounts are read in chunks and sealed in bounded transactions, and the seal is written last."""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from adapters.sql import schema
from adapters.sql.audit import STREAMED, SqlInspected, by_account, last_seal, postings_of, sealed_lines
from adapters.sql.database import Database
from application.kernel.ports import Codec
from application.reconciliation.ports import ClosingOvertaken, MakeLine, Period
from domain.kernel.account import AccountKind
from domain.kernel.movement import Balances
from domain.reconciliation.inspected import NOTHING_SEALED, Seal, SealedLine

NO_ACCOUNT: Final = 0
"""Accounts are numbered from 1. The line of this one says which attempt to close the period is under way."""


class SqlSealStore:
    """Movements never change and a period ends with a command: each chunk may be read from a snapshot of its own."""

    def __init__(self, database: Database, codec: Codec, kinds: Mapping[str, AccountKind]) -> None:
        self._database = database
        self._codec = codec
        self._kinds = kinds

    async def begin(self) -> Period:
        return await self._database.write(_begin)

    async def seal_some(
        self, period: Period, after: int, most: int, make: MakeLine
    ) -> tuple[int | None, list[SealedLine]]:
        upto, lines = await self._database.read(lambda connection: self._make(connection, period, after, most, make))
        if lines:
            await self._database.write(lambda connection: _write(connection, period, lines))
        return upto, [line for _, line in lines]

    def _make(
        self, connection: Connection, period: Period, after: int, most: int, make: MakeLine
    ) -> tuple[int | None, list[tuple[int, SealedLine]]]:
        account, movement = schema.account, schema.movement
        numbers = connection.scalars(
            select(account.c.id).where(account.c.id > after).order_by(account.c.id).limit(most)
        ).all()
        if not numbers:
            return None, []
        upto, before = numbers[-1], period.before.number if period.before else 0
        openings = dict(sealed_lines(connection, after, upto, before))
        ledger = SqlInspected(connection, self._database.dialect, self._codec, self._kinds)
        known = ledger.named(after, upto)
        query = postings_of(after, upto, before).where(movement.c.command <= period.command)
        lines = []
        for number, postings in by_account(iter(connection.execute(query.execution_options(yield_per=STREAMED)))):
            opening = openings.get(number, NOTHING_SEALED)
            since = (each for each in postings if each.version > opening.version)
            first = next(since, None)
            if first is not None:
                lines.append((number, make(known[number], opening, chain((first,), since))))
        return upto if len(numbers) == most else None, lines

    async def close(self, period: Period, seal: Seal) -> None:
        await self._database.write(lambda connection: _close(connection, period, seal))


def _begin(connection: Connection) -> Period:
    before = last_seal(connection)
    number = before.number + 1 if before else 1
    attempt = (_attempt(connection, number) or 0) + 1
    connection.execute(delete(schema.sealed).where(schema.sealed.c.seal >= number))
    _insert(connection, [(NO_ACCOUNT, SealedLine(number, attempt, tuple(Balances()), 0, b""))])
    state = schema.state
    at, next_command = connection.execute(select(state.c.committed_at, state.c.next_command)).one()
    return Period(number, at, next_command - 1, before, attempt)


def _write(connection: Connection, period: Period, lines: list[tuple[int, SealedLine]]) -> None:
    _require_latest(connection, period)
    _insert(connection, lines)


def _close(connection: Connection, period: Period, seal: Seal) -> None:
    _require_latest(connection, period)
    sealed = schema.sealed
    connection.execute(delete(sealed).where(sealed.c.account == NO_ACCOUNT, sealed.c.seal == period.number))
    connection.execute(insert(schema.seal), seal._asdict())


def _insert(connection: Connection, lines: list[tuple[int, SealedLine]]) -> None:
    rows = [(number, line.seal, line.version, *line.balances, line.floor, line.hash) for number, line in lines]
    names = schema.sealed.c.keys()
    connection.execute(insert(schema.sealed), [dict(zip(names, row, strict=True)) for row in rows])


def _attempt(connection: Connection, number: int) -> int | None:
    """The latest attempt to close the period, None where none is under way."""
    sealed = schema.sealed
    return connection.execute(
        select(sealed.c.version).where(sealed.c.account == NO_ACCOUNT, sealed.c.seal == number)
    ).scalar()


def _require_latest(connection: Connection, period: Period) -> None:
    if _attempt(connection, period.number) != period.attempt:
        raise ClosingOvertaken("another closing of the ledger began after this one", seal=period.number)
