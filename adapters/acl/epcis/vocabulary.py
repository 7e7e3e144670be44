"""The core business vocabulary (CBV), in whichever of its forms it comes, and what its steps mean for stock."""

from typing import Final

PREFIXES: Final = (
    "https://ref.gs1.org/cbv/BizStep-",
    "https://ref.gs1.org/cbv/Disp-",
    "https://ref.gs1.org/cbv/SDT-",
    "https://ref.gs1.org/cbv/BTT-",
    "https://ns.gs1.org/voc/Bizstep-",
    "https://ns.gs1.org/voc/Disp-",
    "https://ns.gs1.org/cbv/BizStep-",
    "https://ns.gs1.org/cbv/Disp-",
    "https://ns.gs1.org/cbv/SDT-",
    "https://ns.gs1.org/cbv/BTT-",
    "cbv:BizStep-",
    "cbv:Disp-",
    "cbv:SDT-",
    "cbv:BTT-",
    "urn:epcglobal:cbv:bizstep:",
    "urn:epcglobal:cbv:disp:",
    "urn:epcglobal:cbv:sdt:",
    "urn:epcglobal:cbv:btt:",
)

COUNTED: Final = frozenset(("", "EA", "H87", "C62"))
"""Units of measure that count items: each, piece, one."""

SET_ASIDE: Final = frozenset(
    (
        "damaged",
        "expired",
        "needs_replacement",
        "no_pedigree_match",
        "non_conformant",
        "non_sellable_other",
        "recalled",
        "sellable_not_accessible",
        "unavailable",
    )
)
"""Dispositions of goods that are there and may not be promised."""

RECEIVING: Final = frozenset(("receiving", "accepting"))
SHIPPING: Final = frozenset(("shipping",))
SELLING: Final = frozenset(("retail_selling",))
COUNTING: Final = frozenset(("cycle_counting", "stock_taking"))
HOLDING: Final = frozenset(("holding", "inspecting"))


def word(text: str) -> str:
    """The bare word of the vocabulary; another's own word stays as it is."""
    for prefix in PREFIXES:
        if text.startswith(prefix):
            return text[len(prefix) :]
    return text
