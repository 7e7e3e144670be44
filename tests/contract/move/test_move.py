"""Moving house while open: all that was accepted is there, and nothing is written where it was any more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from adapters.sql import move, schema
from adapters.sql.move import MoveRefused
from application.kernel.unanswered import Unanswered
from application.reconciliation.close_ledger import seal_account
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from domain.kernel.refusal import Refusal
from entrypoints.composition.installation import open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.moving import Moved, move_ledger
from entrypoints.composition.settings import Settings, load_settings
from entrypoints.conformance.scratch_servers import LENDER
from tests.contract.growth.installations import Installation
from tests.services import url_of

PAIRS = [
    ("sqlite", "sqlite"),
    ("sqlite", "postgres"),
    ("sqlite", "mariadb"),
    ("postgres", "mariadb"),
    ("mariadb", "sqlite"),
]


def place(kind: str, folder: Path) -> str:
    """The URL of an empty database."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'ledger.db'}"
        migrate(settings_of(url))
        return url
    folder.mkdir(exist_ok=True)
    return LENDER.url(settings_of(url_of(kind)), folder)


def settings_of(url: str) -> Settings:
    return load_settings(database={"url": url})


def silent(*_: object) -> None:
    """Nobody watches."""


async def go(source: str, target: str, watch: Any = silent, say: Any = silent) -> Moved:
    return await move_ledger(settings_of(source), target, watch, say)


@asynccontextmanager
async def living(url: str) -> AsyncIterator[Installation]:
    """A ledger in which everything has happened: a closed period, published events, purged requests."""
    ledger = Installation(url)
    await ledger.start()
    try:
        await ledger.live(1, 60)
        await ledger.close_period()
        await ledger.publish(3)
        await ledger.do(ReleaseReservation("never came"))
        await ledger.live(2, 30)
        yield ledger
    finally:
        with suppress(Unanswered):
            await ledger.close()


async def contents(url: str) -> dict[str, list[Sequence[Any]]]:
    """Every row of every table, but for what only says who is at work where."""
    apart = {"ledger_state": {"moved"}, "outbox_lease": {"holder", "token", "leased_until"}}
    apart["deadline"] = {"token", "leased_until"}

    def read(connection: Connection) -> dict[str, list[Sequence[Any]]]:
        return {
            name: sorted(
                (tuple(row) for row in connection.execute(select(*_but(table, apart.get(name, set())))).all()), key=repr
            )
            for name, table in schema.metadata.tables.items()
        }

    async with open_root(settings_of(url)) as root:
        database: Any = root.database()
        found: dict[str, list[Sequence[Any]]] = await database.read(read)
        return found


def _but(table: Any, apart: set[str]) -> list[Any]:
    return [column for column in table.columns if column.name not in apart]


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move, "CHUNK", 20)


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target"), PAIRS)
async def test_all_that_was_accepted_until_the_last_moment_is_there(source: str, target: str, tmp_path: Path) -> None:
    here, there = place(source, tmp_path / "here"), place(target, tmp_path / "there")
    accepted = 0
    async with living(here) as ledger:

        async def trade() -> None:
            nonlocal accepted
            while True:
                try:
                    await ledger.reserve(f"late{accepted}", ("A", "N1", 1))
                    accepted += 1
                except Refusal:
                    await ledger.do(ReceiveStock((ReceivedLine("A", "N1", 50),)))
                await asyncio.sleep(0.005)  # what is left when it closes is copied while everybody waits

        trading = asyncio.create_task(trade())
        moved = await go(here, there)
        with pytest.raises(Unanswered):
            await trading
        with pytest.raises(Unanswered):
            await ledger.reserve("too late", ("B", "N1", 1))
    seen = await contents(there)
    assert seen == await contents(here)
    assert accepted > 3
    assert {f"late{n}" for n in range(accepted)} <= {row[1] for row in seen["reservation"]}
    assert (moved.movements, moved.accounts) == (len(seen["movement"]), len(seen["account"]))
    ledger = Installation(there)
    await ledger.start()
    assert (await ledger.audit(full=True)).clean
    await ledger.close()


