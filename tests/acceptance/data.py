"""The data, and the tables that are printed of it."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests.shared_data import DATA, without

console = Console(width=150)


class Missing(Exception):
    """A folder of data that is not here."""


def folder(name: str) -> Path:
    """The folder of a data set. Raises Missing."""
    found = DATA / name
    if not found.is_dir():
        raise Missing(without(name))
    return found


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, packed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


class Rules:
    """What must hold, counted: how often it was looked at, and each time it did not hold."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.looked: dict[str, int] = {}
        self.broken: list[str] = []

    def holds(self, rule: str, held: bool, said: object = "") -> None:
        self.looked[rule] = self.looked.get(rule, 0) + 1
        if not held:
            self.broken.append(f"{self.section}: {rule}: {said}")

    def print(self) -> None:
        for rule, times in self.looked.items():
            missed = sum(each.startswith(f"{self.section}: {rule}:") for each in self.broken)
            console.print(f"  {'kept' if not missed else f'[bold red]missed {missed:,}[/]'}: {rule} ({times:,} times)")
