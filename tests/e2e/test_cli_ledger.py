"""The ledger, the outbox, backups and settings from the command line."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot


def test_the_ledger_is_audited_closed_and_audited_from_the_seal(shop: Entrepot) -> None:
    report = shop("ledger", "audit", "--json").json
    assert (report["verdict"], report["seal"], report["movements"]) == ("clean", 0, 1)
    seal = shop("ledger", "close", "--json").json
    assert (seal["number"], seal["movements"], len(seal["digest"])) == (1, 1, 64)
    shop("stock", "receive", "TEA=1@NORTH")
    assert shop("ledger", "audit", "--json").json["seal"] == 1
    assert shop("ledger", "audit", "--full", "--json").json["movements"] == 2
    assert shop("ledger", "show", "--json").json["last_seal"]["number"] == 1
    assert "clean" in shop("ledger", "audit").out


def test_an_audit_that_finds_something_ends_with_1(shop: Entrepot, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "var" / "test.db") as database:
        database.execute("UPDATE account SET available = available + 1")
    database.close()
    said = shop("ledger", "audit", "--json")
    assert said.code == 1
    assert said.json["found"] > 0
    assert said.json["differences"]


def test_a_purge_keeps_what_is_young(shop: Entrepot) -> None:
    assert shop("ledger", "purge", "--json").json == {
        "requests": 0,
        "tombstones": 0,
        "events": 0,
        "messages": 0,
        "entries": 0,
        "promises": 0,
    }


def test_events_wait_and_are_relayed(shop: Entrepot) -> None:
    waiting = shop("outbox", "show", "--json").json
    assert {"GoodsRegistered", "NodeRegistered", "StockReceived", "BalancesChanged"} == {
        event["type"] for event in waiting["events"]
    }
    relayed = shop("outbox", "relay", "--json").json
    assert relayed == {"published": len(waiting["events"]), "partitions_waiting": 0}
    assert shop("outbox", "show", "--json").json["events"] == []


def test_what_is_parked_is_shown_and_requeued_where_its_consumers_run(shop: Entrepot) -> None:
    assert shop("outbox", "parked", "search", "--json").json == []
    said = shop("outbox", "requeue", "search", "1-1")
    assert said.code == 1
    assert "requeue in the process that runs its consumers" in said.err


def test_a_backup_is_restored_in_a_new_epoch(shop: Entrepot, tmp_path: Path) -> None:
    copy = tmp_path / "backup" / "copy.db"
    made = shop("backup", copy, "--json").json
    assert made["size"] == copy.stat().st_size
    shop("stock", "receive", "TEA=90@NORTH")
    refused = shop("restore", copy)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    restored = shop("restore", copy, "--force", "--json")
    assert restored.json["epoch"] > made["epoch"]
    assert "keys that were revoked" in restored.err
    assert shop("stock", "show", "TEA", "--json").json["goods"][0]["amounts"]["available"] == 10
    assert shop("ledger", "audit", "--full").code == 0


def test_a_restore_over_a_database_says_how_to_replace_it(shop: Entrepot, tmp_path: Path) -> None:
    shop("backup", tmp_path / "copy.db")
    assert shop("restore", tmp_path / "copy.db").err.endswith("exists: --force replaces it with the backup\n")


def test_an_audit_tells_people_from_where_it_checked(shop: Entrepot) -> None:
    lines = [" ".join(line.split()) for line in shop("ledger", "audit").out.splitlines()]
    assert "checked from the beginning" in lines
    assert "goods on shipments 0" in lines
    shop("ledger", "close")
    lines = [" ".join(line.split()) for line in shop("ledger", "audit").out.splitlines()]
    assert "checked from seal 1" in lines


def test_a_list_shows_people_how_to_see_the_next_page_and_only_where_there_is_one(shop: Entrepot) -> None:
    first = shop("node", "list", "--limit", 1).out
    (line,) = [each for each in first.splitlines() if each.startswith("next page")]
    rest = shop("node", "list", *line.removeprefix("next page").split()).out
    assert rest
    assert "next page" not in rest


def test_a_database_is_made_by_migrating_and_migrating_again_changes_nothing(
    entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", f"sqlite:///{tmp_path}/new/new.db")
    made = entrepot("migrate", "--json").json
    assert (made["before"], made["database"]) == ("", f"{tmp_path}/new/new.db")
    again = entrepot("migrate", "--json").json
    assert again["before"] == again["after"] == made["after"]
    assert entrepot("goods", "list").code == 0


def test_the_settings_in_force_are_shown_with_where_they_came_from(
    entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREPOT_COMMITTER__BATCH", "128")
    found = {each["name"]: each for each in entrepot("config", "--json").json}
    assert (found["ENTREPOT_COMMITTER__BATCH"]["value"], found["ENTREPOT_COMMITTER__BATCH"]["source"]) == (
        128,
        "environment",
    )
    assert found["ENTREPOT_COMMITTER__QUEUE"]["source"] == "default"
    assert "ENTREPOT_COMMITTER__BATCH" in entrepot("config").out


def test_closed_movements_are_archived_and_audited_in_the_archive(shop: Entrepot, tmp_path: Path) -> None:
    shop("stock", "receive", "TEA=1@NORTH")
    shop("stock", "receive", "TEA=2@NORTH")
    shop("ledger", "close")
    done = shop("ledger", "archive", "--json").json
    assert (done["seal"], done["files"], done["movements"], done["deleted"]) == (1, 1, 3, 2)
    [path] = (tmp_path / "var" / "objects" / "ledger").rglob("*.jsonl")
    head, account, *lines = path.read_text().splitlines()
    assert head == '{"archive": "movements", "format": 1, "seal": 1}'
    assert account.startswith('{"account":["main","stock",["')
    assert [json.loads(line)[:4] for line in lines] == [
        [1, "OPEN", 10, [10, 0, 0, 0, 0]],
        [2, "RECEIVE", 1, [11, 0, 0, 0, 0]],
        [3, "RECEIVE", 2, [13, 0, 0, 0, 0]],
    ]
    report = shop("ledger", "audit", "--full", "--json").json
    assert (report["verdict"], report["movements"]) == ("clean", 3)
    refused = shop("stock", "movements", "--goods", "TEA", "--node", "NORTH")
    assert refused.code == 1
    assert "movements.archived" in refused.err
    assert [
        each["version"]
        for each in map(json.loads, shop("export", "movements", "--format", "jsonl").out.split("\n")[:-1])
    ] == [3]
    path.unlink()
    report = shop("ledger", "audit", "--full", "--json")
    assert report.code == 1
    assert "archive.object" in {each["check"] for each in report.json["differences"]}
    assert shop("ledger", "audit", "--json").json["verdict"] == "clean"
