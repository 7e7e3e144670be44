"""The tables, with the constraints that guard the ledger's invariants a second time.

Times are whole microseconds since 1970 UTC; quantities whole numbers of the smallest unit. Texts that identify are
compared by their bytes on every dialect.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from domain.kernel.movement import Balances
from domain.kernel.quantity import MAX_BALANCE

metadata = MetaData()

Big: Final = BigInteger().with_variant(Integer, "sqlite")
Words: Final = Text().with_variant(Text(collation="C"), "postgresql")
BUCKETS: Final = Balances._fields


def only(rows: ColumnElement[bool]) -> dict[str, Any]:
    """An index of these rows alone, where there are such indexes."""
    return {"sqlite_where": rows, "postgresql_where": rows}


def _balance_columns() -> list[Column[int]]:
    return [Column(name, Big, nullable=False) for name in BUCKETS]


def _balance_checks() -> list[CheckConstraint]:
    return [CheckConstraint(f"{name} BETWEEN 0 AND {MAX_BALANCE}", name=f"{name}_in_bounds") for name in BUCKETS]


state = Table(
    "ledger_state",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("committed_at", Big, nullable=False),
    Column("next_account", Big, nullable=False),
    Column("next_command", Big, nullable=False),
    Column("next_event", Big, nullable=False),
    Column("next_change", Big, nullable=False, server_default="1"),
    Column("moved", Words),
    CheckConstraint("id = 1", name="one_row"),
)
"""One row: the latest commit's time and the next numbers. `epoch` rises when a backup is restored. `moved`, where it is
not null, says why nothing may be written: where the ledger has moved to, or that it is only just moving in.

Accounts and events are each numbered without gaps, so that an audit notices one that is gone.
"""

account = Table(
    "account",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),
    Column("tenant", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("key", Words, nullable=False),
    *(Column(f"d{n}", Words) for n in range(1, 7)),
    Column("facts", Words, nullable=False),
    *_balance_columns(),
    Column("floor", Big, nullable=False),
    Column("debt", Big, nullable=False),
    Column("version", Big, nullable=False),
    Column("changed_at", Big, nullable=False),
    UniqueConstraint("tenant", "kind", "key", name="account_key"),
    *_balance_checks(),
    CheckConstraint(f"floor BETWEEN 0 AND {MAX_BALANCE}", name="floor_in_bounds"),
    CheckConstraint("debt >= 0", name="debt_in_bounds"),
    CheckConstraint("version >= 1", name="version_in_bounds"),
    Index("account_d2", "tenant", "kind", "d2", "d3"),
    Index("account_d3", "tenant", "kind", "d3", "d2"),
    postgresql_with={"fillfactor": 50},
)

movement = Table(
    "movement",
    metadata,
    Column("account", Big, nullable=False),
    Column("version", Big, nullable=False),
    Column("kind", Words, nullable=False),
    Column("quantity", Big, nullable=False),
    *_balance_columns(),
    Column("floor", Big, nullable=False),
    Column("command", Big, nullable=False),
    Column("subject", Words, nullable=False),
    Column("scene", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("at", Big, nullable=False),
    Column("request", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("actor", Words, nullable=False),
    Column("principal", Words, nullable=False),
    PrimaryKeyConstraint("account", "version"),
    *_balance_checks(),
    CheckConstraint("quantity >= 0", name="quantity_in_bounds"),
    CheckConstraint("version >= 1", name="version_in_bounds"),
    Index("movement_command", "command"),
    sqlite_with_rowid=False,
)

request = Table(
    "request",
    metadata,
    Column("tenant", Words, nullable=False),
    Column("id", Words, nullable=False),
    Column("command", Big, primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("reply", LargeBinary, nullable=False),
    Column("at", Big, nullable=False),
    UniqueConstraint("tenant", "id", name="request_key"),
)
"""Accepted requests with their replies, in the order of their command numbers, and so of their times."""

reservation = Table(
    "reservation",
    metadata,
    Column("tenant", Words, nullable=False),
    Column("id", Words, nullable=False),
    Column("request", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("order_ref", Words),
    Column("scene", Words, nullable=False),
    Column("due", Big),
    Column("deadline", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Big, nullable=False),
    Column("changed_at", Big, nullable=False),
    UniqueConstraint("tenant", "id", name="reservation_key"),
    Index("reservation_order", "tenant", "order_ref", **only(Column("order_ref").is_not(None))),
    Index("reservation_tombstone", "changed_at", **only(Column("status") == "cancelled")),
)
"""`body` holds lines, groups and command numbers as JSON; accounts in it are the integer ids."""

deadline = Table(
    "deadline",
    metadata,
    Column("tenant", Words, nullable=False),
    Column("reservation", Words, nullable=False),
    Column("number", Integer, nullable=False),
    Column("due", Big, nullable=False),
    Column("token", Big, nullable=False),
    Column("leased_until", Big),
    PrimaryKeyConstraint("tenant", "reservation"),
    Index("deadline_due", "due"),
    sqlite_with_rowid=False,
)
"""One row for each reservation that still holds something and has a due time."""

entry = Table(
    "entry",
    metadata,
    Column("tenant", Words, nullable=False),
    Column("register", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Big, nullable=False),
    Column("change", Big, nullable=False),
    PrimaryKeyConstraint("tenant", "register", "code"),
    UniqueConstraint("change", name="entry_change"),
    sqlite_with_rowid=False,
)
"""Registered things. `change` rises with every write, so that a cache can ask what is new."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=False),
    Column("tenant", Words, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("subject", Words, nullable=False),
    Column("number", Big, nullable=False),
    Column("type", Words, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("request", Words),
    Column("at", Big, nullable=False),
    Column("position", Big),
    Column("trace", Words),
    Index("outbox_unpublished", "partition", "id", **only(Column("position").is_(None))),
    Index("outbox_position", "partition", "position", unique=True, **only(Column("position").is_not(None))),
)

outbox_lease = Table(
    "outbox_lease",
    metadata,
    Column("partition", SmallInteger, primary_key=True, autoincrement=False),
    Column("holder", Words, nullable=False),
    Column("token", Big, nullable=False),
    Column("leased_until", Big, nullable=False),
    Column("position", Big, nullable=False),
    Column("purged", Big, nullable=False),
    CheckConstraint("purged BETWEEN 0 AND position", name="purged_in_bounds"),
)
"""Who may publish a partition, up to where it is published, and up to where what was published is purged."""

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("at", Big, nullable=False),
    PrimaryKeyConstraint("consumer", "message"),
    Index("inbox_at", "at"),
    sqlite_with_rowid=False,
)
"""The messages that a consumer has taken effect of, written with the effect."""

