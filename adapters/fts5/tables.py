"""The tables of one index: statements made from the fields that a kind of document declares.

Names come from declarations alone, values are always parameters. Texts are compared by their bytes.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from application.search.documents import BETWEEN_FIELDS, COMMON, DocumentKind, Shape

CATALOGUE: Final = """
CREATE TABLE IF NOT EXISTS generation (
    kind TEXT NOT NULL, number INTEGER NOT NULL, fields TEXT NOT NULL, live INTEGER NOT NULL,
    PRIMARY KEY (kind, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rebuild (
    kind TEXT PRIMARY KEY, number INTEGER NOT NULL, stage TEXT NOT NULL, place TEXT NOT NULL, since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken_in (kind TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
"""
"""Which indexes there are and which is asked; how far a rebuild is; the latest commit taken in."""

SQL_TYPES: Final = {Shape.KEYWORD: "TEXT", Shape.WHOLE: "INTEGER", Shape.TIME: "INTEGER", Shape.FLAG: "INTEGER"}


def fingerprint(kind: DocumentKind) -> str:
    """Changes with the fields: an index made for others is outdated."""
    told = [(each.name, each.shape.value, each.text, each.many) for each in kind.columns]
    return hashlib.sha256(repr((told, BETWEEN_FIELDS)).encode()).hexdigest()[:16]


class Tables:
    """One index of a kind: `documents` has a row each, `many` the values of fields that have several, `words` the words
    by the number of the document's row.
    """

    def __init__(self, kind: DocumentKind, number: int) -> None:
        self.kind = kind
        self.documents = f"{kind.name}_{number}"
        self.many = f"{kind.name}_{number}_many"
        self.words = f"{kind.name}_{number}_words"
        self.single = tuple(each for each in kind.fields if not each.many)
        self.several = tuple(each for each in kind.fields if each.many)
        kept = [each.name for each in (*COMMON, *self.single)]
        self.columns = ("tenant", *kept, *(name for _, _, name in kind.spans))
        names = ", ".join(f'"{name}"' for name in self.columns)
        self.upsert = (
            f"INSERT INTO {self.documents} ({names}) VALUES ({', '.join(f':{name}' for name in self.columns)}) "
            f"ON CONFLICT (tenant, id) DO UPDATE SET {', '.join(f'{q} = excluded.{q}' for q in self._changing())} "
            f"WHERE excluded.version > {self.documents}.version RETURNING number"
        )

    def _changing(self) -> Iterator[str]:
        return (f'"{name}"' for name in self.columns if name not in ("tenant", "id"))

    def create(self) -> Iterator[str]:
        """The statements that make it."""
        kinds = {each.name: SQL_TYPES[each.shape] for each in self.kind.columns}
        columns = ", ".join(f'"{name}" {kinds.get(name, "TEXT")}' for name in self.columns)
        yield f"CREATE TABLE {self.documents} (number INTEGER PRIMARY KEY, {columns}, UNIQUE (tenant, id))"
        for each in (*COMMON, *self.single):
            if (each.key or each.sort) and each.name != "id":
                yield f'CREATE INDEX {self.documents}_{each.name} ON {self.documents} (tenant, "{each.name}", id)'
        yield (
            f"CREATE TABLE {self.many} (document INTEGER, field TEXT, value TEXT, "
            f"PRIMARY KEY (field, value, document)) WITHOUT ROWID"
        )
        yield f"CREATE INDEX {self.many}_document ON {self.many} (document)"
        # The words come divided and folded: the tokenizer has only to part them at spaces, whatever they are made of.
        yield f"CREATE VIRTUAL TABLE {self.words} USING fts5(words, tokenize = 'ascii')"

    def drop(self) -> Iterator[str]:
        for name in (self.documents, self.many, self.words):
            yield f"DROP TABLE IF EXISTS {name}"
