"""List the registered nodes, page by page."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.register_pages import RegisterQuery
from domain.stock.node import NODE


@dataclass(frozen=True, slots=True)
class ListNodes(RegisterQuery):
    """A page of at most `limit` (1 to 500) nodes whose codes begin with `prefix`, in byte order of the codes.

    Active or not.
    """

    register: ClassVar[str] = NODE
