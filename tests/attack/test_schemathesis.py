"""The published document against the served application: whatever is sent, the answer is one that the document shows.

Every check is on: examples, edge cases of every schema, random values, and walks along the links. A run of every test
takes few of each; `make fuzz` (or FUZZ=<examples of each operation>) takes more, from a new seed each time.
"""

import asyncio
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from contracts.http.v1.catalogue import COMMANDS
from domain.permissions.scope import Scope
from tests.e2e.http.street import EVERYTHING, Caller, Street, memory, street

if importlib.util.find_spec("schemathesis") is None:  # to import it takes longer than to run most tests
    pytest.skip("schemathesis is not installed: make install", allow_module_level=True)

CONFIG: Final = Path(__file__).with_name("schemathesis.toml")
FUZZ: Final = int(os.environ.get("FUZZ", "0"))
SECONDS: Final = 14_400 if FUZZ else 150
SOME: Final = ("/v1/availability", "/v1/commands/extend-reservation", "/v1/parked/{group}/{id}", "/v1/commands")
"""One of each kind; the others differ by their schemas alone."""
SEED: Final = [] if FUZZ else ["--seed", "1"]


async def one_who_sold(here: Street, scopes: frozenset[Scope] = EVERYTHING) -> Caller:
    """A caller of a tenant that has a story: there is something to find, and no reader waits for a first event."""
    teller = await here.caller()
    for form in COMMANDS:
        assert (await teller.do(form.name, form.example)).status_code == 200
    return await here.caller(scopes=scopes)


async def fuzz(here: Street, caller: Caller, phases: str, *, only: Sequence[str] = ()) -> None:
    """Fails with what was found, and how to ask it again. `only`: these paths, in a run of every test."""
    run = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run", "--no-color"),
        *("--header", f"Authorization: Bearer {caller.key}", "--generation-database", "none", *SEED),
        *("--phases", phases, "--max-examples", str(FUZZ or 1), "--continue-on-failure", "--request-timeout", "60"),
        *(() if FUZZ else (word for path in only for word in ("--include-path", path))),
        f"{here.address}/openapi.json",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said, _ = await run.communicate()
    finally:
        if run.returncode is None:
            run.kill()
            await run.wait()
    assert run.returncode == 0, said.decode()[-20_000:]
    assert b" generated" in said, "something was asked"


@pytest.mark.timeout(SECONDS)
async def test_every_answer_is_one_that_the_document_shows() -> None:
    async with street(memory()) as here:
        await fuzz(here, await one_who_sold(here), "examples,fuzzing,stateful")


@pytest.mark.timeout(SECONDS)
async def test_so_it_is_at_the_edges_of_every_schema() -> None:
    async with street(memory()) as here:
        await fuzz(here, await one_who_sold(here), "coverage", only=SOME)


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("scope", Scope if FUZZ else [Scope.SELL])
async def test_so_it_is_for_who_may_do_less(scope: Scope) -> None:
    async with street(memory()) as here:
        await fuzz(here, await one_who_sold(here, frozenset({scope})), "examples", only=SOME)
