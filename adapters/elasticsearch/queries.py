"""Questions as both servers take them, and their answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.elasticsearch.mappings import TAKEN_IN, TOLD, WORDS, Json
from application.search.documents import Field, Shape, kept_span, micros
from application.search.ports import (
    COUNTED,
    Ask,
    AskSums,
    Begins,
    By,
    Compares,
    Condition,
    Group,
    Hit,
    Hits,
    Is,
    Query,
    Sign,
)
from application.search.words import Wanted
from domain.kernel.account import BEGINNING

RANGES: Final = {Sign.LEAST: "gte", Sign.MOST: "lte", Sign.ABOVE: "gt", Sign.BELOW: "lt"}
AS_OF: Final[Json] = {"query": {"ids": {"values": [TAKEN_IN]}}, "_source": [TAKEN_IN], "size": 1}
"""What the index has taken in, asked beside every question."""


def meant(tenant: str, query: Query, analyzer: str) -> Json:
    """The documents of the tenant that are asked for. Everything is a filter: no scores are reckoned."""
    filters: list[Json] = [{"term": {"tenant": tenant}}, *map(_condition, query.where)]
    if query.wanted:
        words: Json = {"bool": {"filter": [_wanted(each) for each in query.wanted]}}
        if analyzer:
            said = " ".join("".join(each.words) for each in query.wanted)
            words = {"bool": {"should": [words, {"match": {TOLD: {"query": said, "operator": "and"}}}]}}
        filters.append(words)
    return {"bool": {"filter": filters}}


def _wanted(wanted: Wanted) -> Json:
    if wanted.begins:
        return {"prefix": {WORDS: {"value": wanted.words[0]}}}
    return {"match_phrase": {WORDS: {"query": " ".join(wanted.words)}}}


def _condition(condition: Condition) -> Json:
    name = condition.field.name
    match condition:
        case Is(values=values):
            return {"terms": {name: [_value(each) for each in values]}}
        case Begins(prefix=prefix):
            return {"prefix": {name: {"value": prefix}}} if prefix else {"exists": {"field": name}}
        case Compares(sign=sign, value=value):
            return {"range": {name: {RANGES[sign]: _value(value)}}}


def _value(value: object) -> object:
    return micros(value) if isinstance(value, datetime) else value


# -- pages ------------------------------------------------------------------------------------------------------------


def page(tenant: str, ask: Ask, analyzer: str) -> Json:
    kind, way = ask.query.kind, "desc" if ask.sort.falling else "asc"
    by_id = ask.sort.field.name == "id"
    body: Json = {
        "query": meant(tenant, ask.query, analyzer),
        "size": ask.limit,
        "sort": [{"id": way}] if by_id else [{ask.sort.field.name: way}, {"id": way}],
        "track_total_hits": COUNTED + 1 if ask.count else False,
        "_source": {"excludes": [name for _, _, name in kind.spans]},
    }
    if ask.after is not None:
        body["search_after"] = [ask.after.id] if by_id else [ask.after.value, ask.after.id]
    if ask.facets:
        body["aggs"] = {each.name: _facet(each, ask.most) for each in ask.facets}
    return body


def _facet(field: Field, most: int) -> Json:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": field.name, "size": most, "order": order}}


def hits(ask: Ask, told: Json, as_of: Json) -> Hits:
    total = told["hits"]["total"]["value"] if ask.count else None
    facets = {
        field.name: [
            (_facet_value(field, bucket), bucket["doc_count"]) for bucket in told["aggregations"][field.name]["buckets"]
        ]
        for field in ask.facets
    }
    found = [Hit(each["_source"]["id"], each["_source"]["version"], each["_source"]) for each in told["hits"]["hits"]]
    return Hits(found, total, facets, taken_in(as_of))


def _facet_value(field: Field, bucket: Json) -> str | bool:
    key = bucket["key"]
    return bool(key) if field.shape is Shape.FLAG else str(key)


def taken_in(told: Json) -> datetime:
    found = told["hits"]["hits"]
    return BEGINNING + timedelta(microseconds=found[0]["_source"][TAKEN_IN] if found else 0)


# -- sums -------------------------------------------------------------------------------------------------------------


def sums(tenant: str, ask: AskSums, analyzer: str) -> Json:
    added = {f"sum{n}": {"sum": {"field": each.name}} for n, each in enumerate(ask.sums)}
    body: Json = {"query": meant(tenant, ask.query, analyzer), "size": 0}
    if not ask.by:
        return {**body, "track_total_hits": True, "aggs": added} if added else {**body, "track_total_hits": True}
    sources = [{str(n): {"terms": {"field": _by_field(each)}}} for n, each in enumerate(ask.by)]
    composite: Json = {"size": ask.limit, "sources": sources}
    if ask.after is not None:
        composite["after"] = {str(n): value for n, value in enumerate(ask.after)}
    groups: Json = {"composite": composite, **({"aggs": added} if added else {})}
    return {**body, "track_total_hits": False, "aggs": {"groups": groups}}


def groups(ask: AskSums, told: Json) -> list[Group]:
    if not ask.by:
        number = told["hits"]["total"]["value"]
        return [Group((), number, _sums(ask.sums, told.get("aggregations", {})))] if number else []
    return [
        Group(
            tuple(_by_value(by, bucket["key"][str(n)]) for n, by in enumerate(ask.by)),
            bucket["doc_count"],
            _sums(ask.sums, bucket),
        )
        for bucket in told["aggregations"]["groups"]["buckets"]
    ]


def _sums(fields: Sequence[Field], told: Json) -> tuple[int, ...]:
    """The servers add in floating point: exact up to 2**53."""
    return tuple(round(told[f"sum{n}"]["value"]) for n, _ in enumerate(fields))


def _by_field(by: By) -> str:
    return kept_span(by.field.name, by.span) if by.span else by.field.name


def _by_value(by: By, key: Any) -> Any:
    return bool(key) if by.field.shape is Shape.FLAG else key
