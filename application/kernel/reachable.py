"""What an adapter that speaks to a server lets be seen: whether it answers, and how it went so far."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol, runtime_checkable


@dataclass(slots=True)
class Calls:
    """What was asked of a server: how often, how often in vain, for how long in all, and whether the last one answered.

    `downs` counts how often it went from answering to not answering.
    """

    number: int = 0
    errors: int = 0
    seconds: float = 0.0
    up: bool = True
    downs: int = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one call: what it raises counts as no answer, unless the caller itself has gone."""
        started = perf_counter()
        self.number += 1
        try:
            yield
        except Exception:
            self.errors += 1
            self.downs += self.up
            self.up = False
            raise
        else:
            self.up = True
        finally:
            self.seconds += perf_counter() - started


@runtime_checkable
class Reachable(Protocol):
    """An adapter that can be asked whether its server answers."""

    calls: Calls

    async def reach(self) -> None:
        """Ask it the least there is. Raises whatever it raises where there is no answer."""
        ...
