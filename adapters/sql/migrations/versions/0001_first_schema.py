"""The first schema: the ledger, its messages, and what a growing ledger needs."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOST: Final = 9007199254740992
BUCKETS: Final = ("available", "reserved", "allocated", "in_transit", "held")


def _balances() -> list[sa.schema.SchemaItem]:
    columns = [sa.Column(name, BIG, nullable=False) for name in BUCKETS]
    checks = [sa.CheckConstraint(f"{name} BETWEEN 0 AND {MOST}", name=f"{name}_in_bounds") for name in BUCKETS]
    return [*columns, *checks]


def upgrade() -> None:
    _accounts()
    _records()
    _messages()
    _growth()


def _accounts() -> None:
    """Accounts and what moved them."""
    state = op.create_table(
        "ledger_state",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("committed_at", BIG, nullable=False),
        sa.Column("next_account", BIG, nullable=False),
        sa.Column("next_command", BIG, nullable=False),
        sa.Column("next_event", BIG, nullable=False),
        sa.Column("next_change", BIG, server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "account",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("d1", TEXT),
        sa.Column("d2", TEXT),
        sa.Column("d3", TEXT),
        sa.Column("d4", TEXT),
        sa.Column("d5", TEXT),
        sa.Column("d6", TEXT),
        sa.Column("facts", TEXT, nullable=False),
        *_balances(),
        sa.Column("floor", BIG, nullable=False),
        sa.Column("debt", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("changed_at", BIG, nullable=False),
        sa.CheckConstraint("debt >= 0", name="debt_in_bounds"),
        sa.CheckConstraint(f"floor BETWEEN 0 AND {MOST}", name="floor_in_bounds"),
        sa.CheckConstraint("version >= 1", name="version_in_bounds"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "kind", "key", name="account_key"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("account_d2", "account", ["tenant", "kind", "d2", "d3"])
    op.create_index("account_d3", "account", ["tenant", "kind", "d3", "d2"])
    op.create_table(
        "movement",
        sa.Column("account", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        *_balances(),
        sa.Column("floor", BIG, nullable=False),
        sa.Column("command", BIG, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("scene", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.CheckConstraint("quantity >= 0", name="quantity_in_bounds"),
        sa.CheckConstraint("version >= 1", name="version_in_bounds"),
        sa.PrimaryKeyConstraint("account", "version"),
        sqlite_with_rowid=False,
    )
    op.create_index("movement_command", "movement", ["command"])
    numbers = dict.fromkeys(("next_account", "next_command", "next_event", "next_change"), 1)
    op.bulk_insert(state, [{"id": 1, "epoch": 1, "committed_at": 0, **numbers}])


def _records() -> None:
    """Request ids with their replies, reservations, what waits for a time, and the registers."""
    op.create_table(
        "request",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("command", BIG, primary_key=True, autoincrement=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.UniqueConstraint("tenant", "id", name="request_key"),
    )
    op.create_table(
        "reservation",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("order_ref", TEXT),
        sa.Column("scene", TEXT, nullable=False),
        sa.Column("due", BIG),
        sa.Column("deadline", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("changed_at", BIG, nullable=False),
        sa.UniqueConstraint("tenant", "id", name="reservation_key"),
    )
    ordered = sa.text("order_ref IS NOT NULL")
    op.create_index(
        "reservation_order", "reservation", ["tenant", "order_ref"], sqlite_where=ordered, postgresql_where=ordered
    )
    cancelled = sa.text("status = 'cancelled'")
    op.create_index(
        "reservation_tombstone", "reservation", ["changed_at"], sqlite_where=cancelled, postgresql_where=cancelled
    )
    op.create_table(
        "deadline",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("reservation", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due", BIG, nullable=False),
        sa.Column("token", BIG, nullable=False),
        sa.Column("leased_until", BIG),
        sa.PrimaryKeyConstraint("tenant", "reservation"),
        sqlite_with_rowid=False,
    )
    op.create_index("deadline_due", "deadline", ["due"])
    op.create_table(
        "entry",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("register", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", BIG, nullable=False),
        sa.Column("change", BIG, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "register", "code"),
        sa.UniqueConstraint("change", name="entry_change"),
        sqlite_with_rowid=False,
    )


def _messages() -> None:
    """Events to publish, and what consumers took."""
    op.create_table(
        "outbox",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("request", TEXT),
        sa.Column("at", BIG, nullable=False),
        sa.Column("position", BIG),
        sa.PrimaryKeyConstraint("id"),
    )
    published = sa.text("position IS NOT NULL")
    op.create_index(
        "outbox_position",
        "outbox",
        ["partition", "position"],
        unique=True,
        sqlite_where=published,
        postgresql_where=published,
    )
    waiting = sa.text("position IS NULL")
    op.create_index("outbox_unpublished", "outbox", ["partition", "id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "outbox_lease",
        sa.Column("partition", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("token", BIG, nullable=False),
        sa.Column("leased_until", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("purged", BIG, nullable=False),
        sa.CheckConstraint("purged BETWEEN 0 AND position", name="purged_in_bounds"),
        sa.PrimaryKeyConstraint("partition"),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "message"),
        sqlite_with_rowid=False,
    )
    op.create_index("inbox_at", "inbox", ["at"])
    op.create_table(
        "parked",
        sa.Column("consumer", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("partition", sa.SmallInteger(), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("request", TEXT),
        sa.Column("at", BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("parked_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "message"),
    )
    op.create_index("parked_order", "parked", ["consumer", "parked_at"])


def _growth() -> None:
    """Closed periods, and what was purged."""
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("command", BIG, nullable=False),
        sa.Column("accounts", BIG, nullable=False),
        sa.Column("movements", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "sealed",
        sa.Column("account", BIG, nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        *_balances(),
        sa.Column("floor", BIG, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "seal"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "purged",
        sa.Column("what", TEXT, nullable=False),
        sa.Column("before", BIG, nullable=False),
        sa.PrimaryKeyConstraint("what"),
        sqlite_with_rowid=False,
    )
