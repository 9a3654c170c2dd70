"""What was appended comes back, up to the newest checkpoint and no further."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.core.merkle import EMPTY_ROOT
from ledger.core.search import All, AnyOf, Term
from ledger.store import open_store
from ledger.store.protocol import Store, StoredEntry, StoredErasure, StoredOpening, Tile
from tests.store.building import (
    ALICE,
    BOB,
    FIRST_CHECKPOINT,
    IDENTITY,
    NOTHING,
    NOW,
    add,
    append,
    digest,
    entry,
    projection,
    raw,
)


def test_entries_come_back_as_they_were_appended(store: Store) -> None:
    new = [entry(kind="claim"), entry(kind="source", keys=(ALICE, BOB)), entry(envelope=os.urandom(65_535))]
    add(store, *new[:1])
    add(store, *new[1:])
    with store.reading() as snapshot:
        expected = [
            StoredEntry(index, one.record_id, one.kind, one.keys, one.leaf_hash, one.envelope, NOW)
            for index, one in enumerate(new)
        ]
        assert list(snapshot.entry_range(0, 3)) == expected
        assert snapshot.entries([2, 0, 7, 2]) == [expected[0], expected[2]]
        assert list(snapshot.entry_range(1, 100)) == expected[1:]
        assert snapshot.leaf_hashes(0, 2) == [one.leaf_hash for one in new[:2]]
        assert [snapshot.index_of(one.record_id, one.keys) for one in new] == [0, 1, 2]
        assert snapshot.index_of(new[0].record_id, (BOB,)) is None


def test_more_names_than_fit_into_one_question_are_answered_all_the_same(store: Store) -> None:
    new = [
        entry(projected=projection(references=[("speaker", f"s-{place}")], subject=f"source:s-{place}"))
        for place in range(6_000)
    ]
    add(store, *new)
    with store.reading() as snapshot:
        strangers = [digest(str(place)) for place in range(40_000)]
        assert snapshot.find([*strangers, *(one.record_id for one in new)]) == {
            one.record_id: [index] for index, one in enumerate(new)
        }
        assert len(snapshot.entries(range(40_000))) == 6_000
        assert snapshot.referring([f"s-{place}" for place in range(40_000)]) == [
            (f"s-{index}", "speaker", index) for index in range(6_000)
        ]
        assert len(snapshot.of_subjects([f"source:s-{place}" for place in range(40_000)])) == 6_000


def test_an_endorsement_is_found_as_the_record_but_is_no_record_of_its_own(store: Store) -> None:
    first = entry(kind="source", projected=projection(subject="source:kcna"))
    add(store, first, entry(kind="claim"))
    add(store, entry(first.record_id, kind="source", keys=(BOB,), projected=projection(subject="source:kcna", first=False)))
    add(store, entry(first.record_id, kind="source", keys=(ALICE, BOB), projected=NOTHING))
    with store.reading() as snapshot:
        assert snapshot.find([first.record_id]) == {first.record_id: [0, 2, 3]}
        assert list(snapshot.all_records()) == [(0, "source"), (1, "claim")]
        assert snapshot.entries_of([first.record_id, digest("nobody")]) == snapshot.entries([0, 2, 3])
        assert snapshot.of_kinds(["source"]) == [0]
        assert snapshot.of_subjects(["source:kcna", "source:none"]) == {"source:kcna": [0, 2]}


def test_the_first_entry_of_a_record_is_told_without_a_snapshot(store: Store) -> None:
    first = entry(keys=(BOB,))
    # Indexes of keys are no indexes of entries: the endorsement's come first.
    second = entry(first.record_id, keys=(ALICE,), projected=NOTHING)
    add(store, entry(), first, second)
    names = [digest("nobody's"), first.record_id]
    assert store.leaves_of(names, 3) == store.leaves_of(names, 2) == {first.record_id: (1, first.leaf_hash)}
    assert store.leaves_of(names, 1) == {}


def test_kinds_are_listed_oldest_first_after_an_index(store: Store) -> None:
    add(store, *(entry(kind=kind) for kind in ("claim", "source", "claim", "key", "claim")))
    with store.reading() as snapshot:
        assert snapshot.of_kinds(["claim"]) == [0, 2, 4]
        assert snapshot.of_kinds(["claim", "key"], after=0) == [2, 3, 4]
        assert snapshot.of_kinds(["claim", "key"], after=0, limit=2) == [2, 3]
        assert snapshot.of_kinds([]) == []


def test_a_prefix_finds_records_by_their_digits(store: Store) -> None:
    names = ["sha256:" + digits.ljust(64, "0") for digits in ("abcdef01", "abcdef012", "abcdef02", "ffffffff")]
    add(store, *(entry(name) for name in reversed(names)))
    add(store, entry(names[0], keys=(BOB,), projected=NOTHING))
    with store.reading() as snapshot:
        assert snapshot.find_prefix("abcdef0", 10) == names[:3]
        assert snapshot.find_prefix("abcdef01", 10) == names[:2]
        assert snapshot.find_prefix("abcdef012", 10) == names[1:2]
        assert snapshot.find_prefix("abcdef", 1) == names[:1]
        assert snapshot.find_prefix("f", 10) == names[3:]
        assert snapshot.find_prefix(names[2].removeprefix("sha256:"), 10) == [names[2]]
        assert snapshot.find_prefix("00", 10) == []
        assert [snapshot.find_prefix(odd, 10) for odd in ("", "xyz", "ABCDEF", "a" * 65)] == [[], [], [], []]


def test_references_are_found_from_their_targets_by_slug_and_by_digest(store: Store) -> None:
    claim = digest("a claim")
    # 32 characters, as long as a digest is in bytes.
    long_slug = "s" * 32
    add(
        store,
        entry(projected=projection(references=[("claim", claim), ("speaker", "kcna")])),
        entry(projected=projection(references=[("speaker", long_slug), ("joint_with", "kcna"), ("joint_with", "kcna")])),
        entry(projected=projection(references=[("target", claim), ("because", claim)])),
    )
    with store.reading() as snapshot:
        assert snapshot.referring([claim, "kcna"]) == [
            (claim, "claim", 0),
            ("kcna", "speaker", 0),
            ("kcna", "joint_with", 1),
            (claim, "because", 2),
            (claim, "target", 2),
        ]
        assert snapshot.referring([claim, "kcna"], roles=["speaker", "target"]) == [
            ("kcna", "speaker", 0),
            (claim, "target", 2),
        ]
        zero, two = snapshot.entries([0, 2])
        assert snapshot.entries_referring([claim, "kcna"], ["speaker", "target"]) == [
            ("kcna", "speaker", zero),
            (claim, "target", two),
        ]
        assert snapshot.referring([long_slug]) == [(long_slug, "speaker", 1)]
        assert snapshot.referring([]) == []


def test_subjects_are_listed_by_their_beginning(store: Store) -> None:
    subjects = ["source:yonhap", "source:kcna", "key:did", "source:kcna", "source:북한", "source", "sourcf"]
    add(store, *(entry(projected=projection(subject=subject)) for subject in subjects))
    with store.reading() as snapshot:
        assert snapshot.subjects_beginning("source:", 10) == ["source:kcna", "source:yonhap", "source:북한"]
        assert snapshot.subjects_beginning("source:", 2) == ["source:kcna", "source:yonhap"]
        assert snapshot.of_subjects(["source:kcna"]) == {"source:kcna": [1, 3]}


def test_a_subject_longer_than_an_index_takes_is_still_one_subject(store: Store) -> None:
    long_one, other = "assessment:" + "ä" * 4_000, "assessment:" + "ä" * 4_001
    add(store, entry(projected=projection(subject=long_one)), entry(projected=projection(subject=other)))
    with store.reading() as snapshot:
        assert snapshot.of_subjects([other, long_one]) == {long_one: [0], other: [1]}


def test_full_tiles_are_there_and_others_are_absent(store: Store) -> None:
    hashes = os.urandom(256 * 32)
    with store.writing() as writer:
        append(writer, [entry() for _ in range(256)], tiles=[Tile(0, 0, hashes)])
    with store.reading() as snapshot:
        assert snapshot.tiles([(0, 0), (0, 1), (1, 0), (5, 0), (0, 0)]) == {(0, 0): hashes}
        assert list(snapshot.tile_range()) == [Tile(0, 0, hashes)]


def test_checkpoints_are_found_by_size_and_by_time(store: Store) -> None:
    start = FIRST_CHECKPOINT.time
    add(store, entry(), time=start + 100)
    add(store, time=start + 200)
    add(store, entry(), entry(), entry(), time=start + 300)
    with store.reading() as snapshot:
        seen = list(snapshot.checkpoints())
        assert [(one.seq, one.size, one.time - start) for one in seen] == [(0, 0, 0), (1, 1, 100), (2, 1, 200), (3, 4, 300)]
        assert snapshot.checkpoint == seen[3] == snapshot.checkpoint_at(4)
        assert snapshot.checkpoint_at(1) == seen[2]
        assert snapshot.checkpoint_at(2) is None
        assert [snapshot.checkpoint_before(start + after) for after in (-1, 0, 99, 250, 9_999)] == [
            None, seen[0], seen[0], seen[2], seen[3],
        ]  # fmt: skip
        assert [snapshot.sizes_around(size) for size in (0, 1, 2, 4, 9)] == [(None, 1), (0, 4), (1, 4), (1, None), (4, None)]
        assert seen[0].root == EMPTY_ROOT


def test_one_note_a_minute_is_kept_besides_the_newest_and_cosigned_ones(store: Store, database: str) -> None:
    minute = FIRST_CHECKPOINT.time // 60 * 60 + 60
    for seconds in (0, 1, 59):
        add(store, time=minute + seconds)
    blob = "bytea" if database.startswith("postgresql://") else "blob"
    with raw(database) as connection:
        connection.execute(
            f"INSERT INTO cosignature (seq, key_id, time, signature) VALUES (3, 'w1', 1, CAST('cosigned' AS {blob}))"
        )
    for seconds in (59, 59, 61):
        add(store, time=minute + seconds)
    with store.reading() as snapshot:
        assert [one.seq for one in snapshot.checkpoints() if one.note is not None] == [0, 3, 5, 6]
        assert snapshot.cosignatures(3) == [b"cosigned"]
        assert snapshot.cosignatures(6) == []


def test_openings_are_kept_beside_the_log_and_erasable(store: Store) -> None:
    opening = StoredOpening(digest("o"), os.urandom(16), "왜냐하면 she asked not to be named")
    other = StoredOpening(digest("p"), os.urandom(16), "another")
    with store.writing() as writer:
        append(writer, [entry()], openings=[opening, other])
    with store.writing() as writer:
        append(writer, [entry()], openings=[opening])
    with store.reading() as snapshot:
        assert snapshot.openings([other.digest, opening.digest, digest("q")]) == {one.digest: one for one in (other, opening)}
    assert store.erase_opening(opening.digest)
    assert not store.erase_opening(opening.digest)
    with store.reading() as snapshot:
        assert snapshot.openings([opening.digest, other.digest]) == {other.digest: other}


def test_what_was_erased_is_remembered_with_the_first_word_on_it(store: Store) -> None:
    first, again = StoredErasure(digest("o"), 5, "did:key:a"), StoredErasure(digest("o"), 9, "did:key:b")
    other = StoredErasure(digest("p"), 9, "did:key:b")
    with store.writing() as writer:
        writer.remember_erased([first])
        writer.remember_erased([again, other, other])
    with store.reading() as snapshot:
        assert snapshot.erasures([digest("o"), digest("q")]) == {digest("o"): first}
        assert sorted(snapshot.all_erasures(), key=lambda one: one.time) == [first, other]


def test_openings_are_found_by_what_they_say(store: Store) -> None:
    twice = [StoredOpening(digest(word), os.urandom(16), "the same words") for word in ("o", "p")]
    with store.writing() as writer:
        append(writer, [entry()], openings=[*twice, StoredOpening(digest("q"), os.urandom(16), "others")])
    with store.reading() as snapshot:
        assert snapshot.saying(["the same words", "nobody's"]) == sorted(one.digest for one in twice)


def test_an_erased_opening_is_gone_from_the_file_too_and_so_are_its_words(tmp_path: Path) -> None:
    secret = "the frightened witness"
    sealed = entry(projected=projection(terms=secret.split()))
    store = open_store(str(tmp_path / "l.db"))
    store.create(IDENTITY, FIRST_CHECKPOINT)
    with store.writing() as writer:
        append(writer, [sealed], openings=[StoredOpening(digest("o"), os.urandom(16), secret)])

    def holding(text: str) -> list[str]:
        return [path.name for path in tmp_path.iterdir() if text.encode() in path.read_bytes()]

    assert holding(secret)
    store.erase_opening(digest("o"))
    assert holding(secret) == []
    assert holding("frightened")
    with store.reading() as snapshot:
        store.rebuild((one.index, one.record_id, one.kind, projection()) for one in snapshot.entry_range(0, 1))
    store.scrub()
    assert holding("frightened") == []
    store.close()


SCRIPTS = {
    "korean": ["북한", "한군", "군이", "파병"],
    "cyrillic": ["северная", "корея", "войска"],
    "latin": ["nordkorea", "schickte", "soldaten", "müller's"],
    "odd": ["o'neil", "x-1", 'say"so', "back\\slash", "it's", "a:b", "c*", "and", "not", "near(", "{words}"],
    "arabic": ["كوريا", "الشمالية"],
    "devanagari": ["उत्तर", "कोरिया"],
    "emoji": ["👩‍🚀", "🇰🇵"],
}  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_term_of_every_script_is_found_whole_and_only_whole(store: Store, script: str) -> None:
    terms = SCRIPTS[script]
    held = projection(terms=terms, languages=["ko", "zh-Hant"])
    add(store, entry(projected=held), entry(projected=projection(terms=["other"])))
    with store.reading() as snapshot:

        def found(*words: str, kind: str = "claim", lang: str | None = None) -> list[int]:
            return snapshot.search(kind, words, lang=lang, before=None, limit=9)

        assert found(*terms, lang="zh-Hant") == [0]
        assert found(*terms, lang="zh") == found(*terms, kind="source") == []
        for term in terms:
            assert found(term) == [0], term
            assert found(term, "other") == found(term + "x") == [], term
            assert len(term) == 1 or found(term[:-1]) == [], term


def test_a_search_goes_newest_first_below_an_index_and_in_a_language(store: Store) -> None:
    for place in range(6):
        languages = ["en", "ko"] if place % 2 else ["en"]
        add(store, entry(projected=projection(terms=["troops", f"n{place}"], languages=languages)))
    add(store, entry(kind="source", projected=projection(terms=["troops"], languages=["en"])))
    with store.reading() as snapshot:
        assert snapshot.search("claim", ["troops"], lang=None, before=None, limit=3) == [5, 4, 3]
        assert snapshot.search("claim", ["troops"], lang=None, before=3, limit=9) == [2, 1, 0]
        assert snapshot.search("claim", ["troops"], lang="ko", before=None, limit=9) == [5, 3, 1]
        assert snapshot.search("claim", [], lang="ko", before=5, limit=9) == [3, 1]
        assert snapshot.search("claim", [], lang=None, before=None, limit=2) == [5, 4]
        assert snapshot.search("source", [], lang=None, before=None, limit=2) == [6]
        assert snapshot.search("claim", ["troops"], lang="de", before=None, limit=9) == []


def test_terms_that_no_index_would_take_whole_are_no_error(store: Store) -> None:
    odd = ["w" * 4_000, "two words", "nul\x00inside", "tab\tinside", ""]
    add(store, entry(projected=projection(terms=odd, languages=["en"])))
    with store.reading() as snapshot:
        assert snapshot.search("claim", odd, lang=None, before=None, limit=9) == [0]
        assert snapshot.search("claim", ["words", "tab"], lang=None, before=None, limit=9) == [0]


def test_numbers_and_names_beyond_any_log_are_absent_and_no_error(store: Store) -> None:
    add(store, entry(projected=projection(terms=["troops"], languages=["en"])))
    huge = 10**30
    with store.reading() as snapshot:
        assert snapshot.entries([-1, huge, -huge]) == []
        assert list(snapshot.entry_range(huge, huge)) == []
        assert snapshot.leaf_hashes(huge, 2 * huge) == []
        assert snapshot.tiles([(0, huge), (huge, 0), (-1, 0), (0, -1), (63, 0)]) == {}
        assert snapshot.checkpoint_at(huge) is None
        assert snapshot.checkpoint_before(huge) == snapshot.checkpoint
        assert snapshot.sizes_around(huge) == (1, None)
        assert snapshot.of_kinds(["claim"], after=huge) == []
        assert snapshot.search("claim", ["troops"], lang=None, before=huge, limit=9) == [0]
        assert [snapshot.search("claim", [], lang=odd, before=None, limit=9) for odd in ("e n", "\x00", "", '"')] == [[]] * 4


def test_only_the_rows_asked_for_are_read(store: Store, database: str) -> None:
    """SQLite's own plan: every question goes through an index."""
    if database.startswith("postgresql://"):
        pytest.skip("PostgreSQL plans by size, and these tables are small")
    from sqlalchemy import event

    add(store, *(entry(projected=projection(references=[("claim", digest("c"))], subject="source:a")) for _ in range(10)))
    asked: list[tuple[str, object]] = []
    engine = store._backend.engine  # type: ignore[attr-defined]  # to listen, nothing else
    event.listen(engine, "before_cursor_execute", lambda _c, _k, words, given, *_: asked.append((words, given)))
    with store.reading() as snapshot:
        snapshot.entries([1, 2])
        list(snapshot.entry_range(2, 4))
        snapshot.leaf_hashes(2, 4)
        snapshot.tiles([(0, 0)])
        snapshot.checkpoint_at(10)
        snapshot.checkpoint_before(10**10)
        snapshot.sizes_around(3)
        snapshot.index_of(digest("x"), (ALICE,))
        snapshot.find([digest("x"), digest("y")])
        snapshot.find_prefix("abcdef01", 5)
        snapshot.referring([digest("c"), "kcna"], ["claim", "target"])
        snapshot.entries_referring([digest("c"), "kcna"], ["claim", "target"])
        snapshot.entries_of([digest("c"), digest("d")])
        snapshot.of_subjects(["source:a", "source:b"])
        snapshot.of_kinds(["claim"], after=4, limit=2)
        snapshot.subjects_beginning("source:", 4)
        snapshot.search("claim", ["a"], lang="en", before=4, limit=3)
        snapshot.search("claim", [], lang=None, before=4, limit=3)
        snapshot.openings([digest("c")])
    questions = [one for one in asked if one[0].startswith("SELECT")]
    with engine.connect() as connection:
        for words, given in questions:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given)]
            scans = [
                step
                for step in plan
                if step.startswith("SCAN") and not step.startswith(("SCAN search VIRTUAL", "SCAN CONSTANT"))
            ]
            assert [step for step in scans if step not in ("SCAN head", "SCAN alembic_version")] == [], (words, plan)
            assert not any("TEMP B-TREE" in step for step in plan), (words, plan)


def test_the_strongest_are_those_that_hold_most_by_weight_and_the_newest_of_those_alike(store: Store) -> None:
    texts = ["north korea", "north", "korea troops", "troops", "north korea troops", "fishery"]
    add(store, *(entry(projected=projection(terms=text.split())) for text in texts))
    add(store, entry(kind="source", projected=projection(terms=["korea"])))
    weights = [(Term("north"), 1.0), (Term("korea"), 0.5), (All((Term("korea"), Term("troops"))), 0.25)]
    with store.reading() as snapshot:
        wanted = AnyOf((Term("north"), Term("korea"), Term("troops")))
        found = snapshot.strongest("claim", wanted, weights, 9)
        assert found == [(4, 1.75), (0, 1.5), (1, 1.0), (2, 0.75), (3, 0.0)]
        assert snapshot.strongest("claim", wanted, weights, 2) == found[:2]
        assert snapshot.term_counts(["", "north", "korea", "mars"]) == {"": 6, "north": 3, "korea": 3}
