"""What is kept of how sources and keys hang together is what is found without it, at every size, whatever comes in between."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ledger.errors import OnRecordError
from ledger.operations import NOW, Question
from ledger.service import Ledger, remembering
from ledger.service.gathering import gather, gather_about, gather_all
from ledger.service.reading import Reading
from ledger.service.ties import Ties
from ledger.store import open_store
from ledger.store.protocol import Snapshot
from tests.service.randomly import Random
from tests.service.written import ADMIN, KEYS, OTHER, STRANGER, Written


def check(snapshot: Snapshot, ties: Ties, claim: str, size: int) -> None:
    """Asked with what is kept, and without."""
    kept, plain = Reading(snapshot, ties), Reading(snapshot)
    assert gather(kept, [claim], size) == gather(plain, [claim], size)
    assert gather_all(kept, [claim], size) == gather_all(plain, [claim], size)
    assert gather_about(kept, [claim], size, sources=True) == gather_about(plain, [claim], size, sources=True)


def sign_a_rating_again(world: Random) -> None:
    """A second entry for a record that is there: a rating of somebody else's, too."""
    ratings = [entry for entry in world.logged if entry.record.kind == "assessment"]
    if ratings:
        chosen = world.chance.choice(ratings)
        by = OTHER.did if chosen.keys == (ADMIN.did,) else ADMIN.did
        world.put(key=by, **chosen.record.model_dump(mode="json", by_alias=True, exclude_none=True))


def change_keys(world: Random) -> None:
    """Enrolled, revoked, and enrolled again."""
    known = world.ledger.in_force([f"key:{STRANGER.did}"]).records[f"key:{STRANGER.did}"]
    action = "enroll" if known is None or known.record["action"] == "revoke" else "revoke"
    more = {"reason": "lost"} if action == "revoke" else {}
    world.put(
        kind="key",
        subject="eve",
        public_key=STRANGER.did,
        roles=["contributor"],
        action=action,
        ledger=world.origin,
        replaces=known.id if known else None,
        **more,
    )


def ask_what_would_be(world: Random) -> None:
    """A preview of a record that is not appended."""
    source = {"kind": "source_relation", "subject": "s0", "relation": "owned_by", "object": "s1"}
    count = len(world.logged)
    try:
        world.add(**source)
        waiting, world.waiting = world.waiting, []
        world.ledger.check(waiting)
    except OnRecordError:
        pass
    finally:
        del world.logged[count:]
        world.waiting = []


@pytest.mark.parametrize("seed, most", [(0, 40), (1, 100_000), (2, 100_000)])
def test_what_is_kept_is_what_is_found_without_it(tmp_path: Path, seed: int, most: int) -> None:
    world = Random(tmp_path, seed)
    ties, chance = Ties(most), random.Random(seed)
    used = 0
    for number in range(60):
        world.step()
        for act in (sign_a_rating_again, change_keys, ask_what_would_be):
            if chance.random() < 0.1:
                act(world)
        if number % 6:
            continue
        with world.snapshot() as snapshot:
            sizes = [snapshot.checkpoint.size, *chance.choices(range(snapshot.checkpoint.size + 1), k=1)]
            chance.shuffle(sizes)
            for size in sizes:
                for claim in chance.sample(world.claims, min(len(world.claims), 2)):
                    check(snapshot, ties, claim, size)
            used += len(ties.known(snapshot, list(ties._kept), snapshot.checkpoint.size))
            assert ties._weight == sum(one.weight for one in ties._kept.values()) <= most
    assert used > 20 or most == 40


@pytest.mark.parametrize("seed", range(2))
def test_a_ledger_that_keeps_answers_as_a_fresh_one(tmp_path: Path, seed: int) -> None:
    world, chance = Random(tmp_path, seed), random.Random(seed)
    for number in range(40):
        world.step()
        for act in (sign_a_rating_again, change_keys, ask_what_would_be):
            if chance.random() < 0.1:
                act(world)
        if number % 10:
            continue
        size = world.ledger.health().size
        for claim in chance.sample(world.claims, min(len(world.claims), 2)):
            for question in (NOW, Question(until="2025-01-01"), Question(as_of=str(size))):
                assert answers(world.ledger, claim, question) == answers(fresh(world, tmp_path), claim, question)


def fresh(world: Written, place: Path) -> Ledger:
    return Ledger(open_store(str(place / "ledger.db")), KEYS, lambda: world.now)


def answers(ledger: Ledger, claim: str, question: Question) -> list[object]:
    remembering.forget()
    return [answered(ledger, ask, claim, question) for ask in ("claim", "chain", "corroboration", "claim_sheet")]


def answered(ledger: Ledger, ask: str, claim: str, question: Question) -> object:
    try:
        return getattr(ledger, ask)(claim, question)
    except OnRecordError as error:
        return type(error), error.message


def test_an_older_state_does_not_take_the_place_of_a_newer_one(tmp_path: Path) -> None:
    """Two readers at once: one began before a source was rated, and asks afterwards."""
    world = Written(tmp_path)
    world.source("agency", None)
    world.says("agency", said_at="2025-01-01")
    ties = Ties()
    with world.snapshot() as before:
        size = before.checkpoint.size
        world.rate("agency", "B")
        with world.snapshot() as after:
            check(after, ties, world.claim_id, size + 1)
            check(before, ties, world.claim_id, size)
            check(after, ties, world.claim_id, size + 1)
            assert len(ties.known(after, ["agency"], size + 1)) == 1
            assert not ties.known(before, ["agency"], size)


def test_another_log_of_the_same_size_is_not_taken_for_this_one(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = Written(tmp_path / "one"), Written(tmp_path / "other")
    for world, letter in ((one, "A"), (other, "C")):
        world.source("agency", letter)
        world.says("agency", said_at="2025-01-01")
    ties = Ties()
    with one.snapshot() as snapshot, other.snapshot() as another:
        assert snapshot.checkpoint.size == another.checkpoint.size
        check(snapshot, ties, one.claim_id, snapshot.checkpoint.size)
        check(another, ties, other.claim_id, another.checkpoint.size)


def test_a_new_statement_leaves_what_is_kept_of_its_speaker(tmp_path: Path) -> None:
    world = Written(tmp_path)
    world.source("agency", "B")
    world.source("other", "C")
    for slug in ("agency", "other"):
        world.says(slug, said_at="2025-01-01")
    ties = Ties()

    def kept() -> set[str]:
        with world.snapshot() as snapshot:
            found = ties.known(snapshot, ["agency", "other"], snapshot.checkpoint.size)
            check(snapshot, ties, world.claim_id, snapshot.checkpoint.size)
            return set(found)

    assert kept() == set()
    world.says("agency", said_at="2025-02-01", occasion="again")
    assert kept() == {"agency", "other"}
    world.rate("agency", "C", key=OTHER.did)
    assert kept() == {"other"}
    assert kept() == {"agency", "other"}


def test_nothing_is_kept_once_it_is_to_be_forgotten(tmp_path: Path) -> None:
    world = Written(tmp_path)
    world.source("agency", "B")
    name = world.says("agency", said_at="2025-01-01")
    world.ledger.corroboration(world.claim_id, NOW)
    ties = world.ledger._ties
    assert "agency" in ties._kept
    world.withhold(name)
    assert world.ledger.health().size
    assert not ties._kept
