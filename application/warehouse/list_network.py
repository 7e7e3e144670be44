"""List sites, calendars, regions, postcodes or relations, page by page."""

from dataclasses import dataclass

from application.kernel.register_pages import RegisterPage, RegisterReader, page_size, register_page
from application.warehouse.network import REGISTERS
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput


@dataclass(frozen=True, slots=True)
class ListNetwork:
    """A page of at most `limit` (1 to 500) entries of one of the REGISTERS of routing, whose codes begin with `prefix`,
    in byte order of the codes."""

    register: str
    prefix: str = ""
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        if self.register not in REGISTERS:
            raise InvalidInput(f"one of {', '.join(REGISTERS)}", field="register", one_of=list(REGISTERS))
        for value, name in ((self.prefix, "prefix"), (self.after, "after")):
            if value:
                identifier(value, name)
        page_size(self.limit)


class ListNetworkHandler:
    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: ListNetwork) -> RegisterPage:
        """Active or not."""
        return await register_page(self._reader, tenant, query.register, query.prefix, query.after, query.limit)
