"""List the mappings of an outside system, page by page; and look some up by their names."""

import asyncio
from collections.abc import Collection
from collections.abc import Mapping as Facts
from dataclasses import dataclass
from typing import Final, NamedTuple

from application.kernel.register_pages import RegisterPage, RegisterReader, page_size, register_page, tenant_of
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput
from domain.stock.mapping import KINDS, MAPPINGS, MAX_OUTSIDE, Mapping, code_of, system_name

AT_ONCE: Final = 16
"""Most look-ups under way at a time."""


@dataclass(frozen=True, slots=True)
class ListMappings:
    """A page of at most `limit` (1 to 500) mappings of a `system`, or of one `kind` of it, in byte order of codes."""

    system: str = ""
    kind: str = ""
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        if self.system:
            system_name(self.system)
        if self.kind:
            identifier(self.kind, "kind", most=max(map(len, KINDS)))
        if self.after:
            identifier(self.after, "after")
        page_size(self.limit)

    @property
    def prefix(self) -> str:
        """What the codes of all these begin with."""
        return f"{self.system}/{self.kind}/" if self.system and self.kind else f"{self.system}/" if self.system else ""


class ListMappingsHandler:
    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: ListMappings) -> RegisterPage:
        """Active or not."""
        return await register_page(self._reader, tenant, MAPPINGS, query.prefix, query.after, query.limit)


class Name(NamedTuple):
    """What an outside system calls something: its `kind` (goods, node, owner) and the name."""

    kind: str
    outside: str


MAX_NAMES: Final = 2_000
"""Most names of goods, places and parties that are looked up at once."""


@dataclass(frozen=True, slots=True)
class FindMeanings:
    """What 0 to 2,000 names of a system mean."""

    system: str
    names: tuple[Name, ...]

    def __post_init__(self) -> None:
        system_name(self.system)
        if len(self.names) > MAX_NAMES:
            raise InvalidInput(f"more than {MAX_NAMES} names at once", field="names", most=MAX_NAMES)


class FindMeaningsHandler:
    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: FindMeanings) -> Facts[Name, Mapping]:
        """The active mappings of those names that have one."""
        return await known_names(self._reader, tenant, query.system, query.names)


async def known_names(
    reader: RegisterReader, tenant: str, system: str, names: Collection[Name]
) -> Facts[Name, Mapping]:
    """The active mappings of those names that have one. Nobody is asked for a name that no mapping can have: there are
    databases that refuse its characters. Raises StoreError.
    """
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(name: Name) -> Mapping | None:
        code = code_of(system, name.kind, name.outside)
        async with turn:
            # Of all codes that begin with a code, it comes first.
            found = await reader.entries(tenant_of(tenant), MAPPINGS, code, "", 1)
        if not found or found[0].key.code != code or not found[0].facts["active"]:
            return None
        return Mapping.of(found[0].facts)

    asked = [name for name in dict.fromkeys(names) if _can_be_mapped(name)]
    answers = await asyncio.gather(*(one(name) for name in asked))
    return {name: mapping for name, mapping in zip(asked, answers, strict=True) if mapping is not None}


def _can_be_mapped(name: Name) -> bool:
    try:
        identifier(name.outside, "outside", most=MAX_OUTSIDE)
    except InvalidInput:
        return False
    return True
