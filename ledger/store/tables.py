"""The tables, one definition for every back end. Migrations create them; a test says that both agree.

Kept: what the log says, append-only, guarded by triggers. Derived: what the kept tables imply, rebuildable.
The words of searches are derived too, but each back end has an index of its own kind for them (`search`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlmodel import Field, SQLModel

# The newest revision in migrations/versions; they are numbered, so that older and newer can be told apart.
REVISION = "0009"

# On SQLite only a column declared INTEGER is the row's own key; it has 64 bits there too.
Count = BigInteger().with_variant(Integer(), "sqlite")
# In the order of its bytes everywhere, whatever the database's locale.
Word = Text().with_variant(Text(collation="C"), "postgresql")


class StoredBytes(LargeBinary):
    """As the database gives them. On SQLite a stranger may have put text there: that is found when it is read, not before."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        return None


Bytes = StoredBytes()


class StoreTable(SQLModel):
    """The tables have their own catalogue: other SQLModel tables of the same process are not ours to create."""

    metadata = MetaData()


class Head(StoreTable, table=True):
    """One row: what the ledger is, and how far its log goes. Writers wait in line for this row."""

    __table_args__ = (CheckConstraint("id = 1", name="head_alone"),)

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    origin: str = Field(sa_column=Column(Text, nullable=False))
    test_log: bool = Field(sa_column=Column(Boolean(create_constraint=False), nullable=False))
    size: int = Field(sa_column=Column(Count, nullable=False))
    seq: int = Field(sa_column=Column(Count, nullable=False))


class Entry(StoreTable, table=True):
    """A signed record at its index. `key_ids` are the did:keys of its signatures, with blanks between."""

    __table_args__ = (Index("entry_record", "record_id", "key_ids", unique=True),)

    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))
    record_id: bytes = Field(sa_column=Column(Bytes, nullable=False))
    kind: str = Field(sa_column=Column(Word, nullable=False))
    key_ids: str = Field(sa_column=Column(Word, nullable=False))
    leaf_hash: bytes = Field(sa_column=Column(Bytes, nullable=False))
    logged_at: int = Field(sa_column=Column(Count, nullable=False))
    # Last, so that reading the columns before it does not touch the pages that a long one spills into.
    envelope: bytes = Field(sa_column=Column(Bytes, nullable=False))


class FullTile(StoreTable, table=True):
    """256 hashes. Partial tiles are cut from leaf hashes and the full tiles below."""

    __tablename__ = "tile"

    level: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))
    hashes: bytes = Field(sa_column=Column(Bytes, nullable=False))


class Checkpoint(StoreTable, table=True):
    __table_args__ = (Index("checkpoint_size", "size", "seq"), Index("checkpoint_time", "published_at", "seq"))

    seq: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(Count, nullable=False))
    root: bytes = Field(sa_column=Column(Bytes, nullable=False))
    published_at: int = Field(sa_column=Column(Count, nullable=False))


class CheckpointNote(StoreTable, table=True):
    """The signed text: of the newest checkpoint, of one a minute, and of every one that was cosigned."""

    __tablename__ = "checkpoint_note"

    seq: int = Field(sa_column=Column(Count, ForeignKey("checkpoint.seq"), primary_key=True, autoincrement=False))
    note: bytes = Field(sa_column=Column(Bytes, nullable=False))


class Cosignature(StoreTable, table=True):
    seq: int = Field(sa_column=Column(Count, ForeignKey("checkpoint.seq"), primary_key=True, autoincrement=False))
    key_id: str = Field(sa_column=Column(Word, primary_key=True))
    time: int = Field(sa_column=Column(Count, nullable=False))
    signature: bytes = Field(sa_column=Column(Bytes, nullable=False))


class Opening(StoreTable, table=True):
    """What a sealed value says. Kept, and the one thing that may be erased."""

    hash: bytes = Field(sa_column=Column(Bytes, primary_key=True))
    salt: bytes = Field(sa_column=Column(Bytes, nullable=False))
    value: str = Field(sa_column=Column(Text, nullable=False))


