"""As much of Gherkin as the published features use: backgrounds, outlines with examples, doc strings, tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

STEPS: Final = ("Given ", "When ", "Then ", "And ", "But ")
QUOTES: Final = '"""'


@dataclass(slots=True)
class Step:
    """One step without its keyword, with the doc string or the table below it."""

    text: str
    doc: str = ""
    table: list[list[str]] = field(default_factory=list)

    def filled(self, example: Mapping[str, str]) -> "Step":
        return Step(
            _fill(self.text, example),
            _fill(self.doc, example),
            [[_fill(c, example) for c in row] for row in self.table],
        )


@dataclass(slots=True)
class Scenario:
    """One scenario to run: the background's steps, then its own."""

    name: str
    steps: list[Step] = field(default_factory=list)
    examples: list[list[str]] = field(default_factory=list)


def scenarios(feature: Path) -> list[Scenario]:
    """Every scenario of a file, an outline once for each of its examples. Raises ValueError at what is not known."""
    background: list[Step] = []
    found: list[Scenario] = []
    steps, examples = background, False
    lines = iter(enumerate(feature.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        text = line.strip()
        if text.startswith(("Scenario:", "Scenario Outline:")):
            found.append(Scenario(text.partition(":")[2].strip()))
            steps, examples = found[-1].steps, False
        elif text == "Background:":
            steps = background
        elif text == "Examples:":
            examples = True
        elif text.startswith("|"):
            (found[-1].examples if examples else steps[-1].table).append(
                [c.strip() for c in text.strip("|").split("|")]
            )
        elif text == QUOTES:
            steps[-1].doc = _doc(lines, len(line) - len(line.lstrip()))
        elif text.startswith(STEPS):
            steps.append(Step(text.partition(" ")[2]))
        elif text and steps and not text.startswith(("@", "#")):
            raise ValueError(f"{feature.name}:{number}: {text!r} is not known here")
    return [each for outline in found for each in _expanded(outline, background)]


def _doc(lines: Iterator[tuple[int, str]], indent: int) -> str:
    kept: list[str] = []
    for _, line in lines:
        if line.strip() == QUOTES:
            return "\n".join(kept)
        kept.append(line[indent:])
    raise ValueError("a doc string has no end")


def _expanded(outline: Scenario, background: list[Step]) -> Iterator[Scenario]:
    head, *rows = outline.examples or [[], []]
    for row in rows:
        example = dict(zip(head, row, strict=True))
        steps = [step.filled(example) for step in (*background, *outline.steps)]
        yield Scenario(_fill(outline.name, example), steps)


def _fill(text: str, example: Mapping[str, str]) -> str:
    for name, value in example.items():
        text = text.replace(f"<{name}>", value)
    return text
