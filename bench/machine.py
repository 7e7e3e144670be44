"""The machine that is measured on: its disk, its neighbours, its memory."""

import os
import statistics
import time
from pathlib import Path

from rich.console import Console

console = Console(width=140)


class Steal:
    """The share of CPU time that others took from this machine since this was made."""

    def __init__(self) -> None:
        self._before = self._read()

    @staticmethod
    def _read() -> list[int]:
        with Path("/proc/stat").open() as lines:
            return [int(word) for word in lines.readline().split()[1:]]

    def percent(self) -> float:
        spent = [after - before for before, after in zip(self._before, self._read(), strict=True)]
        return 100 * spent[7] / max(1, sum(spent))


def fsync_time(folder: Path) -> float:
    """Median milliseconds of one 4 KiB write made durable."""
    place = folder / "fsync"
    file = os.open(place, os.O_CREAT | os.O_WRONLY)
    times = []
    for _ in range(50):
        began = time.perf_counter()
        os.write(file, b"-" * 4096)
        os.fdatasync(file)
        times.append(time.perf_counter() - began)
    os.close(file)
    place.unlink()
    return statistics.median(times) * 1_000


def resident() -> int:
    """Bytes of this process in memory now."""
    with Path("/proc/self/statm").open() as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def cpu_seconds(process: int | str = "self") -> float:
    """CPU time that a process took since it began, in steps of the kernel's clock."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