class Erased(StoreTable, table=True):
    """Openings that were erased by themselves, and the key that ordered it: they are not kept again. Append-only."""

    hash: bytes = Field(sa_column=Column(Bytes, primary_key=True))
    erased_at: int = Field(sa_column=Column(Count, nullable=False))
    key_id: str = Field(sa_column=Column(Word, nullable=False))


class Scrubbing(StoreTable, table=True):
    """One row: how many times openings were erased, and after how many of them the store's own files were scrubbed.

    `transaction` is the number of the last one that erased, where the database gives its transactions numbers.
    """

    __table_args__ = (CheckConstraint("id = 1", name="scrubbing_alone"),)

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    erasures: int = Field(sa_column=Column(Count, nullable=False))
    scrubbed: int = Field(sa_column=Column(Count, nullable=False))
    transaction: int | None = Field(sa_column=Column(Count, nullable=True))


class FirstRecord(StoreTable, table=True):
    """Each distinct record, at the index of its first entry, by its kind. What it says is in the entry, and nowhere else."""

    __tablename__ = "record"
    __table_args__ = {"sqlite_with_rowid": False}

    kind: str = Field(sa_column=Column(Word, primary_key=True))
    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))


class Link(StoreTable, table=True):
    """The record at `index` names `target` in its member `role`. Digests are their 32 bytes, slugs their ASCII."""

    __table_args__ = {"sqlite_with_rowid": False}

    target: bytes = Field(sa_column=Column(Bytes, primary_key=True))
    role: str = Field(sa_column=Column(Word, primary_key=True))
    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))


class Subject(StoreTable, table=True):
    """The entry at `index` is about `subject`, for which one record at a time is in force."""

    __table_args__ = {"sqlite_with_rowid": False}

    subject: str = Field(sa_column=Column(Word, primary_key=True))
    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))


class Spelling(StoreTable, table=True):
    """A word of claims or sources, and what it has in common with words a slip of the hand away (`core.spelling`)."""

    __table_args__ = {"sqlite_with_rowid": False}

    spelling: str = Field(sa_column=Column(Word, primary_key=True))
    word: str = Field(sa_column=Column(Word, primary_key=True))


class TermCount(StoreTable, table=True):
    """How many claims hold a term (`core.clues`); all of them hold the empty one."""

    __tablename__ = "term_count"
    __table_args__ = {"sqlite_with_rowid": False}

    term: str = Field(sa_column=Column(Word, primary_key=True))
    claims: int = Field(sa_column=Column(Count, nullable=False))


class Standing(StoreTable, table=True):
    """Where the claim recorded at `index` stands: its score in brief at `size`, the last published size that can have moved it.

    `labels` has blanks between. `changed_at` is the published size from which on the headline was always this one, `previous`
    the one before it, `lapses_at` the second from which on time alone may change it. A claim that was taken back has no row.
    """

    __table_args__ = (
        Index("standing_headline", "headline", "index"),
        Index("standing_changed", "changed_at", "index"),
        Index("standing_lapse", "lapses_at"),
        Index("standing_size", "size", "index"),
    )

    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))
    claim: bytes = Field(sa_column=Column(Bytes, nullable=False))
    size: int = Field(sa_column=Column(Count, nullable=False))
    policy: str = Field(sa_column=Column(Word, nullable=False))
    headline: str = Field(sa_column=Column(Word, nullable=False))
    labels: str = Field(sa_column=Column(Word, nullable=False))
    probability: float = Field(sa_column=Column(Double, nullable=False))
    n_for: float = Field(sa_column=Column(Double, nullable=False))
    n_against: float = Field(sa_column=Column(Double, nullable=False))
    confidence: str = Field(sa_column=Column(Word, nullable=False))
    showable: bool = Field(sa_column=Column(Boolean(create_constraint=False), nullable=False))
    changed_at: int = Field(sa_column=Column(Count, nullable=False))
    previous: str | None = Field(sa_column=Column(Word, nullable=True))
    lapses_at: int | None = Field(sa_column=Column(Count, nullable=True))


class StandingLabel(StoreTable, table=True):
    """The labels of `standing`, one to a row, so that claims are found by them."""

    __tablename__ = "standing_label"
    __table_args__ = (Index("standing_label_claim", "index"), {"sqlite_with_rowid": False})

    label: str = Field(sa_column=Column(Word, primary_key=True))
    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))


class StandingDue(StoreTable, table=True):
    """Claims whose standing is to be worked out again, by their index."""

    __tablename__ = "standing_due"

    index: int = Field(sa_column=Column(Count, primary_key=True, autoincrement=False))


class StandingProgress(StoreTable, table=True):
    """One row: `standing` is complete to `size`. On the way to `target`, entries below `seen` have been looked through.

    Whoever writes any of the three tables counts `version` up, and only from the version that the work was based on.
    """

    __tablename__ = "standing_progress"
    __table_args__ = (CheckConstraint("id = 1", name="standing_progress_alone"),)

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    version: int = Field(sa_column=Column(Count, nullable=False))
    policy: str = Field(sa_column=Column(Word, nullable=False))
    size: int = Field(sa_column=Column(Count, nullable=False))
    time: int = Field(sa_column=Column(Count, nullable=False))
    target: int = Field(sa_column=Column(Count, nullable=False))
    target_time: int = Field(sa_column=Column(Count, nullable=False))
    seen: int = Field(sa_column=Column(Count, nullable=False))


class Hook(StoreTable, table=True):
    """Whom the operator has told of moved scores; `ledger.store.protocol.Hook` says what each column is."""

    id: str = Field(sa_column=Column(Word, primary_key=True))
    url: str = Field(sa_column=Column(Word, nullable=False))
    secret: str = Field(sa_column=Column(Word, nullable=False))
    claim: int | None = Field(sa_column=Column(Count, nullable=True))
    told: int = Field(sa_column=Column(Count, nullable=False))
    goal: int | None = Field(sa_column=Column(Count, nullable=True))
    cursor: int = Field(sa_column=Column(Count, nullable=False))
    failures: int = Field(sa_column=Column(Count, nullable=False))
    next_at: int = Field(sa_column=Column(Count, nullable=False))
    trouble: str | None = Field(sa_column=Column(Word, nullable=True))
    stopped: bool = Field(sa_column=Column(Boolean(create_constraint=False), nullable=False))


class Witness(StoreTable, table=True):
    """One that the log asks to sign, by its address. An alarm stands until it is acknowledged, or the witness signs again."""

    url: str = Field(sa_column=Column(Word, primary_key=True))
    size: int = Field(sa_column=Column(Count, nullable=False))
    signed_at: int = Field(sa_column=Column(Count, nullable=False))
    failures: int = Field(sa_column=Column(Count, nullable=False))
    next_at: int = Field(sa_column=Column(Count, nullable=False))
    trouble: str | None = Field(sa_column=Column(Word, nullable=True))
    alarm: str | None = Field(sa_column=Column(Word, nullable=True))
    alarm_at: int = Field(sa_column=Column(Count, nullable=False))
    evidence: str | None = Field(sa_column=Column(Word, nullable=True))
    acknowledged: bool = Field(sa_column=Column(Boolean(create_constraint=False), nullable=False))


metadata = StoreTable.metadata


def _table(model: type[StoreTable]) -> Table:
    return metadata.tables[str(model.__tablename__)]


head = _table(Head)
entry = _table(Entry)
tile = _table(FullTile)
checkpoint = _table(Checkpoint)
checkpoint_note = _table(CheckpointNote)
cosignature = _table(Cosignature)
opening = _table(Opening)
erased = _table(Erased)
scrubbing = _table(Scrubbing)
record = _table(FirstRecord)
link = _table(Link)
subject = _table(Subject)
spelling = _table(Spelling)
term_count = _table(TermCount)
standing = _table(Standing)
standing_label = _table(StandingLabel)
standing_due = _table(StandingDue)
standing_progress = _table(StandingProgress)
hook = _table(Hook)
witness = _table(Witness)
