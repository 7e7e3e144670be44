"""The index in a SQLite file of its own: written in one thread, asked in a few, shared by a machine's processes."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Final, TypeVar

from adapters.fts5 import questions
from adapters.fts5.tables import CATALOGUE, Tables, fingerprint
from application.search.documents import Document, DocumentKind, Ref, Shape, micros, plain
from application.search.ports import (
    Ask,
    AskSums,
    Groups,
    Hit,
    Hits,
    IndexUnavailable,
    Kept,
    Rebuild,
    Stage,
    Taken,
)
from domain.kernel.account import BEGINNING

T = TypeVar("T")

LOCK_TIMEOUT: Final = 5.0
STEPS: Final = 2_000
"""Instructions of SQLite's machine between two looks at the clock."""

FIRST: Final = 1


class Fts5Index:
    """Opened when it is first used. A question that takes longer than `seconds` is broken off."""

    def __init__(self, path: Path, kinds: Sequence[DocumentKind], *, seconds: float = 5.0, readers: int = 2) -> None:
        self._path = path
        self._kinds = {kind.name: kind for kind in kinds}
        self._seconds = seconds
        self._writing = ThreadPoolExecutor(1, "search-write")
        self._reading = ThreadPoolExecutor(readers, "search-read")
        self._writer: sqlite3.Connection | None = None
        self._readers: list[sqlite3.Connection] = []
        self._lock = Lock()

    # -- writing ------------------------------------------------------------------------------------------------------

    async def put(self, documents: Sequence[Document]) -> Taken:
        return await self._write(lambda c: self._put(c, documents, lambda kind: _live(c, kind)))

    async def put_into(self, rebuild: Rebuild, documents: Sequence[Document]) -> Taken:
        if rebuild.stage is Stage.SETTLE:
            return await self.put(documents)
        return await self._write(lambda c: self._put(c, documents, lambda kind: Tables(kind, rebuild.number)))

    def _put(
        self, connection: sqlite3.Connection, documents: Sequence[Document], into: Callable[[DocumentKind], Tables]
    ) -> Taken:
        written = 0
        for name, kind in {each.kind.name: each.kind for each in documents}.items():
            tables = into(kind)
            mine = [each for each in documents if each.kind.name == name]
            written += sum(_upsert(connection, tables, plain(each)) for each in mine)
            connection.execute(
                "INSERT INTO taken_in VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET at = max(at, excluded.at)",
                (name, micros(max(each.at for each in mine))),
            )
        return Taken(written, len(documents) - written)

    async def remove(self, kind: DocumentKind, documents: Sequence[Kept]) -> int:
        def forget(connection: sqlite3.Connection) -> int:
            tables, gone = _live(connection, kind), 0
            for (tenant, id), version in documents:
                found = connection.execute(
                    f"DELETE FROM {tables.documents} WHERE tenant = ? AND id = ? AND version = ? RETURNING number",
                    (tenant, id, version),
                ).fetchall()
                for (number,) in found:
                    _forget_parts(connection, tables, number)
                gone += len(found)
            return gone

        return await self._write(forget)

    # -- asking -------------------------------------------------------------------------------------------------------

    async def find(self, tenant: str, ask: Ask) -> Hits:
        return await self._read(lambda c: _find(c, _live(c, ask.query.kind), tenant, ask))

    async def add_up(self, tenant: str, ask: AskSums) -> Groups:
        def add(connection: sqlite3.Connection) -> Groups:
            tables = _live(connection, ask.query.kind)
            rows = connection.execute(*questions.groups(tables, tenant, ask))
            found = [questions.group_of(ask, row) for row in rows]
            return Groups([each for each in found if each.number], _as_of(connection, ask.query.kind))

        return await self._read(add)

    async def versions(self, kind: DocumentKind, refs: Sequence[Ref]) -> Mapping[Ref, int]:
        def look(connection: sqlite3.Connection) -> dict[Ref, int]:
            statement = f"SELECT version FROM {_live(connection, kind).documents} WHERE tenant = ? AND id = ?"
            found = ((ref, connection.execute(statement, ref).fetchone()) for ref in refs)
            return {ref: row[0] for ref, row in found if row is not None}

        return await self._read(look)

    async def walk(self, kind: DocumentKind, after: Ref | None, limit: int) -> Sequence[Kept]:
        def look(connection: sqlite3.Connection) -> list[Kept]:
            table = _live(connection, kind).documents
            rows = connection.execute(
                f"SELECT tenant, id, version FROM {table} WHERE (tenant, id) > (?, ?) ORDER BY tenant, id LIMIT ?",
                (*(after or ("", "")), limit),
            )
            return [Kept(Ref(tenant, id), version) for tenant, id, version in rows]

        return await self._read(look)

    async def settle(self) -> None:
        """What was committed is found at once."""

    # -- rebuilding ---------------------------------------------------------------------------------------------------

    async def outdated(self, kind: DocumentKind) -> bool:
        def look(connection: sqlite3.Connection) -> bool:
            made = connection.execute("SELECT fields FROM generation WHERE kind = ? AND live", (kind.name,)).fetchone()
            return made is not None and made[0] != fingerprint(kind)

        return await self._read(look)

    async def begin(self, kind: DocumentKind, since: datetime) -> Rebuild:
        def begin(connection: sqlite3.Connection) -> Rebuild:
            known = connection.execute(
                "SELECT rebuild.number, stage, place, since, fields FROM rebuild JOIN generation USING (kind, number) "
                "WHERE kind = ?",
                (kind.name,),
            ).fetchone()
            if known is not None and known[4] == fingerprint(kind):
                number, stage, place, micros_since, _ = known
                at = BEGINNING + timedelta(microseconds=micros_since)
                return Rebuild(kind.name, number, Stage(stage), place, at)
            highest = connection.execute("SELECT max(number) FROM generation WHERE kind = ?", (kind.name,)).fetchone()
            made = Rebuild(kind.name, highest[0] + 1, Stage.COPY, "", since)
            _drop(connection, kind, "NOT live")
            _create(connection, kind, made.number, live=False)
            _remember(connection, made)
            return made

        return await self._write(begin)

    async def reached(self, rebuild: Rebuild) -> None:
        await self._write(lambda connection: _remember(connection, rebuild))

    async def swap(self, rebuild: Rebuild) -> None:
        def swap(connection: sqlite3.Connection) -> None:
            kind = self._kinds[rebuild.kind]
            connection.execute("UPDATE generation SET live = (number = ?) WHERE kind = ?", (rebuild.number, kind.name))
            _drop(connection, kind, "NOT live")
            _remember(connection, rebuild)

        await self._write(swap)

    async def end(self, rebuild: Rebuild) -> None:
        await self._write(lambda c: c.execute("DELETE FROM rebuild WHERE kind = ?", (rebuild.kind,)))

    # -- threads and connections --------------------------------------------------------------------------------------

    async def close(self) -> None:
        for pool in (self._writing, self._reading):
            await asyncio.to_thread(pool.shutdown)
        while self._readers:
            self._readers.pop().close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writing, self._write_now, work)

    def _write_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with _told():
            if self._writer is None:
                self._writer = self._open()
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            return result

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._read_now, work)

    def _read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with _told():
            with self._lock:
                connection = self._readers.pop() if self._readers else None
            connection = connection or self._open()
            give_up = monotonic() + self._seconds
            connection.set_progress_handler(lambda: monotonic() > give_up, STEPS)
            try:
                connection.execute("BEGIN")
                try:
                    return work(connection)
                finally:
                    connection.execute("ROLLBACK")
            finally:
                connection.set_progress_handler(None, 0)
                with self._lock:
                    self._readers.append(connection)

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        for statement in CATALOGUE.split(";"):
            connection.execute(statement)
        for kind in self._kinds.values():
            if connection.execute("SELECT 1 FROM generation WHERE kind = ?", (kind.name,)).fetchone() is None:
                _create(connection, kind, FIRST, live=True)
        connection.execute("COMMIT")
        return connection


