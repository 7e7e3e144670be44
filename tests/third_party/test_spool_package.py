"""A package that nobody here knows of: built, installed beside the distribution, proven, and chosen by one setting."""

import os
import re
import shutil
import site
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = Path(__file__).parent / "spool"
PARTS: Final = (
    "domain",
    "application",
    "adapters",
    "entrypoints",
    "contracts",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


class Environment:
    """A fresh environment with the two distributions in it. What both depend on is lent by this one."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "venv" / "bin"
        self.empty = folder / "empty"
        self.empty.mkdir()
        run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
        (packages,) = (folder / "venv").glob("lib/python*/site-packages")
        # A path in a .pth file lends what lies there; the .pth files that lie there, ours among them, are not read.
        (packages / "lent.pth").write_text("\n".join(site.getsitepackages()))
        tree = folder / "tree"
        tree.mkdir()
        for part in PARTS:
            copy(ROOT / part, tree / part)
        copy(PACKAGE, folder / "spool")
        for source in (tree, folder / "spool"):
            run(
                sys.executable,
                "-m",
                "build",
                "--wheel",
                "--no-isolation",
                "--outdir",
                str(folder / "dist"),
                str(source),
            )
        wheels = [str(each) for each in (folder / "dist").glob("*.whl")]
        assert len(wheels) == 2
        pip = ("-m", "pip", "--python", str(self.bin / "python"), "--disable-pip-version-check")
        run(sys.executable, *pip, "install", "--quiet", "--no-index", "--no-deps", "--ignore-installed", *wheels)

    def run(self, program: str, *arguments: str, **environment: str) -> str:
        """Run a program of the environment where nothing lies that could be imported by chance."""
        return run(str(self.bin / program), *arguments, cwd=self.empty, environment=environment)


def run(*command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and "ENTREPOT_" not in name}
    done = subprocess.run(
        command, cwd=cwd, env={**kept, **(environment or {})}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copy(source, target)
    else:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("outside"))


def test_both_come_from_where_they_were_installed(environment: Environment) -> None:
    said = environment.run(
        "python", "-c", "import entrypoints, entrepot_spool as s; print(entrypoints.__file__, s.__file__)"
    )
    assert all(str(environment.bin.parent) in path for path in said.split())


def test_its_own_tests_pass_there(environment: Environment) -> None:
    shutil.copytree(PACKAGE / "tests", environment.empty / "tests")
    shutil.copy(PACKAGE / "pyproject.toml", environment.empty)
    assert " passed" in environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")


def test_the_setting_chooses_it_and_the_published_suites_run_on_it(environment: Environment) -> None:
    chosen = {
        "ENTREPOT_ADAPTERS__BROKER": "entrepot_spool:open_spool",
        "ENTREPOT_DATABASE__URL": f"sqlite:///{environment.empty / 'conformance.db'}",
    }
    said = environment.run("entrepot", "conformance", "-k", "TestChannels or (TestBroker and again)", **chosen)
    assert re.search(r"failures +none", said), said
    assert re.search(r"[1-9][0-9]* passed", said), said


def test_what_happens_is_told_in_its_files(environment: Environment) -> None:
    chosen = {
        "ENTREPOT_ADAPTERS__BROKER": "entrepot_spool:open_spool",
        "ENTREPOT_DATABASE__URL": f"sqlite:///{environment.empty / 'shop.db'}",
    }
    for line in ("migrate", "goods register tea", "node register quay", "stock receive tea=10@quay"):
        environment.run("entrepot", *line.split(), **chosen)
    worker = subprocess.Popen(
        [str(environment.bin / "entrepot"), "worker", "--role", "relay"],
        cwd=environment.empty,
        env={**os.environ, **chosen},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        run(
            sys.executable,
            "-c",
            "import pathlib, sys, time\n"
            "until = time.monotonic() + 60\n"
            "folder = pathlib.Path(sys.argv[1])\n"
            "while not any('StockReceived' in log.read_text() for log in folder.glob('events/*.log')):\n"
            "    assert time.monotonic() < until\n"
            "    time.sleep(0.1)\n",
            str(environment.empty / "shop.spool"),
        )
    finally:
        worker.terminate()
        assert worker.wait(30) == 0
