"""The published documents and clients that are made from the code: `make contracts` writes them.

`python -m bench.write_contracts` writes those of the code as it is. `python -m bench.write_contracts released` says
that they are released as they are: from then on a change that breaks callers is found by the tests.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bench import write_client, write_typescript
from entrypoints.http import openapi
from entrypoints.messages import asyncapi

ROOT: Final = Path(__file__).parents[1]
OPENAPI: Final = "contracts/http/v1/openapi.json"
CLIENT: Final = "contracts/client/entrepot.py"
TYPESCRIPT: Final = "contracts/client/typescript"
ASYNCAPI: Final = "contracts/events/v1/asyncapi.json"

WRITTEN: Final[Mapping[str, Callable[[], bytes]]] = {
    OPENAPI: openapi.document_bytes,
    ASYNCAPI: asyncapi.document_bytes,
    CLIENT: write_client.client_bytes,
    f"{TYPESCRIPT}/src/schema.ts": write_typescript.schema_bytes,
    f"{TYPESCRIPT}/src/index.ts": write_typescript.client_bytes,
}
"""By path, what makes it."""

RELEASED: Final[Mapping[str, str]] = {
    OPENAPI: "contracts/http/v1/released.json",
    ASYNCAPI: "contracts/events/v1/released.json",
}
"""By path, where the one released last is kept, for comparison."""


def write() -> None:
    for path, make in WRITTEN.items():
        (ROOT / path).write_bytes(make())


def release() -> None:
    for path, kept in RELEASED.items():
        (ROOT / kept).write_bytes((ROOT / path).read_bytes())


if __name__ == "__main__":
    if sys.argv[1:] == ["released"]:
        release()
    else:
        write()
