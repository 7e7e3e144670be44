"""Workers of their own, each with a role, over a broker that all reach: they share the work, and one is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from contracts.conformance.broker import until
from contracts.conformance.yard import HandClock
from entrypoints.composition.installation import open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings
from tests.contract.brokers.places import TRIES, At
from tests.contract.messages.channel import SENDERS, reserve
from tests.contract.messages.test_another_broker import left, stocked
from tests.contract.messages.test_real_brokers import BROKERS, TAKERS, Outside
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of

ENTREPOT: Final = (sys.executable, "-m", "entrypoints.cli.main", "worker", "--role")
ROOT: Final = Path(__file__).parents[3]
PATIENCE: Final = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.kill]


@contextmanager
def workers(environment: dict[str, str]) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a worker with a role, and returns when it works; what is left at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(role: str) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            (*ENTREPOT, role), env={**os.environ, **environment}, cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        started.append(worker)
        assert worker.stderr is not None
        assert f": {role}; Ctrl-C stops" in worker.stderr.readline()
        return worker

    yield start
    for worker in started:
        worker.kill()
        worker.wait(20)
        assert worker.stderr is not None
        worker.stderr.close()


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
async def test_workers_share_what_comes_and_one_that_is_killed_is_replaced(tmp_path: Path, broker: str) -> None:
    at = At(url_of(broker), takeover_seconds=5.0)
    database = f"sqlite:///{tmp_path / 'entrepot.db'}"
    migrate(load_settings(database={"url": database}))
    environment = {
        "ENTREPOT_DATABASE__URL": database,
        "ENTREPOT_BROKER__URL": at.url,
        "ENTREPOT_BROKER__NAME": at.name,
        "ENTREPOT_BROKER__TAKEOVER_SECONDS": str(at.takeover_seconds),
        "ENTREPOT_MESSAGES__SENDERS": SENDERS,
        "ENTREPOT_MESSAGES__REPLIES": "all",
    }
    channels = BROKERS[broker](at, MemoryYard(HandClock()).parked(), TRIES, TAKERS)
    outside = Outside(channels)
    await outside.listen()
    with workers(environment) as start:
        relay, dying, staying = start("relay"), start("consumers"), start("consumers")
        await outside.send(*stocked(100))
        await until(lambda: outside.answered() == {"g", "n", "in"}, PATIENCE)
        for n in range(60):
            await outside.send(reserve(f"o-{n}", partitionkey=f"cart-{n % 12}"))
            if n == 30:
                dying.send_signal(signal.SIGKILL)
        await until(lambda: len(outside.answered()) == 63, PATIENCE)
        await until(lambda: len(outside.told("StockReserved")) == 60, PATIENCE)
        for worker in (relay, staying):
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
    assert {each.datacontenttype for each in outside.replies} == {"application/json"}
    async with open_installation(load_settings(database={"url": database}), worker=False) as house:
        assert await left(house) == 40
    await channels.close()
