"""Registers as data: what is registered but not counted, and the facts that are known of it."""

from typing import NamedTuple


class Register(NamedTuple):
    """A register by its name, with the facts of its entries in the order in which people read them."""

    name: str
    facts: tuple[str, ...]
