"""The client of OpenSearch."""

from typing import Any

from opensearchpy import AsyncOpenSearch, OpenSearchException, TransportError

from adapters.elasticsearch.client import JSON, Answer, address_of
from adapters.elasticsearch.index import RemoteIndex
from application.search.ports import IndexUnavailable


class OpenSearchClient:
    """One for all that a process asks."""

    name = "opensearch"

    def __init__(self, url: str, seconds: float) -> None:
        address = address_of(url)
        self._seconds = seconds
        self._client = AsyncOpenSearch(address.hosts, http_auth=address.user, timeout=seconds, max_retries=0)

    async def ask(
        self, method: str, path: str, body: bytes | None = None, form: str = JSON, **parameters: str
    ) -> Answer:
        headers = {} if body is None else {"content-type": f"application/{form}"}
        try:
            told = await self._client.transport.perform_request(
                method, path, params=parameters, body=body, timeout=self._seconds, headers=headers
            )
        except TransportError as error:
            if isinstance(error.status_code, int):
                return Answer(error.status_code, error.info)
            why = error.error or f"not within {self._seconds:g} s"  # of a timeout it says nothing
            raise IndexUnavailable(f"OpenSearch does not answer: {why}") from error
        except OpenSearchException as error:
            raise IndexUnavailable(f"OpenSearch does not answer: {error}") from error
        return Answer(200, told)

    async def close(self) -> None:
        await self._client.close()


def opensearch_index(*, url: str, seconds: float, **settings: Any) -> RemoteIndex:
    """The index on these servers."""
    return RemoteIndex(OpenSearchClient(url, seconds), **settings)
