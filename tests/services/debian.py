"""Servers of Debian's: their packages, installed where that is allowed, without starting anything of the system's."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.services.server import Missing, Server

POLICY: Final = Path("/usr/sbin/policy-rc.d")
INSTALLING: Final = 600


def install(servers: Iterable[Server], say: Callable[[str, str], None]) -> None:
    """Install the packages of those that are not here, if this machine has apt and the caller is root."""
    packages: set[str] = set()
    for server in servers:
        try:
            server.find()
        except Missing as missing:
            packages.update(missing.packages)
    if not packages or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    say("apt", f"installs {' '.join(sorted(packages))}")
    before = set(_daemons())
    with _nothing_starts():
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *sorted(packages)]):
            if (said := _apt(arguments)) is not None:
                say("apt", f"FAILED: apt-get {' '.join(arguments)}: {said}")
                return
    left = set(_daemons()) - before
    say("apt", f"left running by the installation: {sorted(left)}" if left else "is done, and started nothing")


def _apt(arguments: list[str]) -> str | None:
    """What went wrong, if anything did."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=120", *arguments]
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALLING,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {INSTALLING} s"
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["?"])[-1]


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """Packages ask this file whether they may start what they bring: 101 is no. A file that is there stays."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def _daemons() -> Iterator[str]:
    """The processes that those packages would start, nobody's children, as `name (number)`."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            name, parent = (
                (entry / "comm").read_text().strip(),
                (entry / "stat").read_text().rpartition(")")[2].split()[1],
            )
        except OSError:
            continue
        if parent == "1" and name in ("mariadbd", "redis-server", "beam.smp", "epmd"):
            yield f"{name} ({entry.name})"
