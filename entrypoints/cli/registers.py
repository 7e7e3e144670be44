"""What the commands on goods and on nodes share."""

from typing import TYPE_CHECKING, Any

from application.kernel.register_pages import Registered, RegisterPage
from application.stock.find_movements import MovementPage
from application.stock.list_goods import ListGoods
from application.stock.list_nodes import ListNodes
from domain.stock.goods import UnknownGoods
from domain.stock.node import NODE, UnknownNode
from entrypoints.cli.session import Session

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation


def shown(entry: Registered) -> dict[str, Any]:
    """One line of a register: its code, its facts, its version."""
    return {"code": entry.code, **entry.facts, "version": entry.version, "changed_at": entry.changed_at}


def one_page(session: Session, page: RegisterPage | MovementPage, rows: dict[str, object]) -> object:
    """For machines the place to go on after; for people how to see the next page, if there is one."""
    if session.as_json:
        return {**rows, "after": page.after}
    return {**rows, "next_page": f"--after {page.after}"} if page.after else rows


def show_entry(session: Session, query: ListGoods | ListNodes, register: str, code: str) -> None:
    """The one entry with this code: of all that begin with it, it comes first."""

    async def find(installation: "Installation") -> object:
        page = await installation.ask(session.tenant, query)
        if not page.entries or page.entries[0].code != code:
            refusal = UnknownNode if register == NODE else UnknownGoods
            raise refusal(f"not registered: {code}", codes=[code])
        return shown(page.entries[0])

    session.answer(find)


def list_register(session: Session, query: object) -> None:
    """One page of whatever register the query lists."""

    async def find(installation: "Installation") -> object:
        page = await installation.ask(session.tenant, query)
        return one_page(session, page, {"entries": [shown(entry) for entry in page.entries]})

    session.answer(find)
