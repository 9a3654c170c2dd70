"""How many claims hold each term, so that a search knows what is rare before it reads anything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """An empty table: whoever upgrades derives all that is derived anew."""
    op.create_table(
        "term_count",
        sa.Column("term", WORD, nullable=False),
        sa.Column("claims", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("term"),
        sqlite_with_rowid=False,
    )
