"""A rule that cannot fail guards nothing: each is broken here once, on purpose, in a copy of the tree."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.architecture.rules import (
    LONGEST_FUNCTION,
    PACKAGES,
    functions_too_long,
    imports_beyond_the_standard_library,
    imports_of_another_context,
    impurities_of_the_domain,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONTRACTS: dict[str, str] = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}

Files = Mapping[str, str]
"""Planted files: path in the tree, to source."""

BREACHES: list[tuple[str, Files]] = [
    ("layers", {"domain/planted.py": "import application"}),
    ("layers", {"application/planted.py": "from entrypoints import planted", "entrypoints/planted.py": ""}),
    ("pure-domain", {"domain/planted.py": "import sqlalchemy"}),
    ("pure-domain", {"domain/planted/deep/inside.py": "def late() -> None:\n    import pydantic"}),
    ("plain-application", {"application/planted.py": "import msgspec"}),
    ("composition-only", {"entrypoints/planted.py": "import adapters"}),
    ("composition-only", {"entrypoints/cli/planted.py": "import adapters.planted", "adapters/planted.py": ""}),
    ("independent-technologies", {"adapters/one/a.py": "import adapters.other.b", "adapters/other/b.py": ""}),
    ("domain-contexts", {"domain/one/a.py": "import domain.other.b", "domain/other/b.py": ""}),
    ("domain-contexts", {"domain/kernel/planted.py": "import domain.other", "domain/other/b.py": ""}),
    ("application-contexts", {"application/one/a.py": "import application.other.b", "application/other/b.py": ""}),
    (
        "application-contexts",
        {"application/kernel/planted.py": "import application.other", "application/other/b.py": ""},
    ),
    ("core-without-wire", {"application/planted.py": "import contracts"}),
    ("published-language", {"contracts/http/planted.py": "import domain"}),
    ("published-language", {"contracts/events/planted.py": "import application"}),
    ("contracts-without-outside", {"contracts/conformance/planted.py": "import adapters"}),
    ("forms-without-doors", {"entrypoints/wire/planted.py": "import entrypoints.http.body"}),
    (
        "suites-for-tests",
        {"adapters/one/a.py": "import contracts.conformance.planted", "contracts/conformance/planted.py": ""},
    ),
]

TOO_LONG = "\n    pass" * (LONGEST_FUNCTION + 1)
OFFENCES: list[tuple[Callable[[Path], list[str]], Files]] = [
    (imports_beyond_the_standard_library, {"domain/planted.py": "import yaml"}),
    (imports_beyond_the_standard_library, {"domain/planted.py": "def late() -> None:\n    from attrs import define"}),
    (imports_beyond_the_standard_library, {"application/planted.py": "from contracts.http import v1"}),
    (impurities_of_the_domain, {"domain/planted.py": "import random"}),
    (impurities_of_the_domain, {"domain/planted.py": "from os import environ"}),
    (impurities_of_the_domain, {"domain/planted.py": "from datetime import datetime, UTC\nNOW = datetime.now(UTC)"}),
    (impurities_of_the_domain, {"domain/planted.py": "async def wait() -> None: ..."}),
    (imports_of_another_context, {"application/one/planted.py": "from domain.other import something"}),
    (imports_of_another_context, {"application/one/planted.py": "from domain import other"}),
    (functions_too_long, {"contracts/planted.py": 'def long() -> None:\n    """Why."""' + TOO_LONG}),
    (functions_too_long, {"domain/one/planted.py": "class A:\n  async def long(self) -> None:" + TOO_LONG}),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources and the rules as they stand."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(tree: Path, files: Files) -> None:
    for name, source in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.relative_to(tree).parents[:-1]:
            (tree / folder / "__init__.py").touch()
        path.write_text(source + "\n", encoding="utf-8")


def lint_imports(tree: Path) -> tuple[bool, str]:
    """Whether every contract is kept in this tree, and what was said about it."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=tree,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_the_tree_as_it_stands_keeps_every_contract(copy: Path) -> None:
    kept, said = lint_imports(copy)
    assert kept, said
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in said


def test_every_contract_is_broken_here_at_least_once() -> None:
    assert {contract for contract, _ in BREACHES} == set(CONTRACTS)


@pytest.mark.parametrize(("contract", "files"), BREACHES, ids=[f"{c}: {next(iter(f))}" for c, f in BREACHES])
def test_a_breach_is_reported_under_its_name(copy: Path, contract: str, files: Files) -> None:
    plant(copy, files)
    kept, said = lint_imports(copy)
    assert not kept
    assert f"{CONTRACTS[contract]} BROKEN" in said


@pytest.mark.parametrize(("rule", "files"), OFFENCES, ids=[f"{r.__name__}: {[*f.values()]}"[:99] for r, f in OFFENCES])
def test_an_offence_against_the_source_rules_is_reported(
    copy: Path, rule: Callable[[Path], list[str]], files: Files
) -> None:
    plant(copy, files)
    assert any("planted.py" in offence for offence in rule(copy))
