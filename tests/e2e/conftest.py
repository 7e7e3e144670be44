"""The command line on a database of its own, in this process."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from entrypoints.cli.app import run


class Said(NamedTuple):
    """How a command line ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Entrepot = Callable[..., Said]


@pytest.fixture
def entrepot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Entrepot]:
    """Runs one command line on an empty, migrated database in `tmp_path`."""
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", f"sqlite:///{tmp_path / 'var' / 'test.db'}")
    monkeypatch.chdir(tmp_path)
    handlers, level = logging.root.handlers[:], logging.root.level

    def entrepot(*arguments: object) -> Said:
        code = run([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    assert entrepot("migrate").code == 0
    yield entrepot
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
def shop(entrepot: Entrepot) -> Entrepot:
    """The same, with TEA and COFFEE registered, 10 of TEA opened at NORTH, and a node SOUTH."""
    for goods in ("TEA", "COFFEE"):
        assert entrepot("goods", "register", goods).code == 0
    for node in ("NORTH", "SOUTH"):
        assert entrepot("node", "register", node).code == 0
    assert entrepot("stock", "open", "TEA=10@NORTH").code == 0
    return entrepot
