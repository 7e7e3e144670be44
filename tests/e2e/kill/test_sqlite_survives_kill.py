"""kill -9 at every step of a transaction: what was acknowledged is there, once, and answers as it did."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from application.kernel.ports import FAILPOINTS
from contracts.conformance.commands import Done, hold
from contracts.conformance.ground import TENANTS, Ground, code, ground_on
from contracts.conformance.laws import broken_laws
from domain.kernel.movement import Balances
from domain.stock.position import kinds
from tests.contract.ledger.installations import SqliteInstallation, create_schema
from tests.e2e.kill.load import Heard, opening, waves
from tests.faults.figures import Record, came_of_it

pytestmark = [pytest.mark.kill, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
DURABLE = {"journal_mode": "wal", "synchronous": 2}

COUNTING_SYNCS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int counted(const char *name, int fd) {
    char link[64], target[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length > 4 && !strncmp(target + length - 4, "-wal", 4)) {
        FILE *log = fopen(getenv("SYNC_LOG"), "a");
        if (log) { fputs("wal\\n", log); fclose(log); }
    }
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fsync(int fd) { return counted("fsync", fd); }
int fdatasync(int fd) { return counted("fdatasync", fd); }
"""


def run_load(
    path: Path, failpoint: str = "-", nth: int = 0, seed: int = 1, **environment: str
) -> tuple[int, list[Heard]]:
    """The child's exit code, and every answer that reached the client."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.kill.load", str(path), failpoint, str(nth), str(seed)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    if done.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(done.stderr.decode())
    # A line cut short by the kill was not heard.
    lines = done.stdout.split(b"\n")[:-1]
    return done.returncode, [msgspec.json.decode(each, type=Heard) for each in lines]


async def repeat_all(ground: Ground, seed: int) -> dict[tuple[str, str], Done]:
    """Every call of the load again under the same id; the replies."""
    replies: dict[tuple[str, str], Done] = {}
    for wave in [opening(), *waves(seed)]:
        for tenant in TENANTS:
            for step in wave:
                outcome = await ground.shop(tenant).outcome(step.command, step.request, system=step.system)
                if isinstance(outcome, Done):
                    replies.setdefault((tenant, step.request), outcome)
    return replies


async def run(command: list[str]) -> str:
    """What a process that ends well has to say."""
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return output.decode()


@pytest.mark.parametrize("failpoint", FAILPOINTS)
async def test_what_was_acknowledged_survives_a_kill_at(
    tmp_path: Path, failpoint: str, record_property: Record
) -> None:
    path, seed = tmp_path / "ledger.sqlite", FAILPOINTS.index(failpoint)
    nth = random.Random(seed).randint(2, 6)
    returned, heard = run_load(path, failpoint, nth, seed)
    assert returned == -signal.SIGKILL, f"{failpoint} was not reached {nth} times"
    assert heard

    async with ground_on(await SqliteInstallation(path, kinds()).open()) as ground:
        lost = doubled = 0
        for tenant in TENANTS:
            seen = await ground.installation.snapshot(tenant)
            assert broken_laws(seen) == []
            # A stale expiry is answered and not kept: it changed nothing.
            kept = {each.request for each in heard if each.tenant == tenant and each.reply.status != "nothing"}
            lost += len(kept - seen.requests.keys())
        before = {tenant: (await ground.installation.snapshot(tenant)).requests for tenant in TENANTS}
        replies = await repeat_all(ground, seed)
        for each in heard:
            if each.reply.status != "nothing":
                assert replies[each.tenant, each.request] == each.reply
        for tenant in TENANTS:
            after = (await ground.installation.snapshot(tenant)).requests
            doubled += sum(after[id] != reply for id, reply in before[tenant].items())
        came_of_it(record_property, acknowledged=len(heard), lost=lost, doubled=doubled)


async def test_two_processes_on_one_file_never_oversell(tmp_path: Path) -> None:
    """The default of many systems is a lock in memory, which two processes do not share."""
    path = tmp_path / "ledger.sqlite"
    create_schema(path)
    async with ground_on(await SqliteInstallation(path, kinds()).open()) as ground:
        for tenant in TENANTS:
            await ground.shop(tenant).stock("A", 37)
    script = (
        "import asyncio, sys; from pathlib import Path; from tests.e2e.kill.test_sqlite_survives_kill import buy;"
        "asyncio.run(buy(Path(sys.argv[1]), sys.argv[2]))"
    )
    sides = await asyncio.gather(*(run([sys.executable, "-c", script, str(path), name]) for name in ("left", "right")))
    outcomes = Counter(" ".join(sides).split())
    assert outcomes == {"held": 2 * 37, "stock.insufficient": 2 * 163}
    async with ground_on(await SqliteInstallation(path, kinds()).open()) as ground:
        for tenant in TENANTS:
            assert await ground.shop(tenant).balances("A") == Balances(reserved=37)


async def buy(path: Path, name: str) -> None:
    """One of the two processes: a hundred buyers a tenant, a few at a time so that the processes take turns."""
    ground = Ground(await SqliteInstallation(path, kinds()).open())
    for start in range(0, 100, 5):
        outcomes = await asyncio.gather(
            *(
                ground.shop(tenant).outcome(hold(f"{name} {i}"), f"{name} {i}")
                for i in range(start, start + 5)
                for tenant in TENANTS
            )
        )
        os.write(1, (" ".join(map(code, outcomes)) + "\n").encode())
    await ground.committer.drain()
    await ground.installation.close()


async def test_the_live_writer_says_that_it_keeps_its_commits(tmp_path: Path) -> None:
    installation = await SqliteInstallation(tmp_path / "ledger.sqlite", kinds()).open()
    async with ground_on(installation):
        settings = await installation.database.write(
            lambda connection: {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in DURABLE}
        )
        assert settings == DURABLE


async def test_every_acknowledged_batch_is_synced_to_the_log(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to count fsync with")
    source, shim, log = tmp_path / "syncs.c", tmp_path / "syncs.so", tmp_path / "syncs.log"
    source.write_text(COUNTING_SYNCS)
    await run([compiler, "-shared", "-fPIC", "-o", str(shim), str(source), "-ldl"])
    path = tmp_path / "ledger.sqlite"
    create_schema(path)
    returned, heard = run_load(path, LD_PRELOAD=str(shim), SYNC_LOG=str(log))
    assert returned == 0
    assert heard
    with sqlite3.connect(path) as connection:
        [batches] = connection.execute("SELECT COUNT(DISTINCT at) FROM request").fetchone()
    connection.close()
    syncs = log.read_text().count("wal")
    assert batches >= 10
    assert syncs >= batches, f"{syncs} syncs of the log for {batches} acknowledged batches"
