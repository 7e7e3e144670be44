"""The one writer of a SQLite file: what befalls its COMMIT and its connection befalls nobody else."""

import asyncio
import sqlite3
import traceback
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from adapters.sql.database import SqliteDatabase
from application.kernel.ports import CommitUnknown, StoreError


@pytest.fixture(params=[True, False], ids=["threads", "no threads"])
async def database(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[SqliteDatabase]:
    with closing(sqlite3.connect(tmp_path / "db.sqlite")) as connection:  # what every write looks at first
        connection.executescript("CREATE TABLE ledger_state (moved TEXT); INSERT INTO ledger_state VALUES (NULL)")
    made = SqliteDatabase(tmp_path / "db.sqlite", threads=request.param)
    await made.open()
    await made.write(lambda c: c.exec_driver_sql("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
    # A deferred key is looked at by COMMIT, and fails there as a full disk would: with the transaction left open.
    await made.write(
        lambda c: c.exec_driver_sql("CREATE TABLE b (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)")
    )
    yield made
    await made.close()


def count(connection: Any) -> Any:
    return connection.exec_driver_sql("SELECT COUNT(*) FROM b").scalar()


async def test_a_commit_that_fails_is_unknown_and_the_writer_goes_on(database: SqliteDatabase) -> None:
    with pytest.raises(CommitUnknown):
        await database.write(lambda c: c.exec_driver_sql("INSERT INTO b VALUES (7)"))
    assert await database.write(count) == 0
    await database.write(lambda c: c.exec_driver_sql("INSERT INTO a VALUES (7)"))
    await database.write(lambda c: c.exec_driver_sql("INSERT INTO b VALUES (7)"))
    assert await database.read(count) == 1


async def test_a_write_that_fails_is_rolled_back_and_the_writer_goes_on(database: SqliteDatabase) -> None:
    def fail(connection: Any) -> None:
        connection.exec_driver_sql("INSERT INTO a VALUES (1)")
        connection.exec_driver_sql("INSERT INTO b VALUES (1)")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    assert await database.write(count) == 0


async def test_an_error_of_the_database_does_not_tell_the_values(database: SqliteDatabase) -> None:
    name = "".join(("An", "na"))
    statement = text("INSERT INTO a VALUES (:id)")
    for work in (database.write, database.read):
        with pytest.raises(StoreError) as caught:
            await work(lambda c: c.execute(statement, {"id": name}))
        told = "".join(traceback.format_exception(caught.value))
        assert "INSERT INTO a" in told
        assert name not in told


async def test_a_writer_opens_while_another_process_is_in_mid_transaction(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    first = SqliteDatabase(path)
    await first.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    second = SqliteDatabase(path)
    opening = asyncio.create_task(second.open())
    await asyncio.sleep(0.05)
    assert not opening.done()
    other.execute("COMMIT")
    other.close()
    await opening
    await first.close()
    await second.close()


def keep(connection: Any, number: int) -> None:
    connection.exec_driver_sql(f"INSERT INTO kept VALUES ({number}, zeroblob(65536))")


async def test_the_log_is_begun_anew_beside_the_writes_and_cut_after_a_long_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 2**20
    monkeypatch.setattr("adapters.sql.database.LOG_BYTES", limit)
    monkeypatch.setattr("adapters.sql.database.CHECKPOINT_EVERY", 0.01)
    with closing(sqlite3.connect(tmp_path / "db.sqlite")) as connection:
        connection.executescript("CREATE TABLE ledger_state (moved TEXT); INSERT INTO ledger_state VALUES (NULL)")
    database = SqliteDatabase(tmp_path / "db.sqlite")
    await database.open()
    try:
        await database.write(lambda c: c.exec_driver_sql("CREATE TABLE kept (n INTEGER PRIMARY KEY, body BLOB)"))

        async def write(first: int, last: int) -> int:
            most = 0
            for number in range(first, last):
                await database.write(partial(keep, number=number))
                await asyncio.sleep(0.005)
                most = max(most, database.log_bytes)
            return most

        assert await write(0, 200) < 6 * limit  # of thirteen MiB that were written
        with closing(sqlite3.connect(tmp_path / "db.sqlite", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT COUNT(*) FROM kept").fetchone() == (200,)
            assert await write(200, 400) > 8 * limit  # what it reads is kept for it
            reader.execute("ROLLBACK")
        await write(400, 450)
        assert database.log_bytes < 6 * limit
        assert await database.read(lambda c: c.exec_driver_sql("SELECT COUNT(*) FROM kept").scalar()) == 450
    finally:
        await database.close()
