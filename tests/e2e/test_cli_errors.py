"""Whatever goes wrong is said on one line of stderr that says what to do, with the exit code of its kind."""

import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.cli.distribution import version
from tests.e2e.conftest import Entrepot


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("stock reserve TEA=99@NORTH", 1, "reserve less, name more nodes, or allow --partial"),
        ("stock receive CHALK=1@NORTH", 1, "register it: entrepot goods register <code>"),
        ("stock confirm R9", 1, "check its id, or try again"),
        ("stock receive TEA=0@NORTH", 1, "quantity must be from 1 to"),
        ("stock receive TEA=1@NORTH --request-id expire:1:1", 1, "choose another"),
        ("stock receive TEA=1", 2, "write GOODS=QUANTITY@NODE"),
        ("stock receive TEA=1.5@NORTH", 2, "is not a whole number"),
        ("stock receive TEA=1@NORTH,SOUTH", 2, "takes one node a line"),
        ("stock extend R1 --hold soon", 2, "write 90s, 30m, 2h or 1d"),
        ("stock movements", 2, "name one thing"),
        ("stock reservation", 2, "name one reservation"),
        ("stock hold TEA=1@NORTH", 2, "entrepot stock hold --help"),
        ("stocks", 2, "entrepot --help"),
        ("stock", 2, "entrepot stock --help"),
        ("--tenant", 2, "requires an argument"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(shop: Entrepot, arguments: str, code: int, says: str) -> None:
    said = shop(*arguments.split())
    assert said.code == code
    assert says in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("error: ")


def test_an_error_is_json_where_json_is_asked_for(shop: Entrepot) -> None:
    error = shop("--json", "stock", "reserve", "TEA=99@NORTH", "--request-id", "Q1").json["error"]
    assert (error["code"], error["retryable"], error["request_id"]) == ("stock.insufficient", False, "Q1")
    assert error["facts"]
    assert shop("stock", "receive", "--json").json["error"]["code"] == "usage"


def test_a_database_that_is_not_there_is_answered_with_how_to_make_it(
    entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", f"sqlite:///{tmp_path}/none.db")
    said = entrepot("goods", "list")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert said.err.endswith("run: entrepot migrate\n")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("command", ["", "stock reserve", "goods change", "ledger audit"])
def test_help_shows_no_type_behind_an_option_that_takes_no_value(entrepot: Entrepot, command: str) -> None:
    said = entrepot(*command.split(), "--help")
    assert "--help" in said.out
    assert "bool" not in said.out


def test_help_says_once_that_something_is_required(entrepot: Entrepot) -> None:
    said = entrepot("stock", "hold", "--help").out
    (line,) = [each for each in said.splitlines() if "--reason" in each]
    assert line.lower().count("required") == 1


@pytest.mark.parametrize("command", ["demo", "import goods", "export stock", "stock reserve"])
def test_help_tells_the_defaults_that_are_not_values(entrepot: Entrepot, command: str) -> None:
    assert "by default" in " ".join(entrepot(*command.split(), "--help").out.split())


def test_a_bad_setting_names_its_variable(entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_COMMITTER__BATCH", "none")
    said = entrepot("goods", "list", "--json")
    assert said.code == 2
    assert said.err.startswith("error: settings: ENTREPOT_COMMITTER__BATCH: ")
    assert said.json["error"]["code"] == "settings"


def test_a_database_that_cannot_be_written_is_no_answer(entrepot: Entrepot, tmp_path: Path) -> None:
    database = tmp_path / "var" / "test.db"
    database.write_bytes(b"this was a database once" * 100)
    said = entrepot("goods", "list")
    assert said.code in (2, 3)
    assert said.err.count("\n") == 1


def test_it_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "entrypoints.cli.main", "--version"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"entrepot {version()}\n", "")


@pytest.mark.parametrize("what", ["junk", "folder", "damaged"])
@pytest.mark.parametrize("arguments", ["migrate", "stock show TEA", "stock receive TEA=1@NORTH", "ledger audit"])
def test_a_file_that_is_no_database_is_named(
    shop: Entrepot, tmp_path: Path, what: str, arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / what
    if what == "junk":
        path.write_bytes(b"junk" * 100)
    elif what == "folder":
        path.mkdir()
    else:
        whole = (tmp_path / "var" / "test.db").read_bytes()
        path.write_bytes(whole[:100] + b"\x99" * (len(whole) - 100))
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", f"sqlite:///{path}")
    said = shop(*arguments.split())
    assert (said.code, said.err.count("\n")) == (3, 1)
    assert f"error: service.unavailable: cannot open {path}: " in said.err
    assert "://" not in said.err.removesuffix("check ENTREPOT_DATABASE__URL and that the file can be written\n")


def test_a_backup_that_cannot_be_written_is_said_on_one_line(shop: Entrepot, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, where a folder would be needed")
    said = shop("backup", tmp_path / "taken" / "backup.db")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "error: database: " in said.err
