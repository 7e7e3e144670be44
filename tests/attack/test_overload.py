"""Several times what can be done, in an open loop: the rest is sent away with a time to come back, and nothing is lost.

How fast, and how soon it recovers, `make bench ARGS="--sections overload"` measures; nothing here depends on it.
"""

import asyncio
from pathlib import Path

import pytest

from bench.http_load import ask
from bench.overload import SHED, clean, load, lost, serving

SECONDS = 4.0
RATE = 3_000.0
QUEUE = "32"


@pytest.mark.timeout(300)
def test_what_is_too_much_is_shed_and_what_was_accepted_is_kept(tmp_path: Path) -> None:
    with serving(tmp_path, ENTREPOT_COMMITTER__QUEUE=QUEUE) as server:
        before, _ = load(server, "calm", 20.0, 0.5)
        told, memory = load(server, "storm", RATE, SECONDS)
        after, _ = load(server, "again", 20.0, 0.5)
        assert asyncio.run(ask(server.target, "/health/ready"))["status"] == "ready"
    statuses = told["statuses"]
    assert told["accepted"], "it does what it can"
    assert sum(statuses.get(str(status), 0) for status in SHED) > 0, "and sends the rest away"
    assert told["unpaced"] == 0, "with a time to come back"
    assert {each for each, count in statuses.items() if count} <= {"200", "429", "503", "not sent"}, statuses
    assert memory < 512, "what waits is bounded"
    for calm in (before, after):
        assert set(calm["statuses"]) - {"not sent", "no answer"} == {"200"}, calm["statuses"]
    accepted = [number for each in (before, told, after) for number in each["accepted"]]
    assert lost(tmp_path, accepted) == set()
    assert asyncio.run(clean(tmp_path))
