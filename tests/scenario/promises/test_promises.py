"""Promises as people meet them."""

from tests.scenario.promises.town import legs, site, town


async def test_the_nearest_that_has_it_all_supplies_it() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 1), ("tea", "hill", 5))
        promise = await at.promise(("tea", 3))
        assert legs(promise) == [("1", "hill", 3)]
        reserved = await at.reserve(promise)
        assert reserved.status == "held"
        assert await at.left("tea") == {"harbour": 1, "hill": 2}
