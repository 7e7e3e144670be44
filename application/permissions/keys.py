"""All that is done with keys, in one hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from application.kernel.call import Call
from application.permissions.create_key import CreateKey
from application.permissions.expire_key import ExpireKey
from application.permissions.list_keys import KeyPage, ListKeys
from application.permissions.revoke_key import RevokeKey
from application.permissions.rotate_key import RotateKey
from application.permissions.views import KeyMade, KeyShown


@dataclass(frozen=True, slots=True)
class Keys:
    """`await keys.create(call, CreateKey(…))`: each with its handler, observed or not."""

    create: Callable[[Call, CreateKey], Awaitable[KeyMade]]
    rotate: Callable[[Call, RotateKey], Awaitable[KeyMade]]
    revoke: Callable[[Call, RevokeKey], Awaitable[KeyShown]]
    expire: Callable[[Call, ExpireKey], Awaitable[KeyShown]]
    list: Callable[[str, ListKeys], Awaitable[KeyPage]]
