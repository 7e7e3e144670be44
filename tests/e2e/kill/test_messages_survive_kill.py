"""kill -9 of the process that takes commands: what was acknowledged is done, what is sent again is done once."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application.stock.availability import Amounts, Availability, Detail
from application.stock.find_availability import FindAvailability
from entrypoints.composition.installation import open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings
from tests.e2e.kill.sender import KEYS, STOCK, carts, stocked
from tests.faults.figures import Record, came_of_it

pytestmark = [pytest.mark.kill, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
JSON = "application/json"


def run_sender(path: Path, failpoint: str = "-", nth: int = 0) -> tuple[int, list[list[Any]]]:
    """The exit code, and what the process said before it ended."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.kill.sender", str(path), failpoint, str(nth)],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    if done.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(done.stderr.decode())
    return done.returncode, [msgspec.json.decode(line) for line in done.stdout.split(b"\n")[:-1]]


def accepted(said: list[list[Any]]) -> dict[str, set[str]]:
    """By request, the ids of the replies that accepted it."""
    found: dict[str, set[str]] = {}
    for what, request, *rest in said:
        if what == "reply" and rest[0] == JSON:
            found.setdefault(request, set()).add(rest[1])
    return found


@pytest.mark.parametrize(
    ("failpoint", "nth"),
    [("begun", 7), ("written.movements", 6), ("written.events", 9), ("committed", 5), ("committed", 8)],
)
def test_every_command_has_its_effect_once_whenever_the_process_was_killed(
    tmp_path: Path, failpoint: str, nth: int, record_property: Record
) -> None:
    path = tmp_path / "entrepot.db"
    migrate(load_settings(database={"url": f"sqlite:///{path}"}))
    returned, before = run_sender(path, failpoint, nth)
    assert returned == -signal.SIGKILL, f"{failpoint} was not reached {nth} times"
    acknowledged = [request for what, request, *_ in before if what == "taken"]
    replied = {request for what, request, *_ in before if what == "reply"}
    assert set(acknowledged) <= replied, "nothing is acknowledged before its reply was told"
    returned, after = run_sender(path)
    assert returned == 0
    sent = {event.id for event in (*stocked(), *(each for cart in carts() for each in cart))}
    assert {request for what, request, *_ in after if what == "taken"} == sent
    # The same answer, however often and by whichever process.
    answers = accepted(before + after)
    assert {request: len(ids) for request, ids in answers.items()} == dict.fromkeys(sent, 1)
    # The effect of each, once: of 1 + 2 + 3 + 4 + 5 the second and the fourth were given back.
    held = KEYS * (1 + 3 + 5)
    amounts = asyncio.run(stock_in(path))
    lost = len(sent - answers.keys())
    doubled = sum(len(ids) > 1 for ids in answers.values()) + max(0, amounts.reserved - held)
    came_of_it(record_property, acknowledged=len(set(acknowledged)), lost=lost, doubled=doubled)
    assert (amounts.available, amounts.reserved) == (STOCK - held, held)


async def stock_in(path: Path) -> Amounts:
    async with open_installation(load_settings(database={"url": f"sqlite:///{path}"}), worker=False) as house:
        found: Availability = await house.ask("north", FindAvailability(("tea",), detail=Detail.TOTAL))
        return found.goods[0].amounts
