"""Where each claim stands, kept up behind the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Empty tables, complete to size 0: filled behind the log, not while whoever upgrades is waiting."""
    op.create_table(
        "standing",
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.Column("claim", sa.LargeBinary(), nullable=False),
        sa.Column("size", COUNT, nullable=False),
        sa.Column("policy", WORD, nullable=False),
        sa.Column("headline", WORD, nullable=False),
        sa.Column("labels", WORD, nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("n_for", sa.Double(), nullable=False),
        sa.Column("n_against", sa.Double(), nullable=False),
        sa.Column("confidence", WORD, nullable=False),
        sa.Column("showable", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("changed_at", COUNT, nullable=False),
        sa.Column("previous", WORD, nullable=True),
        sa.Column("lapses_at", COUNT, nullable=True),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_index("standing_headline", "standing", ["headline", "index"])
    op.create_index("standing_changed", "standing", ["changed_at", "index"])
    op.create_index("standing_lapse", "standing", ["lapses_at"])
    op.create_table(
        "standing_label",
        sa.Column("label", WORD, nullable=False),
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("label", "index"),
        sqlite_with_rowid=False,
    )
    op.create_index("standing_label_claim", "standing_label", ["index"])
    op.create_table(
        "standing_due",
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("index"),
    )
    progress = op.create_table(
        "standing_progress",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("version", COUNT, nullable=False),
        sa.Column("policy", WORD, nullable=False),
        sa.Column("size", COUNT, nullable=False),
        sa.Column("time", COUNT, nullable=False),
        sa.Column("target", COUNT, nullable=False),
        sa.Column("target_time", COUNT, nullable=False),
        sa.Column("seen", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id = 1", name="standing_progress_alone"),
    )
    op.bulk_insert(
        progress,
        [{"id": 1, "version": 0, "policy": "", "size": 0, "time": 0, "target": 0, "target_time": 0, "seen": 0}],
    )
