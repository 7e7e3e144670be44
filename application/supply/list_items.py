"""List the sales items, page by page."""

from dataclasses import dataclass

from application.kernel.register_pages import RegisterPage, RegisterReader, page_size, register_page
from domain.kernel.quantity import identifier
from domain.supply.item import ITEMS


@dataclass(frozen=True, slots=True)
class ListItems:
    """A page of at most `limit` (1 to 500) items whose codes begin with `prefix`, in byte order of the codes."""

    prefix: str = ""
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        for value, name in ((self.prefix, "prefix"), (self.after, "after")):
            if value:
                identifier(value, name)
        page_size(self.limit)


class ListItemsHandler:
    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: ListItems) -> RegisterPage:
        """Active or not."""
        return await register_page(self._reader, tenant, ITEMS, query.prefix, query.after, query.limit)
