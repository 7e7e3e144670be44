"""Events as they are published: CloudEvents 1.0 in their structured JSON form."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from application.kernel.outbox import Message

TYPE: Final = "entrepot.event.v1."


class EventEnvelope(msgspec.Struct, omit_defaults=True):
    """One event. `sequence` sorts the events of a subject as text too; `data` is its JSON, as it was told."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    data: msgspec.Raw
    sequence: str
    partitionkey: str
    requestid: str | None = None


def envelope_of(message: Message) -> EventEnvelope:
    return EventEnvelope(
        "1.0",
        message.id,
        source_of(message.tenant),
        TYPE + message.type,
        message.subject,
        message.at,
        "application/json",
        msgspec.Raw(message.data),
        f"{message.number:020d}",
        f"{message.tenant}/{message.subject}",
        message.request,
    )


def source_of(tenant: str) -> str:
    """The source of what this installation tells of a tenant."""
    return f"/tenants/{quote(tenant, safe='')}"
