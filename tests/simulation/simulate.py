"""Run histories, on memory and on SQLite; say what failed, with its seed and the least history that still fails."""

import logging
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.simulation.history import Step, drawn, shrunk
from tests.simulation.loop import run
from tests.simulation.world import MemoryStorage, SqliteStorage, World, names

STORAGES: Final = ("memory", "sqlite")


class Ran(NamedTuple):
    """What a run came to."""

    problems: list[str]
    crashes: list[str]
    accepted: int
    refused: int


def play(storage: str, seed: int, steps: Sequence[Step]) -> Ran:
    """Run a history once. The seed also draws the order in which tasks run and which process a client asks."""
    logging.disable(logging.CRITICAL)
    try:
        with tempfile.TemporaryDirectory(prefix="simulation-") as folder:
            dice = random.Random(f"{storage} {seed}")
            world = World(
                lambda w: (
                    MemoryStorage(w.wall) if storage == "memory" else SqliteStorage(Path(folder) / "ledger.sqlite")
                ),
                dice,
            )
            try:
                run(world.run(steps), dice)
            except Exception as error:
                world.problems.append(f"the run broke off: {error!r}")
            return Ran(world.problems, world.crashes, len(world.replies), len(world.refusals))
    finally:
        logging.disable(logging.NOTSET)


def explain(storage: str, seed: int, steps: Sequence[Step], *, runs: int = 150) -> str:
    """The failure of a seed, with the least history found."""
    least = shrunk(steps, lambda fewer: bool(play(storage, seed, fewer).problems), runs=runs)
    problems = play(storage, seed, least).problems
    told = "\n".join(f"  {each}" for each in problems[:5])
    which = f"seed {seed} on {storage} fails; {len(least)} of {len(steps)} steps are enough:"
    return f"{which}\n{names(least)}\nbecause\n{told}"


def simulate(storage: str, seed: int) -> str | None:
    """What is wrong with a seed, or None."""
    steps = drawn(seed)
    return explain(storage, seed, steps) if play(storage, seed, steps).problems else None