@contextmanager
def _told() -> Iterator[None]:
    """What SQLite says, in the words of the port."""
    try:
        yield
    except sqlite3.Error as error:
        raise IndexUnavailable(f"the search index does not answer: {error}") from error
    except OSError as error:
        raise IndexUnavailable(f"the search index cannot be opened: {error}") from error


def _live(connection: sqlite3.Connection, kind: DocumentKind) -> Tables:
    (number,) = connection.execute("SELECT number FROM generation WHERE kind = ? AND live", (kind.name,)).fetchone()
    return Tables(kind, number)


def _create(connection: sqlite3.Connection, kind: DocumentKind, number: int, *, live: bool) -> None:
    for statement in Tables(kind, number).create():
        connection.execute(statement)
    connection.execute("INSERT INTO generation VALUES (?, ?, ?, ?)", (kind.name, number, fingerprint(kind), live))


def _drop(connection: sqlite3.Connection, kind: DocumentKind, which: str) -> None:
    query = f"SELECT number FROM generation WHERE kind = ? AND {which}"
    for (number,) in connection.execute(query, (kind.name,)).fetchall():
        for statement in Tables(kind, number).drop():
            connection.execute(statement)
    connection.execute(f"DELETE FROM generation WHERE kind = ? AND {which}", (kind.name,))


