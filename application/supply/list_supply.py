"""List what can satisfy SKUs, page by page."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.register_pages import RegisterQuery
from domain.supply.mapping import SUPPLY


@dataclass(frozen=True, slots=True)
class ListSupply(RegisterQuery):
    """A page of at most `limit` (1 to 500) SKUs whose codes begin with `prefix`, in byte order of the codes.

    All mappings of each, active or not, effective or not.
    """

    register: ClassVar[str] = SUPPLY
