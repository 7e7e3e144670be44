"""`make demo-full`: the demonstration on real servers, by settings alone: `python -m tests.services.stacks a …`."""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Final

from tests.services.__main__ import say
from tests.services.shared import environment_lines, running, up

STACKS: Final[Mapping[str, Mapping[str, str]]] = {
    "a": {"DATABASE": "postgres", "BROKER": "kafka", "CACHE": "redis", "SEARCH": "elasticsearch"},
    "b": {"DATABASE": "mariadb", "BROKER": "rabbitmq", "CACHE": "valkey", "SEARCH": "opensearch", "OBJECTS": "s3"},
}
"""Which server stands behind which of the settings ENTREPOT_<…>__URL."""


def main() -> None:
    """Bring the servers up, set the settings, and become `entrepot demo` with the other arguments."""
    name, *arguments = sys.argv[1:] or [""]
    if name not in STACKS:
        sys.exit(f"python -m tests.services.stacks: name a stack, {' or '.join(STACKS)}, not {name!r}")
    stack = STACKS[name]
    if not asyncio.run(up([*stack.values()], say)):
        sys.exit(1)
    urls = dict(line.split("=", 1) for line in environment_lines(running()))
    for section, server in stack.items():
        os.environ[f"ENTREPOT_{section}__URL"] = urls[f"ENTREPOT_TEST_{server.upper()}_URL"].strip("'")
        sys.stdout.write(f"ENTREPOT_{section}__URL={os.environ[f'ENTREPOT_{section}__URL']}\n")
    sys.stdout.flush()
    os.environ["ENTREPOT_SEARCH__REPLICAS"] = "0"  # a single server has nowhere to keep a copy
    os.environ.setdefault("ENTREPOT_SEARCH__SECONDS", "30")  # and has just been started, beside all the others
    os.execv(sys.executable, [sys.executable, "-m", "entrypoints.cli.main", "demo", *arguments])


if __name__ == "__main__":
    main()
