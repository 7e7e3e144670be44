"""Why a key does not let its bearer in, or cannot be changed."""

from domain.kernel.refusal import Refusal


class KeyRefused(Refusal):
    """No key, not the text of one, or not one that is known here.

    Send the whole text that was shown when the key was made: `Authorization: Bearer ek_…`. It cannot be shown again;
    if it is lost, have another key made.
    """

    code = "key.invalid"


class KeyExpired(KeyRefused):
    """The key was good until `expired_at`.

    Use the key that was made in its place, or have one made.
    """

    code = "key.expired"


class KeyRevoked(KeyRefused):
    """The key was taken back at `revoked_at` and will never be good again.

    Ask who runs this installation for another.
    """

    code = "key.revoked"


class KeyUnknown(Refusal):
    """There is no key of this id among the tenant's.

    List the keys to find its id: the twelve characters after `ek_`.
    """

    code = "key.unknown"


class KeyReplaced(Refusal):
    """The key has a successor already: `successor`.

    Rotate the successor; if its text was lost, revoke it and make a new key.
    """

    code = "key.replaced"
