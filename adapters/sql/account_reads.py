"""Accounts of any kind as queries read them, and who holds one."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from adapters.sql.dialects.dialect import Row
from adapters.sql.query_statements import QueryStatements
from adapters.sql.schema import BUCKETS
from adapters.sql.statements import ACCOUNT_READ, Statements
from adapters.sql.times import moment
from application.kernel.balances import AccountsFound
from application.kernel.ports import Codec
from application.stock.lying import MOST_LYING, Lying
from domain.kernel.account import NO_FACTS, Account, AccountKey, AccountKind, key_text
from domain.kernel.movement import Balances
from domain.kernel.reservation import Reservation
from domain.stock.position import POSITION

LEDGER: Final = "ledger"
"""The source that answers: the database that the ledger is written to."""

SOURCE: Final = "source"
"""Where a connection's own notes say who answers, if it is another."""

NO_FACTS_TEXT: Final = "{}"
HELD: Final = len(BUCKETS)
READ: Final = len(ACCOUNT_READ)


class AccountReads:
    """Reads accounts within the one snapshot of a connection."""

    def __init__(self, statements: Statements, queries: QueryStatements, codec: Codec) -> None:
        self._by_key = statements.accounts_by_key
        self._set_of = statements.dialect.set_of
        self._texts = queries
        self._codec = codec

    def by_key(self, connection: Connection, tenant: str, keys: Collection[AccountKey]) -> AccountsFound:
        as_of = self.as_of(connection)
        return AccountsFound(as_of, connection.info.get(SOURCE, LEDGER), self.of(connection, tenant, keys))

    def as_of(self, connection: Connection) -> datetime:
        """When the last commit was."""
        return moment(self._texts.as_of(connection)[0][0])

    def of(self, connection: Connection, tenant: str, keys: Collection[AccountKey]) -> dict[AccountKey, Account]:
        wanted: dict[str, dict[str, AccountKey]] = {}
        for key in keys:
            wanted.setdefault(key.kind.name, {})[key_text(key.values)] = key
        found: dict[AccountKey, Account] = {}
        for kind, by_text in sorted(wanted.items()):
            for row in self._by_key(connection, tenant, kind, self._set_of(by_text)):
                key = by_text[row[-1]]
                found[key] = self._account(key, row)
        return found

    def there(
        self,
        connection: Connection,
        tenant: str,
        kind: AccountKind,
        goods: Sequence[str],
        nodes: Sequence[str],
        most: int,
    ) -> AccountsFound:
        """Those of a kind of four dimensions, the second a goods and the third a node: one more than `most`."""
        as_of = self.as_of(connection)
        asked: Row = (tenant, kind.name, self._set_of(goods), *([self._set_of(nodes)] if nodes else []), most + 1)
        rows = (self._texts.accounts_there if nodes else self._texts.accounts_of)(connection, *asked)
        found = {key: self._account(key, row) for row in rows for key in (AccountKey(kind, tuple(row[READ:])),)}
        return AccountsFound(as_of, connection.info.get(SOURCE, LEDGER), found)

    def lying(self, connection: Connection, tenant: str, goods: Sequence[str], nodes: Sequence[str]) -> list[Lying]:
        """Of which anything may be promised: one more than MOST_LYING at most."""
        asked: Row = (tenant, POSITION.name, self._set_of(goods), self._set_of(nodes), MOST_LYING + 1)
        found = [
            Lying(code, node, owner, lot, channel, free, "" if said == NO_FACTS_TEXT else self._expires(said))
            for code, node, owner, lot, channel, free, said in self._texts.lying(connection, *asked)
        ]
        found.sort()
        return found

    def _expires(self, said: str) -> str:
        known: dict[str, str] = self._codec.decode(said.encode(), dict[str, str])
        return known.get("expires", "")

    def days(
        self,
        connection: Connection,
        tenant: str,
        kinds: Collection[AccountKind],
        nodes: Collection[str],
        first: str,
        most: int,
    ) -> AccountsFound:
        """Those of kinds of two dimensions, a day from the first on and one of the nodes: at most `most` + 1 a kind."""
        as_of = self.as_of(connection)
        found = {}
        for kind in kinds:
            for row in self._texts.days_of(connection, tenant, kind.name, self._set_of(nodes), first, most + 1):
                key = AccountKey(kind, tuple(row[READ:]))
                found[key] = self._account(key, row)
        return AccountsFound(as_of, connection.info.get(SOURCE, LEDGER), found)

    def _account(self, key: AccountKey, row: Row) -> Account:
        balances, (floor, debt, version, changed_at, facts) = row[1 : HELD + 1], row[HELD + 1 : READ]
        known: Any = NO_FACTS if facts == NO_FACTS_TEXT else self._codec.decode(facts.encode(), dict[str, str])
        return Account(key, Balances._make(balances), version, floor, debt, moment(changed_at), known)


def holders_of(
    lines: Callable[[int], Sequence[Row]],
    read: Callable[[Collection[str]], Sequence[Reservation]],
    account: AccountKey,
    left: int,
) -> Iterator[Reservation]:
    """The reservations that hold an account, in the order they took hold; they hold `left` of it together.

    `lines` reads what was reserved on it beyond a version, a page of (version, reservation); `read` reads reservations.
    """
    after = 0
    seen: set[str] = set()
    while left > 0 and (page := lines(after)):
        after = page[-1][0]
        fresh = [subject for subject in dict.fromkeys(subject for _, subject in page) if subject not in seen]
        seen.update(fresh)
        by_id = {each.id: each for each in read(fresh)}
        for holder in filter(None, map(by_id.get, fresh)):
            held = sum(holder.holding(account))
            if held:
                left -= held
                yield holder
