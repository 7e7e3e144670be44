"""Settings: read from the environment, bounded, explained on one line, masked."""

import pytest
from pydantic import SecretStr

from entrypoints.composition.ports import SELECTORS
from entrypoints.composition.settings import AdapterSettings, BadSettings, effective, load_settings, masked


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENTREPOT_DATABASE__URL", raising=False)


def test_nothing_set_is_a_file_beside_the_work() -> None:
    settings = load_settings()
    assert str(settings.database.path) == "var/entrepot.db"
    others = {
        "broker": "inprocess",
        "availability_cache": "none",
        "objects": "local",
        "search": "none",
        "tracer": "none",
        "coverage_index": "grid",
        "solver": "none",
    }
    assert {port: settings.adapter(port) for port in SELECTORS} == dict.fromkeys(SELECTORS, "sqlite") | others


def test_fields_are_set_by_group_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", "memory:")
    monkeypatch.setenv("ENTREPOT_ADAPTERS__OUTBOX", "my.things:open_outbox")
    monkeypatch.setenv("ENTREPOT_KINDS", "shop.cards:GIFT_CARD, shop.cards:POINTS")
    settings = load_settings()
    assert settings.database.path is None
    assert (settings.adapter("ledger"), settings.adapter("outbox")) == ("memory", "my.things:open_outbox")
    assert settings.kinds == ("shop.cards:GIFT_CARD", "shop.cards:POINTS")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (
            "ENTREPOT_DATABASE__URL",
            "mysql://somewhere",
            "must be sqlite:///<path>, memory:, postgresql:// or mariadb://",
        ),
        ("ENTREPOT_DATABASE__URL", "x://me:secret@host", "not 'x://me:***@host'"),
        ("ENTREPOT_COMMITTER__QUEUE", "0", "greater than or equal to 1"),
        ("ENTREPOT_REQUESTS__RETENTION_DAYS", "0", "greater than or equal to 1"),
        ("ENTREPOT_WORKER__ENABLED", "perhaps", "valid boolean"),
        ("ENTREPOT_LOG__LEVEL", "loud", "'debug', 'info', 'warning'"),
        ("ENTREPOT_KINDS", "cards", "must be module:attribute"),
        ("ENTREPOT_ADAPTERS__BROKER", "kafka.streams", "module:factory"),
        ("ENTREPOT_DATABASE__URI", "memory:", "is not a setting: did you mean ENTREPOT_DATABASE__URL?"),
        ("ENTREPOT_LOG", "{}", "is not a setting"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as raised:
        load_settings()
    message = str(raised.value)
    assert message.startswith(name)
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("port", "ours", "url"),
    [
        ("broker", "redis", "ENTREPOT_BROKER__URL"),
        ("availability_cache", "redis", "ENTREPOT_CACHE__URL"),
        ("tracer", "opentelemetry", "ENTREPOT_TRACES__URL"),
        ("objects", "s3", "ENTREPOT_OBJECTS__URL"),
        ("search", "fts5", "ENTREPOT_SEARCH__URL"),
    ],
)
def test_what_a_url_chooses_is_not_chosen_by_name_without_one(port: str, ours: str, url: str) -> None:
    """Where its server is, or its file, nobody would have said."""
    variable = f"ENTREPOT_ADAPTERS__{port.upper()}"
    with pytest.raises(BadSettings) as raised:
        load_settings(adapters={port: ours})
    assert str(raised.value) == f"{variable}: must be module:factory; one of ours is chosen by {url}, not {ours!r}"
    assert load_settings(adapters={port: ""}).adapter(port) == load_settings().adapter(port)
    assert load_settings(adapters={port: "shop.things:open"}).adapter(port) == "shop.things:open"


@pytest.mark.parametrize("cache", [{"url": "memory:"}, {"url": "redis://localhost/0"}])
def test_what_is_kept_of_a_replica_outlasts_its_lag(cache: dict[str, str]) -> None:
    server = "postgresql://me:secret@host/db"
    lagging = {"url": server, "replica_url": server, "replica_lag_seconds": 4.0}
    load_settings(database=lagging, cache={**cache, "seconds": 4.1})
    load_settings(database=lagging, cache={"seconds": 4.0})
    load_settings(database={**lagging, "replica_url": ""}, cache={**cache, "seconds": 4.0})
    with pytest.raises(BadSettings) as raised:
        load_settings(database=lagging, cache={**cache, "seconds": 4.0})
    assert str(raised.value) == (
        "ENTREPOT_CACHE__SECONDS: must be more than ENTREPOT_DATABASE__REPLICA_LAG_SECONDS, which is 4.0, not 4.0"
    )


def test_where_tests_find_their_servers_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:15432/postgres")
    load_settings()


def test_secrets_are_masked() -> None:
    assert masked("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert masked(SecretStr("secret")) == "***"
    assert masked("sqlite:///a@b:c.db") == "sqlite:///a@b:c.db"


def test_what_is_in_force_says_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_LOG__LEVEL", "info")
    found = {each.name: each for each in effective(load_settings(database={"url": "memory:"}))}
    assert found["ENTREPOT_LOG__LEVEL"].source == "environment"
    assert found["ENTREPOT_DATABASE__URL"].source == "given"
    assert found["ENTREPOT_KINDS"].source == "default"
    assert all(each.description for each in found.values())


def test_every_port_with_a_selector_has_its_setting_and_no_other() -> None:
    assert set(AdapterSettings.model_fields) == set(SELECTORS)
