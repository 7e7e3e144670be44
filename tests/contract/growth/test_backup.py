"""A backup is one committed state, taken under load; a restored one begins a new epoch."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sql.backup import BackupRefused, back_up, restore
from tests.contract.growth.installations import opened


async def test_a_backup_taken_under_load_is_whole(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 10)
        writing = asyncio.create_task(ledger.live(2, 60))
        await asyncio.sleep(0)
        for number in range(3):
            made = await asyncio.to_thread(back_up, ledger.path, tmp_path / f"copy{number}" / "backup.db")
            assert made.size > 0
            assert made.epoch == 1
        assert not writing.done(), "the writer went on"
        await writing
        whole = await ledger.audit()
    for number in range(3):
        folder = tmp_path / f"copy{number}"
        assert [each.name for each in folder.iterdir()] == ["backup.db"], "one file, and nothing half written"
        restore(folder / "backup.db", folder / "ledger.db")
        async with opened("sqlite", folder) as copy:
            report = await copy.audit()
            assert report.differences == ()
            assert 0 < report.movements < whole.movements


async def test_a_restored_database_goes_on_in_an_epoch_of_its_own(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 10)
        await ledger.publish(1)
        back_up(ledger.path, tmp_path / "backup.db")
        await ledger.live(2, 10)
    first = restore(tmp_path / "backup.db", ledger.path, force=True)
    second = restore(tmp_path / "backup.db", ledger.path, force=True)
    assert 1 < first.epoch < second.epoch
    async with opened("sqlite", tmp_path) as again:
        assert (await again.audit()).differences == ()
        (lease,) = await again.outbox.lease("another", [0], timedelta(minutes=1))
        messages = (await again.outbox.unpublished([lease.partition], 1))[0]
        assert all(message.epoch == second.epoch for message in messages)
        again.counted = ledger.counted
        await again.live(3, 10)
        assert (await again.audit(full=True)).clean


async def test_nothing_is_overwritten_unless_that_is_forced(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 0)
        target = tmp_path / "backup.db"
        back_up(ledger.path, target)
        with pytest.raises(BackupRefused, match="force"):
            back_up(ledger.path, target)
        back_up(ledger.path, target, force=True)
    with pytest.raises(BackupRefused, match="force"):
        restore(target, ledger.path)


async def test_a_database_in_use_is_not_replaced(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 0)
        back_up(ledger.path, tmp_path / "backup.db")
        with pytest.raises(BackupRefused, match="in use"):
            restore(tmp_path / "backup.db", ledger.path, force=True)
        assert (await ledger.audit()).clean


async def test_no_backup_takes_the_place_of_a_database_in_use_whatever_its_name(tmp_path: Path) -> None:
    """Whatever runs would go on in the file that was replaced, and all it commits would be lost."""
    async with opened("sqlite", tmp_path) as ledger, opened("sqlite", tmp_path / "other") as other:
        await ledger.live(1, 0)
        await other.live(1, 0)
        (tmp_path / "link").symlink_to(ledger.path)
        for target in (ledger.path, tmp_path / "link"):
            with pytest.raises(BackupRefused, match="the database itself"):
                back_up(ledger.path, target, force=True)
        with pytest.raises(BackupRefused, match="in use"):
            back_up(ledger.path, other.path, force=True)


async def test_a_log_left_of_an_older_backup_is_not_taken_for_part_of_the_new_one(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 0)
        target = tmp_path / "backup.db"
        (tmp_path / "backup.db-wal").write_bytes(ledger.path.with_name(ledger.path.name + "-wal").read_bytes())
        back_up(ledger.path, target)
        assert not (tmp_path / "backup.db-wal").exists()


async def test_two_backups_to_one_file_at_a_time_do_not_meet(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 40)
        target = tmp_path / "copies" / "backup.db"
        for _ in range(10):
            await asyncio.gather(*(asyncio.to_thread(back_up, ledger.path, target, force=True) for _ in range(3)))
            with sqlite3.connect(target) as copy:
                assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
            copy.close()
        assert [each.name for each in target.parent.iterdir()] == ["backup.db"]


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="no backup"):
        restore(tmp_path / "nowhere.db", tmp_path / "ledger.db")
    (tmp_path / "text").write_text("not a database, but long enough to be taken for one" * 40)
    with pytest.raises(BackupRefused, match="cannot be copied"):
        restore(tmp_path / "text", tmp_path / "ledger.db")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(BackupRefused, match="not a database of this application"):
        restore(tmp_path / "other.db", tmp_path / "ledger.db")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other.db", "text"]
