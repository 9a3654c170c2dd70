"""Of each record its kind and its first entry, and no second copy of what the entry says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """The same records by kind and index. `body`, `record_id` and their index are gone: the entry has both."""
    run = op.get_bind().exec_driver_sql
    run('CREATE TEMPORARY TABLE record_before AS SELECT kind, "index" FROM record')
    op.drop_table("record")
    op.create_table(
        "record",
        sa.Column("kind", WORD, nullable=False),
        sa.Column("index", COUNT, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "index"),
        sqlite_with_rowid=False,
    )
    run('INSERT INTO record (kind, "index") SELECT kind, "index" FROM record_before ORDER BY kind, "index"')
    run("DROP TABLE record_before")
