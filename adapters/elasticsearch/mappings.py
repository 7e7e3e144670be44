"""Mappings and documents: what both servers keep, with nothing but what each of them always has."""

import hashlib
import json
from typing import Any, Final

from application.search.documents import BETWEEN_FIELDS, Document, DocumentKind, Shape, plain

Json = dict[str, Any]

TYPES: Final = {Shape.KEYWORD: "keyword", Shape.WHOLE: "long", Shape.TIME: "long", Shape.FLAG: "boolean"}
"""Times are whole microseconds: a `date` would cut them to milliseconds."""

TAKEN_IN: Final = "taken_in"
"""The one document that is nobody's: the latest commit that the index has taken in."""

WORDS: Final = "words"
TOLD: Final = "told"


def fingerprint(kind: DocumentKind, analyzer: str) -> str:
    """Changes with the fields and the analyser: an index made for others is outdated."""
    told = [(each.name, each.shape.value, each.text, each.many) for each in kind.columns]
    return hashlib.sha256(repr((told, BETWEEN_FIELDS, analyzer)).encode()).hexdigest()[:16]


def index_body(kind: DocumentKind, analyzer: str, shards: int, replicas: int) -> Json:
    """The settings and the mapping of an index for the kind.

    Words come divided and folded, so that the analyser has only to part them at spaces. Where an analyser of a language
    is set, the text as it was told is kept for it beside them.
    """
    properties: Json = {each.name: {"type": TYPES[each.shape]} for each in kind.columns}
    properties |= {name: {"type": "keyword"} for _, _, name in kind.spans}
    properties["tenant"] = {"type": "keyword"}
    properties[TAKEN_IN] = {"type": "long"}
    properties[WORDS] = {"type": "text", "analyzer": "whitespace", "norms": False}
    if analyzer:
        properties[TOLD] = {"type": "text", "analyzer": analyzer, "norms": False}
    return {
        "settings": {"number_of_shards": shards, "number_of_replicas": replicas},
        "mappings": {
            "dynamic": False,
            "_meta": {"fields": fingerprint(kind, analyzer)},
            "_source": {"excludes": [WORDS, TOLD]},
            "properties": properties,
        },
    }


def source_of(document: Document, analyzer: str) -> Json:
    """The document as it is sent."""
    kept: Json = plain(document)
    if analyzer:
        texts = [kept[each.name] for each in document.kind.columns if each.text]
        kept[TOLD] = [each for text in texts if text for each in (text if isinstance(text, list) else [text])]
    return kept


def key_of(tenant: str, id: str) -> str:
    """The name of a document within its index: of bounded length, however long its id is."""
    return hashlib.blake2b(json.dumps([tenant, id]).encode(), digest_size=20).hexdigest()
