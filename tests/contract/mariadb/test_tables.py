"""The tables on MariaDB: as declared, made by steps that may be taken twice, and every identity kept byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from sqlalchemy import Connection, Table, Text, event, insert, select
from sqlalchemy.dialects import mysql

from adapters.sql import schema
from adapters.sql.dialects.mariadb import MariadbDialect
from adapters.sql.dialects.mariadb_tables import length_of
from adapters.sql.migrate import REVISION, revision_of
from adapters.sql.server import ServerDatabase
from adapters.sql.server_schema import migrate_server
from application.kernel.ports import Contention, KeyTaken, StoreError
from domain.stock.position import kinds
from domain.stock.registers import REGISTERS
from tests.contract.mariadb.broken import lent

DIALECT = MariadbDialect()
LONGEST_KEY = "/".join(["\\/" * 127 + "\U0001f4e6"] * 6)
OF_A_KEY = (
    "SELECT table_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
    " AND table_name <> 'alembic_version'"
)


@asynccontextmanager
async def empty(url: str) -> AsyncIterator[ServerDatabase]:
    name = f"entrepot_tables_{token_hex(4)}"
    beside = ServerDatabase(url, DIALECT)
    database = ServerDatabase(beside.url.set(database=name).render_as_string(hide_password=False), DIALECT)
    await beside.alone(lambda connection: DIALECT.create_database(connection, name))
    try:
        yield database
    finally:
        await database.close()
        await beside.alone(lambda connection: DIALECT.drop_database(connection, name))
        await beside.close()


@pytest.fixture
async def database(url: str, tmp_path: Path) -> AsyncIterator[ServerDatabase]:
    database = ServerDatabase(lent(url, tmp_path), DIALECT)
    await database.open()
    yield database
    await database.close()


def shape(connection: Connection) -> dict[str, set[str]]:
    """How each table would be made again, line by line: columns are added in another order than they are declared."""
    names = [row[0] for row in connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")]
    found = {}
    for name in names:
        if name != "alembic_version":
            made: str = connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1]
            found[name] = {line.rstrip(",") for line in made.splitlines()}
    return found


def migrated(url: str) -> tuple[str, str]:
    return migrate_server(url, DIALECT, kinds().values(), REGISTERS)


async def test_migrating_makes_the_tables_that_the_code_declares(url: str, database: ServerDatabase) -> None:
    made = await database.alone(shape)
    async with empty(url) as beside:
        await beside.alone(schema.metadata.create_all)
        assert await beside.alone(shape) == made


async def test_a_migration_that_ends_anywhere_is_ended_by_the_next(
    url: str, database: ServerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MariaDB commits every change of a table by itself: what was done before the end stays."""
    whole = await database.alone(shape)
    ended = 0
    for at in range(2, 60, 4):
        async with empty(url) as broken:
            with monkeypatch.context() as patched:
                patched.setattr(MariadbDialect, "engine", _ending(at))
                try:
                    await asyncio.to_thread(migrated, _text(broken))
                    break
                except RuntimeError:
                    ended += 1
            assert await broken.read(revision_of) in ("", "0001", "0002", "0003")
            assert (await asyncio.to_thread(migrated, _text(broken)))[1] == REVISION
            assert await broken.alone(shape) == whole
            first = await broken.read(lambda c: c.execute(select(schema.state.c.id, schema.state.c.epoch)).all())
            assert [tuple(row) for row in first] == [(1, 1)]
    assert ended >= 6


def _ending(at: int) -> Any:
    """An engine whose process ends before its so-and-so-manieth change of a table, or row."""
    engine = MariadbDialect.engine
    left = [at]

    def make(self: MariadbDialect, url: Any, *, writer: bool) -> Any:
        made = engine(self, url, writer=writer)

        @event.listens_for(made.sync_engine, "before_cursor_execute")
        def _count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.lstrip().startswith(("CREATE", "ALTER", "INSERT", "UPDATE", "DROP")):
                left[0] -= 1
                if not left[0]:
                    raise RuntimeError("the process ended")

        return made

    return make


async def test_of_several_who_migrate_one_goes_first_and_the_others_find_it_done(url: str) -> None:
    async with empty(url) as database:
        text = _text(database)
        done = await asyncio.gather(*(asyncio.to_thread(migrated, text) for _ in range(3)))
        assert sorted(done) == [("", REVISION), (REVISION, REVISION), (REVISION, REVISION)]


# -- what columns hold ------------------------------------------------------------------------------------------------


async def test_every_text_of_a_key_has_a_length_and_every_table_compares_bytes(database: ServerDatabase) -> None:
    def look(connection: Connection) -> tuple[set[tuple[str, str]], set[str]]:
        keyed = {(table, column) for table, column in connection.exec_driver_sql(OF_A_KEY)}
        collations = connection.exec_driver_sql(
            "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = DATABASE()"
            " AND collation_name IS NOT NULL AND table_name NOT IN (SELECT table_name FROM information_schema.views)"
        )
        return keyed, set(collations.scalars())

    keyed, collations = await database.alone(look)
    assert collations == {"utf8mb4_nopad_bin"}
    for name, table in schema.metadata.tables.items():
        for column in table.columns:
            if isinstance(column.type, Text) and (name, column.name) in keyed:
                assert length_of(name, column.name) or (name, column.name) == ("account", "key")


