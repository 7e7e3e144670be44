"""Servers of Maven's artefacts: Kafka, Elasticsearch, OpenSearch. A JDK of 17 or newer runs them."""

import asyncio
import fcntl
import os
import re
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from tests.services.server import HOST, SERVICES, Missing, Place, Program, Server, hang_up

FETCHED: Final = SERVICES / "java"
OLDEST: Final = 17
FETCHING: Final = 900
HEAP: Final = "-Xms512m -Xmx512m"
BRIEF: Final = "-XX:TieredStopAtLevel=1"
"""For one that a test starts for itself: it is ended before what is compiled well would pay, and starts sooner."""
JDK: Final = ("default-jdk-headless", "maven")


class Kafka(Server):
    """One node that is broker and controller (KRaft)."""

    name = "kafka"
    title = "Kafka"
    ports = (19092, 19093)
    seconds = 120
    version = "4.1.0"

    @property
    def library(self) -> Path:
        return FETCHED / f"kafka-{self.version}"

    def find(self) -> None:
        java()
        _see(self.library)

    def fetch(self) -> None:
        java()
        pom = FETCHED / "pom.xml"
        inside = _dependency("org.apache.kafka", "kafka_2.13", self.version)
        inside += _dependency("org.slf4j", "slf4j-simple", "1.7.36")

        def get(folder: Path) -> None:
            pom.write_text(
                "<project><modelVersion>4.0.0</modelVersion><groupId>entrepot</groupId><artifactId>services"
                f"</artifactId><version>1</version><dependencies>{inside}</dependencies></project>\n"
            )
            goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
            maven("-f", str(pom), *goal, f"-DoutputDirectory={folder}")

        _fetch(self.library, get)

    def prepare(self, place: Place) -> None:
        self.programs(place)
        tool, settings = "kafka.tools.StorageTool", str(place.folder / "server.properties")
        identity = self.run(place, self.tool(tool, "random-uuid")).split()[-1]
        self.run(place, self.tool(tool, "format", "--standalone", "-t", identity, "-c", settings))

    def programs(self, place: Place) -> tuple[Program, ...]:
        broker, controller = place.ports
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "listeners": f"PLAINTEXT://{HOST}:{broker},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{broker}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": f"{HOST}:{controller}",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": place.data,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 8,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 500,  # tests do not like to wait for a death to be noticed
            "auto.create.topics.enable": "false",
        }
        path = place.folder / "server.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return (self.tool("kafka.Kafka", str(path)),)

    def tool(self, *arguments: str) -> Program:
        logs = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        return Program((f"{java()}/bin/java", "-Xms128m", "-Xmx512m", logs, "-cp", f"{self.library}/*", *arguments))

    def url(self, place: Place) -> str:
        return f"kafka://{HOST}:{place.port}"

    async def ask(self, place: Place) -> None:
        from aiokafka.admin import AIOKafkaAdminClient

        _, writer = await asyncio.open_connection(HOST, place.port)  # the driver logs loudly of one not ready
        await hang_up(writer)
        admin = AIOKafkaAdminClient(bootstrap_servers=f"{HOST}:{place.port}", request_timeout_ms=5000)
        try:
            await admin.start()
            if not (await admin.describe_cluster())["brokers"]:
                raise ConnectionError("no broker may be used yet")
        finally:
            await admin.close()


