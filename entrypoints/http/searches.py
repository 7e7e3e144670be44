"""Search over HTTP: pages of documents, and sums."""

from application.search.add_up_documents import AddUpDocuments, SumPage
from application.search.find_documents import DocumentPage, FindDocuments
from contracts.http.v1.searches import SearchQuestion, SumsQuestion
from entrypoints.composition.installation import Installation
from entrypoints.http.knock import Knock, Reply


async def search(house: Installation, knock: Knock, asked: SearchQuestion) -> Reply:
    query = FindDocuments(
        asked.kind, asked.q, asked.where, asked.sort, asked.facet, asked.facet_values, asked.after, asked.limit
    )
    found: DocumentPage = await house.ask(knock.caller.tenant, query)
    told = {
        "items": found.documents,
        "after": found.after or None,
        "as_of": found.as_of,
        "total": found.total,
        "more_than_total": found.more_than_total,
        "facets": found.facets,
    }
    return Reply(200, house.codec.encode(told))


async def sums(house: Installation, knock: Knock, asked: SumsQuestion) -> Reply:
    query = AddUpDocuments(asked.kind, asked.q, asked.where, asked.by, asked.sum, asked.after, asked.limit)
    found: SumPage = await house.ask(knock.caller.tenant, query)
    return Reply(200, house.codec.encode({"items": found.groups, "after": found.after or None, "as_of": found.as_of}))
