"""List what can satisfy SKUs, page by page."""

from dataclasses import dataclass

from application.kernel.register_pages import RegisterPage, RegisterReader, page_size, register_page
from domain.kernel.quantity import identifier
from domain.supply.mapping import SUPPLY


@dataclass(frozen=True, slots=True)
class ListSupply:
    """A page of at most `limit` (1 to 500) SKUs whose codes begin with `prefix`, in byte order of the codes."""

    prefix: str = ""
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        for value, name in ((self.prefix, "prefix"), (self.after, "after")):
            if value:
                identifier(value, name)
        page_size(self.limit)


class ListSupplyHandler:
    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: ListSupply) -> RegisterPage:
        """All mappings of each, active or not, effective or not."""
        return await register_page(self._reader, tenant, SUPPLY, query.prefix, query.after, query.limit)
