"""Registers as they are listed: page by page, with all that their entries say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

from domain.kernel.books import Entry
from domain.kernel.quantity import MAX_TENANT, identifier, whole

MAX_PAGE: Final = 500


def tenant_of(tenant: str) -> str:
    """The tenant, if it can be one. Raises InvalidInput."""
    return identifier(tenant, "tenant", most=MAX_TENANT)


def page_size(limit: int) -> int:
    """Raises InvalidInput for a page of nothing or of more than MAX_PAGE."""
    return whole(limit, "limit", most=MAX_PAGE)


@dataclass(frozen=True, slots=True)
class RegisterQuery:
    """A page of at most `limit` (1 to 500) entries of a register whose codes begin with `prefix`, in their byte order.

    Each register that is listed has a subclass of its own.
    """

    register: ClassVar[str]

    prefix: str = ""
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        for value, name in ((self.prefix, "prefix"), (self.after, "after")):
            if value:
                identifier(value, name)
        page_size(self.limit)


@dataclass(frozen=True, slots=True)
class Registered:
    """One registered thing: its code, its facts, how often it was written and when last."""

    code: str
    facts: Mapping[str, Any]
    version: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """In byte order of the codes. `after` is what to ask for the next page with; empty after the last."""

    entries: tuple[Registered, ...]
    after: str


class RegisterReader(Protocol):
    """Reads the registers."""

    async def entries(self, tenant: str, register: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        """Entries whose code begins with `prefix` and comes after `after`, at most `limit`, in byte order of codes."""
        ...


async def register_page(
    reader: RegisterReader, tenant: str, register: str, prefix: str, after: str, limit: int
) -> RegisterPage:
    """One page of a register. One more is read than shown, to know whether there is a next."""
    found = await reader.entries(tenant_of(tenant), register, prefix, after, limit + 1)
    shown = tuple(Registered(e.key.code, e.facts, e.version, e.changed_at) for e in found[:limit])
    return RegisterPage(shown, shown[-1].code if len(found) > limit else "")


class ListRegister:
    """Answers every query that lists a register as its entries are."""

    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: RegisterQuery) -> RegisterPage:
        """Active or not. Raises StoreError."""
        return await register_page(self._reader, tenant, query.register, query.prefix, query.after, query.limit)
