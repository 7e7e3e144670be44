"""The processes of one server ask each other for their numbers: whoever is asked for metrics answers for all.

Each listens at a Unix socket, named by its place, in a folder that only their user may enter.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from entrypoints.metrics.snapshot import Sample

PATIENCE: Final = 1.0
"""Seconds that a process has to answer; one that hangs holds up nobody longer."""

MOST_BYTES: Final = 2**24
SAMPLES: Final = msgspec.json.Decoder(list[Sample])

Tell = Callable[[], Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Peers:
    """Which of how many processes this is, where they meet, and the process that leads them; 0: it is alone."""

    place: int = 0
    of: int = 1
    folder: Path | None = None
    leader: int = 0

    async def samples(self, tell: Tell) -> dict[int, Sequence[Sample] | None]:
        """Everyone's numbers by place; None for who does not answer."""
        others = [place for place in range(self.of) if place != self.place]
        answers = await asyncio.gather(*(self._ask(place) for place in others))
        return {self.place: tell(), **dict(zip(others, answers, strict=True))}

    @asynccontextmanager
    async def answering(self, tell: Tell) -> AsyncIterator[None]:
        """Within it, the others are answered."""
        if self.folder is None:
            yield
            return

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                writer.write(msgspec.json.encode(tell()))
                await writer.drain()
            writer.close()

        path = self._path(self.place)
        path.unlink(missing_ok=True)  # of one that was killed in this place
        server = await asyncio.start_unix_server(answer, path)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)

    def _path(self, place: int) -> Path:
        assert self.folder is not None
        return self.folder / str(place)

    async def _ask(self, place: int) -> Sequence[Sample] | None:
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(self._path(place))
                try:
                    said = bytearray()
                    while len(said) <= MOST_BYTES and (more := await reader.read(2**16)):
                        said += more
                finally:
                    writer.close()
            return SAMPLES.decode(said)
        except (OSError, TimeoutError, msgspec.DecodeError):
            return None


def peers_of(said: str) -> Peers:
    """`<place>/<of>/<leader>:<folder>`, as a process of several is told."""
    numbers, _, folder = said.partition(":")
    place, of, leader = map(int, numbers.split("/"))
    return Peers(place, of, Path(folder), leader)
