"""What the HTTP door itself refuses, before any use case is asked."""

from domain.kernel.refusal import Refusal


class RouteUnknown(Refusal):
    """There is nothing at this path.

    Look it up in the document at /openapi.json; an id in a path is percent-encoded, slashes too.
    """

    code = "route.unknown"


class MethodNotAllowed(Refusal):
    """The path is there, but not for this method.

    Use one of those that the header Allow names.
    """

    code = "route.method"


class CommandUnknown(Refusal):
    """There is no command of this name (`command`).

    Take its name from the document at /openapi.json: small letters, words joined by hyphens.
    """

    code = "command.unknown"


class RequestIdMissing(Refusal):
    """A command came without the header Idempotency-Key.

    Choose an id for the request, at most 128 characters, and send the same id whenever the same request is repeated.
    """

    code = "request_id.missing"


class BodyTooLarge(Refusal):
    """The body has more bytes than are taken (`most`).

    Send less at once.
    """

    code = "body.too_large"


class BodyType(Refusal):
    """The body is said to be something else than JSON.

    Send it as application/json.
    """

    code = "body.type"


class HeadTooLarge(Refusal):
    """The request line and headers have more bytes than are taken (`most`).

    Send fewer or shorter headers; ask for fewer things at once.
    """

    code = "head.too_large"


class HeadMalformed(Refusal):
    """The request line or a header is not HTTP, or a header that must be one came twice.

    Send what RFC 9112 describes; mostly a proxy or a hand-made client is at fault.
    """

    code = "head.malformed"


class TooSlow(Refusal):
    """The request did not come to its end in time (`seconds`).

    Send it whole, and sooner; nothing was done.
    """

    code = "request.too_slow"
    retryable = True


class TooManyConnections(Refusal):
    """More connections are open than one process takes (`most`).

    Close those that are not needed, keep the others and use them again; try again a little later.
    """

    code = "connections.exhausted"
    retryable = True
