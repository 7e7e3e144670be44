"""The index on a server: one alias for each kind, behind it the index in use; bulk writes with versions of ours."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from adapters.elasticsearch import queries
from adapters.elasticsearch.client import JSON, LINES, Answer, Client
from adapters.elasticsearch.mappings import TAKEN_IN, Json, fingerprint, index_body, key_of, source_of
from application.kernel.reachable import Calls
from application.search.documents import Document, DocumentKind, Ref, micros
from application.search.ports import (
    Ask,
    AskSums,
    DocumentRefused,
    Groups,
    Hits,
    IndexUnavailable,
    Kept,
    Rebuild,
    Stage,
    Taken,
)
from domain.kernel.account import BEGINNING

CONFLICT: Final = 409
MISSING: Final = 404
OURS: Final = 400
ENCODE: Final = msgspec.json.Encoder().encode
FIRST: Final = 1


class RemoteIndex:
    """Connects when it is first used, and makes the indexes that are not there.

    `name` is what all its indexes are called by first, so that several installations may share a server. Documents are
    written through an alias that must be there, so that no index is ever made by a document.
    """

    def __init__(
        self,
        client: Client,
        kinds: Sequence[DocumentKind],
        *,
        name: str = "entrepot",
        analyzer: str = "",
        shards: int = 1,
        replicas: int = 1,
    ) -> None:
        self._client = client
        self.calls = Calls()
        self._kinds = {kind.name: kind for kind in kinds}
        self._name = name
        self._analyzer = analyzer
        self._shards = shards
        self._replicas = replicas
        self._ready: set[str] = set()

    # -- names --------------------------------------------------------------------------------------------------------

    def _live(self, kind: str) -> str:
        return f"{self._name}-{kind}"

    def _next(self, kind: str) -> str:
        """The alias of the index that is being built."""
        return f"{self._name}-{kind}-next"

    def _index(self, kind: str, number: int) -> str:
        return f"{self._name}-{kind}-{number:06d}"

    @property
    def _state(self) -> str:
        """The index that remembers rebuilds."""
        return f"{self._name}-rebuilds"

    # -- writing ------------------------------------------------------------------------------------------------------

    async def put(self, documents: Sequence[Document]) -> Taken:
        return await self._put(documents, {kind: self._live(kind) for kind in {each.kind.name for each in documents}})

    async def put_into(self, rebuild: Rebuild, documents: Sequence[Document]) -> Taken:
        if rebuild.stage is Stage.SETTLE:
            return await self.put(documents)
        return await self._put(documents, {rebuild.kind: self._next(rebuild.kind)})

    async def _put(self, documents: Sequence[Document], into: Mapping[str, str]) -> Taken:
        if not documents:
            return Taken(0, 0)
        lines: list[Json] = []
        for each in documents:
            lines.append({"index": _versioned(into[each.kind.name], key_of(*each.ref), each.version)})
            lines.append(source_of(each, self._analyzer))
        for kind, alias in into.items():
            # Last: who finds it finds all that it stands for.
            at = micros(max(each.at for each in documents if each.kind.name == kind))
            lines += [{"index": _versioned(alias, TAKEN_IN, at)}, {TAKEN_IN: at}]
        items = (await self._bulk(lines, *into))[: len(documents)]
        refused = [item["index"]["error"] for item in items if item["index"]["status"] == OURS]
        if refused:
            raise DocumentRefused(_reason(refused[0]))
        written = sum(item["index"]["status"] != CONFLICT for item in items)
        return Taken(written, len(documents) - written)

    async def remove(self, kind: DocumentKind, documents: Sequence[Kept]) -> int:
        alias = self._live(kind.name)
        lines = [
            {"delete": {**_versioned(alias, key_of(*ref), version), "version_type": "external_gte"}}
            for ref, version in documents
        ]
        items = await self._bulk(lines, kind.name) if lines else []
        return sum(item["delete"]["status"] == 200 for item in items)

    async def _bulk(self, lines: Iterable[Json], *kinds: str) -> list[Json]:
        """Each item's answer: written, known already, not found, or refused. Raises IndexUnavailable for any other."""
        body = b"".join(ENCODE(line) + b"\n" for line in lines)
        again = True
        while True:
            items: list[Json] = (await self._ask(kinds, "POST", "/_bulk", body, LINES))["items"]
            answers = [answer for item in items for answer in item.values()]
            gone = [each for each in answers if each["status"] == MISSING and "error" in each]
            if not gone or not again:
                break
            # Its index was replaced on the way there; or somebody deleted the alias, and it is made anew.
            self._ready.difference_update(kinds)
            again = False
        for answer in answers:
            if answer["status"] not in (200, 201, OURS, CONFLICT) and "error" in answer:
                raise IndexUnavailable(f"{self._client.name} did not take a document: {_reason(answer['error'])}")
        return items

    # -- asking -------------------------------------------------------------------------------------------------------

    async def find(self, tenant: str, ask: Ask) -> Hits:
        told = await self._search(ask.query.kind, queries.page(tenant, ask, self._analyzer))
        return queries.hits(ask, *told)

    async def add_up(self, tenant: str, ask: AskSums) -> Groups:
        told, as_of = await self._search(ask.query.kind, queries.sums(tenant, ask, self._analyzer))
        return Groups(queries.groups(ask, told), queries.taken_in(as_of))

    async def _search(self, kind: DocumentKind, body: Json) -> list[Json]:
        """The answer to the question, and what the index has taken in: in one round trip."""
        head = {"index": self._live(kind.name), "allow_partial_search_results": False}
        lines = b"".join(ENCODE(line) + b"\n" for line in (head, body, head, queries.AS_OF))
        told: list[Json] = (await self._ask([kind.name], "POST", "/_msearch", lines, LINES))["responses"]
        for each in told:
            if each["status"] == MISSING:
                self._ready.discard(kind.name)
            if each["status"] != 200 or each["timed_out"]:
                raise IndexUnavailable(f"{self._client.name} did not answer: {_reason(each.get('error'))}")
        return told

    async def versions(self, kind: DocumentKind, refs: Sequence[Ref]) -> Mapping[Ref, int]:
        if not refs:
            return {}
        keys = {key_of(*ref): ref for ref in refs}
        docs = [{"_id": key, "_source": False} for key in keys]
        told = await self._ask([kind.name], "POST", f"/{self._live(kind.name)}/_mget", ENCODE({"docs": docs}))
        return {keys[each["_id"]]: each["_version"] for each in told["docs"] if each.get("found")}

    async def walk(self, kind: DocumentKind, after: Ref | None, limit: int) -> Sequence[Kept]:
        body: Json = {
            "query": {"bool": {"filter": [{"exists": {"field": "tenant"}}]}},
            "sort": ["tenant", "id"],
            "size": limit,
            "track_total_hits": False,
            "_source": ["tenant", "id", "version"],
        }
        if after is not None:
            body["search_after"] = list(after)
        found = (await self._search(kind, body))[0]["hits"]["hits"]
        sources = [each["_source"] for each in found]
        return [Kept(Ref(each["tenant"], each["id"]), each["version"]) for each in sources]

    async def settle(self) -> None:
        await self._ask([], "POST", f"/{self._name}-*/_refresh")

    # -- rebuilding ---------------------------------------------------------------------------------------------------

    async def outdated(self, kind: DocumentKind) -> bool:
        told = await self._ask([kind.name], "GET", f"/{self._live(kind.name)}/_mapping")
        ((_, index),) = told.items()
        made = index["mappings"].get("_meta", {}).get("fields")
        return bool(made != fingerprint(kind, self._analyzer))

    async def begin(self, kind: DocumentKind, since: datetime) -> Rebuild:
        live, numbers = await self._numbers(kind.name)
        known = await self._known(kind)
        if known is not None and known.number == live:
            # Swapped, and killed before that was written down.
            return known if known.stage is Stage.SETTLE else Rebuild(kind.name, live, Stage.SETTLE, "", known.since)
        if known is not None and known.number in numbers:
            return known
        for number in numbers:
            if number != live:  # left over: of other fields, or of a rebuild that nobody remembers
                await self._ask([], "DELETE", f"/{self._index(kind.name, number)}", ignore_unavailable="true")
        made = Rebuild(kind.name, max(numbers) + 1, Stage.COPY, "", since)
        await self._create(kind, made.number, self._next(kind.name))
        settings = {"number_of_shards": 1, "number_of_replicas": self._replicas}
        await self._make(self._state, {"settings": settings, "mappings": {"dynamic": False}})
        await self.reached(made)
        return made

    async def _numbers(self, kind: str) -> tuple[int, list[int]]:
        """The number of the index in use, and of all there are."""
        told: Json = await self._ask([kind], "GET", f"/{self._index(kind, 0)[:-6]}*/_alias")
        found = {index.rpartition("-")[2]: each["aliases"] for index, each in told.items()}
        numbers = {int(number): aliases for number, aliases in found.items() if number.isdecimal()}
        live = [number for number, aliases in numbers.items() if self._live(kind) in aliases]
        if not live:
            self._ready.discard(kind)
            raise IndexUnavailable(f"{self._client.name} has no index in use for {kind}")
        return live[0], sorted(numbers)

    async def _known(self, kind: DocumentKind) -> Rebuild | None:
        """The rebuild under way, if it is one for the fields that the kind has now."""
        answer = await self._answer("GET", f"/{self._state}/_doc/{kind.name}")
        kept = answer.body.get("_source") if answer.status == 200 else None
        if kept is None or kept["fields"] != fingerprint(kind, self._analyzer):
            return None
        since = BEGINNING + timedelta(microseconds=kept["since"])
        return Rebuild(kind.name, kept["number"], Stage(kept["stage"]), kept["place"], since)

    async def reached(self, rebuild: Rebuild) -> None:
        kept = {
            "number": rebuild.number,
            "stage": rebuild.stage.value,
            "place": rebuild.place,
            "since": micros(rebuild.since),
            "fields": fingerprint(self._kinds[rebuild.kind], self._analyzer),
        }
        await self._ask([], "PUT", f"/{self._state}/_doc/{rebuild.kind}", ENCODE(kept))

    async def swap(self, rebuild: Rebuild) -> None:
        kind, live = rebuild.kind, self._live(rebuild.kind)
        now, _ = await self._numbers(kind)
        if now != rebuild.number:
            new, old = self._index(kind, rebuild.number), self._index(kind, now)
            actions = [
                {"add": {"index": new, "alias": live}},
                {"remove": {"index": new, "alias": self._next(kind)}},
                {"remove_index": {"index": old}},
            ]
            await self._ask([], "POST", "/_aliases", ENCODE({"actions": actions}))
        await self.reached(rebuild)

    async def end(self, rebuild: Rebuild) -> None:
        await self._answer("DELETE", f"/{self._state}/_doc/{rebuild.kind}")

    # -- the server ---------------------------------------------------------------------------------------------------

    async def reach(self) -> None:
        """Whether it answers, and can take documents and give them."""
        told = await self._ask([], "GET", "/_cluster/health", timeout="1s")
        if told["status"] == "red":
            raise IndexUnavailable(f"{self._client.name} misses a part of what it keeps")

    async def forget(self) -> None:
        """Delete from the server every index of this name: for who tried something under a name of its own."""
        for index in await self._ask([], "GET", f"/{self._name}-*/_alias"):
            await self._ask([], "DELETE", f"/{index}", ignore_unavailable="true")
        self._ready.clear()

    async def close(self) -> None:
        await self._client.close()

    async def _ask(
        self,
        kinds: Iterable[str],
        method: str,
        path: str,
        body: bytes | None = None,
        form: str = JSON,
        **how: str,
    ) -> Any:
        """What the server says where it says yes, of these kinds, whose indexes are made if need be.

        Raises IndexUnavailable for everything else.
        """
        for kind in kinds:
            if kind not in self._ready:
                await self._prepare(self._kinds[kind])
        answer = await self._answer(method, path, body, form, **how)
        if answer.status >= OURS:
            if answer.status == MISSING:
                self._ready.difference_update(kinds)
            raise self._unavailable(answer)
        return answer.body

    async def _answer(self, method: str, path: str, body: bytes | None = None, form: str = JSON, **how: str) -> Answer:
        with self.calls.one():
            return await self._client.ask(method, path, body, form, **how)

    def _unavailable(self, answer: Answer) -> IndexUnavailable:
        return IndexUnavailable(f"{self._client.name} answers {answer.status}: {_reason(answer.body)}")

    async def _prepare(self, kind: DocumentKind) -> None:
        """Make its index, if it is not there; another process may do so at the same time."""
        found = await self._answer("GET", f"/_alias/{self._live(kind.name)}")
        if found.status == MISSING:
            await self._create(kind, FIRST, self._live(kind.name))
        elif found.status != 200:
            raise self._unavailable(found)
        self._ready.add(kind.name)

    async def _create(self, kind: DocumentKind, number: int, alias: str) -> None:
        body = index_body(kind, self._analyzer, self._shards, self._replicas)
        await self._make(self._index(kind.name, number), {**body, "aliases": {alias: {}}})

    async def _make(self, index: str, body: Json) -> None:
        answer = await self._answer("PUT", f"/{index}", ENCODE(body))
        if answer.status != 200 and "resource_already_exists" not in str(answer.body):
            raise self._unavailable(answer)


def _versioned(index: str, id: str, version: int) -> Json:
    """Where a document goes, under a version of ours: an earlier or equal one is refused as a conflict."""
    return {"_index": index, "_id": id, "version": version, "version_type": "external", "require_alias": True}


def _reason(error: Any) -> str:
    """The least that says what is wrong."""
    with contextlib.suppress(AttributeError, KeyError, IndexError, TypeError):
        error = error.get("error", error)
        cause = error["root_cause"][0] if error.get("root_cause") else error
        return f"{cause['type']}: {cause['reason']}"[:300]
    return str(error)[:300]