def _remember(connection: sqlite3.Connection, rebuild: Rebuild) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO rebuild VALUES (?, ?, ?, ?, ?)",
        (rebuild.kind, rebuild.number, rebuild.stage.value, rebuild.place, micros(rebuild.since)),
    )


def _upsert(connection: sqlite3.Connection, tables: Tables, kept: dict[str, Any]) -> bool:
    """Whether it was later than what was there."""
    row = connection.execute(tables.upsert, {name: kept[name] for name in tables.columns}).fetchall()
    if not row:
        return False
    ((number,),) = row
    if tables.several:
        connection.execute(f"DELETE FROM {tables.many} WHERE document = ?", (number,))
        values = [(number, each.name, value) for each in tables.several for value in dict.fromkeys(kept[each.name])]
        connection.executemany(f"INSERT INTO {tables.many} VALUES (?, ?, ?)", values)
    connection.execute(f"INSERT OR REPLACE INTO {tables.words} (rowid, words) VALUES (?, ?)", (number, kept["words"]))
    return True


def _forget_parts(connection: sqlite3.Connection, tables: Tables, number: int) -> None:
    connection.execute(f"DELETE FROM {tables.many} WHERE document = ?", (number,))
    connection.execute(f"DELETE FROM {tables.words} WHERE rowid = ?", (number,))


def _find(connection: sqlite3.Connection, tables: Tables, tenant: str, ask: Ask) -> Hits:
    rows = connection.execute(*questions.page(tables, tenant, ask)).fetchall()
    total = None
    if ask.count:
        (total,) = connection.execute(*questions.count(tables, tenant, ask.query)).fetchone()
    facets = {}
    for field in ask.facets:
        values = connection.execute(*questions.facet(tables, tenant, ask.query, field, ask.most))
        flag = field.shape is Shape.FLAG
        facets[field.name] = [(bool(value) if flag else value, number) for value, number in values]
    hits = [_hit(connection, tables, row) for row in rows]
    return Hits(hits, total, facets, _as_of(connection, tables.kind))


def _hit(connection: sqlite3.Connection, tables: Tables, row: Sequence[Any]) -> Hit:
    *values, number = row
    kept: dict[str, Any] = dict(zip(tables.columns, values, strict=True))
    for each in tables.single:
        if each.shape is Shape.FLAG and kept[each.name] is not None:
            kept[each.name] = bool(kept[each.name])
    if tables.several:
        kept |= {each.name: [] for each in tables.several}
        for field, value in connection.execute(
            f"SELECT field, value FROM {tables.many} WHERE document = ? ORDER BY value", (number,)
        ):
            kept[field].append(value)
    return Hit(kept["id"], kept["version"], kept)


def _as_of(connection: sqlite3.Connection, kind: DocumentKind) -> datetime:
    row = connection.execute("SELECT at FROM taken_in WHERE kind = ?", (kind.name,)).fetchone()
    return BEGINNING + timedelta(microseconds=row[0] if row else 0)
