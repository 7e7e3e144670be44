"""`python -m tests.services up|down|env [names…]`: the servers that tests use, without containers."""

import argparse
import asyncio
import fcntl
import sys
from typing import Final

from tests.services.catalogue import SERVERS
from tests.services.server import SERVICES
from tests.services.shared import down, environment_lines, running, up

WIDTH: Final = max(map(len, SERVERS))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("what", choices=("up", "down", "env"))
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {' '.join(SERVERS)}; none: all of them")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(SERVERS):
        parser.error(f"there is no {' '.join(sorted(unknown))}, only {' '.join(SERVERS)}")
    names = asked.names or list(SERVERS)
    SERVICES.mkdir(exist_ok=True)
    with (SERVICES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second finds running what the first brought up
        if asked.what == "up":
            went = asyncio.run(up(names, say))
            sys.stdout.write("\n")
        elif asked.what == "down":
            asyncio.run(down(names, say))
            return 0
        else:
            went = True
    sys.stdout.writelines(f"export {line}\n" for line in environment_lines(running()))
    return 0 if went else 1


def say(name: str, words: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"{name:{WIDTH}}  {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
