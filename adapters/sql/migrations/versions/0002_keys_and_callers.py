"""Keys, by which callers are known. Only adds: the release before runs on it as if nothing had changed."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG),
        sa.Column("revoked_at", BIG),
        sa.Column("successor", TEXT),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("ended_by", TEXT),
        sa.CheckConstraint("length(digest) = 32", name="digest_in_bounds"),
        sa.CheckConstraint("scopes <> ''", name="scopes_in_bounds"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("api_key_tenant", "api_key", ["tenant", "id"])
