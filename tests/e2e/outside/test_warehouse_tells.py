"""What a warehouse tells over its webhook: signed, in time, taken in once, in whatever order and however often."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest

from adapters.acl.signature import signed
from contracts.http.v1.wms import WmsTakenIn
from entrypoints.composition.settings import Settings
from tests.attack.doorstep import Doorstep, Heard, Visitor, doorstep
from tests.attack.routes import command

SECRET: Final = "north-secret-0001"
NEXT: Final = "north-secret-0002"
PATH: Final = "/v1/wms/north/messages"
SOURCES: Final = f"north=acme:{SECRET}+{NEXT}, south=other:south-secret-0001"


def settings(**rate: Any) -> Settings:
    return Settings.model_validate({"database": {"url": "memory:"}, "wms": {"sources": SOURCES}, "rate": rate})


@pytest.fixture
async def here() -> AsyncIterator[Doorstep]:
    async with doorstep(settings()) as opened:
        yield opened


@pytest.fixture
async def shop(here: Doorstep) -> Visitor:
    """Coffee at the harbour, ten of which are bound to leave for order-1."""
    visitor = await here.visitor()
    await do(visitor, "register-goods", {"goods": [{"code": "coffee", "name": "Coffee"}]})
    await do(visitor, "register-node", {"nodes": [{"code": code, "name": code} for code in ("harbour", "old-town")]})
    await do(visitor, "receive-stock", {"lines": [{"goods": "coffee", "node": "harbour", "quantity": 50}]})
    line = {"goods": "coffee", "quantity": 10, "nodes": ["harbour"]}
    await do(visitor, "reserve-stock", {"reservation": "order-1", "lines": [line]})
    await do(visitor, "confirm-reservation", {"reservation": "order-1"})
    return visitor


async def do(visitor: Visitor, name: str, body: Any) -> Any:
    answer = await command(name, uuid4().hex, body).by(visitor)
    assert answer.status == 200, answer.text
    return answer.json


def message(id: str, type: str, *lines: Any, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "node": "harbour", "lines": list(lines), **more}


def coffee(quantity: int = 0, **more: Any) -> dict[str, Any]:
    return {"goods": "coffee", "quantity": quantity, **more}


async def tell(
    here: Doorstep, said: Any, *, secret: str = SECRET, at: int | None = None, path: str = PATH, sign: str | None = None
) -> Heard:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    header = signed(secret, int(time.time()) if at is None else at, body) if sign is None else sign
    headers = {"Content-Type": "application/json", "Entrepot-Signature": header}
    return await here.ask("POST", path, headers, body)


async def amounts(visitor: Visitor, goods: str = "coffee", node: str = "harbour") -> dict[str, int]:
    found = (await visitor.get(f"/v1/availability?goods={goods}&node={node}&detail=total")).json
    told: dict[str, int] = found["goods"][0]["amounts"]
    return told


async def test_goods_come_some_of_them_broken(here: Doorstep, shop: Visitor) -> None:
    answer = await tell(here, message("1", "goods.received", coffee(20, damaged=2)))
    told = WmsTakenIn.model_validate_json(answer.content)
    assert (answer.status, told.taken_in.commands) == (200, ("ReceiveStock", "HoldStock"))
    found = await amounts(shop)
    assert (found["available"], found["held"]) == (60, 2)


async def test_goods_leave_and_leave_short(here: Doorstep, shop: Visitor) -> None:
    assert (await tell(here, message("1", "goods.shipped", coffee(4), reservation="order-1"))).status == 200
    assert (await amounts(shop))["allocated"] == 6
    assert (await tell(here, message("2", "goods.short_shipped", coffee(5), reservation="order-1"))).status == 200
    found = await amounts(shop)
    assert (found["allocated"], found["available"]) == (0, 41), "what does not leave stays after all"
    more = await tell(here, message("3", "goods.shipped", coffee(1), reservation="order-1"))
    assert more.code == "reservation.state"


async def test_nothing_of_it_leaves(here: Doorstep, shop: Visitor) -> None:
    answer = await tell(here, message("1", "goods.short_shipped", coffee(0), reservation="order-1"))
    assert answer.status == 200, answer.text
    assert (await amounts(shop))["available"] == 50


async def test_more_than_was_bound_to_leave_is_refused_whole(here: Doorstep, shop: Visitor) -> None:
    answer = await tell(here, message("1", "goods.shipped", coffee(11), reservation="order-1"))
    assert answer.code == "reservation.state"
    assert answer.json["facts"]["confirmed"] == 10
    assert (await amounts(shop))["allocated"] == 10


async def test_goods_go_to_another_node_and_arrive_there_short(here: Doorstep, shop: Visitor) -> None:
    sent = message(
        "1", "goods.shipped", coffee(10), reservation="order-1", shipment="t-1", receiver={"node": "old-town"}
    )
    assert (await tell(here, sent)).status == 200
    assert (await amounts(shop, node="old-town"))["in_transit"] == 10
    came = message("2", "goods.received", coffee(7, damaged=1, missing=2), shipment="t-1") | {"node": "old-town"}
    assert (await tell(here, came)).status == 200
    found = await amounts(shop, node="old-town")
    assert (found["available"], found["held"], found["in_transit"]) == (7, 1, 0)


async def test_stock_is_counted_and_broken(here: Doorstep, shop: Visitor) -> None:
    assert (await tell(here, message("1", "stock.counted", coffee(45), reason="aisle 4"))).status == 200
    assert (await tell(here, message("2", "goods.damaged", coffee(5)))).status == 200
    found = await amounts(shop)
    assert (found["available"], found["held"]) == (30, 5)


async def test_a_count_that_was_overtaken_brings_nothing_back(here: Doorstep, shop: Visitor) -> None:
    before = datetime.now(UTC).isoformat()
    told = message("1", "stock.counted", coffee(50), at=before)
    assert (await tell(here, told)).status == 200, "nothing moved since"
    await asyncio.sleep(0.01)
    counted = datetime.now(UTC).isoformat()
    await asyncio.sleep(0.01)
    sold = message("2", "goods.shipped", coffee(10), reservation="order-1")
    assert (await tell(here, sold)).status == 200
    late = await tell(here, message("3", "stock.counted", coffee(50), at=counted))
    assert (late.status, late.code) == (409, "count.stale")
    assert (late.json["facts"]["then"], late.json["facts"]["now"]) == (50, 40)
    assert (await amounts(shop))["available"] == 40, "what was sold stays sold"
    agrees = await tell(here, message("4", "stock.counted", coffee(40), at=counted))
    assert (agrees.status, agrees.code) == (409, "count.stale"), "ten were missing then, and ten were sold since"
    assert (await tell(here, told)).status == 200, "a repeat keeps its answer"
    assert (await amounts(shop))["available"] == 40


async def test_its_names_are_mapped_and_without_a_mapping_ours(here: Doorstep, shop: Visitor) -> None:
    case = {"system": "north", "kind": "goods", "outside": "C-12", "inside": "coffee", "units": 12}
    dock = {"system": "north", "kind": "node", "outside": "DOCK", "inside": "old-town"}
    away = {"system": "north", "kind": "node", "outside": "AWAY", "inside": "-"}
    await do(shop, "set-mappings", {"mappings": [case, dock, away]})
    mapped = {"id": "1", "type": "goods.received", "node": "DOCK", "lines": [{"goods": "C-12", "quantity": 2}]}
    assert (await tell(here, mapped)).status == 200
    assert (await amounts(shop, node="old-town"))["available"] == 24
    assert (await tell(here, {**mapped, "id": "2", "node": "AWAY"})).code == "mapping.unknown"
    assert (await tell(here, message("3", "goods.received", {"goods": "tea", "quantity": 1}))).code == "goods.unknown"


async def test_told_many_times_at_once_it_is_taken_in_once(here: Doorstep, shop: Visitor) -> None:
    said = message("1", "goods.received", coffee(5))
    answers = await asyncio.gather(*(tell(here, said, secret=(SECRET, NEXT)[n % 2]) for n in range(20)))
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].status == 200
    assert (await amounts(shop))["available"] == 45
    other = await tell(here, message("1", "goods.received", coffee(6)))
    assert (other.status, other.code) == (422, "request.mismatch")


async def test_told_out_of_order_it_may_be_told_again_when_its_time_has_come(here: Doorstep, shop: Visitor) -> None:
    early = message("2", "goods.shipped", coffee(3), reservation="order-2")
    refused = await tell(here, early)
    assert (refused.code, refused.json["retryable"]) == ("reservation.unknown", True)
    line = {"goods": "coffee", "quantity": 3, "nodes": ["harbour"]}
    await do(shop, "reserve-stock", {"reservation": "order-2", "lines": [line]})
    assert (await tell(here, early)).code == "reservation.state", "not confirmed yet"
    await do(shop, "confirm-reservation", {"reservation": "order-2"})
    assert (await tell(here, early)).status == 200


async def test_only_who_knows_a_secret_of_the_source_is_heard_and_in_time(here: Doorstep, shop: Visitor) -> None:
    said, now = message("1", "goods.received", coffee(5)), int(time.time())
    for answer in (
        await tell(here, said, secret="south-secret-0001"),
        await tell(here, said, path="/v1/wms/south/messages"),
        await tell(here, said, path="/v1/wms/nobody/messages"),
        await tell(here, said, path="/v1/wms/%00/messages"),
        await tell(here, said, sign=""),
        await tell(here, said, sign=signed(SECRET, now, b"{}")),
    ):
        assert (answer.status, answer.code) == (401, "signature.invalid"), answer.text
    for at in (now - 400, now + 400, 0):
        assert (await tell(here, said, at=at)).code == "signature.stale"
    assert (await amounts(shop))["available"] == 40, "nothing was taken in"


async def test_a_source_speaks_for_its_own_tenant_alone(here: Doorstep, shop: Visitor) -> None:
    said = message("1", "goods.received", coffee(5))
    answer = await tell(here, said, secret="south-secret-0001", path="/v1/wms/south/messages")
    assert answer.code == "goods.unknown"
    assert (await amounts(shop))["available"] == 40


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"id": "\xff"}',
        {},
        message("1", "goods.eaten", coffee(1)),
        message("", "goods.received", coffee(1)),
        message("1", "goods.received", coffee(-1)),
        message("1", "goods.received", coffee(1.5)),  # type: ignore[arg-type]
        message("1", "goods.received", coffee(1), surplus=1),
        message("1", "goods.received", coffee(1, surplus=1)),
        message("1", "goods.received", *([coffee(1)] * 501)),
        message("1", "goods.received"),
        message("1", "goods.received", coffee(0)),
        message("1", "goods.received", coffee(1, missing=1)),
        message("1", "goods.shipped", coffee(1)),
        message("1", "goods.shipped", coffee(1, damaged=1), reservation="order-1"),
        message("1", "goods.shipped", coffee(1), reservation="order-1", shipment="t"),
        message("1", "goods.shipped", coffee(1), coffee(2), reservation="order-1"),
        message("1", "goods.short_shipped"),
        message("1", "stock.counted", coffee(1), coffee(2)),
        message("1", "goods.received", coffee(1, owner="a"), coffee(1, owner="b"), shipment="t"),
        message("1", "goods.received", coffee(1), reason="x" * 600),
        message("1", "goods.received", coffee(1), reservation="order-1"),
        message("1", "goods.received", coffee(1), receiver={"node": "old-town"}),
        message("1", "goods.received", coffee(1, expires="2030-01-01"), shipment="t"),
        message("1", "stock.counted", coffee(1, expires="2030-01-01")),
        message("1", "stock.counted", coffee(1), shipment="t"),
        message("1", "stock.counted", coffee(1), at="yesterday"),
        message("1", "stock.counted", coffee(1), at="2026-03-02T09:30:00"),
        message("1", "goods.damaged", coffee(1), receiver={"node": "old-town"}),
        message("1", "goods.received", {"goods": "a\u0000b", "quantity": 1}),
    ],
)
async def test_what_is_not_as_documented_is_refused(here: Doorstep, shop: Visitor, said: Any) -> None:
    answer = await tell(here, said)
    assert answer.status == 400, answer.text
    assert answer.code in ("wms.malformed", "input.invalid")
    assert (await amounts(shop))["available"] == 40


async def test_how_large_how_deep_and_how_often_is_bounded(here: Doorstep, shop: Visitor) -> None:
    assert (await tell(here, b"[" * 40)).code == "body.too_deep"
    assert (await tell(here, b" " * (2**20 + 1))).code == "body.too_large"
    said = [("Content-Type", "application/json"), *[("Entrepot-Signature", "t=1")] * 2]
    assert (await here.ask("POST", PATH, said, b"{}")).code == "input.invalid"
    async with doorstep(settings(per_second=0.01, burst=3)) as slow:
        codes = [(await tell(slow, message(str(n), "goods.received", coffee(1)))).code for n in range(4)]
        assert codes[3] == "rate.limited"
