"""The client of Elasticsearch 8; it speaks to servers of 8 and, in compatibility mode, of 9."""

from typing import Any

from elastic_transport import TransportError
from elasticsearch import AsyncElasticsearch

from adapters.elasticsearch.client import JSON, Answer, address_of, query_string
from adapters.elasticsearch.index import RemoteIndex
from application.search.ports import IndexUnavailable


class ElasticClient:
    """One for all that a process asks."""

    name = "elasticsearch"

    def __init__(self, url: str, seconds: float) -> None:
        address = address_of(url)
        self._seconds = seconds
        self._client = AsyncElasticsearch(
            address.hosts, basic_auth=address.user, request_timeout=seconds, max_retries=0, dead_node_backoff_factor=0
        )

    async def ask(
        self, method: str, path: str, body: bytes | None = None, form: str = JSON, **parameters: str
    ) -> Answer:
        target = f"{path}?{query_string(parameters)}" if parameters else path
        headers = {"accept": "application/vnd.elasticsearch+json; compatible-with=8"}
        if body is not None:
            headers["content-type"] = f"application/vnd.elasticsearch+{form}; compatible-with=8"
        try:
            meta, told = await self._client.transport.perform_request(
                method, target, body=body, headers={**self._client._headers, **headers}, request_timeout=self._seconds
            )
        except TransportError as error:
            raise IndexUnavailable(f"Elasticsearch does not answer: {error.message}") from error
        return Answer(meta.status, told)

    async def close(self) -> None:
        await self._client.close()


def elasticsearch_index(*, url: str, seconds: float, **settings: Any) -> RemoteIndex:
    """The index on these servers."""
    return RemoteIndex(ElasticClient(url, seconds), **settings)
