"""The body of a request: read once, within its limits."""

from collections.abc import Mapping

from entrypoints.http.asgi import Receive
from entrypoints.http.refusals import BodyTooLarge, BodyType
from entrypoints.wire.bodies import BodyMalformed, require_shallow


class CallerGone(Exception):
    """The connection ended before the body did: there is nobody to answer."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], most: int) -> bytes:
    """The whole JSON body. Raises BodyType, BodyTooLarge, BodyTooDeep, CallerGone."""
    said = headers.get(b"content-type", b"application/json")
    if said != b"application/json" and said.split(b";")[0].strip().lower() != b"application/json":
        raise BodyType("send JSON, as application/json")
    declared = headers.get(b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > most:
        raise BodyTooLarge(f"the body has {int(declared)} bytes, {most} are taken", most=most)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts = [body]
        size = len(body)
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise BodyTooLarge(f"the body has more than {most} bytes", most=most)
        body = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise CallerGone
    if len(body) > most:
        raise BodyTooLarge(f"the body has {len(body)} bytes, {most} are taken", most=most)
    require_shallow(body)
    return body


def require_text(raw: bytes, what: str) -> str:
    """Raises BodyMalformed for bytes that are not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BodyMalformed(f"{what} is not UTF-8") from None
