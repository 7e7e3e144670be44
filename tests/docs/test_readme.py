"""The README does what it says, and its translation says the same."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.console import Saved, Typed, commands_of, follow, run, steps_of, surroundings
from tests.docs.pages import ROOT

ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
MADE = re.compile(r"```console\n\$ make demo\n\$ make test\n```\n")
TOUR = re.compile(r"^## Three minutes of HTTP$.*?(?=^## )", re.MULTILINE | re.DOTALL)
KEY = re.compile(r"^ +(ek_\w+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


def test_it_names_the_two_commands_and_they_are_there() -> None:
    for readme in (ENGLISH, CHINESE):
        assert len(MADE.findall(readme)) == 1
    said = subprocess.run(
        ["make", "-n", "-o", ".venv/.installed", "demo", "test"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert ".venv/bin/entrepot demo" in said
    assert ".venv/bin/python -m pytest" in said


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_its_first_steps_work_as_they_are_written(tmp_path: Path) -> None:
    follow(TOUR.sub("", MADE.sub("", ENGLISH)), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_its_tour_of_http_goes_as_it_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    entrepot = Path(sys.executable).parent / "entrepot"
    with subprocess.Popen(
        [entrepot, "serve", "--port", port], cwd=tmp_path, env=surroundings(), stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        try:
            said = ""
            while not (found := KEY.search(said)):
                line = serving.stdout.readline()
                assert line, f"it said no key, but\n{said}"
                said += line
            assert f"serving http://127.0.0.1:{port}; Ctrl-C stops\n" in said
            taken = 0
            for step in steps_of(TOUR.findall(ENGLISH)[0]):
                match step:
                    case Saved(name, text):
                        Saved(name, text.replace("ek_…", found[1])).take(tmp_path)
                    case Typed("make serve"):
                        pass
                    case Typed(command, answers):
                        Typed(command.replace("127.0.0.1:8080", f"127.0.0.1:{port}"), answers).take(tmp_path)
                        taken += 1
            assert taken == 10
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.communicate(timeout=30)
    assert serving.returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_its_small_demo_sells_nothing_twice_and_prints_the_rows_that_it_shows(tmp_path: Path) -> None:
    (small,) = re.findall(r"`(entrepot demo [^`]+)`", ENGLISH)
    code, output = run(small, tmp_path)
    assert code == 0, output
    assert re.search(r"oversold, by the ledger +0\n", output)
    assert re.search(r"ledger audit +clean\n", output)
    (shown,) = re.findall(r"<!-- printed by: make demo -->\n```text\n(.*?)```", ENGLISH, re.S)
    for row in shown.splitlines():
        assert re.split(r" {2,}", row.strip())[0] in output, row
    assert not list(tmp_path.glob("var/demo-*"))


def test_the_translation_keeps_step() -> None:
    assert commands_of(ENGLISH) == commands_of(CHINESE)
    assert [len(line) - len(line.lstrip("#")) for line in headings(ENGLISH)] == [
        len(line) - len(line.lstrip("#")) for line in headings(CHINESE)
    ]
    assert re.findall(r"```.*?```", ENGLISH, re.S) == re.findall(r"```.*?```", CHINESE, re.S)
    ours, theirs = (
        sorted(set(LINK.findall(readme)) - {"README.md", "README.zh-CN.md"}) for readme in (ENGLISH, CHINESE)
    )
    assert ours == theirs
    for mark in ("- **", "| "):
        assert ENGLISH.count(f"\n{mark}") == CHINESE.count(f"\n{mark}")


def test_every_page_it_links_to_is_there() -> None:
    for page in (ENGLISH, CHINESE):
        for link in LINK.findall(page):
            assert (ROOT / link).exists(), link


def headings(document: str) -> list[str]:
    outside = re.sub(r"```.*?```", "", document, flags=re.S)
    return [line for line in outside.splitlines() if line.startswith("#")]
