"""What judges the mutants sees each of them, and says nothing of a tree whose tests do not pass anyway."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCE = """
def added(one, other):
    return one + other


def unasked(one):
    return one - 1


def counted(to):
    number = 0
    while number < to:
        number += 1
    return number
"""
TESTS = """
from domain.sums import added, counted


def test_sums():
    assert added(2, 3) == 5


def test_counting():
    assert counted(3) == 3
"""
CONFIG = """
[cosmic-ray]
module-path = ["domain"]
timeout = 20.0
test-command = "python -m pytest -q -x --tb=line"

[cosmic-ray.tests]
"domain" = ["tests"]

[cosmic-ray.distributor]
name = "local"
"""
BEGIN = """
import os
from pathlib import Path
from bench.notice import Judge

judge = Judge("python -m pytest -q --tb=line tests", 2)
file = Path("domain/sums.py")
source, known = file.read_text(), file.stat()
assert judge.notice(file) is None
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, content in (
        ("domain/__init__.py", ""),
        ("domain/sums.py", SOURCE),
        ("tests/test_sums.py", TESTS),
        ("cosmic-ray.toml", CONFIG),
        ("pytest.ini", "[pytest]\npythonpath = .\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def python(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In the tree, with none of this run's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={**kept, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def judged(tree: Path) -> subprocess.CompletedProcess[str]:
    made = python(tree, "-m", "cosmic_ray.cli", "init", "cosmic-ray.toml", "session.sqlite")
    assert made.returncode == 0, made.stderr
    return python(tree, "-m", "bench.notice", "cosmic-ray.toml", "session.sqlite")


def outcomes(tree: Path) -> dict[str, set[str]]:
    """By the function that was changed."""
    kept: dict[str, set[str]] = {}
    with closing(sqlite3.connect(tree / "session.sqlite")) as session:
        for name, outcome in session.execute(
            "SELECT definition_name, test_outcome FROM mutation_specs LEFT JOIN work_results USING (job_id)"
        ):
            kept.setdefault(name, set()).add(outcome)
    return kept


def number(tree: Path, outcome: str) -> int:
    with closing(sqlite3.connect(tree / "session.sqlite")) as session:
        [counted] = session.execute("SELECT count(*) FROM work_results WHERE test_outcome = ?", (outcome,)).fetchone()
    return int(counted)


def test_what_a_test_asks_for_is_noticed_and_the_rest_survives(tree: Path) -> None:
    (tree / "domain/sums.py").write_text(SOURCE.split("def counted")[0])
    (tree / "tests/test_sums.py").write_text(TESTS.split("def test_counting")[0].replace(", counted", ""))
    before = (tree / "domain/sums.py").read_text()
    ran = judged(tree)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert outcomes(tree) == {"added": {"KILLED"}, "unasked": {"SURVIVED"}}
    assert (tree / "domain/sums.py").read_text() == before


def test_nothing_is_judged_where_the_tests_do_not_pass_anyway(tree: Path) -> None:
    (tree / "tests/test_sums.py").write_text(TESTS.replace("== 5", "== 6"))
    ran = judged(tree)
    assert ran.returncode != 0
    assert "do not pass on the tree unchanged" in ran.stderr
    assert set.union(*outcomes(tree).values()) == {None}


def test_a_change_is_seen_whatever_its_size_and_time(tree: Path) -> None:
    """Compiled files are taken for current by size and second of change, unless told otherwise."""
    ran = python(
        tree,
        "-c",
        f"""{BEGIN}
for content, noticed in ((source.replace("+ other", "- other"), True), (source, False)):
    file.write_text(content)
    os.utime(file, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert file.stat().st_size == known.st_size
    printed = judge.notice(file)
    assert ("1 failed" in printed) if noticed else printed is None, printed
""",
    )
    assert ran.returncode == 0, ran.stderr


def test_what_never_ends_is_ended_and_noticed(tree: Path) -> None:
    ran = python(
        tree,
        "-c",
        f"""{BEGIN}
file.write_text(source.replace("number += 1", "number *= 1"))
assert "ended by signal" in judge.notice(file)
""",
    )
    assert ran.returncode == 0, ran.stderr
