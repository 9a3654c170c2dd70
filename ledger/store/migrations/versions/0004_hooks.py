"""Webhooks: whom to tell that a score moved, and how far each was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """The operator's own list: it is no part of the log, and `log reindex` does not touch it."""
    op.create_table(
        "hook",
        sa.Column("id", WORD, nullable=False),
        sa.Column("url", WORD, nullable=False),
        sa.Column("secret", WORD, nullable=False),
        sa.Column("claim", COUNT, nullable=True),
        sa.Column("told", COUNT, nullable=False),
        sa.Column("goal", COUNT, nullable=True),
        sa.Column("cursor", COUNT, nullable=False),
        sa.Column("failures", COUNT, nullable=False),
        sa.Column("next_at", COUNT, nullable=False),
        sa.Column("trouble", WORD, nullable=True),
        sa.Column("stopped", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("standing_size", "standing", ["size", "index"])
