"""The kept tables with their guards, the derived tables, the index of words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()

# What may happen to a kept row after it was written: nothing, or for these, being deleted.
APPEND_ONLY = ("entry", "tile", "checkpoint", "cosignature")
ERASABLE = ("checkpoint_note", "opening")

# The columns that make a row of a kept table the same row.
UNIQUE = {
    "entry": (("index",), ("record_id", "key_ids")),
    "tile": (("level", "index"),),
    "checkpoint": (("seq",),),
    "cosignature": (("seq", "key_id"),),
}

SEARCH_ON_SQLITE = r"""
CREATE VIRTUAL TABLE search USING fts5(
    words, kind, languages, detail=column, columnsize=0,
    tokenize="ascii tokenchars '!""#$%&''()*+,-./:;<=>?@[\]^_`{|}~'"
)
"""


def upgrade() -> None:
    _create_kept_tables()
    _create_derived_tables()
    if op.get_bind().dialect.name == "sqlite":
        _run(SEARCH_ON_SQLITE)
        _guard_on_sqlite()
    else:
        _create_search_on_postgresql()
        _guard_on_postgresql()


def _create_kept_tables() -> None:
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("test_log", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("size", COUNT, nullable=False),
        sa.Column("seq", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id = 1", name="head_alone"),
    )
    op.create_table(
        "entry",
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.Column("record_id", BYTES, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("key_ids", WORD, nullable=False),
        sa.Column("leaf_hash", BYTES, nullable=False),
        sa.Column("logged_at", COUNT, nullable=False),
        sa.Column("envelope", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_index("entry_record", "entry", ["record_id", "key_ids"], unique=True)
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.Column("hashes", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("level", "index"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("seq", COUNT, nullable=False, autoincrement=False),
        sa.Column("size", COUNT, nullable=False),
        sa.Column("root", BYTES, nullable=False),
        sa.Column("published_at", COUNT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("checkpoint_size", "checkpoint", ["size", "seq"])
    op.create_index("checkpoint_time", "checkpoint", ["published_at", "seq"])
    op.create_table(
        "checkpoint_note",
        sa.Column("seq", COUNT, nullable=False, autoincrement=False),
        sa.Column("note", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.ForeignKeyConstraint(["seq"], ["checkpoint.seq"]),
    )
    op.create_table(
        "cosignature",
        sa.Column("seq", COUNT, nullable=False, autoincrement=False),
        sa.Column("key_id", WORD, nullable=False),
        sa.Column("time", COUNT, nullable=False),
        sa.Column("signature", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("seq", "key_id"),
        sa.ForeignKeyConstraint(["seq"], ["checkpoint.seq"]),
    )
    op.create_table(
        "opening",
        sa.Column("hash", BYTES, nullable=False),
        sa.Column("salt", BYTES, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )


def _create_derived_tables() -> None:
    op.create_table(
        "record",
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.Column("record_id", BYTES, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_index("record_name", "record", ["record_id"], unique=True)
    op.create_index("record_kind", "record", ["kind", "index"])
    op.create_table(
        "link",
        sa.Column("target", BYTES, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("target", "role", "index"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject",
        sa.Column("subject", WORD, nullable=False),
        sa.Column("index", COUNT, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("subject", "index"),
        sqlite_with_rowid=False,
    )


def _create_search_on_postgresql() -> None:
    _run(
        'CREATE TABLE search ("index" BIGINT PRIMARY KEY, kind TEXT COLLATE "C" NOT NULL, '
        "languages TEXT[] NOT NULL, words TSVECTOR NOT NULL)"
    )
    _run("CREATE INDEX search_words ON search USING GIN (words)")
    _run('CREATE INDEX search_kind ON search (kind, "index")')


def _guard_on_sqlite() -> None:
    for table in APPEND_ONLY:
        _refuse_on_sqlite(table, "UPDATE", f"{table} is append-only")
        _refuse_on_sqlite(table, "DELETE", f"{table} is append-only")
        # INSERT OR REPLACE deletes first; the delete trigger hears of it only with PRAGMA recursive_triggers=ON,
        # which a stranger's connection does not set.
        same = " OR ".join(
            "EXISTS (SELECT 1 FROM {} WHERE {})".format(table, " AND ".join(f'"{name}" = NEW."{name}"' for name in columns))
            for columns in UNIQUE[table]
        )
        _refuse_on_sqlite(table, "INSERT", f"{table} has this row already", when=same)
    for table in ERASABLE:
        _refuse_on_sqlite(table, "UPDATE", f"{table} does not change")
    _refuse_on_sqlite("head", "DELETE", "the head stays")
    _refuse_on_sqlite("head", "INSERT", "there is one head", when="EXISTS (SELECT 1 FROM head)")
    _refuse_on_sqlite(
        "head",
        "UPDATE",
        "the head only moves forward",
        when="NEW.id <> OLD.id OR NEW.origin <> OLD.origin OR NEW.test_log <> OLD.test_log "
        "OR NEW.size < OLD.size OR NEW.seq <= OLD.seq",
    )


def _refuse_on_sqlite(table: str, act: str, message: str, when: str | None = None) -> None:
    condition = f"WHEN {when} " if when else ""
    _run(f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} {condition}BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _guard_on_postgresql() -> None:
    _run(
        "CREATE FUNCTION onrecord_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' does not take ' || TG_OP, ERRCODE = 'restrict_violation'; END $$"
    )
    for table in APPEND_ONLY:
        _refuse_on_postgresql(table, "UPDATE OR DELETE", "ROW")
        _refuse_on_postgresql(table, "TRUNCATE", "STATEMENT")
    for table in ERASABLE:
        _refuse_on_postgresql(table, "UPDATE", "ROW")
    _refuse_on_postgresql("head", "DELETE", "ROW")
    _refuse_on_postgresql("head", "TRUNCATE", "STATEMENT")
    _run(
        "CREATE TRIGGER head_forward BEFORE UPDATE ON head FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.origin <> OLD.origin "
        "OR NEW.test_log <> OLD.test_log OR NEW.size < OLD.size OR NEW.seq <= OLD.seq) EXECUTE FUNCTION onrecord_refuse()"
    )


def _refuse_on_postgresql(table: str, acts: str, each: str) -> None:
    name = f"{table}_{acts.replace(' ', '_').lower()}"
    _run(f"CREATE TRIGGER {name} BEFORE {acts} ON {table} FOR EACH {each} EXECUTE FUNCTION onrecord_refuse()")


def _run(statement: str) -> None:
    # Not op.execute: it takes every colon for a parameter.
    op.get_bind().exec_driver_sql(statement)
