"""How many erasures there were, and after how many of them the store's files were scrubbed: it may have to be tried again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """One row. Of a ledger that is there already nobody knows whether its last erasure was scrubbed, so it is to be done."""
    op.create_table(
        "scrubbing",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("erasures", COUNT, nullable=False),
        sa.Column("scrubbed", COUNT, nullable=False),
        sa.Column("transaction", COUNT, nullable=True),
        sa.CheckConstraint("id = 1", name="scrubbing_alone"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.get_bind().exec_driver_sql("INSERT INTO scrubbing (id, erasures, scrubbed) SELECT 1, count(*), 0 FROM head")
