"""The archive in SQL: closed periods are read in chunks, files registered, what is in them deleted in small steps."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from adapters.sql import schema
from adapters.sql.audit import STREAMED, SqlInspected, archives_of, by_account, postings_of, sealed_lines
from adapters.sql.database import Database
from application.kernel.ports import Codec
from application.reconciliation.ports import TakePeriod
from domain.kernel.account import AccountKind
from domain.reconciliation.inspected import NOTHING_SEALED, Archived, Posting, Seal, SealedLine


class SqlArchiveStore:
    """A closed period never changes: each chunk may be read from a snapshot of its own."""

    def __init__(self, database: Database, codec: Codec, kinds: Mapping[str, AccountKind]) -> None:
        self._database = database
        self._codec = codec
        self._kinds = kinds

    async def seals(self) -> Sequence[Seal]:
        seal = schema.seal
        return await self._database.read(
            lambda connection: [Seal._make(row) for row in connection.execute(select(seal).order_by(seal.c.number))]
        )

    async def archives(self) -> Sequence[Archived]:
        return await self._database.read(archives_of)

    async def read_some(self, seal: Seal, after: int, most: int, take: TakePeriod) -> tuple[int, bool]:
        return await self._database.read(lambda connection: self._read(connection, seal, after, most, take))

    def _read(self, connection: Connection, seal: Seal, after: int, most: int, take: TakePeriod) -> tuple[int, bool]:
        account, movement = schema.account, schema.movement
        numbers = connection.scalars(
            select(account.c.id).where(account.c.id > after).order_by(account.c.id).limit(most)
        ).all()
        if not numbers:
            return after, False
        upto = numbers[-1]
        lines: dict[int, list[SealedLine]] = {}
        for number, line in sealed_lines(connection, after, upto, seal.number):
            lines.setdefault(number, []).append(line)
        closed = {number: known for number, known in lines.items() if known[-1].seal == seal.number}
        if closed:
            ledger = SqlInspected(connection, self._database.dialect, self._codec, self._kinds)
            named = ledger.named(after, upto)
            query = postings_of(after, upto, seal.number - 1).where(movement.c.command <= seal.command)
            rows = connection.execute(query.execution_options(yield_per=STREAMED))
            there = dict[int, bool]()
            for number, postings in by_account(iter(rows)):
                known = closed.get(number)
                if known is not None:
                    there[number] = True
                    opening = known[-2] if len(known) > 1 else NOTHING_SEALED
                    take(named[number], opening, known[-1], _between(postings, opening, known[-1]))
            for number in closed.keys() - there.keys():
                known = closed[number]
                take(named[number], known[-2] if len(known) > 1 else NOTHING_SEALED, known[-1], iter(()))
        return upto, len(numbers) == most

    async def register(self, file: Archived) -> None:
        await self._database.write(lambda connection: _register(connection, file))

    async def clear_some(self, file: Archived, most: int) -> int:
        return await self._database.write(lambda connection: _clear(connection, file, most))


def _between(postings: Iterator[Posting], opening: SealedLine, closing: SealedLine) -> Iterator[Posting]:
    return (each for each in postings if opening.version < each.version <= closing.version)


def _register(connection: Connection, file: Archived) -> None:
    archive = schema.archive
    known = select(func.count()).where(archive.c.seal == file.seal, archive.c.first == file.first)
    if not connection.execute(known).scalar_one():
        connection.execute(insert(archive), {**file._asdict(), "cleared": int(file.cleared)})


def _clear(connection: Connection, file: Archived, most: int) -> int:
    movement, sealed, archive = schema.movement, schema.sealed, schema.archive
    found = connection.execute(
        select(movement.c.account, movement.c.version)
        .join(sealed, (sealed.c.account == movement.c.account) & (sealed.c.seal == file.seal))
        .where(sealed.c.account >= file.first, sealed.c.account <= file.last)
        .where(movement.c.version < sealed.c.version)
        .order_by(movement.c.account, movement.c.version)
        .limit(most)
    ).all()
    ranges = []
    for account, rows in groupby(found, key=itemgetter(0)):
        versions = [row[1] for row in rows]
        ranges.append({"of": account, "low": versions[0], "high": versions[-1]})
    if ranges:
        place = (movement.c.account == bindparam("of")) & movement.c.version.between(
            bindparam("low"), bindparam("high")
        )
        connection.execute(delete(movement).where(place), ranges)
    if len(found) < most:
        mine = (archive.c.seal == file.seal) & (archive.c.first == file.first)
        connection.execute(update(archive).where(mine).values(cleared=1))
    return len(found)
