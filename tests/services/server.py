"""What there is to know of a server to bring it up on this machine: how to find, prepare, start and ask it."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

HOST: Final = "127.0.0.1"
ROOT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ROOT / ".services"
"""Everything that servers leave on the disk is below this folder, which git ignores."""
PREPARING: Final = 180.0
"""Seconds that one step of making data ready may take."""


class Missing(Exception):
    """What this machine lacks for a server, and the packages of Debian's that bring it."""

    def __init__(self, lacking: str, *packages: str) -> None:
        install = f": apt-get install {' '.join(packages)}" if packages else ""
        super().__init__(lacking + install)
        self.packages = packages


class Failed(Exception):
    """A server did not come up; the message says why, with the end of what it logged."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one instance lives: its folder, and its ports, the one for clients first."""

    folder: Path
    ports: tuple[int, ...]

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def tail(self, lines: int = 12) -> str:
        """The end of what was logged."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(frozen=True, slots=True)
class Program:
    """A program to start, and what its environment has beside the least."""

    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


class Server(ABC):
    """One kind of server. Instances of it differ in their place alone."""

    name: ClassVar[str]
    title: ClassVar[str]
    ports: ClassVar[tuple[int, ...]]
    refuses_root: ClassVar[bool] = False
    seconds: ClassVar[float] = 60
    """How long it may take to answer."""
    politely: ClassVar[signal.Signals] = signal.SIGTERM
    """What ends it with its work done."""
    at_once: ClassVar[signal.Signals] = signal.SIGTERM
    """What ends it without waiting for its clients."""

    @abstractmethod
    def find(self) -> None:
        """See whether its programs are here. Raises Missing."""

    def fetch(self) -> None:  # noqa: B027 - most are installed as packages
        """Get what no package installs. Raises Missing."""

    @abstractmethod
    def prepare(self, place: Place) -> None:
        """Make its data, once, in a folder that is empty. Raises Failed."""

    @abstractmethod
    def programs(self, place: Place) -> tuple[Program, ...]:
        """What to start, the server itself last. Writes its configuration on the way."""

    @abstractmethod
    def url(self, place: Place) -> str:
        """Where clients find it."""

    @abstractmethod
    async def ask(self, place: Place) -> None:
        """Raises whatever its client raises, as long as it does not answer."""

    def run(self, place: Place, program: Program) -> str:
        """Run a program to its end, as the server would run. Raises Failed."""
        try:
            done = subprocess.run(
                [*self.as_whom(place), *program.arguments],
                env=environment(place, program),
                cwd=place.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=PREPARING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{program.arguments[0]} did not end within {PREPARING:.0f} s") from None
        if done.returncode:
            last = "\n".join(done.stdout.splitlines()[-12:])
            raise Failed(f"{program.arguments[0]} ended with {done.returncode}:\n{last}")
        return done.stdout

    def as_whom(self, place: Place) -> tuple[str, ...]:
        """What to put before a program that refuses to run as root. Raises Missing."""
        if not self.refuses_root or os.geteuid() != 0:
            return ()
        if shutil.which("setpriv") is None:
            raise Missing("it does not run as root, and setpriv, which would run it as another, is not here")
        user = pwd.getpwnam("nobody")
        whom = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
        if _open_to_all(place.folder.parent) and _open_to_all(Path(sys.prefix)):
            return whom
        search = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        return (*whom, *search, "--securebits=+no_setuid_fixup")  # access(2) would forget them without the last

    def own(self, place: Place) -> None:
        """Give the folder to whoever the server runs as."""
        if self.refuses_root and os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            for path in (place.folder, *place.folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Return when the connection is closed: else it may outlive the loop."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def environment(place: Place, program: Program) -> dict[str, str]:
    """The least a program needs: servers do not take over what the caller's environment says."""
    return {
        "PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin",
        "HOME": str(place.folder),
        "LC_ALL": "C.UTF-8",
        **program.environment,
    }


def beside_python(program: str) -> str:
    """A program that a package of the environment brings. Raises Missing."""
    path = Path(sys.prefix) / "bin" / program
    if not path.exists():
        raise Missing("entrepot[services] is not installed: make install")
    return str(path)


def installed(program: str, package: str, *folders: str) -> str:
    """A program of a package of Debian's. Raises Missing."""
    search = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    found = shutil.which(program, path=search)
    if found is None:
        raise Missing(f"there is no {program}", package)
    return found


def _open_to_all(folder: Path) -> bool:
    """Whether everybody may pass through to that folder."""
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents) if path.exists())
