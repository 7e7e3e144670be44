"""Keys in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from adapters.sql.database import Database
from adapters.sql.schema import api_key
from adapters.sql.times import micros, moment
from application.permissions.ports import Decide
from domain.permissions.key import ApiKey
from domain.permissions.refusals import KeyUnknown
from domain.permissions.scope import Scope, scopes_of

_FIND = select(api_key).where(api_key.c.id == bindparam("of_id"))


class SqlKeys:
    """Keys, each in its row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, id: str) -> ApiKey | None:
        row = await self._database.read(lambda connection: connection.execute(_FIND, {"of_id": id}).first())
        return None if row is None else _key(row)

    async def page(self, tenant: str, after: str, limit: int) -> Sequence[ApiKey]:
        asked = (
            select(api_key).where(api_key.c.tenant == tenant, api_key.c.id > after).order_by(api_key.c.id).limit(limit)
        )
        return await self._database.read(lambda connection: [_key(row) for row in connection.execute(asked)])

    async def add(self, key: ApiKey) -> None:
        await self._database.write(lambda connection: connection.execute(insert(api_key).values(_row(key))))

    async def change(self, tenant: str, id: str, decide: Decide) -> None:
        mine = select(api_key).where(api_key.c.id == id, api_key.c.tenant == tenant).with_for_update()

        def write(connection: Connection) -> None:
            row = connection.execute(mine).first()
            if row is None:
                raise KeyUnknown(f"there is no key {id!r}", key=id)
            for key in decide(_key(row)):
                if key.id == id:
                    connection.execute(update(api_key).where(api_key.c.id == id).values(_row(key)))
                else:
                    connection.execute(insert(api_key).values(_row(key)))

        await self._database.write(write)


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "principal": key.principal,
        "scopes": " ".join(scope for scope in Scope if scope in key.scopes),
        "digest": key.digest,
        "label": key.label,
        "created_at": micros(key.created_at),
        "expires_at": None if key.expires_at is None else micros(key.expires_at),
        "revoked_at": None if key.revoked_at is None else micros(key.revoked_at),
        "successor": key.successor,
        "created_by": key.created_by,
        "ended_by": key.ended_by,
    }


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        row.id,
        row.tenant,
        row.principal,
        scopes_of(row.scopes.split()),
        bytes(row.digest),
        row.label,
        moment(row.created_at),
        None if row.expires_at is None else moment(row.expires_at),
        None if row.revoked_at is None else moment(row.revoked_at),
        row.successor,
        row.created_by,
        row.ended_by,
    )
