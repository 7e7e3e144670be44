"""The audit finds every planted discrepancy and invents none."""

import asyncio
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.sql import audit
from tests.contract.growth.installations import KINDS, opened
from tests.contract.growth.planting import EXPECTED, MEMORY, SQL, plant_in_sqlite

FIRST = "account:stock:-/A/N1/-/-"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
async def test_nothing_is_found_where_nothing_is_wrong(kind: str, seed: int, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        empty = await ledger.audit()
        assert (empty.differences, empty.movements) == ((), 0)
        await ledger.live(seed)
        report = await ledger.audit()
        assert report.differences == ()
        assert report.clean
        assert report.seal == 0
        assert min(report.movements, report.reservations, report.shipments, report.events, report.goods) > 0
        assert report.accounts == 14
        assert report.skipped == ()


@pytest.mark.parametrize("kind", KINDS[1:])
async def test_nothing_is_passed_over_between_chunks(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.live(1)
        whole = await ledger.audit()
        for size in (1, 3, 7):
            monkeypatch.setattr(audit, "CHUNK", size)
            assert await ledger.audit() == whole


def test_every_fault_can_be_planted_everywhere() -> None:
    assert set(SQL) == set(MEMORY) == set(EXPECTED)


@pytest.mark.parametrize("fault", EXPECTED)
@pytest.mark.parametrize("seed", range(2))
async def test_a_fault_in_memory_is_found(fault: str, seed: int, tmp_path: Path) -> None:
    async with opened("memory", tmp_path) as ledger:
        await ledger.live(seed, 40)
        MEMORY[fault](ledger.database, random.Random(seed))
        report = await ledger.audit()
        assert EXPECTED[fault] in {difference.check for difference in report.differences}
        assert not report.clean


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lively history in a file, made once."""
    folder = tmp_path_factory.mktemp("history")

    async def made() -> Path:
        async with opened("sqlite", folder) as ledger:
            await ledger.live(1)
            path: Path = ledger.path
            return path

    return asyncio.run(made())


async def audited(history: Path, folder: Path, fault: str, seed: int) -> Any:
    copied = folder / history.name
    shutil.copy(history, copied)
    plant_in_sqlite(copied, fault, random.Random(seed))
    async with opened("sqlite", folder) as ledger:
        return await ledger.audit()


@pytest.mark.parametrize("fault", EXPECTED)
@pytest.mark.parametrize("seed", range(2))
async def test_a_fault_in_sqlite_is_found(history: Path, fault: str, seed: int, tmp_path: Path) -> None:
    report = await audited(history, tmp_path, fault, seed)
    assert EXPECTED[fault] in {difference.check for difference in report.differences}


async def test_the_list_of_differences_is_bounded_and_all_are_counted(history: Path, tmp_path: Path) -> None:
    shutil.copy(history, tmp_path / history.name)
    async with opened("sqlite", tmp_path) as ledger:
        ledger.tamper("UPDATE movement SET floor = floor + version")
        report = await ledger.audit(most=5)
        assert len(report.differences) == 5
        assert report.found > 50


async def test_a_difference_says_what_whose_where_expected_and_found(history: Path, tmp_path: Path) -> None:
    shutil.copy(history, tmp_path / history.name)
    async with opened("sqlite", tmp_path) as ledger:
        ledger.tamper("UPDATE account SET floor = 7 WHERE tenant = 'south' AND key = '-/A/N1/-/-'")
        (difference,) = (await ledger.audit()).differences
        assert difference == ("account.floor", "south", "stock:-/A/N1/-/-", "0", "7")


UNREADABLE = {
    "no JSON": "x'7B'",
    "other JSON": "'[7]'",
    "a stage too few": "replace(CAST(body AS TEXT), ',0]]]', ']]]')",
}


@pytest.mark.parametrize("body", UNREADABLE)
async def test_a_reservation_that_cannot_be_read_is_a_difference(body: str, history: Path, tmp_path: Path) -> None:
    shutil.copy(history, tmp_path / history.name)
    async with opened("sqlite", tmp_path) as ledger:
        ledger.tamper(f"UPDATE reservation SET body = {UNREADABLE[body]} WHERE tenant = 'south' AND id = 'open0'")
        report = await ledger.audit()
        unread = [difference for difference in report.differences if difference.check == "reservation.unreadable"]
        assert [difference[1:3] for difference in unread] == [("south", "reservation open0")]
        assert {difference.check for difference in report.differences} == {"reservation.unreadable", "account.reserved"}


@pytest.mark.parametrize("data", ["x'7B'", "'{}'"])
async def test_an_event_that_cannot_be_read_is_a_difference(data: str, history: Path, tmp_path: Path) -> None:
    shutil.copy(history, tmp_path / history.name)
    async with opened("sqlite", tmp_path) as ledger:
        ledger.tamper(
            f"UPDATE outbox SET data = {data} WHERE id = (SELECT min(id) FROM outbox WHERE subject = '{FIRST}')"
        )
        (difference,) = (await ledger.audit()).differences
        assert difference[:3] == ("event.unreadable", "north", FIRST)
