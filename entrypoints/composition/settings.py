"""The settings of an installation, read from the environment: `ENTREPOT_DATABASE__URL=sqlite:///./var/entrepot.db`."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from entrypoints.messages.senders import senders_of
from entrypoints.wire.warehouses import ship_to_of, sources_of

PREFIX: Final = "ENTREPOT_"
NESTED: Final = "__"
TESTS: Final = "ENTREPOT_TEST_"
"""Where tests find their servers: variables that are no settings, and may stand beside them."""
REFERENCE: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
DEFAULT_URL: Final = "sqlite:///./var/entrepot.db"
SERVERS: Final = ("postgresql://", "mariadb://")
"""The schemes of the databases that are servers."""
DATABASES: Final = ("memory", "sqlite", "postgresql", "mariadb")
"""The technologies of databases: an adapter of the one can do nothing with another."""
MASK: Final = "***"
SECRETS: Final = ("token", "sources", "secret")
"""Settings whose value is in no message, not even where it is wrong."""


class BadSettings(Exception):
    """A setting cannot be used; the message says which, why, and what to do, on one line."""


class Section(BaseModel):
    """One group of settings: `ENTREPOT_<GROUP>__<FIELD>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """Where the ledger lives."""

    url: str = Field(
        DEFAULT_URL,
        description="sqlite:///<path> for a file; for a server postgresql:// or mariadb:// and "
        "<user>:<password>@<host>:<port>/<name>; memory: for one that ends with the process",
    )
    readers: int = Field(
        4, ge=1, le=64, description="threads that read beside the writer; of a server, connections to read over"
    )
    replica_url: str = Field(
        "", description="a replica of the server's database that answers queries; commands never go there"
    )
    replica_lag_seconds: float = Field(
        2.0, ge=0.1, le=3_600, description="how far behind the replica may be; beyond, the primary answers"
    )

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        if url == "memory:" or (url.startswith("sqlite:///") and len(url) > len("sqlite:///")):
            return url
        if url.startswith(SERVERS) and re.fullmatch(r"[^/]+/[^/?]+(\?.*)?", url.partition("://")[2]):
            return url
        raise ValueError(
            "must be sqlite:///<path>, memory:, postgresql:// or mariadb:// and <user>:<password>@<host>:<port>/<name>"
        )

    @model_validator(mode="after")
    def _replicated(self) -> Self:
        if self.replica_url and (
            not self.url.startswith(SERVERS) or self.replica_url.partition(":")[0] != self.technology
        ):
            raise ValueError("replica_url must be of a server, and as url is: postgresql:// or mariadb://")
        return self

    @property
    def technology(self) -> str:
        """What the adapters of every port are by default: `memory`, `sqlite`, `postgresql` or `mariadb`."""
        return self.url.partition(":")[0]

    @property
    def path(self) -> Path | None:
        """The database file, where it is one."""
        return Path(self.url.removeprefix("sqlite:///")) if self.technology == "sqlite" else None


BROKERS: Final = {
    "inprocess": "inprocess",
    "redis": "redis",
    "rediss": "redis",
    "amqp": "rabbitmq",
    "amqps": "rabbitmq",
    "nats": "nats",
    "kafka": "kafka",
}
"""The technology of a broker, by the scheme of its URL."""


class BrokerSettings(Section):
    """What carries events, commands and replies."""

    url: str = Field(
        "inprocess:",
        description="inprocess: for the consumers of this process alone, or redis://, rediss://, amqp://, amqps://, "
        "nats:// or kafka:// with host:port, several of them for nats and kafka, separated by commas",
    )
    name: str = Field(
        "entrepot",
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
        description="what the names of its streams, queues or topics begin with: one for each installation",
    )
    takeover_seconds: float = Field(
        10.0, ge=0.5, le=300, description="seconds after which others take over what a silent process holds"
    )
    retention_hours: int = Field(
        168, ge=1, le=87_600, description="hours that nats and kafka keep a message; the others, until it was taken"
    )

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        scheme, _, rest = url.partition(":")
        if url == "inprocess:" or (scheme in BROKERS and scheme != "inprocess" and re.fullmatch(r"//\S+", rest)):
            return url
        raise ValueError("must be inprocess:, redis://…, rediss://…, amqp://…, amqps://…, nats://… or kafka://…")

    @property
    def technology(self) -> str:
        """What the adapter is by default: inprocess, redis, rabbitmq, nats or kafka."""
        return BROKERS[self.url.partition(":")[0]]


CACHES: Final = {"none": "none", "memory": "memory", "redis": "redis", "rediss": "redis"}
"""The technology of a cache, by the scheme of its URL."""


class CacheSettings(Section):
    """Availability from a cache: faster, and a little late. Nothing is decided by it."""

    url: str = Field(
        "none:",
        description="none: to ask the ledger every time, memory: for a cache of each process, or redis://, rediss:// "
        "with host:port/number for one that all share",
    )
    name: str = Field(
        "entrepot",
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
        description="what the names of its keys begin with: one for each installation",
    )
    seconds: float = Field(
        5.0, ge=0.1, le=300, description="seconds after which what is in it is told no more; the same for all processes"
    )
    goods: int = Field(
        50, ge=1, le=500, description="most goods of one question that it answers; of more, the ledger is asked"
    )
    entries: int = Field(50_000, ge=1, le=10_000_000, description="most goods that memory: keeps in each process")
    patience_seconds: float = Field(
        0.05, ge=0.001, le=5, description="seconds a question waits for the server before the ledger is asked instead"
    )
    connections: int = Field(8, ge=1, le=1_000, description="most connections of one process to the server")

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        scheme, _, rest = url.partition(":")
        if url in ("none:", "memory:") or (scheme in ("redis", "rediss") and re.fullmatch(r"//\S+", rest)):
            return url
        raise ValueError("must be none:, memory:, redis://… or rediss://…")

    @property
    def technology(self) -> str:
        """What the adapter is by default: none, memory or redis."""
        return CACHES[self.url.partition(":")[0]]


class ObjectSettings(Section):
    """Files outside the database: exports, imports, archives."""

    url: str = Field(
        "./var/objects",
        description="a path or file:///<path> for a folder, memory: for objects that end with the process, or "
        "s3://[<key>:<secret>@]<bucket>[/<prefix>][?endpoint=<url>&region=<name>]; without a key, AWS_ACCESS_KEY_ID …",
    )
    largest_bytes: int = Field(5 * 2**30, ge=2**20, le=2**42, description="most bytes of one object")
    patience_seconds: float = Field(
        10.0, ge=0.1, le=600, description="seconds without a sign of S3 after which it counts as away"
    )

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        if url == "memory:" or re.fullmatch(r"(file:///|\.{0,2}/)[^?#]+", url):
            return url
        if re.fullmatch(r"s3://(\S+:\S+@)?[a-z0-9.-]+(/[^?]*)?(\?((endpoint|region)=[^&]+&?)*)?", url):
            return url
        raise ValueError("must be /path, ./path, file:///path, memory: or s3://bucket?endpoint=…&region=…")

    @property
    def technology(self) -> str:
        """What the adapter is by default: memory, local or s3."""
        return "memory" if self.url == "memory:" else "s3" if self.url.startswith("s3://") else "local"


SEARCHES: Final = {"none": "none", "sqlite": "fts5", "elasticsearch": "elasticsearch", "opensearch": "opensearch"}
"""The technology of a search index, by what its URL begins with."""


class SearchSettings(Section):
    """Copies of what the ledger holds, made to be looked through. Nothing is decided by them."""

    url: str = Field(
        "none:",
        description="none: for no search, sqlite:///<path> for an index in a file of this machine, or "
        "elasticsearch+http://, elasticsearch+https://, opensearch+http://, opensearch+https:// with "
        "[<user>:<password>@]host:port, several of them separated by commas",
    )
    name: str = Field(
        "entrepot",
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
        description="what the names of its indexes on a server begin with: one for each installation",
    )
    seconds: float = Field(5.0, ge=0.1, le=300, description="seconds that one question or one batch may take")
    batch: int = Field(500, ge=1, le=10_000, description="most documents written at once")
    analyzer: str = Field(
        "",
        pattern=r"^[a-z0-9_]{0,64}$",
        description="of a server: an analyser of a language that it has, to find by it too; a change takes a rebuild",
    )
    shards: int = Field(1, ge=1, le=1_024, description="of a server: primary shards of a new index")
    replicas: int = Field(1, ge=0, le=16, description="of a server: copies of each shard of a new index")
    export_rows: int = Field(1_000_000, ge=1, le=10**9, description="most documents of one export over HTTP")
    export_seconds: float = Field(300.0, ge=1, le=86_400, description="seconds that one export over HTTP may take")
    exports: int = Field(4, ge=1, le=256, description="most exports that one process writes at a time")

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        if url == "none:" or (url.startswith("sqlite:///") and len(url) > len("sqlite:///")):
            return url
        if re.fullmatch(r"(elasticsearch|opensearch)\+https?://(\S+:\S*@)?[\w.:\[\]-]+(,[\w.:\[\]-]+)*/?", url):
            return url
        raise ValueError(
            "must be none:, sqlite:///<path>, elasticsearch+http://host:port or opensearch+http://host:port"
        )

    @property
    def technology(self) -> str:
        """What the adapter is by default: none, fts5, elasticsearch or opensearch."""
        return SEARCHES[re.split("[:+]", self.url)[0]]


class CommitterSettings(Section):
    """Bounds of the group committer."""

    batch: int = Field(256, ge=1, le=4_096, description="most commands in one transaction")
    accounts: int = Field(2_000, ge=1, le=100_000, description="most accounts in one transaction")
    queue: int = Field(4_096, ge=1, le=1_000_000, description="most commands that wait; more are told to come back")
    reruns: int = Field(5, ge=0, le=100, description="reruns of a batch after contention")


class RequestSettings(Section):
    """How long an accepted request is remembered."""

    retention_days: int = Field(30, ge=1, le=3_650, description="days a reply is kept for a repeat of its request")


class EventSettings(Section):
    """How long events are kept once they were published."""

    retention_days: int = Field(7, ge=1, le=3_650, description="days a published event can still be fetched")


class ReservationSettings(Section):
    """What a reservation is when its caller does not say."""

    hold_seconds: int = Field(1_800, ge=1, le=30 * 86_400, description="seconds a reservation holds by default")


class PromiseSettings(Section):
    """Promises: how long they are good and kept, and what their tokens are signed with."""

    valid_seconds: int = Field(
        900, ge=1, le=86_400, description="seconds that a promise is good, where its policy does not say"
    )
    retention_days: int = Field(90, ge=1, le=3_650, description="days a kept promise is kept")
    secret: SecretStr = Field(
        SecretStr(""),
        description="what tokens of promises are signed with, 32 characters or more, the same in every process that "
        "shall take them; without one, `serve` makes one for its processes, and tokens end with it",
    )

    @field_validator("secret")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        said = value.get_secret_value()
        if said and not re.fullmatch(r"[\x21-\x7e]{32,256}", said):
            raise ValueError("must be 32 to 256 visible ASCII characters")
        return value


class KeySettings(Section):
    """How callers are known by their keys."""

    cache_seconds: float = Field(
        2.0, ge=0, le=60, description="seconds within which a revoked key is refused everywhere; 0 asks every time"
    )


class RateSettings(Section):
    """How much each key may ask of one process: a bucket of commands and queries that refills steadily."""

    per_second: float = Field(1_000.0, ge=0.01, le=1_000_000, description="commands and queries a second for each key")
    burst: int = Field(2_000, ge=1, le=1_000_000, description="most of them at once, after a time of asking nothing")


class HttpSettings(Section):
    """The HTTP door of `entrepot serve`: where it is, and what one caller may take of it."""

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(8080, ge=0, le=65_535, description="port to listen on; 0 takes any that is free")
    seconds: float = Field(10.0, ge=0.1, le=300, description="seconds a request may take, the feed's waiting apart")
    body_bytes: int = Field(2**20, ge=1_024, le=2**26, description="most bytes of a request's body")
    bulk_bytes: int = Field(2**23, ge=1_024, le=2**28, description="most bytes of the body of a bulk request")
    head_bytes: int = Field(2**15, ge=1_024, le=2**20, description="most bytes of a request line with its headers")
    head_seconds: float = Field(10.0, ge=0.1, le=300, description="seconds within which the headers must be there")
    body_seconds: float = Field(30.0, ge=0.1, le=3_600, description="seconds within which the body must be there")
    idle_seconds: float = Field(75.0, ge=0.1, le=3_600, description="seconds a connection is kept without a request")
    unread_seconds: float = Field(10.0, ge=0.1, le=300, description="seconds an answer may wait for a slow reader")
    under_way: int = Field(
        512, ge=1, le=1_000_000, description="most requests that one process answers at a time; more come back later"
    )
    connections: int = Field(16_384, ge=1, le=1_000_000, description="most connections of one process")
    listeners: int = Field(1_000, ge=1, le=100_000, description="most that wait for events in one process")
    linger_seconds: float = Field(
        0.0,
        ge=0,
        le=300,
        description="seconds it goes on serving once it is told to stop, while it says it is not ready",
    )
    stop_seconds: int = Field(20, ge=1, le=600, description="seconds that what is under way has when it is stopped")


class WorkerSettings(Section):
    """The jobs that run inside the process: firing deadlines, relaying events, purging."""

    enabled: bool = Field(True, description="whether a serving process runs the worker itself")
    consumers: bool = Field(True, description="whether the worker takes commands that come as messages")
    deadlines: bool = Field(True, description="whether the worker fires deadlines")
    relay: bool = Field(True, description="whether the worker publishes events")
    purge: bool = Field(True, description="whether the worker deletes, every hour, what was kept long enough")
    poll_seconds: float = Field(0.5, ge=0.01, le=60, description="seconds between looks when there is nothing to do")


class MessageSettings(Section):
    """Commands that come as messages, and what they are answered with."""

    senders: str = Field(
        "",
        description="who may send commands as messages, and of which scopes: /tenants/<tenant>/<name>=<scope>+<scope>, "
        "separated by commas; nobody else may",
    )
    replies: Literal["asked", "all"] = Field(
        "asked", description="which commands are answered with a message: those that ask for it, or all"
    )

    @field_validator("senders")
    @classmethod
    def _known(cls, value: str) -> str:
        senders_of(value)
        return value


class LogSettings(Section):
    """What is told to stderr, and how."""

    level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        "warning", description="the least that is logged"
    )
    format: Literal["console", "json"] = Field("console", description="for people, or one JSON object a line")
    flow: bool = Field(
        True, description="a record of every business step, at level info (unanswered: warning, faults: error)"
    )
    access: bool = Field(True, description="a line for every request over HTTP, at level info")


class WmsSettings(Section):
    """Warehouse systems: what they may tell, and which of them are asked to ship."""

    sources: SecretStr = Field(
        SecretStr(""),
        description="who may tell, of which tenant, with which secrets: <source>=<tenant>:<secret>[+<secret>], "
        "separated by commas; nobody else may",
    )
    skew_seconds: int = Field(300, ge=1, le=3_600, description="seconds that a signature's time may be off")
    ship_to: str = Field(
        "",
        description="which nodes' warehouses are asked to ship what is bound to leave: <tenant>/<node>=<url>, "
        "separated by commas",
    )
    secret: SecretStr = Field(SecretStr(""), description="what ship requests are signed with; empty: they are not")
    seconds: float = Field(10.0, ge=0.1, le=120, description="seconds a warehouse has to answer a ship request")
    at_once: int = Field(4, ge=1, le=256, description="most ship requests under way to one warehouse")

    @field_validator("sources")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        sources_of(value.get_secret_value())
        return value

    @field_validator("ship_to")
    @classmethod
    def _places(cls, value: str) -> str:
        ship_to_of(value)
        return value

    @model_validator(mode="after")
    def _apart(self) -> Self:
        theirs = sources_of(self.sources.get_secret_value()).values()
        if any(self.secret.get_secret_value() in secrets for _, secrets in theirs):
            raise ValueError("secret is also that of a source: who is asked could tell in its name")
        return self


class MetricsSettings(Section):
    """Who may read `/metrics`, which tells of all tenants together and of none by name."""

    token: SecretStr = Field(
        SecretStr(""),
        description="what must be presented as `Authorization: Bearer <token>`, 16 characters or more; without one, "
        "a key with the scope admin opens it",
    )

    @field_validator("token")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        said = value.get_secret_value()
        if said and not re.fullmatch(r"[\x21-\x7e]{16,256}", said):
            raise ValueError("must be 16 to 256 visible ASCII characters")
        return value


class TraceSettings(Section):
    """Where traces of requests are sent, from the HTTP door to the consumers of what they told."""

    url: str = Field(
        "none:",
        description="none: to record nothing, the http:// or https:// address of a collector that takes OTLP, the path "
        "/v1/traces with it, or otel: for what the variables OTEL_… say",
    )
    share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of the traces that begin here; those of callers are recorded where theirs are",
    )

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        if url in ("none:", "otel:") or re.fullmatch(r"https?://\S+", url):
            return url
        raise ValueError("must be none:, otel:, http://… or https://…")

    @property
    def technology(self) -> str:
        """What the adapter is by default: none or opentelemetry."""
        return "none" if self.url == "none:" else "opentelemetry"


OF_URL: Final = {
    "broker": "broker",
    "availability_cache": "cache",
    "tracer": "traces",
    "objects": "objects",
    "search": "search",
}
"""The ports whose adapter is chosen by a URL of their own, and not by name, with the section that has it."""

Reference = Annotated[
    str, Field(description="empty: what the database's URL says; or module:factory for an adapter from outside")
]


class AdapterSettings(Section):
    """The adapter behind each port, where it is another than the URLs say."""

    ledger: Reference = ""
    registers: Reference = ""
    stock_queries: Reference = ""
    outbox: Reference = ""
    parked: Reference = ""
    inbox: Reference = ""
    deadlines: Reference = ""
    backlog: Reference = ""
    audit_source: Reference = ""
    seals: Reference = ""
    archive_store: Reference = ""
    history: Reference = ""
    keys: Reference = ""
    broker: Reference = Field("", description="empty: what the broker's URL says; or module:factory of its channels")
    availability_cache: Reference = Field("", description="empty: what the cache's URL says; or module:factory")
    tracer: Reference = Field("", description="empty: what the traces' URL says; or module:factory")
    objects: Reference = Field("", description="empty: what the objects' URL says; or module:factory")

    search: Reference = Field("", description="empty: what the search's URL says; or module:factory")
    ledger_walk: Reference = ""
    coverage_index: Reference = Field("grid", description="grid, or module:factory of what makes an empty one")
    solver: Reference = Field(
        "none", description="none, highs (asked for plans that a search leaves open), or module:factory"
    )

    @field_validator("*")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        """A name is looked for in the Selector when the installation is opened."""
        of_url = OF_URL.get(info.field_name or "")
        if REFERENCE.fullmatch(value) or not value or not (of_url or ":" in value):
            return value
        if of_url:
            raise ValueError(f"must be module:factory; one of ours is chosen by {variable(of_url, 'url')}")
        raise ValueError("must be the name of a built-in adapter or module:factory")


class Settings(BaseSettings):
    """Everything that can be set. Frozen: a process runs with what it started with."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    cache: CacheSettings = CacheSettings()
    objects: ObjectSettings = ObjectSettings()
    search: SearchSettings = SearchSettings()
    committer: CommitterSettings = CommitterSettings()
    requests: RequestSettings = RequestSettings()
    events: EventSettings = EventSettings()
    reservations: ReservationSettings = ReservationSettings()
    promises: PromiseSettings = PromiseSettings()
    keys: KeySettings = KeySettings()
    rate: RateSettings = RateSettings()
    http: HttpSettings = HttpSettings()
    worker: WorkerSettings = WorkerSettings()
    messages: MessageSettings = MessageSettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    traces: TraceSettings = TraceSettings()
    wms: WmsSettings = WmsSettings()
    adapters: AdapterSettings = AdapterSettings()
    kinds: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="further kinds of account, module:attribute, separated by commas"
    )
    hold_plans: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="what else a reservation holds beside stock, module:factory of a HoldPlan, separated by commas"
    )

    @field_validator("kinds", "hold_plans", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("kinds", "hold_plans")
    @classmethod
    def _references(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for reference in value:
            if not REFERENCE.fullmatch(reference):
                raise ValueError(f"{reference!r} must be module:attribute")
        return value

    @model_validator(mode="after")
    def _entries_outlast_the_lag(self) -> Self:
        """Else a replica that lags could put what was so before an event over what the event told."""
        cached = self.cache.technology != "none" or self.adapters.availability_cache
        lag = self.database.replica_lag_seconds
        if cached and self.database.replica_url and lag >= self.cache.seconds:
            raise ValueError(
                f"{variable('cache', 'seconds')}: must be more than {variable('database', 'replica_lag_seconds')}, "
                f"which is {lag}, not {self.cache.seconds}"
            )
        return self

    def adapter(self, port: str) -> str:
        """The adapter chosen for a port: its name in the port's Selector, as its URL or a setting has it, or
        `module:factory`.
        """
        chosen: str = getattr(self.adapters, port) or getattr(self, OF_URL.get(port, "database")).technology
        return chosen


def load_settings(**given: Any) -> Settings:
    """The settings of the environment, under those given (`database={"url": …}`). Raises BadSettings, on one line."""
    _refuse_unknown(os.environ)
    try:
        return Settings(**given)
    except ValidationError as error:
        raise BadSettings("; ".join(_faults(error))) from None


class Effective(BaseModel):
    """One setting as it is in force: its variable, its value (secrets masked), where it came from, what it means."""

    name: str
    value: Any
    source: Literal["environment", "default", "given"]
    description: str


def effective(settings: Settings) -> list[Effective]:
    """Every setting in force, in order."""
    environment = {name.upper() for name in os.environ}
    found = []
    for path, field, value in _fields(settings):
        name = variable(*path)
        default = field.get_default(call_default_factory=True)
        source: Literal["environment", "default", "given"] = (
            "environment" if name in environment else "default" if value == default else "given"
        )
        found.append(Effective(name=name, value=masked(value), source=source, description=field.description or ""))
    return found


def variable(*path: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + NESTED.join(path).upper()


def masked(value: object) -> object:
    """The value without its secrets: a password in a URL, anything declared secret."""
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, str):
        return re.sub(r"(?<=://)([^:/@\s]*):[^@\s]*@", rf"\1:{MASK}@", value)
    return list(value) if isinstance(value, tuple) else value


def _fields(model: BaseModel, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Section):
            yield from _fields(value, (*path, name))
        else:
            yield (*path, name), field, value


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {variable(*path) for path, _, _ in _fields(Settings.model_construct())}
    for name in environment:
        if name.upper().startswith(PREFIX) and not name.upper().startswith(TESTS) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, 1)
            hint = f"did you mean {near[0]}?" if near else "`entrepot config` lists them all"
            raise BadSettings(f"{name} is not a setting: {hint}")


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False):
        path = [str(part) for part in fault["loc"]]
        message = fault["msg"].removeprefix("Value error, ")
        if not path:  # of several settings: it names them itself
            yield message
            continue
        given = None if path[-1] in SECRETS else fault.get("input")
        shown = f", not {masked(given)!r}" if isinstance(given, str | int | float) else ""
        yield f"{variable(*path)}: {message[:1].lower()}{message[1:]}{shown}"
