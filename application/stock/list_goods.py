"""List the registered goods, page by page."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.register_pages import RegisterQuery
from domain.stock.goods import GOODS


@dataclass(frozen=True, slots=True)
class ListGoods(RegisterQuery):
    """A page of at most `limit` (1 to 500) goods whose codes begin with `prefix`, in byte order of the codes.

    Active or not.
    """

    register: ClassVar[str] = GOODS
