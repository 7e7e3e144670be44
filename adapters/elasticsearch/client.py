"""What the index needs of a client, and what clients of both servers have in common."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

JSON: Final = "json"
LINES: Final = "x-ndjson"


class Answer(NamedTuple):
    """What the server said: any status, and its JSON."""

    status: int
    body: Any


class Client(Protocol):
    """A connection pool that opens itself when it is first used, and again when it was lost."""

    name: str

    async def ask(
        self, method: str, path: str, body: bytes | None = None, form: str = JSON, **parameters: str
    ) -> Answer:
        """Raises IndexUnavailable where no server answers in time."""
        ...

    async def close(self) -> None: ...


class Address(NamedTuple):
    """Where the servers are, and as whom to ask."""

    hosts: list[str]
    user: tuple[str, str] | None


def address_of(url: str) -> Address:
    """`elasticsearch+http://user:password@host:port,host:port`: several hosts are asked in turn."""
    scheme, _, rest = url.partition("+")[2].partition("://")
    credentials, at, hosts = rest.rstrip("/").rpartition("@")
    name, _, password = credentials.partition(":")
    user = (unquote(name), unquote(password)) if at else None
    return Address([f"{scheme}://{_with_port(each)}" for each in hosts.split(",")], user)


def _with_port(host: str) -> str:
    return host if urlsplit(f"//{host}").port else f"{host}:9200"


def query_string(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters.items())
