"""What tests are told of the servers they share, and how those come and go."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import shared
from tests.services.catalogue import SERVERS, shared_place
from tests.services.java import OpenSearch, java
from tests.services.running import free_ports
from tests.services.server import ROOT, Missing, installed
from tests.services.shared import environment_lines, read_environment, url_of, variable


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `make services` wrote down, instead of what it really did."""
    path = tmp_path / "env"
    monkeypatch.setattr(shared, "ENVIRONMENT", path)
    for name in SERVERS:
        monkeypatch.delenv(variable(name), raising=False)
    return path


def test_what_is_written_down_is_read_again(written: Path) -> None:
    urls = {name: server.url(shared_place(server)) for name, server in SERVERS.items()}
    written.write_text("\n".join(["# a comment", *environment_lines(urls)]) + "\n")
    assert read_environment() == {variable(name): url for name, url in urls.items()}


def test_a_shell_takes_it_in(written: Path) -> None:
    url = SERVERS["s3"].url(shared_place(SERVERS["s3"]))
    written.write_text("\n".join(environment_lines({"s3": url})) + "\n")
    said = subprocess.run(
        ["sh", "-c", f"set -a; . {written}; printenv ENTREPOT_TEST_S3_URL"], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == url


@pytest.mark.parametrize("name", list(SERVERS))
def test_without_a_server_the_test_is_told_how_to_get_it(written: Path, name: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=rf"{name}$"):
        url_of(name)


def test_one_that_nobody_listens_for_is_not_reachable(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv(variable("nats"), f"nats://127.0.0.1:{port}")
    with pytest.raises(pytest.skip.Exception, match=rf"not reachable at 127.0.0.1:{port}: make services S=nats"):
        url_of("nats")


def test_no_two_servers_share_a_port() -> None:
    ports = [port for server in SERVERS.values() for port in server.ports]
    assert len(ports) == len(set(ports))


def test_what_is_missing_names_the_package() -> None:
    with pytest.raises(Missing, match="there is no no-such-server: apt-get install some-package") as raised:
        installed("no-such-server", "some-package")
    assert raised.value.packages == ("some-package",)


def test_a_java_that_is_too_old_is_no_java() -> None:
    with pytest.raises(Missing, match="no Java of 99 or newer"):
        java(99)


def test_a_machine_whose_java_is_17_is_told_what_opensearch_wants_and_not_to_install_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.services.java._version", lambda _: 17)
    java()  # which the others run on
    with pytest.raises(Missing, match="there is no JDK of 21 or newer") as raised:
        OpenSearch().find()
    assert raised.value.packages == ()


@pytest.mark.slow
def test_up_and_up_again_and_down(tmp_path: Path) -> None:
    """In a copy, on other ports, so that the servers that everybody uses stay."""
    shutil.copytree(ROOT / "tests" / "services", tmp_path / "tests" / "services")
    port = free_ports(1)[0]
    wheels = tmp_path / "tests" / "services" / "wheels.py"
    wheels.write_text(wheels.read_text().replace("(16380,)", f"({port},)"))

    def services(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "tests.services", *arguments],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    export = f"export ENTREPOT_TEST_VALKEY_URL=redis://127.0.0.1:{port}/0"
    try:
        first = services("up", "valkey")
        assert "is up after" in first
        assert export in first
        assert "was up: " in services("up", "valkey")
        assert services("env").strip() == export
        services("down", "valkey")
        with socket.create_server(("127.0.0.1", port)):
            assert "finds its ports taken by somebody else" in services("up", "valkey")
        assert services("env").startswith("export ENTREPOT_TEST_VALKEY_URL=redis://127.0.0.1:2")
        assert export not in services("env")
        services("down", "valkey")
        (tmp_path / ".services" / "valkey.ports").unlink()
        services("up", "valkey")
        assert (tmp_path / ".services" / "env").read_text().endswith(export.removeprefix("export ") + "\n")
    finally:
        said = services("down", "valkey", "nats")
    assert "valkey         is down\n" in said
    assert "nats           was not up\n" in said
    assert services("env") == ""
