"""A client of the HTTP interface, made from its document: `pip install entrepot[client]`.

async with Entrepot("http://127.0.0.1:8080", key) as entrepot:
    held = await entrepot.reserve_stock(ReserveStock(lines=(StockLine(goods="rice", quantity=2, nodes=("N1",)),)))
"""

from contracts.client.calls import Patience, Refused, Unanswered
from contracts.client.entrepot import Entrepot

__all__ = ["Entrepot", "Patience", "Refused", "Unanswered"]