parked = Table(
    "parked",
    metadata,
    Column("consumer", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("tenant", Words, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("subject", Words, nullable=False),
    Column("number", Big, nullable=False),
    Column("type", Words, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("request", Words),
    Column("at", Big, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Words, nullable=False),
    Column("parked_at", Big, nullable=False),
    PrimaryKeyConstraint("consumer", "message"),
    Index("parked_order", "consumer", "parked_at"),
)
"""Messages that a consumer could not take, kept whole until they are requeued and taken."""

seal = Table(
    "seal",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Big, nullable=False),
    Column("command", Big, nullable=False),
    Column("accounts", Big, nullable=False),
    Column("movements", Big, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
"""One row for each closed period, written when all its accounts are: it ends with the command of that number."""

sealed = Table(
    "sealed",
    metadata,
    Column("account", Big, nullable=False),
    Column("seal", Integer, nullable=False),
    Column("version", Big, nullable=False),
    *_balance_columns(),
    Column("floor", Big, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account", "seal"),
    *_balance_checks(),
    sqlite_with_rowid=False,
)
"""What an account held at the end of a period in which it moved; `hash` is over the period's movements and chained.

The line of account 0, which is none, says which attempt to close its period is under way.
"""

archive = Table(
    "archive",
    metadata,
    Column("seal", Integer, nullable=False),
    Column("first", Big, nullable=False),
    Column("last", Big, nullable=False),
    Column("object", Words, nullable=False),
    Column("size", Big, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("accounts", Big, nullable=False),
    Column("movements", Big, nullable=False),
    Column("cleared", Integer, nullable=False),
    PrimaryKeyConstraint("seal", "first"),
    sqlite_with_rowid=False,
)
"""Files of sealed movements in the store of objects: of one period, of the accounts numbered `first` to `last`."""

purged = Table(
    "purged",
    metadata,
    Column("what", Words, primary_key=True),
    Column("before", Big, nullable=False),
    sqlite_with_rowid=False,
)
"""Up to which time request ids and tombstones were purged: an audit does not miss what is older."""

api_key = Table(
    "api_key",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("principal", Words, nullable=False),
    Column("scopes", Words, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("label", Words, nullable=False),
    Column("created_at", Big, nullable=False),
    Column("expires_at", Big),
    Column("revoked_at", Big),
    Column("successor", Words),
    Column("created_by", Words, nullable=False),
    Column("ended_by", Words),
    CheckConstraint("length(digest) = 32", name="digest_in_bounds"),
    CheckConstraint("scopes <> ''", name="scopes_in_bounds"),
    Index("api_key_tenant", "tenant", "id"),
    sqlite_with_rowid=False,
)
"""Keys. `digest` is the SHA-256 of a secret that is kept nowhere; `scopes` are separated by spaces, in their order."""
