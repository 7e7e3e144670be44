"""What signs the tokens of promises."""

from hmac import compare_digest, digest
from secrets import token_bytes

from entrypoints.composition.settings import Settings


class Signer:
    """HMAC-SHA256 with one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, said: bytes) -> bytes:
        return digest(self._secret, said, "sha256")

    def signed(self, said: bytes, signature: bytes) -> bool:
        return compare_digest(self.sign(said), signature)


def signer_of(settings: Settings) -> Signer:
    """With the secret of the settings; else with one of this process alone, which ends with it."""
    said = settings.promises.secret.get_secret_value()
    return Signer(said.encode() if said else token_bytes(32))
