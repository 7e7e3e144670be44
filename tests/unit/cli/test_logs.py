"""Logging: one renderer for ours and the standard library's, and nobody's data in a traceback."""

import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from application.kernel.pipeline import Flow
from entrypoints.cli.session import Session
from entrypoints.composition.logs import flow_sink, set_up_logging
from entrypoints.composition.settings import LogSettings


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    structlog.reset_defaults()
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_json_is_one_object_a_line_whoever_logs(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogSettings(level="info", format="json"))
    logging.getLogger("library").warning("%d left", 3)
    structlog.stdlib.get_logger("ours").info("counted", goods="TEA")
    logging.getLogger("library").debug("not told")
    library, ours = lines_of(capsys)
    assert (library["event"], library["level"], library["logger"]) == ("3 left", "warning", "library")
    assert (ours["event"], ours["goods"], ours["level"]) == ("counted", "TEA", "info")
    assert str(ours["timestamp"]).endswith("Z")


@pytest.mark.parametrize("format", ["json", "console"])
def test_a_traceback_says_where_and_not_what(capsys: pytest.CaptureFixture[str], format: str) -> None:
    set_up_logging(LogSettings.model_validate({"level": "info", "format": format}))
    password = "".join(("hun", "ter2"))
    try:
        raise ValueError(len(password))
    except ValueError:
        logging.getLogger("library").exception("it failed")
    told = capsys.readouterr().err
    assert "test_a_traceback_says_where_and_not_what" in told
    assert "ValueError" in told
    assert "hunter2" not in told


def test_a_step_is_told_at_the_level_of_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(LogSettings(level="error", format="json"))
    sink = flow_sink()
    sink(Flow("ReserveStock", "main", "1", "ann", 0.0015))
    sink(Flow("ReserveStock", "main", "2", "ann", 0.0015, "stock.insufficient", True))
    sink(Flow("ReserveStock", "main", "5", "ann", 0.0015, "service.busy"))
    sink(Flow("ReserveStock", "main", "3", "ann", 0.0015, "internal.fault"))
    (told,) = lines_of(capsys)
    assert (told["scene"], told["request"], told["code"], told["success"]) == (
        "ReserveStock",
        "3",
        "internal.fault",
        False,
    )
    assert (told["seconds"], told["principal"]) == (0.0015, "ann")
    set_up_logging(LogSettings(level="info", format="json"))
    sink(Flow("ReserveStock", "main", "4", "ann", 0.0015))
    assert [each["success"] for each in lines_of(capsys)] == [True]


@pytest.mark.parametrize("format", ["json", "console"])
def test_keys_are_logged_without_their_secrets(
    format: Literal["json", "console"], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(LogSettings(level="info", format=format))
    text = f"ek_{'a' * 12}_{'b' * 52}"
    try:
        raise RuntimeError(f"got {text}")
    except RuntimeError:
        logging.getLogger("somebody").exception("was given %s", text)
    structlog.stdlib.get_logger("us").info("told", header=f"Bearer {text}")
    said = capsys.readouterr().err
    assert said.count(f"ek_{'a' * 12}_***") == 3
    assert "bbbb" not in said


@pytest.mark.parametrize(("stays", "said"), [(False, False), (True, True)])
def test_a_process_that_stays_logs_warnings_unless_told_otherwise_and_one_command_does_not(
    *, stays: bool, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENTREPOT_LOG__LEVEL", raising=False)
    Session().settings(stays=stays)
    assert logging.getLogger("anything").isEnabledFor(logging.WARNING) is said
