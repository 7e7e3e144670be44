"""`entrepot worker`: what was promised for a while is given back by a process of its own."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.warm import entrepot

ROOT = Path(__file__).parents[2]


def said(home: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        (entrepot(), "--json", *arguments), env=environment(home), cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "ENTREPOT_DATABASE__URL": f"sqlite:///{home / 'entrepot.db'}"}


def test_a_worker_gives_back_what_was_not_paid_in_time_and_stops_when_told(tmp_path: Path) -> None:
    said(tmp_path, "migrate")
    said(tmp_path, "goods", "register", "A")
    said(tmp_path, "node", "register", "N1")
    said(tmp_path, "stock", "receive", "A=5@N1")
    said(tmp_path, "stock", "reserve", "A=2@N1", "--id", "o1", "--hold", "1s")
    with subprocess.Popen(
        (entrepot(), "worker"), env=environment(tmp_path), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline().startswith("working on sqlite:///")
        patience = time.monotonic() + 60
        while (status := said(tmp_path, "stock", "reservation", "o1")["status"]) == "held":
            assert time.monotonic() < patience
            time.sleep(0.2)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert status == "expired"


def test_a_worker_without_a_database_that_others_use_is_refused(tmp_path: Path) -> None:
    refused = subprocess.run(
        (entrepot(), "worker"),
        env={**os.environ, "ENTREPOT_DATABASE__URL": "memory:"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert "ENTREPOT_DATABASE__URL" in refused.stderr


def refused(home: Path, *arguments: str, **variables: str) -> str:
    """What is said on the one line of a worker that does not start."""
    done = subprocess.run(
        (entrepot(), "worker", *arguments),
        env=environment(home) | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("role", ["relay", "consumers"])
def test_a_worker_asked_for_what_takes_a_broker_refuses_and_names_the_setting(tmp_path: Path, role: str) -> None:
    said(tmp_path, "migrate")
    told = refused(tmp_path, "--role", role, "--role", "deadlines")
    assert told.startswith(f"error: usage: {role} not here: the broker is within the process")
    assert "ENTREPOT_BROKER__URL" in told
    assert "entrepot serve" in told


def test_a_worker_that_has_nothing_to_do_refuses(tmp_path: Path) -> None:
    said(tmp_path, "migrate")
    off = dict.fromkeys(("ENTREPOT_WORKER__DEADLINES", "ENTREPOT_WORKER__PURGE"), "false")
    assert "ENTREPOT_BROKER__URL" in refused(tmp_path, **off)
    off |= dict.fromkeys(("ENTREPOT_WORKER__RELAY", "ENTREPOT_WORKER__CONSUMERS"), "false")
    assert "name a --role" in refused(tmp_path, **off)


@pytest.mark.parametrize(
    ("arguments", "doing"),
    [((), "deadlines, purge"), (("--role", "purge"), "purge"), (("--role=deadlines",), "deadlines")],
)
def test_a_worker_says_what_it_does_and_what_it_leaves_to_others(
    tmp_path: Path, arguments: tuple[str, ...], doing: str
) -> None:
    said(tmp_path, "migrate")
    with subprocess.Popen(
        (entrepot(), "worker", *arguments), env=environment(tmp_path), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        assert f": {doing}; Ctrl-C stops" in worker.stderr.readline()
        if not arguments:
            assert worker.stderr.readline().startswith("relay and consumers not here")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
