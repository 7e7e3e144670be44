"""The workers of one `serve` know each other's sessions."""

import asyncio
import os
import signal
from pathlib import Path

import httpx

from tests.e2e.console.test_signing_in import form_token
from tests.e2e.http.test_serve import served

PATIENCE = 60
"""Seconds for both workers to be met, or for one to come in place of another."""


async def test_whom_one_worker_signs_in_or_out_is_so_for_the_other_and_for_one_that_comes_later(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as (process, said):
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=said["address"], timeout=20, limits=limits, verify=False) as browser:

            async def met(others: int, known: frozenset[str] = frozenset()) -> tuple[set[str], set[int]]:
                """Asks for a page until so many workers answered that are not known; these, and what they said."""
                workers: set[str] = set()
                told: set[int] = set()
                async with asyncio.timeout(PATIENCE):
                    while len(workers - known) < others:
                        try:
                            answer = await browser.get("/console/stock")
                        except httpx.TransportError:  # one was killed with this in its hands
                            continue
                        told.add(answer.status_code)
                        workers.add(answer.headers["x-request-id"].partition("-")[0])
                        await asyncio.sleep(0.02)
                return workers, told

            form = {"form_token": await form_token(browser), "key": said["key"]}
            assert (await browser.post("/console/sign-in", data=form)).status_code == 303
            first, told = await met(2)
            assert (len(first), told) == (2, {200})
            os.kill(_child(process.pid), signal.SIGKILL)
            later, told = await met(1, frozenset(first))
            assert (len(later - first), told) == (1, {200})
            token = await form_token(browser, "/console/stock")
            kept = browser.cookies["entrepot_console"]
            assert (await browser.post("/console/sign-out", data={"form_token": token})).status_code == 303
            assert "entrepot_console" not in browser.cookies
            browser.cookies.set("entrepot_console", kept, path="/console")
            last, told = await met(2)
            assert (len(last), told) == (2, {303})
        process.terminate()
        assert process.wait(30) == 0


def _child(of: int) -> int:
    return int(Path(f"/proc/{of}/task/{of}/children").read_text().split()[0])
