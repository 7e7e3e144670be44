"""Documents are run: what stands in a `console` block is typed in, in order, and must answer as is written there.

A line that begins with `$ ` is a command. The lines below it must be found in its output, in their order, however they
are spaced; `…` stands for anything. A block below a line that is one path in backticks is saved under it first. A
command whose answer begins `error:` must fail, every other must succeed.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.docs.pages import FENCE, NAMED

PATIENCE: Final = 240


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that the document has its reader save."""

    name: str
    text: str

    def take(self, folder: Path, *before: str) -> None:
        (folder / self.name).write_text(self.text, encoding="utf-8")


@dataclass(slots=True)
class Typed:
    """A command with the lines that it must answer."""

    command: str
    answers: list[str] = field(default_factory=list)

    def take(self, folder: Path, *before: str) -> None:
        code, output = run(self.command, folder, *before)
        failing = any(line.startswith("error:") for line in self.answers)
        assert (code != 0) == failing, f"$ {self.command}\nended with {code}:\n{output}"
        said = iter([" ".join(line.split()) for line in output.splitlines()])
        for answer in self.answers:
            pattern = re.escape(" ".join(answer.split())).replace("…", ".*")
            assert any(re.fullmatch(pattern, line) for line in said), (
                f"$ {self.command}\nnowhere after what stands before it says\n  {answer}\nbut\n{output}"
            )


def steps_of(document: str) -> Iterator[Saved | Typed]:
    """What a document has its reader do, in order."""
    for block in FENCE.finditer(document):
        language, text = block.groups()
        named = NAMED.fullmatch(document[: block.start()].rstrip().rpartition("\n")[2])
        if named:
            yield Saved(named[1], text)
        elif language == "console":
            yield from _typed(text)


def _typed(text: str) -> Iterator[Typed]:
    command: Typed | None = None
    for line in text.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command
            command = Typed(line.removeprefix("$ "))
        elif command is not None and line.strip():
            command.answers.append(line)
    if command is not None:
        yield command


def commands_of(document: str) -> list[str]:
    return [step.command for step in steps_of(document) if isinstance(step, Typed)]


def surroundings(*before: str) -> dict[str, str]:
    """The environment of a reader who has just installed and set nothing; these folders of programs come first."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
    environment["PATH"] = os.pathsep.join((*before, str(Path(sys.executable).parent), os.environ["PATH"]))
    environment["COLUMNS"] = "200"
    return environment


def run(command: str, folder: Path, *before: str) -> tuple[int, str]:
    """Run a command as a reader would who has just installed, in this folder: its exit code and all it said."""
    ended = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=surroundings(*before),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ended.returncode, ended.stdout


def follow(document: str, folder: Path, *before: str) -> None:
    """Do all that the document says, in order."""
    for step in steps_of(document):
        step.take(folder, *before)
