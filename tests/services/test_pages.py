"""What is written of the servers elsewhere agrees with what brings them up: compose.yaml, its page."""

import shlex
from typing import Any

import pytest
import yaml

from tests.services.catalogue import SERVERS, shared_place
from tests.services.server import ROOT
from tests.services.shared import environment_lines

PAGE = (ROOT / "docs" / "adapters" / "servers.md").read_text()


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_containers_are_the_same_servers(compose: Any) -> None:
    assert set(compose["services"]) == set(SERVERS)


@pytest.mark.parametrize("name", list(SERVERS))
def test_a_container_is_found_where_the_server_would_be(compose: Any, name: str) -> None:
    service = compose["services"][name]
    (port,) = service["ports"]
    host, outside, _ = port.split(":")
    assert (host, int(outside)) == ("127.0.0.1", SERVERS[name].ports[0])
    image, _, tag = service["image"].partition(":")
    assert tag
    assert "." not in image.split("/")[0], "an image is named, its place is not"
    assert service["healthcheck"]["test"][0] == "CMD"
    for volume in service["volumes"]:
        assert volume.partition(":")[0] in compose["volumes"]
    for config in service.get("configs", ()):
        assert compose["configs"][config["source"]]["content"]


def test_the_same_people_are_let_in(compose: Any) -> None:
    s3, mariadb = SERVERS["s3"], SERVERS["mariadb"]
    key, secret = s3.url(shared_place(s3)).removeprefix("s3://").partition("@")[0].split(":")
    assert f'"accessKey": "{key}", "secretKey": "{secret}"' in compose["configs"]["s3"]["content"]
    user = mariadb.url(shared_place(mariadb)).removeprefix("mariadb://").partition(":")[0]
    assert f"CREATE USER IF NOT EXISTS {user}@" in compose["configs"]["mariadb-user"]["content"]


@pytest.mark.parametrize("name", list(SERVERS))
def test_the_page_says_what_to_export(name: str) -> None:
    server = SERVERS[name]
    (line,) = environment_lines({name: server.url(shared_place(server))})
    row = next(row for row in PAGE.splitlines() if f"`{line.partition('=')[0]}=" in row)
    assert f"`{line}`" in row
    assert f"| {server.ports[0]} |" in row
    assert shlex.split(line)
