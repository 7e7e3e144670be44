"""Where a ledger moved, an event's trace, what movements are archived. Only adds: the release before runs on it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("ledger_state", sa.Column("moved", TEXT))
    op.add_column("outbox", sa.Column("trace", TEXT))
    op.create_table(
        "archive",
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("first", BIG, nullable=False),
        sa.Column("last", BIG, nullable=False),
        sa.Column("object", TEXT, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("accounts", BIG, nullable=False),
        sa.Column("movements", BIG, nullable=False),
        sa.Column("cleared", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seal", "first"),
        sqlite_with_rowid=False,
    )
