"""Tracing: what of a request happens where, and for how long; followed from process to process.

Whoever does not trace pays nothing: what is traced is wrapped when the installation is composed, or not.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from enum import Enum
from typing import Final, Protocol

TRACE: Final[ContextVar[str]] = ContextVar("trace", default="")
"""The place in the trace that is recorded now, as a W3C traceparent; empty where none is."""

Told = Mapping[str, str | int | float]
"""What is told of a span: never what a caller may fill with secrets."""


class Side(Enum):
    """Which side of a call a span is: within the process, asked by others, asking others, telling, taking."""

    WITHIN = "within"
    ASKED = "asked"
    ASKING = "asking"
    TELLING = "telling"
    TAKING = "taking"


class Span(Protocol):
    """Something under way."""

    @property
    def traceparent(self) -> str:
        """Its place, to be handed on; the trace is known even where it is not recorded."""
        ...

    def name(self, name: str) -> None:
        """What it is, where that was not known when it began."""
        ...

    def tell(self, **told: str | int | float) -> None: ...

    def failed(self, code: str) -> None:
        """It is a fault: ours, not a decision."""
        ...


class Tracer(Protocol):
    """Records spans. Within one, TRACE is its place, if it is recorded."""

    def __call__(
        self,
        name: str,
        side: Side = Side.WITHIN,
        *,
        parent: str | None = None,
        links: Iterable[str] = (),
        told: Told | None = None,
    ) -> AbstractContextManager[Span]:
        """Around what is done. `parent` and `links` are traceparents; without a parent, it is the span under way.

        What is raised within is told as its end; a refusal is none.
        """
        ...
