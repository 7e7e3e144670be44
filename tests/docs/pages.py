"""How-to pages, followed to the letter: what they say to write is written, what they say to run is run.

A fenced block says what to do with it by its first line's language and by the line of its own above it:

* after a line that is one path in backticks, a block is that whole file;
* after such a line, a `diff` block is an edit of that file: lines that begin with a space are there,
  those with `+` come;
* a `console` block is run: what follows `$` are commands, everything else is said by them, in that order; a line `…`
  stands for anything.

Any other block is prose.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("domain", "application", "adapters", "entrypoints", "contracts", "tests", "pyproject.toml")
FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED: Final = re.compile(r"`([\w./-]+)`")
TIMEOUT: Final = 100


@dataclass(frozen=True, slots=True)
class Write:
    """A file that the page gives whole."""

    path: str
    text: str

    def take(self, tree: Path, *_: str) -> None:
        file = tree / self.path
        assert not file.exists(), f"{self.path} is there already: the page should say so"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines that come into a file which is there."""

    path: str
    diff: str

    def take(self, tree: Path, *_: str) -> None:
        file = tree / self.path
        text = file.read_text(encoding="utf-8")
        for hunk in self.diff.split("@@\n"):
            if not hunk:
                continue
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] == " ")
            after = "".join(line[1:] for line in lines)
            assert {line[0] for line in lines} == {" ", "+"}, f"an edit of {self.path} has lines of another kind"
            assert text.count(before) == 1, f"{self.path} has {text.count(before)} times:\n{before}"
            text = text.replace(before, after)
        file.write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Run:
    """Commands of a shell, and what they say."""

    script: str

    def take(self, tree: Path, *before: str) -> None:
        """Run them there; these folders of programs come first."""
        lines = self.script.splitlines()
        commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        expected = [line for line in lines if line and not line.startswith("$ ") and line != "…"]
        done = subprocess.run(
            ["sh", "-e", "-c", "\n".join(commands)],
            cwd=tree,
            env=_environment(tree, *before),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        said = done.stdout
        assert done.returncode == 0, f"$ {commands}\n{said}"
        rest = said
        for line in expected:
            assert line in rest, f"$ {commands}\nshould say: {line}\nand said:\n{said}"
            rest = rest.partition(line)[2]


Step = Write | Edit | Run


def steps_of(page: str) -> list[Step]:
    """What a page says to do, in order."""
    return list(_steps(page))


def _steps(page: str) -> Iterator[Step]:
    for block in FENCE.finditer(page):
        language, text = block.groups()
        above = page[: block.start()].rstrip().rpartition("\n")[2]
        named = NAMED.fullmatch(above)
        if named and language == "diff":
            yield Edit(named[1], text)
        elif named:
            yield Write(named[1], text)
        elif language == "console":
            yield Run(text)


def copy_of_the_tree(folder: Path) -> Path:
    """The sources and tests as they stand, without what a run leaves behind."""
    tree = folder / "tree"
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree)
    return tree


def _environment(tree: Path, *before: str) -> dict[str, str]:
    """This interpreter, the copy's packages, and none of the settings or options of whoever runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENTREPOT_", "PYTEST_", "COV_"))}
    return kept | {
        "PATH": os.pathsep.join((*before, str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
        "PYTHONPATH": str(tree),
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }
