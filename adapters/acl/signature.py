"""Signed messages: HMAC-SHA256 over the time and the body, with a secret that both sides know.

`Entrepot-Signature: t=<seconds since 1970>,v1=<hex>[,v1=<hex>]`. Several signatures, as several secrets, let a secret
be changed while messages come.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

from domain.kernel.refusal import Refusal

HEADER: Final = "Entrepot-Signature"
MOST_SECRETS: Final = 3
"""Most secrets of one source."""
MOST: Final = 8
"""Most signatures of one message."""

_TIME: Final = re.compile(r"t=([0-9]{1,12})")
_SIGNATURE: Final = re.compile(r"v1=([0-9a-f]{64})")


class SignatureRefused(Refusal):
    """The message bears no signature of a secret that is known for its source.

    Sign the time, a full stop and the bytes of the body with the source's secret, and send them in Entrepot-Signature.
    """

    code = "signature.invalid"


class SignatureStale(Refusal):
    """The message was signed too long ago, or in the future (`now`, `signed_at`, `most` seconds apart).

    Sign it anew when it is sent again; set the sender's clock.
    """

    code = "signature.stale"


def signed(secret: str, at: int, body: bytes) -> str:
    """The value of the header."""
    return f"t={at},v1={_digest(secret, at, body)}"


def require_signed(said: str, body: bytes, secrets: Sequence[str], now: float, skew: float) -> None:
    """Raises SignatureRefused, and only for a good signature SignatureStale. Takes the same time for any wrong one."""
    parts = said.split(",") if len(said) <= 1_024 else []
    time = _TIME.fullmatch(parts[0]) if parts else None
    given = [found[1] for part in parts[1:] if (found := _SIGNATURE.fullmatch(part))]
    at = int(time[1]) if time else 0
    good = False
    # Each takes as long as one with the most secrets, also one that is not there: who asks learns of none that is.
    for number in range(max(MOST_SECRETS, len(secrets))):
        known = number < len(secrets)
        expected = _digest(secrets[number] if known else "", at, body)
        for each in given[:MOST] or ("",):
            good |= hmac.compare_digest(expected, each) & known
    if not (good and time and len(given) == len(parts) - 1):
        raise SignatureRefused("the message is not signed by a secret that is known for its source")
    if abs(now - at) > skew:
        raise SignatureStale("the message was signed at another time", now=int(now), signed_at=at, most=int(skew))


def _digest(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
