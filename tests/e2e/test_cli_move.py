"""`entrepot move`, as a person says it."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot


def test_a_ledger_moves_and_says_for_how_long_nothing_was_written(
    shop: Entrepot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = f"sqlite:///{tmp_path / 'there.db'}"
    said = shop("move", there, "--json")
    assert (said.code, said.json["moved_to"], said.json["movements"]) == (0, there, 1)
    assert 0 <= said.json["waited_seconds"] <= said.json["refused_seconds"]
    assert "set ENTREPOT_DATABASE__URL and start everything anew" in said.err
    late = shop("stock", "receive", "TEA=1@NORTH")
    assert late.code == 3
    assert f"the ledger has moved to {there}: set ENTREPOT_DATABASE__URL to it" in late.err
    assert shop("ledger", "audit").code == 0
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", there)
    assert shop("stock", "receive", "TEA=1@NORTH").code == 0
    assert shop("ledger", "audit", "--full", "--json").json["movements"] == 2


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("memory:", "memory: is none"),
        ("postgresql:nowhere", "must be"),
        ("{here}", "is at"),
        ("postgresql://127.0.0.1:1/nothing", "cannot be reached"),
    ],
)
def test_a_place_that_cannot_be_is_refused_on_one_line(shop: Entrepot, tmp_path: Path, url: str, why: str) -> None:
    said = shop("move", url.format(here=f"sqlite:///{tmp_path / 'var' / 'test.db'}"))
    assert said.code in (2, 3)
    assert why in said.err
    assert said.err.count("\n") == 1
    assert shop("stock", "receive", "TEA=1@NORTH").code == 0


def test_a_place_that_is_taken_is_refused(shop: Entrepot, tmp_path: Path) -> None:
    there = f"sqlite:///{tmp_path / 'there.db'}"
    shop("backup", tmp_path / "there.db")
    said = shop("move", there)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "is not empty: name a new database" in said.err
