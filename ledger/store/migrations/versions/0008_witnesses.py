"""Witnesses: how far each that is asked has signed, and what it objected to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """The operator's own list: it is no part of the log. What witnesses signed is in `cosignature`, which is kept for ever."""
    op.create_table(
        "witness",
        sa.Column("url", WORD, nullable=False),
        sa.Column("size", COUNT, nullable=False),
        sa.Column("signed_at", COUNT, nullable=False),
        sa.Column("failures", COUNT, nullable=False),
        sa.Column("next_at", COUNT, nullable=False),
        sa.Column("trouble", WORD, nullable=True),
        sa.Column("alarm", WORD, nullable=True),
        sa.Column("alarm_at", COUNT, nullable=False),
        sa.Column("evidence", WORD, nullable=True),
        sa.Column("acknowledged", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )
