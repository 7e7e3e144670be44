"""Where a ledger has moved to, and which trace an event belongs to. Only adds: the release before runs on it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"

TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("ledger_state", sa.Column("moved", TEXT))
    op.add_column("outbox", sa.Column("trace", TEXT))
