"""List count proposals, page by page."""

from dataclasses import dataclass, replace
from typing import Final

from application.kernel.register_pages import MAX_PAGE, RegisterPage, RegisterReader, page_size, register_page
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput
from domain.stock.proposal import PROPOSALS, STATUSES, snapshot_id

LOOKED_THROUGH: Final = 10
"""Most pages that are read for one."""


@dataclass(frozen=True, slots=True)
class ListProposals:
    """A page of at most `limit` (1 to 500) proposals of a `snapshot`, or of all, of one `status`, or of any."""

    snapshot: str = ""
    status: str = ""
    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        if self.snapshot:
            snapshot_id(self.snapshot)
        if self.status and self.status not in STATUSES:
            raise InvalidInput(f"status must be one of {', '.join(STATUSES)}", field="status", one_of=list(STATUSES))
        if self.after:
            identifier(self.after, "after")
        page_size(self.limit)


class ListProposalsHandler:
    def __init__(self, reader: RegisterReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: ListProposals) -> RegisterPage:
        """Passes over those of another status: a page may be short, or empty, and still not be the last."""
        prefix = f"{query.snapshot}:" if query.snapshot else ""
        if not query.status:
            return await register_page(self._reader, tenant, PROPOSALS, prefix, query.after, query.limit)
        after = query.after
        page = RegisterPage((), "")
        for _ in range(LOOKED_THROUGH):
            found = await register_page(self._reader, tenant, PROPOSALS, prefix, after, MAX_PAGE)
            fit = [entry for entry in found.entries if entry.facts["status"] == query.status]
            room = query.limit - len(page.entries)
            page = replace(page, entries=page.entries + tuple(fit[:room]))
            after = fit[room - 1].code if len(fit) > room else found.after
            if not after or len(page.entries) == query.limit:
                break
        return replace(page, after=after)
