"""The Python client: the story told through it to a live server, and the same request repeated until it is known."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from contracts.client import Entrepot, Patience, Refused, Unanswered
from contracts.http.v1.bulk import BulkCommand, BulkRequest
from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.queries import RegisteredGoods
from contracts.http.v1.registers import Goods, RegisterGoods
from contracts.http.v1.reservations import ReserveStock, StockLine
from tests.e2e.http.street import Street, memory, street

QUICK = Patience(attempts=4, first_wait=0.001, longest_wait=2.0)


@pytest.fixture
async def here() -> AsyncIterator[Street]:
    async with street(memory()) as opened:
        yield opened


@pytest.fixture
async def entrepot(here: Street) -> AsyncIterator[Entrepot]:
    caller = await here.caller()
    async with Entrepot(here.address, caller.key or "", patience=QUICK) as client:
        yield client


async def tell(entrepot: Entrepot) -> dict[str, Any]:
    told = {}
    for form in COMMANDS:
        send = getattr(entrepot, form.name.replace("-", "_"))
        told[form.name] = await send(form.request.model_validate(form.example), request_id=f'example "{form.name}"')
        assert type(told[form.name]) is form.reply
    return told


async def test_the_story_is_told_and_everything_is_asked(entrepot: Entrepot) -> None:
    told = await tell(entrepot)
    assert await tell(entrepot) == told, "under the same ids it is the same"
    found = await entrepot.find_reservation("order-1001")
    assert found.order == "1001"
    assert found.lines[1].legs[0].released == 500
    page = await entrepot.find_reservations(order="1001")
    assert page.items == (found,)
    assert page.after is None
    stock = await entrepot.find_availability(goods=["coffee-1kg", "rice"], detail="total")
    assert [each.goods for each in stock.goods] == ["coffee-1kg", "rice"]
    version = told["receive-stock"].positions[0].version
    named = await entrepot.find_availability(goods=["coffee-1kg"], node=["harbour"], min_version=version)
    assert named.goods[0].nodes[0].node == "harbour"
    for which in (
        {"reservation": "order-1001"},
        {"shipment": "truck-7"},
        {"goods": "rice", "node": "harbour", "lot": "2026-04"},
    ):
        moved = await entrepot.find_movements(**which, limit=1)
        assert moved.items[0].actor == "shop"
        assert (await entrepot.find_movements(**which, limit=1, after=moved.after or "")).items != moved.items
    by_request = await entrepot.find_movements(request_id='example "report-sale"')
    assert [each.movement for each in by_request.items] == ["REPORT_SALE"]
    then = await entrepot.find_balance(goods="coffee-1kg", node="harbour", version=1)
    assert then.balances.available == 100
    assert then.at is not None
    assert (await entrepot.find_balance(goods="coffee-1kg", node="harbour", at=then.at)).version >= 1
    goods = await entrepot.list_goods(prefix="coffee")
    assert [type(each) for each in goods.items] == [RegisteredGoods]
    assert goods.items[0].facts.name == "Coffee, whole beans, 1 kg"
    assert [each.code for each in (await entrepot.list_nodes()).items] == ["harbour", "old-town"]
    assert (await entrepot.list_parked()).items == ()


async def test_events_are_read_to_their_end(entrepot: Entrepot) -> None:
    await tell(entrepot)
    types: list[str] = []
    page = await entrepot.read_events(limit=50, wait=5)
    while "entrepot.event.v1.ShipmentRecalled" not in types:
        types += [event.type for event in page.items]
        page = await entrepot.read_events(after=page.after, limit=50, wait=5)
    assert "entrepot.event.v1.StockReserved" in types


async def test_many_commands_have_their_own_fates(entrepot: Entrepot) -> None:
    def command(id: str, code: str) -> BulkCommand:
        body = RegisterGoods(goods=(Goods(code=code, name=code),)).model_dump()
        return BulkCommand(request_id=id, command="register-goods", body=body)

    asked = BulkRequest(commands=(command("b1", "x"), command("b2", "x"), command("b3", "y")))
    outcomes = (await entrepot.send_commands(asked)).outcomes
    assert [each.request_id for each in outcomes] == ["b1", "b2", "b3"]
    assert sorted(each.status for each in outcomes) == [200, 200, 409]
    (problem,) = (each.problem for each in outcomes if each.problem)
    assert problem.code == "goods.exists"


async def test_what_is_decided_against_is_raised_with_its_facts(entrepot: Entrepot) -> None:
    with pytest.raises(Refused) as raised:
        await entrepot.reserve_stock(ReserveStock(lines=(StockLine(goods="none", quantity=1, nodes=("n",)),)))
    assert raised.value.code == "goods.unknown"
    assert raised.value.problem.facts == {"codes": ["none"]}
    assert raised.value.problem.status == 404
    with pytest.raises(Refused, match=r"reservation\.unknown"):
        await entrepot.find_reservation("a/b c%")


async def test_someone_else_acts(entrepot: Entrepot) -> None:
    await tell(entrepot)
    line = StockLine(goods="coffee-1kg", quantity=1, nodes=("harbour",))
    await entrepot.reserve_stock(ReserveStock(lines=(line,)), request_id="theirs", on_behalf_of="Zoë")
    (moved,) = (await entrepot.find_movements(request_id="theirs")).items
    assert (moved.actor, moved.principal) == ("Zoë", "shop")


class LosesAnswers(httpx.AsyncBaseTransport):
    """The first answers to commands get lost on their way."""

    def __init__(self, count: int) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self.left = count

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.method == "POST" and self.left:
            self.left -= 1
            await response.aclose()
            raise httpx.ReadError("the connection was lost")
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


async def test_an_answer_that_gets_lost_is_had_by_the_same_request(here: Street) -> None:
    caller = await here.caller()
    await caller.stocked(10, "A")
    transport = LosesAnswers(2)
    async with Entrepot(here.address, caller.key or "", patience=QUICK, transport=transport) as entrepot:
        held = await entrepot.reserve_stock(ReserveStock(lines=(StockLine(goods="A", quantity=4, nodes=("N1",)),)))
        assert transport.left == 0
        assert held.positions[0].available == 6, "it was done once"
        assert (await entrepot.find_availability(goods=["A"])).goods[0].amounts.reserved == 4


# -- what is repeated, and what is not ---------------------------------------------------------------------------------

PROBLEM = {
    "type": "/problems/x",
    "title": "x",
    "detail": "x",
    "instance": "/",
    "facts": {},
    "request_id": "r",
    "retryable": True,
}
DONE = httpx.Response(200, json={"register": "goods", "entries": []})


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={**PROBLEM, "status": status, "code": code}, headers=headers)


Step = httpx.Response | httpx.TransportError


def scripted(*steps: Step, patience: Patience = QUICK) -> tuple[Entrepot, list[httpx.Request]]:
    """A client whose server answers so, step by step, the last one for ever; and what it was sent."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        step = steps[min(len(sent), len(steps) - 1)]
        sent.append(request)
        if isinstance(step, httpx.TransportError):
            raise step
        return step

    client = Entrepot("http://there", "ek_x", patience=patience, transport=httpx.MockTransport(answer))
    return client, sent


