"""A process is known again, and ended with what it started; another that bears its number is left alone."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.services.processes import Process, end, family, seen, wait_gone

PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("started", flush=True)
time.sleep(60)
"""


@pytest.fixture
def parent() -> Iterator["subprocess.Popen[str]"]:
    """A process with a child."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started
        started.kill()


def test_it_is_ended_with_all_it_started(parent: "subprocess.Popen[str]") -> None:
    members = family(seen(parent.pid))
    assert len(members) == 2
    assert end(members[0], signal.SIGKILL, 10)
    assert not any(each.alive for each in members)


def test_a_stopped_one_is_ended_too(parent: "subprocess.Popen[str]") -> None:
    process = seen(parent.pid)
    parent.send_signal(signal.SIGSTOP)
    end(process, signal.SIGTERM, 10)
    assert not process.alive


def test_one_that_only_bears_the_number_is_left_alone(parent: "subprocess.Popen[str]") -> None:
    earlier = Process(parent.pid, "another start")
    assert not earlier.alive
    assert family(earlier) == []
    end(earlier, signal.SIGKILL, 1)
    assert seen(parent.pid).alive


def test_one_that_nobody_has_asked_after_is_gone(parent: "subprocess.Popen[str]") -> None:
    process = seen(parent.pid)
    parent.kill()
    assert wait_gone([process], 10)
