"""Exports over HTTP: documents that are written as they are read."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from application.kernel.unanswered import Busy, TooLate
from application.search.export_documents import ExportDocuments
from application.search.find_documents import DocumentFound
from contracts.http.v1.searches import ExportQuestion
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.door import NO_SNIFFING
from entrypoints.http.knock import Knock, Reply
from entrypoints.http.parameters import id_in_path
from entrypoints.http.questions import reader_of

CONTENT: Final = {"ndjson": b"application/x-ndjson", "csv": b"text/csv; charset=utf-8"}
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for a formula, where a text begins with it."""


class Interrupted(Exception):
    """An export could not be written to its end: the connection is broken off, so that nobody takes it for whole."""


class Export:
    """`GET /v1/exports/{kind}`: all that is found, by id. No more of it is held than a page.

    Where it takes too long, is too much, or the index falls silent, the connection is broken off in the middle; `after`
    goes on from the last document that came.
    """

    method = "GET"
    template = "/v1/exports/{kind}"
    needs: Scope | None = Scope.READ
    waits = True

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._read = reader_of(ExportQuestion)
        self._free = asyncio.Semaphore(house.settings.search.exports)

    async def __call__(self, knock: Knock, name: str) -> Reply | None:
        """Raises InvalidInput, SearchOff, KindUnknown, IndexUnavailable, Busy, TooLate; once half is out,
        Interrupted.
        """
        asked: ExportQuestion = self._read(knock.scope["query_string"], {"kind": id_in_path(name)})
        query = ExportDocuments(asked.kind, asked.q, asked.where, asked.after)
        columns = self._house.searching.export.columns(query)
        if self._free.locked():
            raise Busy("too many exports are under way", request=knock.request, retry_after=5.0)
        async with self._free:
            pages = self._house.searching.export(knock.caller.tenant, query)
            try:
                async with asyncio.timeout_at(knock.deadline):
                    first = await anext(pages, None)  # before anything is sent: a refusal is told as such
            except TimeoutError as error:
                raise TooLate("no answer within the time that a request may take", request=knock.request) from error
            form = _Csv(columns) if asked.format == "csv" else _Lines(self._house.codec.encode)
            gone = asyncio.create_task(_until_gone(knock))
            try:
                await self._begin(knock, CONTENT[asked.format])
                async with asyncio.timeout(self._house.settings.search.export_seconds):
                    await self._write(knock, form, first, pages, gone)
            except TimeoutError as error:
                raise Interrupted("the export took too long") from error
            finally:
                gone.cancel()
        return None

    async def _write(
        self,
        knock: Knock,
        form: "_Csv | _Lines",
        first: Sequence[DocumentFound] | None,
        pages: AsyncIterator[Sequence[DocumentFound]],
        gone: "asyncio.Task[None]",
    ) -> None:
        await self._say(knock, form.head)
        rows = 0
        page = first
        while page is not None:
            rows += len(page)
            if rows > self._house.settings.search.export_rows:
                raise Interrupted("the export has too many documents")
            if gone.done():
                return
            await self._say(knock, form.page(page))
            page = await anext(pages, None)
        await self._say(knock, b"", more=False)

    async def _begin(self, knock: Knock, content: bytes) -> None:
        headers = [
            (b"content-type", content),
            (b"cache-control", b"no-store"),
            NO_SNIFFING,
            (b"x-request-id", knock.request.encode("ascii")),
            (b"traceparent", knock.trace),
        ]
        knock.status = 200
        await knock.send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _say(self, knock: Knock, chunk: bytes, *, more: bool = True) -> None:
        if chunk or not more:
            await knock.send({"type": "http.response.body", "body": chunk, "more_body": more})


class _Lines:
    """One JSON object a line."""

    head = b""

    def __init__(self, encode: Callable[[object], bytes]) -> None:
        self._encode = encode

    def page(self, documents: Sequence[DocumentFound]) -> bytes:
        told = ({"id": each.id, "version": each.version, "at": each.at, **each.fields} for each in documents)
        return b"".join(self._encode(each) + b"\n" for each in told)


class _Csv:
    """RFC 4180, with a heading. Several values are joined by spaces; what a spreadsheet would take for a formula has an
    apostrophe before it.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self.head = self._text([columns])

    def page(self, documents: Sequence[DocumentFound]) -> bytes:
        return self._text([[_cell(self._value(each, name)) for name in self._columns] for each in documents])

    def _value(self, document: DocumentFound, name: str) -> Any:
        return getattr(document, name) if name in ("id", "version", "at") else document.fields[name]

    def _text(self, rows: Sequence[Sequence[object]]) -> bytes:
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return text.getvalue().encode()


def _cell(value: Any) -> object:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return value
        case str():
            return f"'{value}" if value.startswith(FORMULAS) and value != "-" else value
        case list() | tuple():
            return _cell(" ".join(value))
    return value.isoformat().replace("+00:00", "Z")


async def _until_gone(knock: Knock) -> None:
    while (await knock.receive())["type"] != "http.disconnect":
        pass
