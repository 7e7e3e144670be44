"""An `entrepot` that has read its code before it is called: each call is a fork of one process that imported it all.

To start is most of what a command of the command line costs, and the pages of the documents have hundreds of them.
What a fork runs is what a fresh process would: its arguments, folder, environment, files and signals are the caller's.

    python -m tests.warm /tmp/x/socket      serves, until its standard input ends
"""

import atexit
import gc
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from json import loads
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
STUB: Final = """#!{python} -IS
import json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({place!r})
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(said).to_bytes(4)], [0, 1, 2])
    server.sendall(said)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: server.sendall(bytes([number])))
    ended = server.recv(1)
sys.exit(ended[0] if ended else 255)
"""


@cache
def entrepot() -> str:
    """The path of an executable that is called as the installed one is; its folder holds nothing else."""
    folder = tempfile.TemporaryDirectory(prefix="entrepot-warm-")
    place, stub = f"{folder.name}/socket", Path(folder.name, "bin", "entrepot")
    stub.parent.mkdir()
    stub.write_text(STUB.format(python=sys.executable, place=place), encoding="utf-8")
    stub.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENTREPOT_", "COV_", "PYTEST_"))}
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.warm", place],
        cwd=ROOT,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    atexit.register(folder.cleanup)
    atexit.register(server.wait)
    atexit.register(server.stdin.close)
    return str(stub)


def serve(place: str) -> Callable[[], None]:
    """Answer calls until standard input ends; in a process made for one, answer what it has to run."""
    import entrypoints.cli.app
    import entrypoints.composition.installation
    import entrypoints.http.app  # noqa: F401
    from entrypoints.cli.main import main

    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while 0 not in select.select([listening.fileno(), 0], [], [])[0]:
            called, _ = listening.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return main if _is_the_one_called(called) else sys.exit
            called.close()
    return sys.exit


def _is_the_one_called(caller: socket.socket) -> bool:
    """Fork once more: the process that runs what was asked for, and the one that hands it signals and its end back."""
    length, files, *_ = socket.recv_fds(caller, 4, 3)
    said = b""
    while len(said) < int.from_bytes(length):
        said += caller.recv(65536)
    alive, lives = os.pipe()
    child = os.fork()
    if child == 0:
        caller.close()
        os.close(alive)
        _become(files, *loads(said))
        return True
    for each in (lives, *files):
        os.close(each)
    while alive not in select.select([alive, caller.fileno()], [], [])[0]:
        number = caller.recv(1)
        os.kill(child, number[0] if number else signal.SIGKILL)
        if not number:
            break
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    caller.sendall(bytes([ended if ended >= 0 else 128 - ended]))
    return False


def _become(files: list[int], arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["entrepot", *arguments]
    sys.path[:0] = [each for each in environment.get("PYTHONPATH", "").split(os.pathsep) if each]


if __name__ == "__main__":
    serve(sys.argv[1])()
