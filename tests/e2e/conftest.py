"""The command line on a database of its own, in this process."""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from entrypoints.cli.app import run
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import DatabaseSettings, Settings


class Said(NamedTuple):
    """How a command line ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Entrepot = Callable[..., Said]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating takes longer than most of these tests."""
    path = tmp_path_factory.mktemp("migrated") / "test.db"
    migrate(Settings(database=DatabaseSettings(url=f"sqlite:///{path}")))
    return path


@pytest.fixture
def entrepot(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Entrepot]:
    """Runs one command line on an empty, migrated database in `tmp_path`."""
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", f"sqlite:///{tmp_path / 'var' / 'test.db'}")
    monkeypatch.chdir(tmp_path)
    handlers, level = logging.root.handlers[:], logging.root.level

    def entrepot(*arguments: object) -> Said:
        code = run([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    (tmp_path / "var").mkdir()
    shutil.copy(migrated, tmp_path / "var" / "test.db")
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