async def test_the_longest_text_of_every_column_is_kept_and_a_longer_one_refused(database: ServerDatabase) -> None:
    """Four bytes a character: what no key and no row of the database can hold would show here."""
    table = schema.movement
    texts = [column.name for column in table.columns if isinstance(column.type, Text)]
    row: dict[str, Any] = dict.fromkeys(table.c.keys(), 1)
    row |= {name: "\U0001f4e6" * (length_of("movement", name) or 512) for name in texts}
    await database.write(lambda connection: connection.execute(insert(table), row))
    kept = await database.read(lambda connection: connection.execute(select(table)).one())
    assert dict(kept._mapping) == row
    for name in texts:
        if length_of("movement", name):
            longer = {**row, "version": 2, name: row[name] + "x"}
            with pytest.raises(StoreError, match="Data too long"):
                await put(database, table, longer)


async def put(database: ServerDatabase, table: Table, row: dict[str, Any]) -> None:
    await database.write(lambda connection: connection.execute(insert(table), row))


def _numbers(asked: Any, connection: Connection) -> list[int]:
    return list(connection.scalars(asked))


def account(number: int, key: str, **rest: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys((column.name for column in schema.account.columns), 1)
    row |= {"id": number, "tenant": "north", "kind": "stock", "key": key, "facts": "{}"}
    return {**row, **{f"d{n}": None for n in range(1, 7)}, **rest}


async def test_keys_of_six_long_dimensions_are_unique_and_found(database: ServerDatabase) -> None:
    keys = [LONGEST_KEY, LONGEST_KEY[:-1] + "x", LONGEST_KEY + " ", LONGEST_KEY.upper(), "a", "A", "a ", "á", "a\u0301"]
    rows = [account(n, key) for n, key in enumerate(dict.fromkeys(keys), 1)]
    await database.write(lambda connection: connection.execute(insert(schema.account), rows))
    for row in rows:
        asked = select(schema.account.c.id).where(schema.account.c.key == row["key"])
        found = await database.read(partial(_numbers, asked))
        assert found == [row["id"]]
    again = account(99, LONGEST_KEY)
    with pytest.raises(KeyTaken):
        await database.write(lambda connection: connection.execute(insert(schema.account), again))


@pytest.mark.parametrize(("column", "value"), [("available", -1), ("held", 2**53 + 1), ("floor", -1), ("version", 0)])
async def test_what_no_account_may_hold_is_refused_by_the_database(
    column: str, value: int, database: ServerDatabase
) -> None:
    row = account(1, "k", **{column: value})
    with pytest.raises(StoreError, match=f"{column}_in_bounds") as refused:
        await database.write(lambda connection: connection.execute(insert(schema.account), row))
    assert not isinstance(refused.value, Contention)


async def test_sets_of_thousands_of_rows_and_of_large_ones_are_written_in_bounded_statements(
    database: ServerDatabase,
) -> None:
    add, change, drop = (
        DIALECT.insert(schema.purged),
        DIALECT.update(schema.purged, ("before",), ("what",)),
        DIALECT.delete(schema.purged, ("what",)),
    )
    rows = [(f"'{n}\\%s", n) for n in range(1_234)]
    assert await database.write(lambda connection: add(connection, rows)) == 1_234
    assert await database.write(lambda connection: change(connection, [(7, what) for what, _ in rows])) == 1_234
    # Rows that are as they should be already are found all the same.
    assert await database.write(lambda connection: change(connection, [(7, what) for what, _ in rows])) == 1_234
    assert await database.write(lambda connection: change(connection, [(8, "nobody"), (8, rows[0][0])])) == 1
    assert await database.write(lambda connection: drop(connection, [(what,) for what, _ in rows[1:]])) == 1_233
    left = await database.read(lambda connection: connection.execute(select(schema.purged)).all())
    assert [tuple(row) for row in left] == [(rows[0][0], 8)]
    large = [("north", "goods", f"G{n}", bytes(range(256)) * 4_096, 1, 1, n) for n in range(6)]
    enter = DIALECT.insert(schema.entry)
    assert await database.write(lambda connection: enter(connection, large)) == 6
    kept = await database.read(lambda connection: connection.scalars(select(schema.entry.c.facts)).all())
    assert set(kept) == {large[0][3]}


async def test_readers_see_one_snapshot_and_write_nothing(database: ServerDatabase) -> None:
    def look(connection: Connection) -> tuple[object, ...]:
        asked = "SELECT @@tx_isolation, @@tx_read_only, @@in_transaction, @@time_zone, @@sql_mode LIKE 'STRICT_ALL%%'"
        return tuple(connection.exec_driver_sql(asked).one())

    assert await database.read(look) == ("REPEATABLE-READ", 1, 1, "+00:00", 1)
    with pytest.raises(StoreError, match="READ ONLY"):
        await database.read(lambda connection: connection.exec_driver_sql("DELETE FROM purged"))
    assert (await database.write(look))[:3] == ("READ-COMMITTED", 0, 1)


async def test_the_time_of_a_turn_is_read_when_the_wait_for_it_is_over(database: ServerDatabase, url: str) -> None:
    other = ServerDatabase(database.url.render_as_string(hide_password=False), DIALECT)
    async with other.writing() as first:

        async def wait() -> int:
            return (await database.alone(DIALECT.begin_writing)).clock

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.4)
        released = await first.run(DIALECT.clock)
    assert await waiting >= released
    await other.close()


def test_a_text_without_a_table_is_what_it_is_elsewhere() -> None:
    assert str(DIALECT.compiles.type_compiler_instance.process(Text())) == str(
        mysql.dialect().type_compiler_instance.process(Text())
    )


def _text(database: ServerDatabase) -> str:
    return database.url.render_as_string(hide_password=False)
