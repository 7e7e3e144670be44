"""Search from the command line: the index is made from the ledger, checked, repaired, asked."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot


@pytest.fixture
def searching(shop: Entrepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Entrepot:
    """The shop, with an index that has nothing yet."""
    monkeypatch.setenv("ENTREPOT_SEARCH__URL", f"sqlite:///{tmp_path / 'var' / 'search.db'}")
    shop("goods", "change", "TEA", "--name", "龙井茶")
    shop("stock", "reserve", "TEA=2@NORTH", "--id", "r1", "--order", "o-1")
    return shop


def test_an_index_is_rebuilt_from_the_ledger_and_asked(searching: Entrepot) -> None:
    done = searching("search", "rebuild", "--json")
    assert done.code == 0
    assert {each["kind"]: each["copied"] for each in done.json} == {
        "positions": 1,
        "movements": 2,
        "reservations": 1,
        "goods": 2,
        "nodes": 2,
    }
    found = searching("search", "find", "goods", "龙井", "--facet", "unit", "--json").json
    assert [each["fields"]["name"] for each in found["documents"]] == ["龙井茶"]
    assert found["facets"] == {"unit": [{"value": "piece", "count": 1}]}
    shown = searching("search", "find", "reservations", "--where", "order:o-1").out
    assert "r1" in shown
    sums = searching("search", "sums", "movements", "--by", "movement", "--sum", "quantity", "--json").json
    assert [(each["by"]["movement"], each["sums"]["quantity"]) for each in sums["groups"]] == [
        ("OPEN", 10),
        ("RESERVE", 2),
    ]
    assert searching("--tenant", "other", "search", "find", "goods", "--json").json["documents"] == []


def test_a_check_ends_with_1_where_something_differs_and_repairs_it(searching: Entrepot) -> None:
    searching("search", "rebuild")
    said = searching("search", "check", "--json")
    assert said.code == 0
    assert [each["clean"] for each in said.json] == [True] * 5
    searching("stock", "receive", "TEA=1@NORTH")  # and nobody tells the index
    assert searching("search", "check", "positions").code == 0  # it may be on its way
    said = searching("search", "check", "positions", "movements", "--settle", "0", "--json")
    assert said.code == 1
    assert [(each["missing"], each["behind"], each["clean"]) for each in said.json] == [(0, 1, False), (1, 0, False)]
    said = searching("search", "check", "--settle", "0", "--repair", "--json")
    assert said.code == 0
    assert sum(each["repaired"] for each in said.json) == 2
    assert searching("search", "check", "--settle", "0").code == 0


def test_without_an_index_and_with_one_that_is_away_it_says_what_to_do(
    shop: Entrepot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = shop("search", "find", "goods")
    assert (said.code, "set ENTREPOT_SEARCH__URL" in said.err) == (1, True)
    assert shop("search", "rebuild").code == 1
    monkeypatch.setenv("ENTREPOT_SEARCH__URL", "opensearch+http://127.0.0.1:9")
    for command in (("find", "goods"), ("rebuild",), ("check",)):
        said = shop("search", *command)
        assert (said.code, said.err.count("\n"), "try again" in said.err) == (3, 1, True)
    monkeypatch.setenv("ENTREPOT_SEARCH__URL", "http://127.0.0.1:9")
    said = shop("search", "find", "goods")
    assert (said.code, said.err.count("\n"), "ENTREPOT_SEARCH__URL" in said.err) == (2, 1, True)


@pytest.mark.slow
@pytest.mark.kill
def test_a_rebuild_that_is_killed_goes_on_where_it_was(searching: Entrepot, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "var" / "test.db") as ledger:
        for n in range(40):
            ledger.execute(
                "INSERT INTO entry SELECT tenant, register, 'N' || ?, facts, version, changed_at, 1000 + ? FROM entry "
                "WHERE code = 'NORTH'",
                (n, n),
            )
    ledger.close()
    command = [sys.executable, "-m", "entrypoints.cli.main", "search", "rebuild", "nodes", "--page", "1"]
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.Popen(command, env=environment, cwd=tmp_path)
    index = tmp_path / "var" / "search.db"
    ends = time.monotonic() + 60
    while time.monotonic() < ends and not _place(index):
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    place = _place(index)
    if not place:  # it was quicker than we were
        pytest.skip("the rebuild was done before it could be killed")
    done = searching("search", "rebuild", "nodes", "--json").json[0]
    assert done["resumed"]
    assert done["copied"] < 42
    assert searching("search", "find", "nodes", "--json").json["total"] == 42
    assert searching("search", "check", "nodes", "--settle", "0").code == 0


def _place(index: Path) -> str:
    """How far the rebuild has come."""
    if not index.exists():
        return ""
    try:
        with sqlite3.connect(index) as connection:
            row = connection.execute("SELECT place FROM rebuild").fetchone()
        connection.close()
    except sqlite3.Error:
        return ""
    return row[0] if row else ""
