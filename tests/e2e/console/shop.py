"""A small wholesaler of tea on an ordinary morning: something of everything that the console shows."""

from datetime import timedelta

from application.stock.confirm_reservation import ConfirmReservation
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.release_reservation import ReleaseReservation
from application.stock.report_sale import ReportSale
from application.stock.reserve_stock import ReserveStock, StockLine
from application.stock.set_safety_stock import SafetyStock, SetSafetyStock
from application.stock.ship_reservation import ShipReservation
from application.stock.write_off_stock import WriteOffStock
from application.warehouse.set_sites import SetSites
from domain.kernel.reservation import Pick
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.warehouse.coverage import Coverage
from domain.warehouse.site import Site
from tests.e2e.console.conftest import House

GOODS = {
    "TEA-ASSAM-250": "Assam, second flush, 250 g",
    "TEA-DARJEELING-100": "Darjeeling, first flush, 100 g",
    "TEA-LONGJING-50": "Longjing, 50 g",
    "TEA-SENCHA-100": "Sencha, Uji, 100 g",
    "TIN-ROUND-250": "Tin, round, 250 g",
}
NODES = {"EAST": "Warehouse east", "SHOP-HARBOUR": "Shop at the harbour", "WEST": "Warehouse west"}
CHINA = Coverage(nations=("CN",))
SITES = (
    Site("EAST", 30.27, 120.15, nation="CN", cost_order=300, covers=CHINA),
    Site("SHOP-HARBOUR", 31.24, 121.5, nation="CN", cost_order=500, covers=Coverage(km=150.0)),
    Site("WEST", 30.57, 104.07, nation="CN", cost_order=250, covers=CHINA),
)


async def opened(house: House) -> None:
    """Goods, nodes, stock; an order that was paid and partly shipped, others at every stage."""
    await house.do(RegisterGoods(tuple(Goods(code, name) for code, name in GOODS.items())), actor="catalogue")
    await house.do(RegisterNode(tuple(Node(code, name=name) for code, name in NODES.items())), actor="catalogue")
    await house.do(SetSites(SITES), actor="catalogue")
    received = (
        ReceivedLine("TEA-ASSAM-250", "EAST", 1_840),
        ReceivedLine("TEA-ASSAM-250", "WEST", 620),
        ReceivedLine("TEA-ASSAM-250", "SHOP-HARBOUR", 48),
        ReceivedLine("TEA-DARJEELING-100", "EAST", 960, lot="2026-04"),
        ReceivedLine("TEA-DARJEELING-100", "EAST", 240, lot="2026-05"),
        ReceivedLine("TEA-LONGJING-50", "EAST", 75),
        ReceivedLine("TEA-SENCHA-100", "WEST", 410),
        ReceivedLine("TEA-SENCHA-100", "SHOP-HARBOUR", 24),
        ReceivedLine("TIN-ROUND-250", "WEST", 12_500),
    )
    await house.do(ReceiveStock(received, reason="Delivery note 8841"), actor="mei.tan", principal="wms")
    safety = (SafetyStock("TEA-LONGJING-50", "EAST", 20), SafetyStock("TEA-ASSAM-250", "SHOP-HARBOUR", 6))
    await house.do(SetSafetyStock(safety, reason="Festival week"), actor="planning")
    lines = (
        StockLine("TEA-ASSAM-250", 120, ("EAST",)),
        StockLine("TEA-LONGJING-50", 18, ("EAST",)),
        StockLine("TIN-ROUND-250", 120, ("WEST",)),
    )
    order = ReserveStock(lines, reservation="R-10042", order="ORDER-7731", hold_for=timedelta(minutes=45))
    await house.do(order, actor="ana", principal="web-shop")
    await house.do(ConfirmReservation("R-10042"), actor="payments", principal="web-shop")
    await house.do(ShipReservation("R-10042", picks=(Pick("1", 80),)), actor="mei.tan", principal="wms")
    for number, (goods, node, quantity) in enumerate(
        (("TEA-ASSAM-250", "EAST", 64), ("TEA-SENCHA-100", "WEST", 30), ("TEA-ASSAM-250", "WEST", 12)), 10_043
    ):
        made = ReserveStock((StockLine(goods, quantity, (node,)),), reservation=f"R-{number}", order="ORDER-7732")
        await house.do(made, actor="ana", principal="web-shop")
    await house.do(ReleaseReservation("R-10044"), actor="ana", principal="web-shop")
    await house.do(HoldStock((Units("TEA-ASSAM-250", "EAST", 36),), reason="Wet carton, gate 3"), actor="mei.tan")
    await house.do(WriteOffStock((Units("TEA-ASSAM-250", "EAST", 12),), reason="Wet carton, gate 3"), actor="mei.tan")
    for number in range(3):
        await house.do(ReportSale((Units("TEA-SENCHA-100", "SHOP-HARBOUR", 1 + number),)), actor="till-2")
