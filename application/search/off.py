"""The index of an installation that has none."""

from typing import Any, Never

from application.search.ports import SearchOff


class NoIndex:
    """Refuses whatever is asked of it."""

    async def _off(self, *asked: Any) -> Never:
        raise SearchOff("this installation has no search")

    put = remove = find = add_up = versions = walk = settle = outdated = _off
    begin = put_into = reached = swap = end = _off

    async def close(self) -> None:
        """Nothing is open."""
