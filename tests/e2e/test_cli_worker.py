"""`entrepot worker`: what was promised for a while is given back by a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ENTREPOT = (sys.executable, "-m", "entrypoints.cli.main")
ROOT = Path(__file__).parents[2]


def entrepot(home: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        (*ENTREPOT, "--json", *arguments), env=environment(home), cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "ENTREPOT_DATABASE__URL": f"sqlite:///{home / 'entrepot.db'}"}


def test_a_worker_gives_back_what_was_not_paid_in_time_and_stops_when_told(tmp_path: Path) -> None:
    entrepot(tmp_path, "migrate")
    entrepot(tmp_path, "goods", "register", "A")
    entrepot(tmp_path, "node", "register", "N1")
    entrepot(tmp_path, "stock", "receive", "A=5@N1")
    entrepot(tmp_path, "stock", "reserve", "A=2@N1", "--id", "o1", "--hold", "1s")
    with subprocess.Popen(
        (*ENTREPOT, "worker"), env=environment(tmp_path), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline().startswith("working on sqlite:///")
        patience = time.monotonic() + 60
        while (status := entrepot(tmp_path, "stock", "reservation", "o1")["status"]) == "held":
            assert time.monotonic() < patience
            time.sleep(0.2)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert status == "expired"


def test_a_worker_without_a_database_that_others_use_is_refused(tmp_path: Path) -> None:
    refused = subprocess.run(
        (*ENTREPOT, "worker"),
        env={**os.environ, "ENTREPOT_DATABASE__URL": "memory:"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert "ENTREPOT_DATABASE__URL" in refused.stderr
