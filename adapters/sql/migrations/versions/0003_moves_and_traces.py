"""Where a ledger moved, an event's trace, what movements are archived. Only adds: the release before runs on it."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

STATISTICS_SINCE: Final = (18,)
DISTINCT: Final = {"tenant": 2, "kind": 1, "key": -1, "d2": -0.5, "d3": 20}
"""How many different values a column has; of how many rows each, where that is negative."""
RESTORE: Final = sa.text(
    "SELECT pg_restore_attribute_stats('schemaname', current_schema()::text, 'relname', 'account',"
    " 'attname', CAST(:column AS text), 'inherited', false, 'null_frac', 0::real, 'avg_width', 16,"
    " 'n_distinct', CAST(:distinct AS real))"
    " WHERE NOT EXISTS (SELECT FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'account'"
    " AND attname = CAST(:column AS text))"
)
"""What PostgreSQL is to think of accounts before it has counted any.

All indexes of accounts begin with the tenant and the kind; knowing nothing, it takes any of them, and goes through all
accounts of a tenant for each that is asked for, until it counts them for the first time, a minute or more later.
"""


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
    connection = op.get_bind()
    version: tuple[Any, ...] = connection.dialect.server_version_info or (0,)
    if connection.dialect.name == "postgresql" and version >= STATISTICS_SINCE:
        for column, distinct in DISTINCT.items():
            connection.execute(RESTORE, {"column": column, "distinct": distinct})