class Elastic(Server):
    """What Elasticsearch and OpenSearch have in common: one node, 512 MB of heap, nobody asked who they are."""

    refuses_root = True
    seconds = 300
    group: ClassVar[str]
    version: ClassVar[str]
    prefix: ClassVar[str]
    """What the names of its environment variables begin with."""
    oldest: ClassVar[int] = OLDEST
    further: ClassVar[str] = ""

    @property
    def distribution(self) -> Path:
        return FETCHED / f"{self.name}-{self.version}"

    def find(self) -> None:
        java(self.oldest, whole=True)
        _see(self.distribution)

    def fetch(self) -> None:
        java(self.oldest, whole=True)
        artefact = f"{self.group}:{self.name}:{self.version}:zip"

        def get(folder: Path) -> None:
            maven("dependency:copy", f"-Dartifact={artefact}", f"-DoutputDirectory={folder}")
            for archive in list(folder.glob("*.zip")):
                _unpack(archive, folder)
                archive.unlink()

        _fetch(self.distribution, get)

    def home(self) -> Path:
        """The folder in the distribution that holds bin and config."""
        return next(self.distribution.glob("*/bin")).parent

    def prepare(self, place: Place) -> None:
        place.data.mkdir()
        (place.folder / "tmp").mkdir()
        (place.folder / "logs").mkdir()
        shutil.copytree(self.home() / "config", place.folder / "config")
        options = place.folder / "config" / "jvm.options"
        kept = [line for line in options.read_text().splitlines() if "logs/" not in line]
        options.write_text("\n".join(kept) + "\n")  # those would be written where the distribution is

    def programs(self, place: Place) -> tuple[Program, ...]:
        http, transport = place.ports
        (place.folder / "config" / f"{self.name}.yml").write_text(
            f"cluster.name: entrepot-{http}\nnode.name: entrepot\nnetwork.host: {HOST}\n"
            f"http.port: {http}\ntransport.port: {transport}\ndiscovery.type: single-node\n"
            f"path.data: {place.data}\npath.logs: {place.folder / 'logs'}\n"
            f"cluster.routing.allocation.disk.threshold_enabled: false\n{self.further}"
        )
        settings = {
            f"{self.prefix}_JAVA_HOME": java(self.oldest, whole=True),
            f"{self.prefix}_JAVA_OPTS": HEAP if SERVICES in place.folder.parents else f"{HEAP} {BRIEF}",
            f"{self.prefix}_PATH_CONF": str(place.folder / "config"),
            f"{self.prefix}_TMPDIR": str(place.folder / "tmp"),
        }
        return (Program((str(self.home() / "bin" / self.name),), settings),)

    def url(self, place: Place) -> str:
        return f"{self.name}+http://{HOST}:{place.port}"

    async def ask(self, place: Place) -> None:
        """Asks for its health: the smallest build of Elasticsearch does not answer `GET /`."""
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(HOST, place.port)
            try:
                path = "/_cluster/health?wait_for_status=yellow&timeout=5s"
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
                await writer.drain()
                status = await reader.readline()
            finally:
                await hang_up(writer)
        if b" 200 " not in status:
            raise ConnectionError(status.decode(errors="replace"))


class Elasticsearch(Elastic):
    """Without security and machine learning. This build lacks much: docs/adapters/servers.md."""

    name = "elasticsearch"
    title = "Elasticsearch"
    ports = (19200, 19300)
    group = "org.elasticsearch.distribution.integ-test-zip"
    version = "8.19.21"
    prefix = "ES"
    further = "xpack.security.enabled: false\nxpack.ml.enabled: false\n"


class OpenSearch(Elastic):
    """With all its modules."""

    name = "opensearch"
    title = "OpenSearch"
    ports = (19201, 19301)
    group = "org.opensearch.distribution.integ-test-zip"
    version = "3.6.0"
    oldest = 21
    prefix = "OPENSEARCH"


def java(oldest: int = OLDEST, *, whole: bool = False) -> str:
    """The home of a Java of that version or newer; `whole`: of a JDK, not a mere runtime. Raises Missing."""
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    found = shutil.which("java")
    usual = [Path(found).resolve().parents[1]] if found else []
    for home in (*named, *usual, *sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)):
        if not (home / "bin" / "java").exists() or (whole and not (home / "bin" / "javac").exists()):
            continue
        if _version(home / "bin" / "java") >= oldest:
            return str(home)
    kind = "JDK" if whole else "Java"
    # Debian 12's is 17: of a newer one there is no package to name.
    packages = JDK if oldest <= OLDEST else ()
    raise Missing(f"there is no {kind} of {oldest} or newer (JAVA_HOME names one)", *packages)


def maven(*arguments: str) -> None:
    """Run Maven. Raises Missing."""
    program = shutil.which("mvn")
    if program is None:
        raise Missing("there is no mvn to fetch it with", *JDK[1:])
    try:
        done = subprocess.run(
            [program, "-B", "-q", *arguments],
            capture_output=True,
            text=True,
            timeout=FETCHING,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"Maven did not fetch it within {FETCHING} s") from None
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if "ERROR" in line]
        raise Missing(f"Maven did not fetch it: {(said or ['?'])[0]}")


def _see(folder: Path) -> None:
    if not folder.is_dir():
        raise Missing(f"{folder.name} was not fetched", *(JDK[1:] if shutil.which("mvn") is None else ()))


def _fetch(folder: Path, get: Callable[[Path], None]) -> None:
    """Have `get` fill the folder, unless that was done: whole or not at all."""
    FETCHED.mkdir(parents=True, exist_ok=True)
    with (FETCHED / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return
        new = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        get(new)
        new.replace(folder)


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack with the permissions that zipfile leaves out."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = Path(packed.extract(entry, folder))
            if mode := stat.S_IMODE(entry.external_attr >> 16):
                path.chmod(mode)


def _dependency(group: str, artefact: str, version: str) -> str:
    inner = f"<groupId>{group}</groupId><artifactId>{artefact}</artifactId><version>{version}</version>"
    return f"<dependency>{inner}</dependency>"


def _version(program: Path) -> int:
    said = subprocess.run([str(program), "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else 0
