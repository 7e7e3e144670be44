"""What is particular to PostgreSQL: what it must keep, how texts are told apart, what is said when it is not there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Connection, text

from adapters.sql.database import NotDurable
from adapters.sql.dialects.postgresql import COPIED, postgresql
from adapters.sql.migrate import REVISION
from adapters.sql.schema import purged
from adapters.sql.server import ServerClock, ServerDatabase
from application.kernel.ports import CommitUnknown, Contention, KeyTaken, StoreError, StoreUnavailable
from entrypoints.composition.maintenance import is_new, migrate, scratch_databases
from entrypoints.composition.settings import BadSettings, load_settings
from entrypoints.conformance.scratch import settings_in

TAKEN = text("INSERT INTO purged VALUES ('request', 1)")


@pytest.fixture
async def database(url: str, tmp_path: Path) -> AsyncIterator[ServerDatabase]:
    opened = ServerDatabase(settings_in(tmp_path / "server").database.url, postgresql(), clock=ServerClock())
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.parametrize("setting", ["synchronous_commit"])
async def test_a_server_that_would_not_keep_a_commit_is_refused(url: str, tmp_path: Path, setting: str) -> None:
    at = settings_in(tmp_path / "server").database.url
    name = at.rpartition("/")[2]
    connection = await asyncpg.connect(url)
    await connection.execute(f'ALTER DATABASE "{name}" SET {setting} = off')
    try:
        database = ServerDatabase(at, postgresql())
        with pytest.raises(NotDurable, match=f"'{setting}': 'off'"):
            await database.open()
        await database.close()
    finally:
        await connection.execute(f'ALTER DATABASE "{name}" RESET {setting}')
        await connection.close()


async def test_a_server_that_is_not_there_is_named_and_asked_again_only_after_a_pause() -> None:
    database = ServerDatabase("postgresql://somebody:secret@127.0.0.1:1/ledger", postgresql())
    for _ in range(3):
        with pytest.raises(StoreUnavailable) as said:
            await database.open()
        assert "127.0.0.1:1/ledger cannot be reached" in str(said.value)
        assert "start the server, or correct ENTREPOT_DATABASE__URL" in str(said.value)
        assert "secret" not in str(said.value)
    await database.close()


async def test_what_fails_is_told_by_what_can_be_done_about_it(database: ServerDatabase) -> None:
    await database.write(lambda connection: connection.execute(TAKEN))
    with pytest.raises(KeyTaken):
        await database.write(lambda connection: connection.execute(TAKEN))
    with pytest.raises(StoreError, match="one_row"):
        await database.write(lambda connection: connection.exec_driver_sql("UPDATE ledger_state SET id = 2"))
    with pytest.raises(StoreError) as denied:
        await database.read(lambda connection: connection.exec_driver_sql("DELETE FROM purged"))
    assert "read-only" in str(denied.value)
    assert await database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar()) == 1


async def test_a_transaction_that_failed_is_not_taken_for_committed(database: ServerDatabase) -> None:
    def fail_and_go_on(connection: Connection) -> None:
        with pytest.raises(Exception, match="division"):
            connection.exec_driver_sql("SELECT 1 / 0")

    with pytest.raises((StoreError, CommitUnknown)):
        await database.write(fail_and_go_on)
    await database.write(lambda connection: connection.execute(TAKEN))


def _insert_twice(connection: Connection) -> None:
    postgresql().insert(purged)(connection, [("request", 1)] * COPIED)


async def test_what_was_sent_ahead_and_failed_fails_the_next_statement(database: ServerDatabase) -> None:
    done = []

    def sent_ahead(connection: Connection) -> None:
        with postgresql().ahead(connection):
            _insert_twice(connection)
            done.append("sent")
            postgresql().fetch(connection, "SELECT 1", ())
            done.append("asked")

    with pytest.raises(KeyTaken):
        await database.write(sent_ahead)
    assert done == ["sent"]
    await database.write(lambda connection: connection.execute(TAKEN))


async def test_what_was_sent_ahead_last_fails_its_transaction(database: ServerDatabase) -> None:
    def sent_ahead(connection: Connection) -> None:
        with postgresql().ahead(connection):
            _insert_twice(connection)

    with pytest.raises(KeyTaken):
        await database.write(sent_ahead)
    await database.write(lambda connection: connection.execute(TAKEN))


async def test_a_failure_while_something_is_under_way_is_told_as_it_is(database: ServerDatabase) -> None:
    def fail(connection: Connection) -> None:
        with postgresql().ahead(connection):
            _insert_twice(connection)
            raise LookupError("not of the database")

    before = database._writer
    with pytest.raises(LookupError):
        await database.write(fail)
    assert database._writer is before
    await database.write(lambda connection: connection.execute(TAKEN))


async def test_what_is_sent_ahead_is_there_for_the_next_statement(database: ServerDatabase) -> None:
    def sent_ahead(connection: Connection) -> object:
        with postgresql().ahead(connection):
            for kind in ("request", "other"):
                postgresql().insert(purged)(connection, [(f"{kind} {n}", n) for n in range(COPIED)])
            return postgresql().fetch(connection, "SELECT count(*) FROM purged", ())[0][0]

    assert await database.write(sent_ahead) == 2 * COPIED


async def test_writers_of_several_processes_take_turns(database: ServerDatabase) -> None:
    other = ServerDatabase(str(database.url), postgresql())
    order = []

    async def second() -> None:
        async with other.writing() as session:
            order.append("second")
            await session.finish(lambda _: None)

    async with database.writing() as session:
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.1)
        order.append("first")
        await session.finish(lambda connection: connection.execute(TAKEN))
    await waiting
    assert order == ["first", "second"]
    await other.close()


async def test_a_writer_that_is_cancelled_in_mid_step_leaves_nothing_open(database: ServerDatabase) -> None:
    async def cut_off() -> None:
        async with database.writing() as session:
            await session.run(lambda connection: connection.execute(TAKEN))
            await session.run(lambda connection: connection.exec_driver_sql("SELECT pg_sleep(30)"))

    task = asyncio.create_task(cut_off())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises((asyncio.CancelledError, Contention)):
        await task
    await database.write(lambda connection: connection.execute(TAKEN))


async def test_a_connection_that_was_lost_while_nobody_used_it_is_made_anew(database: ServerDatabase) -> None:
    def end_the_others(connection: Connection) -> None:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert await database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar()) == 1
    other = ServerDatabase(str(database.url), postgresql())
    await other.alone(end_the_others)
    await other.close()
    assert await database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar()) == 1
    await database.write(lambda connection: connection.execute(TAKEN))


async def test_texts_are_in_the_order_of_their_bytes_whatever_the_database_thinks(url: str) -> None:
    """The columns say so themselves: the database may sort as people do."""
    made = scratch_databases(load_settings(database={"url": url}))
    try:
        database = ServerDatabase(made.make(), postgresql())
        collations = await database.read(
            lambda connection: connection.exec_driver_sql(
                "SELECT count(*) FILTER (WHERE collation_name IS DISTINCT FROM 'C'), count(*) FROM"
                " information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
                " WHERE data_type = 'text' AND table_schema = current_schema() AND table_type = 'BASE TABLE'"
            ).one()
        )
        assert collations[0] == 0
        assert collations[1] > 40
        await database.close()
    finally:
        made.drop()


async def test_two_who_migrate_at_once_do_not_collide(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE DATABASE entrepot_migrated_twice TEMPLATE template0 ENCODING 'UTF8'")
    settings = load_settings(database={"url": url.rpartition("/")[0] + "/entrepot_migrated_twice"})
    try:
        assert await asyncio.to_thread(is_new, settings)
        made = await asyncio.gather(*(asyncio.to_thread(migrate, settings) for _ in range(3)))
        assert sorted(each.before for each in made) == ["", REVISION, REVISION]
        assert not await asyncio.to_thread(is_new, settings)
    finally:
        await connection.execute("DROP DATABASE entrepot_migrated_twice WITH (FORCE)")
        await connection.close()


@pytest.mark.parametrize("url", ["postgresql://host", "postgresql://", "postgres://host/name", "mariadb://host/"])
def test_a_url_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="ENTREPOT_DATABASE__URL"):
        load_settings(database={"url": url})


def test_a_replica_must_be_of_the_same_kind() -> None:
    with pytest.raises(BadSettings, match="replica_url must be of a server, and as url is"):
        load_settings(database={"url": "sqlite:///x.db", "replica_url": "postgresql://h/n"})


async def test_a_table_that_changes_under_a_prepared_statement_is_met_by_another_run(database: ServerDatabase) -> None:
    """As a migration does it, while processes of the release before write."""

    def look(connection: Connection) -> object:
        return database.dialect.fetch(connection, "SELECT * FROM purged", ())

    await database.write(look)
    other = ServerDatabase(str(database.url), postgresql())
    try:
        await other.alone(lambda connection: connection.exec_driver_sql("ALTER TABLE purged ADD COLUMN extra BIGINT"))
        with pytest.raises(Contention):
            await database.write(look)
        await database.write(look)
    finally:
        await other.alone(lambda connection: connection.exec_driver_sql("ALTER TABLE purged DROP COLUMN extra"))
        await other.close()
