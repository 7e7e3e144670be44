"""`entrepot serve`: its first start, several processes, and a stop that loses nothing."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from application.stock.find_reservation import FindReservation
from entrypoints.composition.installation import open_installation
from tests.e2e.conftest import Entrepot
from tests.e2e.http.street import Caller, memory, sqlite, street


@contextmanager
def served(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", Any]]:
    """The command in a process of its own, and what it said when it was ready."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
    known |= {"ENTREPOT_RATE__PER_SECOND": "100000", "ENTREPOT_RATE__BURST": "100000", **environment}
    command = [sys.executable, "-m", "entrypoints.cli.main", "--json", "serve", "--port", "0", *arguments]
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        command, cwd=folder, env={**known, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        process.stdout.close()


async def test_a_first_start_makes_a_database_and_a_key_that_works_and_a_second_neither(tmp_path: Path) -> None:
    with served(tmp_path) as (process, said):
        assert said["tenant"] == "main"
        async with httpx.AsyncClient(base_url=said["address"], timeout=20, verify=False) as client:
            await Caller(client, said["key"]).stocked()
            assert (await client.get("/docs")).status_code == 200
        process.terminate()
        assert process.wait(20) == 0
    with served(tmp_path) as (_, again):
        assert again["key"] is None
        async with httpx.AsyncClient(base_url=again["address"], timeout=20, verify=False) as client:
            assert (await Caller(client, said["key"]).get("/v1/goods")).json()["items"]


async def test_a_service_makes_no_key_by_itself(tmp_path: Path) -> None:
    with served(tmp_path, "--no-first-key") as (process, said):
        assert said["key"] is None
        process.terminate()
        assert process.wait(20) == 0
    with served(tmp_path) as (_, again):
        assert again["key"] is not None, "there was none yet"


async def test_thirty_seven_units_serve_exactly_thirty_seven_of_two_hundred_buyers_over_two_processes(
    tmp_path: Path,
) -> None:
    with served(tmp_path, "--workers", "2") as (process, said):
        limits = httpx.Limits(max_connections=40, max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=said["address"], timeout=30, limits=limits, verify=False) as client:
            shop = Caller(client, said["key"])
            await shop.stocked(37)

            async def buy(number: int) -> tuple[int, str | None]:
                while True:
                    answer = await shop.reserve(request=f"buyer-{number}")
                    if answer.status_code != 404:  # the other process may not have heard of the goods for a second
                        return answer.status_code, answer.json().get("code")
                    await asyncio.sleep(0.1)

            told = Counter(await asyncio.gather(*(buy(number) for number in range(200))))
            assert told == {(200, None): 37, (409, "stock.insufficient"): 163}
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux who the children are")
async def test_nobody_serves_on_when_the_process_that_leads_them_is_killed(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as (process, said):
        async with httpx.AsyncClient(base_url=said["address"], timeout=20, verify=False) as client:
            assert (await client.get("/health/live")).status_code == 200
        crew = _children(process.pid)
        process.kill()
        process.wait(10)
        for _ in range(150):
            if not any(map(_lives, crew)):
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("they serve on, and nobody could stop them")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux who the children are")
async def test_a_process_that_dies_is_replaced_and_the_others_serve_on(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as (process, said):
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=said["address"], timeout=20, limits=limits, verify=False) as client:
            shop = Caller(client, said["key"])
            await shop.stocked()
            first = _children(process.pid)
            os.kill(first[0], signal.SIGKILL)
            assert (await shop.reserve()).status_code == 200
            for _ in range(100):
                if len(set(_children(process.pid)) - {first[0]}) == 2:
                    break
                await asyncio.sleep(0.1)
            else:
                pytest.fail("nobody came in its place")
        process.terminate()
        assert process.wait(30) == 0


def _lives(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def _children(of: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{of}/task/{of}/children").read_text().split()]


async def test_several_processes_need_a_database_that_they_share(
    entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", "memory:")
    said = entrepot("serve", "--workers", "2")
    assert said.code == 2
    assert "ENTREPOT_DATABASE__URL" in said.err


async def test_a_port_that_is_taken_is_told_on_one_line(entrepot: Entrepot) -> None:
    async with street(memory(), worker=False) as here:
        said = entrepot("serve", "--port", here.place[1])
    assert said.code == 2
    assert "cannot listen" in said.err
    assert len(said.err.splitlines()) == 1


async def test_a_stop_under_load_answers_all_it_took_and_loses_none(tmp_path: Path, migrated: Path) -> None:
    shutil.copy(migrated, tmp_path / "test.db")
    settings = sqlite(tmp_path / "test.db")
    accepted: set[str] = set()
    enough = asyncio.Event()
    async with street(settings) as here:
        shop = await here.caller()
        await shop.stocked(100_000)
        streaming = asyncio.create_task(shop.get("/v1/events?wait=30&after=" + (await _end(shop))))

        async def buy_on() -> None:
            while True:
                request = uuid4().hex
                try:
                    answer = await shop.reserve(request=request)
                except httpx.TransportError:  # nobody there any more: a caller would ask again under the same id
                    return
                if answer.status_code != 200:
                    assert answer.status_code == 503, answer.text
                    return
                accepted.add(request)
                if len(accepted) == 100:
                    enough.set()

        buyers = [asyncio.create_task(buy_on()) for _ in range(16)]
        await enough.wait()
        await here.stop()
        await asyncio.gather(*buyers)
        assert (await streaming).status_code == 200
    async with open_installation(settings, worker=False) as house:
        kept = {request for request in accepted if await house.ask("acme", FindReservation(request))}
    assert kept == accepted


async def _end(shop: Caller) -> str:
    page = (await shop.get("/v1/events?limit=500")).json()
    while page["more"] or page["items"]:
        page = (await shop.get(f"/v1/events?limit=500&wait=1&after={page['after']}")).json()
    return str(page["after"])


async def test_while_it_stops_it_is_not_ready_but_alive(tmp_path: Path) -> None:
    async with street(memory()) as here:
        anyone = here.nobody()
        assert (await anyone.get("/health/ready")).json()["status"] == "ready"
        here.door.stop()
        refused = await anyone.get("/health/ready")
        assert (refused.status_code, refused.json()["checks"]["process"]) == (503, "down")
        assert (await anyone.get("/health/live")).status_code == 200


async def test_ready_says_which_adapter_is_down(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(migrated, tmp_path / "test.db")
    async with street(sqlite(tmp_path / "test.db")) as here:

        async def broken(*_: object) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(type(here.house.outbox), "give_back", broken)
        refused = await here.nobody().get("/health/ready")
        assert refused.status_code == 503
        checks = refused.json()["checks"]
        assert [name for name, state in checks.items() if state == "down"] == ["database.write"]
        assert "disk" not in refused.text


def test_a_signal_ends_the_process_in_good_order(tmp_path: Path) -> None:
    for sign in (signal.SIGTERM, signal.SIGINT):
        with served(tmp_path) as (process, _):
            process.send_signal(sign)
            assert process.wait(20) == 0
