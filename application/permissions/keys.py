"""All that is done with keys, in one hand."""

from dataclasses import dataclass

from application.permissions.create_key import CreateKeyHandler
from application.permissions.expire_key import ExpireKeyHandler
from application.permissions.list_keys import ListKeysHandler
from application.permissions.revoke_key import RevokeKeyHandler
from application.permissions.rotate_key import RotateKeyHandler


@dataclass(frozen=True, slots=True)
class Keys:
    """`await keys.create(call, CreateKey(…))`."""

    create: CreateKeyHandler
    rotate: RotateKeyHandler
    revoke: RevokeKeyHandler
    expire: ExpireKeyHandler
    list: ListKeysHandler
