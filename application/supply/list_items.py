"""List the sales items, page by page."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.register_pages import RegisterQuery
from domain.supply.item import ITEMS


@dataclass(frozen=True, slots=True)
class ListItems(RegisterQuery):
    """A page of at most `limit` (1 to 500) items whose codes begin with `prefix`, in byte order of the codes.

    Active or not.
    """

    register: ClassVar[str] = ITEMS