@pytest.mark.slow
@pytest.mark.parametrize("table", ["movement", "sealed", "account", "reservation", "entry"])
async def test_a_move_that_was_killed_goes_on(table: str, tmp_path: Path) -> None:
    """Killed when it copied the first of this table; before it goes on, a month passes in which much is purged."""
    here, there = place("sqlite", tmp_path), f"sqlite:///{tmp_path / 'there.db'}"

    async with living(here) as ledger:
        await killed_at(table, here, there)
        ledger.clock.pass_by(timedelta(days=31))
        await ledger.publish()
        await ledger.live(3, 20)
        await ledger.close_period()
        await ledger.purge()
        await go(here, there)
    assert await contents(there) == await contents(here)


async def killed_at(table: str, here: str, there: str) -> None:
    """A move that is killed when it copied the first of this table."""

    def die(copied: str, _: int) -> None:
        if copied == table:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await go(here, there, watch=die)


@pytest.mark.parametrize("purged", [False, True])
async def test_events_published_since_they_were_copied_are_published_there_too(purged: bool, tmp_path: Path) -> None:
    """And those that were purged since are gone there too, though older ones of other partitions still wait."""
    here, there = place("sqlite", tmp_path), f"sqlite:///{tmp_path / 'there.db'}"
    async with living(here) as ledger:
        await killed_at("account", here, there)  # all events are copied
        copied = await contents(there)
        await ledger.publish(2)
        if purged:
            ledger.clock.pass_by(timedelta(days=31))
            await ledger.purge()
        await go(here, there)
    seen = await contents(there)
    assert seen == await contents(here)
    assert seen["outbox"] != copied["outbox"], "there was something to catch up with"


async def test_a_period_whose_closing_was_cut_off_and_begun_anew_is_the_one_that_held(tmp_path: Path) -> None:
    here, there = place("sqlite", tmp_path), f"sqlite:///{tmp_path / 'there.db'}"
    async with living(here) as ledger:
        period = await ledger.seals.begin()
        await ledger.seals.seal_some(
            period, 0, 3, lambda account, opening, postings: seal_account(period.number, account, opening, postings)[0]
        )
        await killed_at("account", here, there)  # with the lines of the closing that was cut off
        await ledger.live(3, 20)
        await ledger.close_period()
        await go(here, there)
    assert await contents(there) == await contents(here)
    ledger = Installation(there)
    await ledger.start()
    assert (await ledger.audit(full=True)).clean
    await ledger.close()


async def test_one_that_was_killed_between_closing_and_opening_goes_on(tmp_path: Path) -> None:
    here, there = place("sqlite", tmp_path), f"sqlite:///{tmp_path / 'there.db'}"

    def die(_: str) -> None:
        raise KeyboardInterrupt

    async with living(here) as ledger:
        with suppress(KeyboardInterrupt):
            await go(here, there, say=die)
        for closed in (ledger, Installation(there)):
            if closed is not ledger:
                await closed.start()
            with pytest.raises(Unanswered):
                await closed.reserve("between", ("A", "N1", 1))
            if closed is not ledger:
                await closed.close()
        await go(here, there)
    assert await contents(there) == await contents(here)
    with pytest.raises(MoveRefused, match="is not empty"):
        await go(here, there)


async def test_where_the_copy_differs_the_ledger_stays(tmp_path: Path) -> None:
    here, there = place("sqlite", tmp_path), f"sqlite:///{tmp_path / 'there.db'}"

    def spoil(_: str) -> None:
        engine = move_engine(tmp_path / "there.db")
        with engine.begin() as connection:
            connection.execute(update(schema.account).values(available=schema.account.c.available + 1))
        engine.dispose()

    async with living(here) as ledger:
        with pytest.raises(MoveRefused, match=r"the ledger stays at sqlite:///"):
            await go(here, there, say=spoil)
        await ledger.reserve("goes on", ("A", "N1", 1))


def move_engine(path: Path) -> Any:
    from adapters.sql.database import sqlite_engine

    return sqlite_engine(path, writer=True)


async def test_it_moves_into_an_empty_database_only(tmp_path: Path) -> None:
    here, there = place("sqlite", tmp_path), f"sqlite:///{tmp_path / 'there.db'}"
    async with living(here), living_elsewhere(there):
        with pytest.raises(MoveRefused, match="is not empty"):
            await go(here, there)


@asynccontextmanager
async def living_elsewhere(url: str) -> AsyncIterator[None]:
    migrate(settings_of(url))
    async with living(url):
        yield
