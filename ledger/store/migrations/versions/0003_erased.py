"""Which openings were erased by themselves: nothing in the log says so, so it is kept beside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "erased",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", COUNT, nullable=False),
        sa.Column("key_id", WORD, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_on_sqlite()
    else:
        _guard_on_postgresql()


def _guard_on_sqlite() -> None:
    same = 'EXISTS (SELECT 1 FROM erased WHERE "hash" = NEW."hash")'
    for act, condition in (("UPDATE", ""), ("DELETE", ""), ("INSERT", f"WHEN {same} ")):
        _run(
            f"CREATE TRIGGER erased_{act.lower()} BEFORE {act} ON erased {condition}"
            "BEGIN SELECT RAISE(ABORT, 'what was erased stays erased'); END"
        )


def _guard_on_postgresql() -> None:
    for acts, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = f"erased_{acts.replace(' ', '_').lower()}"
        _run(f"CREATE TRIGGER {name} BEFORE {acts} ON erased FOR EACH {each} EXECUTE FUNCTION onrecord_refuse()")


def _run(statement: str) -> None:
    # Not op.execute: it takes every colon for a parameter.
    op.get_bind().exec_driver_sql(statement)
