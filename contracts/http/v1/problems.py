"""Problem details (RFC 9457): how every refusal and every failure to answer looks."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from contracts.http.v1.parts import Answer


class Problem(Answer):
    """Why it was not done. Compare `code`; `title` and `detail` are for people and may change."""

    type: str = Field(description="Where the code is explained: `/problems/<code>` on this server.")
    title: str = Field(description="What the code means.")
    status: int = Field(description="The HTTP status, again.")
    detail: str = Field(description="What was wrong this time.")
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(description="Stable: programs may compare it.")
    facts: Mapping[str, Any] = Field(description="What is needed to act on it, as plain values; by code.")
    request_id: str | None = Field(
        description="A command's request id, where one is known; else the X-Request-Id of the answer."
    )
    retryable: bool = Field(description="Whether the same request, unchanged and under the same id, is worth a repeat.")
