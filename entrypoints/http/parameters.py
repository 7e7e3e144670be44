"""The query of a URL: each parameter once, none unknown."""

from collections.abc import Collection
from urllib.parse import parse_qsl

from domain.kernel.refusal import InvalidInput

MAX_PARAMETERS = 2_048


def parameters(query: bytes, known: Collection[str]) -> dict[str, str]:
    """By name. Raises InvalidInput for an unknown one, one given twice, and what is not UTF-8."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise InvalidInput("the query is not name=value pairs, percent-encoded UTF-8", field="query") from None
    found = dict(pairs)
    if strange := sorted(found.keys() - set(known)):
        raise InvalidInput(f"there is no parameter {strange[0]!r:.40}", field=strange[0][:40], one_of=sorted(known))
    if len(found) != len(pairs):
        raise InvalidInput("a parameter was given twice", field="query")
    return found
