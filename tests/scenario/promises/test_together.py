"""Promises asked for at once are those that each would have been given alone, and nobody hears of another's."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from application.kernel.call import Call
from application.sourcing.demand import DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise
from application.sourcing.make_promises import MakePromises
from application.sourcing.refusals import PromiseWide
from domain.kernel.refusal import Refusal
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings
from tests.scenario.promises.town import Town, legs, site, town, wanted

GOODS = ("tea", "pot", "mug")


async def _stocked(at: Town, tenant: str, dice: random.Random) -> None:
    at.tenant = tenant
    await at.sells(*GOODS)
    await at.has(*(site(node, orders_a_day=dice.randint(1, 9)) for node in ("harbour", "hill", "island")))
    for node in ("harbour", "hill", "island"):
        await at.receives(*((each, node, dice.randint(1, 6)) for each in GOODS))


def _wish(dice: random.Random) -> WantedGoods:
    goods = dice.sample((*GOODS, "nothing"), dice.randint(1, 2))
    return wanted(*(DemandLine(dice.randint(1, 8), each) for each in goods), whole_only=dice.random() < 0.3)


async def _answer(ask: Callable[[Call, MakePromise], Awaitable[Any]], tenant: str, wish: WantedGoods) -> Any:
    try:
        return await ask(Call(tenant, "clerk", "asked"), MakePromise(wish))
    except Refusal as refusal:
        return (refusal.own_code, str(refusal))


async def test_promises_asked_at_once_are_those_of_one_by_one(tmp_path: Path) -> None:
    dice = random.Random(11)
    url = f"sqlite:///{tmp_path / 'town.sqlite'}"
    migrate(load_settings(database={"url": url}, log={"flow": False}))
    async with town(url) as at:
        for tenant in ("acme", "zeta"):
            await _stocked(at, tenant, dice)
        make = at.root.commands()[MakePromise]
        asked = [(dice.choice(("acme", "zeta")), _wish(dice)) for _ in range(80)]
        alone = [await _answer(make, *each) for each in asked]
        together = [asyncio.create_task(_answer(make, *each)) for each in asked]
        given_up = set(dice.sample(range(len(asked)), 12))
        for turns in range(4):
            await asyncio.sleep(0)
            for number in sorted(given_up)[turns::4]:
                together[number].cancel()
        found = await asyncio.gather(*together, return_exceptions=True)
        stayed = [number for number in range(len(asked)) if number not in given_up]
        assert [found[number] for number in stayed] == [alone[number] for number in stayed]
        assert len({type(each) for each in alone}) == 2, "some are promised, some refused"
        assert alone != [await _answer(make, "zeta" if tenant == "acme" else "acme", wish) for tenant, wish in asked]


async def test_what_is_too_much_for_one_read_together_is_read_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.memory.stock_queries.MOST_LYING", 2)
    async with town() as at:
        await at.sells(*GOODS)
        await at.has(*(site(node) for node in ("harbour", "hill")))
        await at.receives(*((each, node, 3) for each in GOODS for node in ("harbour", "hill")))
        wishes = (wanted(("tea", 1)), wanted(("tea", 1), ("pot", 1)), wanted(("mug", 1)))
        tea, wide, mug = await at.root.make_promises()(Call(at.tenant, "clerk", "asked"), MakePromises(wishes))
        assert isinstance(wide, PromiseWide)
        assert [legs(each) for each in (tea, mug)] == [[("1", "harbour", 1)]] * 2
