"""Processes that outlive the one that started them: known again by number and start, ended with all they started."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

PROC: Final = Path("/proc")
MOMENT: Final = 0.02
LEAVING: Final = 2.0
"""Seconds in which those that a process started follow it."""


class Process(NamedTuple):
    """A process, and when it started: a number is given again to another, the two together are not."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        return self.started != "" and _started(self.pid) == self.started


def seen(pid: int) -> Process:
    """The process that bears this number now; one that is gone is not alive either."""
    return Process(pid, _started(pid))


def family(process: Process) -> list[Process]:
    """The process and all that it started, it first; nobody, once it is gone."""
    if not process.alive:
        return []
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found, todo = [], [process.pid]
    while todo:
        pid = todo.pop(0)
        found.append(seen(pid))
        todo += children.get(pid, [])
    return [each for each in found if each.alive]


def tell(process: Process, number: signal.Signals) -> None:
    """Send a signal, if it is still that process."""
    if process.alive:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def end(process: Process, number: signal.Signals, within: float) -> bool:
    """End the process and all that it started; it is killed after `within` seconds, they soon after it is gone.

    Whether they went by themselves. Whoever bears one of their numbers later is left alone.
    """
    members = family(process)
    for each in members:
        tell(each, signal.SIGCONT)
    tell(process, number)
    if number is not signal.SIGKILL:
        went = wait_gone([process], within) and wait_gone(members, LEAVING)
    for each in members:
        tell(each, signal.SIGKILL)
    return wait_gone(members, LEAVING) and (number is signal.SIGKILL or went)


def wait_gone(processes: list[Process], within: float) -> bool:
    """Whether all of them are gone within so many seconds."""
    until = time.monotonic() + within
    while left := [each for each in processes if each.alive]:
        if time.monotonic() > until:
            break
        time.sleep(MOMENT)
    for each in processes:
        with suppress(ChildProcessError):  # it was somebody else's child
            os.waitpid(each.pid, os.WNOHANG)
    return not left


def _started(pid: int) -> str:
    """When the process started, "" if there is none or it is a mere entry that nobody has asked after yet."""
    if not PROC.is_dir():
        said = subprocess.run(
            ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.split(maxsplit=1)
        return "" if len(said) < 2 or said[0].startswith("Z") else said[1].strip()
    fields = _stat(pid)
    if not fields or (fields[0] in "ZX" and int(fields[17]) <= 1):  # its other threads may keep its ports for a moment
        return ""
    return f"{(PROC / 'sys/kernel/random/boot_id').read_text().strip()}:{fields[19]}"


def _parents() -> Iterator[tuple[int, int]]:
    if not PROC.is_dir():
        said = subprocess.run(["ps", "-A", "-o", "pid=", "-o", "ppid="], capture_output=True, text=True, check=True)
        for line in said.stdout.splitlines():
            pid, parent = line.split()
            yield int(pid), int(parent)
        return
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            yield int(entry.name), int(fields[1])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on; the name before them may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