async def register(entrepot: Entrepot, request_id: str | None = None) -> Any:
    return await entrepot.register_goods(RegisterGoods(goods=(Goods(code="x", name="x"),)), request_id=request_id)


@pytest.mark.parametrize(
    "trouble",
    [
        lambda: httpx.ConnectError("refused"),
        lambda: httpx.ReadTimeout("no answer"),
        lambda: httpx.RemoteProtocolError("cut off"),
        lambda: problem(503, "outcome.unknown"),
        lambda: problem(503, "service.busy", **{"Retry-After": "0"}),
        lambda: problem(429, "rate.limited", **{"Retry-After": "0"}),
        lambda: problem(500, "internal.fault"),
        lambda: httpx.Response(502, text="<html>a proxy speaks</html>"),
    ],
)
async def test_what_is_not_known_is_asked_again_under_the_same_id(trouble: Callable[[], Step]) -> None:
    client, sent = scripted(trouble(), trouble(), DONE)
    await register(client)
    assert len(sent) == 3
    assert len({request.headers["idempotency-key"] for request in sent}) == 1
    assert len({request.content for request in sent}) == 1


async def test_two_calls_are_two_requests() -> None:
    client, sent = scripted(DONE)
    await register(client)
    await register(client)
    await register(client, "mine")
    assert len({request.headers["idempotency-key"] for request in sent}) == 3
    assert sent[2].headers["idempotency-key"] == '"mine"'


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422])
async def test_what_is_decided_is_not_asked_again(status: int) -> None:
    client, sent = scripted(problem(status, "some.code"), DONE)
    with pytest.raises(Refused) as raised:
        await register(client)
    assert raised.value.code == "some.code"
    assert len(sent) == 1


@pytest.mark.parametrize("last", [httpx.ConnectError("refused"), problem(503, "outcome.unknown")])
async def test_it_gives_up_in_the_end_and_names_the_id(last: Step) -> None:
    client, sent = scripted(last)
    with pytest.raises(Unanswered) as raised:
        await register(client, "r7")
    assert len(sent) == QUICK.attempts
    assert raised.value.request_id == "r7"
    assert (raised.value.problem is None) == isinstance(last, httpx.TransportError)
    assert isinstance(raised.value.__cause__, httpx.TransportError) == isinstance(last, httpx.TransportError)


async def test_a_server_that_asks_for_a_long_wait_is_not_asked_again() -> None:
    client, sent = scripted(problem(503, "service.stopping", **{"Retry-After": "60"}), DONE)
    with pytest.raises(Unanswered, match=r"service\.stopping"):
        await register(client)
    assert len(sent) == 1


def test_waits_grow_at_random_and_are_never_shorter_than_asked() -> None:
    patience = Patience(attempts=9, first_wait=1.0, longest_wait=5.0)
    for failed, most in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (8, 5.0)):
        waits = [patience.wait(failed, None) for _ in range(50)]
        assert all(wait is not None and 0 <= wait <= most for wait in waits)
        assert len(set(waits)) > 10
    assert all((patience.wait(1, 3.0) or 0) >= 3.0 for _ in range(20))
    assert patience.wait(9, None) is None
    assert patience.wait(1, 5.1) is None


async def test_ids_are_said_so_that_they_come_back_the_same() -> None:
    client, sent = scripted(DONE)
    await register(client, 'order "7" \\ a b')
    assert sent[0].headers["idempotency-key"] == '"order \\"7\\" \\\\ a b"'
    assert json.loads(sent[0].content) == {
        "goods": [{"code": "x", "name": "x", "unit": "piece", "scale": 0, "active": True}]
    }
