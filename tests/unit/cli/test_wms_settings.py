"""The settings of warehouses: who may tell, who is asked; and no secret in any message."""

import pytest

from entrypoints.composition.settings import MASK, BadSettings, effective, load_settings
from entrypoints.wire.warehouses import ship_to_of, sources_of

SECRET = "a-secret-of-many-letters"


def test_sources_and_nodes_are_read() -> None:
    assert sources_of(f"north=acme:{SECRET}+another-secret-00, south=a%2Fb:{SECRET}s") == {
        "north": ("acme", (SECRET, "another-secret-00")),
        "south": ("a/b", (f"{SECRET}s",)),
    }
    assert ship_to_of("acme/harbour=http://wms:8080/api,acme/old%20town=https://wms/x") == {
        ("acme", "harbour"): "http://wms:8080/api",
        ("acme", "old town"): "https://wms/x",
    }
    assert sources_of("") == {}
    assert ship_to_of("") == {}


@pytest.mark.parametrize(
    "value",
    [
        "north",
        f"north={SECRET}",
        f"north=:{SECRET}",
        f"=acme:{SECRET}",
        f"North=acme:{SECRET}",
        "north=acme:short",
        f"north=acme:{SECRET}+",
        f"north=acme:{SECRET} x",
        f"north=acme:{SECRET},north=other:{SECRET}s",
        f"north=acme:{SECRET},south=other:another-secret-00+{SECRET}",
        "north=acme:" + "+".join(f"{SECRET}{n}" for n in range(4)),
    ],
)
def test_what_names_no_source_is_refused_without_its_secret(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ENTREPOT_WMS__SOURCES", value)
    with pytest.raises(BadSettings) as refused:
        load_settings()
    assert "ENTREPOT_WMS__SOURCES" in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "short" not in str(refused.value).removeprefix("ENTREPOT_WMS__SOURCES")


@pytest.mark.parametrize(
    "value",
    [
        *("harbour=http://x", "acme/harbour", "acme/harbour=", "acme/harbour=ftp://x", "acme/harbour=http://"),
        *("/h=http://x", "acme/harbour=http://x?y", "acme/harbour=http://[::", "acme/h=http://x,acme/h=http://y"),
        *("acme/harbour=http://x:port", "acme/harbour=http://x:65536", "acme/harbour=http://x/y#z"),
    ],
)
def test_what_names_no_warehouse_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ENTREPOT_WMS__SHIP_TO", value)
    with pytest.raises(BadSettings, match="ENTREPOT_WMS__SHIP_TO"):
        load_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_WMS__SOURCES", f"north=acme:{SECRET}")
    monkeypatch.setenv("ENTREPOT_WMS__SECRET", f"{SECRET}s")
    monkeypatch.setenv("ENTREPOT_WMS__SHIP_TO", "acme/h=http://us:pass-word@wms/x")
    settings = load_settings()
    shown = {each.name: each.value for each in effective(settings)}
    assert shown["ENTREPOT_WMS__SOURCES"] == shown["ENTREPOT_WMS__SECRET"] == MASK
    assert "pass-word" not in str(shown)
    assert SECRET not in repr(settings)


def test_what_we_sign_with_is_no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_WMS__SOURCES", f"north=acme:{SECRET}")
    monkeypatch.setenv("ENTREPOT_WMS__SECRET", SECRET)
    with pytest.raises(BadSettings, match="ENTREPOT_WMS: secret is also that of a source") as refused:
        load_settings()
    assert SECRET not in str(refused.value)
