"""Words of claims and sources by their spellings, so that they are found with a slip in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """An empty table. What is kept of words means something else from here on, so whoever upgrades derives all of it anew."""
    op.create_table(
        "spelling",
        sa.Column("spelling", WORD, nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.PrimaryKeyConstraint("spelling", "word"),
        sqlite_with_rowid=False,
    )
