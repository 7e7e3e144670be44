"""From empty and from every released revision to this release's schema; on any other, nothing runs."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from adapters.sql import migrate as migrating
from adapters.sql import schema
from adapters.sql.database import sqlite_engine
from adapters.sql.keys import SqlKeys
from adapters.sql.migrate import REVISION, NewSchema, OldSchema, OldSqlite, SchemaMismatch, check_schema, migrate
from domain.kernel.account import AccountKind
from domain.kernel.movement import OPEN
from domain.kernel.register import Register
from domain.permissions.key import ApiKey, fits
from domain.permissions.key_text import RANDOM_BYTES, new_text
from domain.permissions.scope import Scope
from domain.stock.position import kinds
from domain.stock.registers import REGISTERS
from tests.contract.growth.installations import opened

RELEASED = sorted(Path(__file__).with_name("data").glob("*.sql"))
"""A database of each released revision with data in it, as SQL: `store_release` writes it, and nobody changes it."""


def shape(path: Path) -> dict[str, Any]:
    """All that a table is: columns, keys, indexes with their conditions, checks."""
    engine = sqlite_engine(path, writer=False)
    with engine.connect() as connection:
        seen, tables = inspect(connection), {}
        for name in seen.get_table_names():
            if name == "alembic_version":
                continue

            def rows(sql: str) -> list[Any]:
                return [tuple(row) for row in connection.exec_driver_sql(sql)]

            indexes = rows(f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{name}'")
            listed = rows(f"SELECT wr, strict FROM pragma_table_list WHERE name = '{name}'")
            checks = sorted((c["name"] or "", c["sqltext"]) for c in seen.get_check_constraints(name))
            uniques = sorted((u["name"] or "", u["column_names"]) for u in seen.get_unique_constraints(name))
            tables[name] = (rows(f"PRAGMA table_xinfo({name})"), sorted(indexes), listed, checks, uniques)
    engine.dispose()
    return tables


def test_migrating_from_empty_makes_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    assert migrate(tmp_path / "migrated.db", kinds().values(), REGISTERS) == ("", REVISION)
    engine = sqlite_engine(tmp_path / "declared.db", writer=True)
    with engine.begin() as connection:
        schema.metadata.create_all(connection)
    engine.dispose()
    migrated, declared = shape(tmp_path / "migrated.db"), shape(tmp_path / "declared.db")
    assert migrated.keys() == declared.keys()
    for name, table in declared.items():
        assert migrated[name] == table, name


def test_the_newest_revision_is_the_one_that_the_code_names() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(Path(migrating.__file__).with_name("migrations")))
    assert script.get_heads() == [REVISION]
    assert sorted(each.revision for each in script.walk_revisions()) == [f"{n + 1:04}" for n in range(int(REVISION))]


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    migrate(path, kinds().values(), REGISTERS)
    before = shape(path)
    assert migrate(path, kinds().values(), REGISTERS) == (REVISION, REVISION)
    assert shape(path) == before


def load(stored: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(stored.read_text())


def test_there_is_a_stored_database_of_every_revision() -> None:
    assert [each.name.partition("_")[0] for each in RELEASED] == [f"{n + 1:04}" for n in range(int(REVISION))]


@pytest.mark.parametrize("stored", RELEASED, ids=lambda path: path.name)
async def test_a_database_of_every_release_is_migrated_with_its_data(stored: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    load(stored, path)
    with closing(sqlite3.connect(path)) as connection:
        (movements,) = connection.execute("SELECT count(*) FROM movement").fetchone()
        (last,) = connection.execute("SELECT committed_at FROM ledger_state").fetchone()
    migrate(path, kinds().values(), REGISTERS)
    check_schema(path)
    migrate(tmp_path / "empty.db", kinds().values(), REGISTERS)
    assert shape(path) == shape(tmp_path / "empty.db")
    async with opened("sqlite", tmp_path) as ledger:
        report = await ledger.audit(full=True)
        assert report.differences == ()
        assert report.movements == movements > 30
        ledger.clock.pass_by(timedelta(microseconds=max(0, last - ledger.clock.micros())))
        ledger.counted = 10_000
        await ledger.live(5, 20)
        assert (await ledger.audit()).clean


@pytest.mark.parametrize("stored", RELEASED, ids=lambda path: path.name)
async def test_a_database_of_every_release_keeps_its_keys_and_takes_new_ones(stored: Path, tmp_path: Path) -> None:
    load(stored, tmp_path / "ledger.db")
    migrate(tmp_path / "ledger.db", kinds().values(), REGISTERS)
    text = {name: new_text(name.encode().ljust(RANDOM_BYTES, b"-")) for name in ("north", "south", "later", "new")}
    async with opened("sqlite", tmp_path) as ledger:
        keys, now = SqlKeys(ledger.database), ledger.clock.moment()
        if stored.name >= "0002":
            (north,) = await keys.page("north", "", 10)
            assert (north.id, north.principal, north.label) == (text["north"].id, "shop", "till of north")
            assert north.scopes == frozenset(Scope)
            assert fits(north, text["north"])
            later, south = await keys.page("south", "", 10)
            assert (south.successor, south.revoked_at) == (later.id, None)
            assert south.expires_at == south.created_at + timedelta(days=1)
            assert later.revoked_at == later.created_at == south.created_at
        else:
            assert await keys.page("north", "", 10) == []
        made = ApiKey(text["new"].id, "west", "shop", frozenset({Scope.READ}), text["new"].digest, "", now)
        await keys.add(made)
        assert await keys.find(made.id) == made


# -- what does not run ------------------------------------------------------------------------------------------------


def test_a_database_that_is_not_there_or_empty_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with pytest.raises(OldSchema, match="run: entrepot migrate"):
        check_schema(path)
    assert not path.exists()
    sqlite3.connect(path).close()
    path.touch()
    with pytest.raises(OldSchema, match="no tables yet; run: entrepot migrate"):
        check_schema(path)


def stamp(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()


def test_an_older_schema_refuses_to_run_and_says_what_to_do(tmp_path: Path) -> None:
    migrate(tmp_path / "ledger.db", kinds().values(), REGISTERS)
    stamp(tmp_path / "ledger.db", "0000")
    with pytest.raises(OldSchema, match=rf"revision 0000 and this release needs {REVISION}; run: entrepot migrate"):
        check_schema(tmp_path / "ledger.db")


def test_a_newer_schema_is_neither_run_nor_migrated(tmp_path: Path) -> None:
    migrate(tmp_path / "ledger.db", kinds().values(), REGISTERS)
    stamp(tmp_path / "ledger.db", "9999")
    with pytest.raises(NewSchema, match="run the release that migrated it"):
        check_schema(tmp_path / "ledger.db")
    with pytest.raises(NewSchema):
        migrate(tmp_path / "ledger.db", kinds().values(), REGISTERS)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(SchemaMismatch, match="name another file"):
        migrate(tmp_path / "ledger.db", kinds().values(), REGISTERS)


def test_an_old_sqlite_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(OldSqlite, match=r"SQLite 3\.37\.0 or newer"):
        migrate(tmp_path / "ledger.db", kinds().values(), REGISTERS)
    assert not (tmp_path / "ledger.db").exists()


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    twins = [AccountKind(name, ("x",), frozenset({OPEN}), "twin.insufficient", "account") for name in ("a", "b")]
    with pytest.raises(Exception, match=r"use DROP TABLE|already exists"):
        migrate(path, twins, REGISTERS)
    assert shape(path) == {}
    assert migrate(path, kinds().values(), REGISTERS) == ("", REVISION)


# -- views ------------------------------------------------------------------------------------------------------------


async def test_views_show_accounts_and_registers_by_their_names(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 0)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.row_factory = sqlite3.Row
        (position,) = connection.execute(
            "SELECT * FROM stock_position WHERE tenant = 'north' AND goods = 'A' AND node = 'N1'"
        ).fetchall()
        assert dict(position) == {
            "tenant": "north",
            "owner": "-",
            "goods": "A",
            "node": "N1",
            "lot": "-",
            "channel": "-",
            "available": 40 - 2 - 3 - 5 + 1,
            "reserved": 3,
            "allocated": 2,
            "in_transit": 0,
            "held": 0,
            "on_hand": 36,
            "floor": 0,
            "version": position["version"],
            "changed_at": position["changed_at"],
        }
        assert position["changed_at"].startswith("2026-03-01T12:00:")
        assert position["changed_at"].endswith("Z")
        goods = connection.execute("SELECT code, name, unit, scale, active FROM goods WHERE tenant = 'south'")
        assert tuple(goods.fetchone()) == ("A", "A", "piece", 0, 1)
        assert connection.execute("SELECT in_transit FROM shipment_goods").fetchone()[0] == 1


def test_a_new_kind_of_account_has_its_view_with_the_next_migration(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    migrate(path, kinds().values(), REGISTERS)
    card = AccountKind("card", ("issuer", "number"), frozenset({OPEN}), "card.insufficient", "gift_card")
    migrate(path, (*kinds().values(), card), REGISTERS)
    with closing(sqlite3.connect(path)) as connection:
        names = [column[0] for column in connection.execute("SELECT * FROM gift_card").description]
    assert names == ["tenant", "issuer", "number", "available", "on_hand", "floor", "version", "changed_at"]


def test_a_new_register_has_its_view_with_the_next_migration(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    migrate(path, kinds().values(), REGISTERS)
    migrate(path, kinds().values(), (*REGISTERS, Register("carrier", ("name", "phone"))))
    with closing(sqlite3.connect(path)) as connection:
        names = [column[0] for column in connection.execute("SELECT * FROM carrier").description]
    assert names == ["tenant", "code", "name", "phone", "version", "changed_at"]


def test_a_name_that_looks_like_parameters_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory&b=%41.db"
    migrate(path, kinds().values(), REGISTERS)
    check_schema(path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
