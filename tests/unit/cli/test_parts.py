"""The parts of the command line: notation, ids, output, whose packages they are."""

import json
import shutil
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Pick
from entrypoints.cli import distribution
from entrypoints.cli.app import hoisted
from entrypoints.cli.errors import TO_DO, Complaint
from entrypoints.cli.ids import time_ordered_id
from entrypoints.cli.notation import duration, goods_at, goods_quantity, line, picks
from entrypoints.cli.output import show, to_json
from entrypoints.composition.ports import own_kinds
from entrypoints.messages.parked import ConsumerElsewhere


def test_a_line_is_read_from_the_right() -> None:
    assert line("A=B@C=3@N1,N2") == ("A=B@C", 3, ("N1", "N2"))
    assert line("TEA=3@N").node == "N"
    assert goods_quantity("A=B=3") == ("A=B", 3)
    assert goods_at("A@B@N") == ("A@B", "N")


def test_what_is_no_utf8_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    said = b"a\xffb".decode("utf-8", "surrogateescape")
    assert json.loads(to_json({"said": [said]})) == {"said": ["a\\udcffb"]}
    show({"said": said})
    show([{"said": said}])
    assert capsys.readouterr().out.encode().count(b"a\\udcffb") == 2


@pytest.mark.parametrize("text", ["TEA", "TEA=3", "TEA@N", "=3@N", "TEA=@N", "TEA=3@", "TEA=٣@N", "TEA=1e3@N"])
def test_a_line_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Complaint):
        line(text)


def test_parts_of_a_reservation_are_read() -> None:
    assert picks(["1", "2=3", "a=4@1"]) == (Pick("1"), Pick("2", 3), Pick("a", 4, 1))
    assert picks(None) == ()


def test_durations_are_read() -> None:
    assert [duration(text) for text in ("90", "90s", "30m", "2h", "1d")] == [
        timedelta(seconds=90),
        timedelta(seconds=90),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(days=1),
    ]


def test_global_options_may_stand_anywhere_before_two_dashes() -> None:
    assert hoisted(["stock", "show", "TEA", "--json", "--tenant", "t", "--actor=a"]) == [
        "--json",
        "--tenant",
        "t",
        "--actor=a",
        "stock",
        "show",
        "TEA",
    ]
    assert hoisted(["stock", "show", "--", "--json"]) == ["stock", "show", "--", "--json"]


def test_made_ids_are_uuids_that_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_700_000_000_000_000_000
    made = []
    for step in range(50):
        monkeypatch.setattr("time.time_ns", lambda at=now + step * 1_000_000: at)
        made.append(time_ordered_id())
    assert made == sorted(made)
    assert {(uuid.UUID(id).version, uuid.UUID(id).variant) for id in made} == {(7, uuid.RFC_4122)}


def test_answers_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show({"name": "[red]x[/red]", "rows": [{"a": 1, "b": None}, {"a": 22, "b": None}], "none": []})
    shown = capsys.readouterr().out
    assert "[red]x[/red]" in shown
    assert "22" in shown
    assert " b" not in shown
    assert to_json((Pick("1", 2),)) == '[{"line":"1","quantity":2,"leg":null}]'


def test_a_table_too_wide_for_the_terminal_breaks_no_time_and_no_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.output.PIPED_WIDTH", 60)
    at = "2026-11-22T07:53:4{}Z"
    told = "told of it in a good many words"
    show(
        [
            {"at": at.format(number), "account": "stock:tea/W1", "moved": number, "told": told * number}
            for number in (1, 2)
        ]
    )
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["account", "stock:tea/W1"], "what is alike in all rows is said once"
    assert all(any(at.format(number) in line for line in shown) for number in (1, 2))
    assert all(len(line) <= 60 for line in shown)


def test_a_row_without_room_is_longer_than_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.output.PIPED_WIDTH", 20)
    show([{"movement": name, "available": 37, "allocated": number} for number, name in enumerate(("OPEN", "RESERVE"))])
    assert "RESERVE           1" in [" ".join([line[:7], line[-11:]]) for line in capsys.readouterr().out.splitlines()]


def test_one_row_without_room_is_told_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.output.PIPED_WIDTH", 20)
    show({"moved": [{"movement": "OPEN", "available": 37, "allocated": 0}]})
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert shown == [["moved"], ["movement", "OPEN"], ["available", "37"], ["allocated", "0"]]


def test_an_answer_without_any_row_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show({"after": "", "entries": []})
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["after", "-"], ["entries", "none"]]


def test_what_is_not_there_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    show({"before": "", "as_of": datetime.fromtimestamp(0, UTC), "sender": {"node": "W1", "owner": "-"}})
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["before", "-"],
        ["as", "of", "-"],
        ["sender", "node=W1"],
    ]


def test_our_packages_are_ours() -> None:
    assert distribution.intruders() == []


def test_a_package_of_ours_that_comes_from_elsewhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    for package in distribution.PACKAGES:
        (home / package).mkdir(parents=True)
        (home / package / "__init__.py").touch()
    other = tmp_path / "other"
    shutil.copytree(home / "domain", other / "domain")
    info = other / "intruder-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 2.0\n")
    (info / "RECORD").write_text("domain/__init__.py,,\n")
    shutil.rmtree(home / "contracts")
    monkeypatch.setattr(sys, "path", [str(other), str(home)])
    for package in distribution.PACKAGES:
        for name in [name for name in sys.modules if name == package]:
            monkeypatch.delitem(sys.modules, name)
    assert distribution.intruders(home) == [
        f"the package domain comes from the distribution intruder 2.0 at {other / 'domain'}",
        f"the package contracts is missing from {home}",
    ]


def test_what_to_do_is_told_of_refusals_that_there_are() -> None:
    codes = set(TO_DO)
    assert ConsumerElsewhere.code in codes
    known = {kind.code for kind in _refusals(Refusal)} | {kind.insufficient for kind in own_kinds()}
    assert codes - known == set()


def _refusals(kind: type[Refusal]) -> set[type[Refusal]]:
    return {kind}.union(*(_refusals(each) for each in kind.__subclasses__()))
