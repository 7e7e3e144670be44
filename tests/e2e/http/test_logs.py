"""What a server logs of those who call it: enough to follow a request, and no secret of anyone's."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from domain.permissions.scope import Scope
from entrypoints.composition.logs import set_up_logging
from entrypoints.composition.settings import LogSettings, MetricsSettings
from tests.e2e.http.street import Caller, memory, street

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
TOKEN = "token-of-the-metrics"


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    structlog.reset_defaults()
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def log() -> None:
    """From here on, as a server does."""
    set_up_logging(LogSettings(level="info", format="json"))
    for client in ("httpx", "httpcore"):  # the callers are in this process, too
        logging.getLogger(client).setLevel(logging.WARNING)


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_a_request_can_be_followed_by_its_trace_and_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    log()
    async with street(memory()) as here:
        shop = await here.caller(who="till-7")
        await shop.stocked(1)
        capsys.readouterr()
        line = {"goods": "A", "quantity": 2, "nodes": ["N1"]}
        headers = {"On-Behalf-Of": "ann", "traceparent": TRACEPARENT, "X-Request-Id": "proxy-1"}
        refused = await shop.do("reserve-stock", {"lines": [line]}, "order-1", **headers)
        assert refused.json()["code"] == "stock.insufficient"
        assert refused.headers["traceparent"].split("-")[1] == TRACE
        lines = [each for each in told(capsys) if each.get("trace") == TRACE]
    flow, access = lines
    assert (flow["event"], flow["scene"], flow["code"]) == ("flow", "ReserveStock", "stock.insufficient")
    assert (flow["tenant"], flow["actor"], flow["principal"], flow["request"]) == ("acme", "ann", "till-7", "order-1")
    assert (access["event"], access["route"], access["status"]) == ("request", "/v1/commands/reserve-stock", 409)
    assert (access["tenant"], access["principal"]) == ("acme", "till-7")
    assert (access["request"], access["command_request"]) == ("proxy-1", "order-1")
    assert access["key"] == (shop.key or "").split("_")[1]
    assert 0 < flow["seconds"] <= access["seconds"] < 20


async def test_every_command_of_a_bulk_bears_the_trace_of_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    log()
    async with street(memory()) as here:
        shop = await here.caller()
        capsys.readouterr()
        body = {
            "commands": [
                {"request_id": id, "command": "release-reservation", "body": {"reservation": id}} for id in "xy"
            ]
        }
        headers = shop.headers(traceparent=TRACEPARENT)
        assert (await here.client.post("/v1/commands", json=body, headers=headers)).status_code == 207
        lines = [each for each in told(capsys) if each.get("trace") == TRACE]
    assert sorted((each["event"], each["request"]) for each in lines if each["event"] == "flow") == [
        ("flow", "x"),
        ("flow", "y"),
    ]
    assert [each["event"] for each in lines if each["event"] != "flow"] == ["request"]


async def test_no_secret_is_in_any_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    log()
    settings = memory().model_copy(update={"metrics": MetricsSettings(token=TOKEN)})
    async with street(settings) as here:
        shop = await here.caller()
        key = shop.key or ""
        wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
        await shop.stocked(1)
        await Caller(here.client, wrong).get("/v1/goods")
        await Caller(here.client, TOKEN).get("/metrics")
        await Caller(here.client, TOKEN + "x").get("/metrics")
        await shop.get(f"/v1/reservations/{key}")
        await shop.get(f"/{key}?key={key}")
        await shop.get("/v1/goods", X_Request_Id=key)
        await shop.do(key, {}, key)
        await shop.do("reserve-stock", {"lines": key}, key, On_Behalf_Of=key)
        await shop.reserve(key, order_ref=key, request=key)

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError(f"it has {key}")

        monkeypatch.setattr(type(here.house.feed), "end", broken)
        await here.nobody().get("/health/ready")
        monkeypatch.setattr(here.house.committer, "submit", broken)
        assert (await shop.reserve()).status_code == 500
    said = capsys.readouterr().err
    lines = [json.loads(line) for line in said.splitlines()]
    assert {each["event"] for each in lines} >= {"flow", "request"}
    assert len([each for each in lines if each["event"] == "request"]) >= 14
    for text in (key, wrong):
        assert text.split("_")[1] in said, "whose key it was can be told"
        assert text.split("_")[2] not in said
    assert TOKEN not in said


async def test_the_access_log_tells_routes_and_not_paths(capsys: pytest.CaptureFixture[str]) -> None:
    log()
    async with street(memory()) as here:
        shop = await here.caller(scopes=frozenset({Scope.READ}))
        await shop.get("/v1/reservations/of-mrs-smith?secret=1")
        await shop.get("/v1/of-mrs-smith")
    said = capsys.readouterr().err
    assert "/v1/reservations/{id}" in said
    assert "smith" not in said
