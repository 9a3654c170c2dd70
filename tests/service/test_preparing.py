"""Answers that were prepared are those that are worked out when they are asked for, whatever comes into the log."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.core.canonical import digest
from ledger.core.prepared import Locked, unpack
from ledger.core.records import sealed_in
from ledger.errors import OnRecordError
from ledger.operations import NOW
from ledger.service import preparing
from ledger.service.ledger import Ledger
from ledger.store import open_store
from ledger.store.answerfile import AnswerFile, AnswersError, What
from tests.factory import erasure
from tests.service.randomly import Random
from tests.service.test_ties import change_keys, sign_a_rating_again
from tests.service.written import ADMIN, KEYS, ORIGIN, OTHER, Written

MIB = 1 << 20
WHATS: dict[What, str] = {"view": "claim", "chain": "chain", "report": "corroboration"}


class Loose(Random):
    """Most records are about what came last, so that claims have less to do with each other."""

    def _some(self, names: list[str]) -> str:
        return super()._some(names[-3:] if self.chance.random() < 0.9 else names)

    def say(self, claim: str) -> str:
        return self.add(
            kind="statement",
            claim=claim,
            speaker="s0",
            act="asserts",
            polarity="+",
            certainty="certain",
            basis="told",
            interest="neutral",
            said_at="2025-01",
        )


def prepared_in(world: Written, path: Path, most: int = MIB) -> Ledger:
    world.ledger.prepare_in(AnswerFile(path, most))
    return world.ledger


def asked(ledger: Ledger, claim: str, what: What) -> bytes | None:
    try:
        answer = getattr(ledger, WHATS[what])(claim, NOW)
    except OnRecordError:
        return None
    return bytes(answer.model_dump_json(by_alias=True).encode())


def given(ledger: Ledger, claims: list[str]) -> dict[tuple[str, What], bytes]:
    """All that is given out, held against what is worked out afresh."""
    state = ledger.state()
    found: dict[tuple[str, What], bytes] = {}
    for claim in dict.fromkeys(claims):
        for what in WHATS:
            answer = ledger.prepared(state, claim, what)
            if isinstance(answer, Locked):
                answer = ledger.unlocked(answer, state, claim, what)
            if answer is not None:
                assert answer == asked(ledger, claim, what), (claim, what)
                found[claim, what] = answer
    return found


def lose_a_key(world: Random) -> None:
    """What ben signed since some entry is in doubt from now on, or is so no longer."""
    known = world.ledger.in_force([f"key:{OTHER.did}"]).records[f"key:{OTHER.did}"]
    assert known is not None
    if known.record["action"] == "revoke":
        world.enrol(OTHER.did, "ben", ["contributor"], replaces=known.id)
        return
    size = world.chance.randrange(4, len(world.logged))
    compromise = {"since": "2025-06-15T15:06:45Z", "size": size}
    world.put(
        kind="key",
        subject="ben",
        public_key=OTHER.did,
        roles=["contributor"],
        action="revoke",
        ledger=ORIGIN,
        reason="stolen",
        compromise=compromise,
        replaces=known.id,
    )


def sign_anything_again(world: Random) -> None:
    """A second entry of a record that is there, by somebody else."""
    chosen = world.chance.choice(world.logged[3:])
    by = OTHER.did if chosen.keys == (ADMIN.did,) else ADMIN.did
    world.put(key=by, **chosen.record.model_dump(mode="json", by_alias=True, exclude_none=True))


def let_time_pass(world: Random) -> None:
    world.now += world.chance.choice((60, 86_400, 100 * 86_400))
    world.ledger.republish(1)


def seal_something(world: Random) -> None:
    name = world.put(kind="claim", text={"en": world.sealed("/text/en", f"secret {world.now}")}, type="event")
    world.claims += [name] if name else []


def erase_something(world: Random) -> None:
    sealed = [entry.record for entry in world.logged if sealed_in(entry.record)]
    if sealed:
        world.ledger.erase_openings(erasure(world.chance.choice(sealed), ADMIN, ledger=ORIGIN))


ACTS: list[Callable[[Random], None]] = [
    sign_a_rating_again,
    sign_anything_again,
    change_keys,
    lose_a_key,
    let_time_pass,
    seal_something,
    erase_something,
]


@pytest.mark.parametrize("kind", [Random, Loose])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_given_is_what_would_be_worked_out(tmp_path: Path, kind: type[Random], seed: int) -> None:
    world = kind(tmp_path, seed)
    for _ in range(8):
        world._claim()
    ledger = prepared_in(world, tmp_path / "prepared")
    chance = random.Random(seed)
    held = filled = 0
    for _ in range(50):
        world.step()
        for act in ACTS:
            if chance.random() < 0.15:
                act(world)
        assert world.ledger is ledger
        given(ledger, world.claims)
        followed = ledger._prepared
        assert followed is not None
        followed.follow(lambda: None)
        held += len(given(ledger, world.claims))
        if chance.random() < 0.6:
            ledger.prepare()
            filled += len(given(ledger, world.claims))
    assert filled > 500
    assert held > 500, "most of what was prepared holds on"


def test_what_was_asked_for_too_early_is_not_worked_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Loose(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared")
    other = world.claim("something else happened")
    assert world.ledger is ledger
    ledger.prepare()
    world.say(other)
    state = world.ledger.state()
    assert ledger.prepared(state, world.claim_id, "view") is None, "the file has not followed yet"
    kept = ledger._prepared
    assert kept is not None
    kept.follow(lambda: None)
    worked_out: list[int] = []
    real = preparing.prepare
    monkeypatch.setattr(
        preparing, "prepare", lambda snapshot, due, go_on: (worked_out.extend(due), real(snapshot, due, go_on))[1]
    )
    ledger.prepare()
    with world.snapshot() as snapshot:
        assert worked_out == [snapshot.find([other])[other][0]]


def test_an_entry_that_says_nothing_of_a_claim_leaves_its_answers(tmp_path: Path) -> None:
    world = Loose(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared")
    other = world.claim("something else happened")
    ledger = world.ledger
    ledger.prepare()
    before = given(ledger, [world.claim_id, other])
    assert len(before) == 6
    world.say(other)
    followed = world.ledger._prepared
    assert followed is not None
    followed.follow(lambda: None)
    after = given(ledger, [world.claim_id, other])
    assert {claim for claim, _ in after} == {world.claim_id}
    assert after != before, "the state that it names is the new one"


def test_what_is_sealed_lies_there_under_what_is_erased_with_it(tmp_path: Path) -> None:
    world = Loose(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared")
    secret = world.add(kind="claim", text={"en": world.sealed("/text/en", "the secret words")}, type="event")
    world.say(secret)
    world.ledger.prepare()
    assert b"the secret words" in given(ledger, [secret])[secret, "view"]
    assert isinstance(ledger.prepared(ledger.state(), secret, "chain"), Locked)
    for kept in rows_in(tmp_path / "prepared"):
        found = unpack(kept)
        assert isinstance(found, Locked) or b"the secret words" not in found.before + found.after  # type: ignore[union-attr]
    record = next(entry.record for entry in world.logged if entry.id == secret)
    copy = (tmp_path / "prepared").read_bytes()
    ledger.erase_openings(erasure(record, ADMIN, ledger=ORIGIN))
    assert given(ledger, [secret]) == {}
    (tmp_path / "copy").write_bytes(copy)
    assert given(prepared_in(world, tmp_path / "copy"), [secret]) == {}, "a copy of the file tells no more than the file"
    ledger = prepared_in(world, tmp_path / "prepared")
    given(ledger, [secret])
    ledger.prepare()
    assert b"the secret words" not in given(ledger, [secret])[secret, "view"]


def rows_in(path: Path) -> list[bytes]:
    with sqlite3.connect(path) as file:
        return [kept for row in file.execute("SELECT view, chain, report FROM answer") for kept in row if kept]


def test_another_history_under_the_same_name_gets_none_of_them(tmp_path: Path) -> None:
    """A copy that was put back, and grew differently."""
    world = Random(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared")
    ledger.prepare()
    assert given(ledger, [world.claim_id])
    (tmp_path / "second").mkdir()
    second = Random(tmp_path / "second", 2)
    other = prepared_in(second, tmp_path / "prepared")
    assert given(other, [second.claim_id]) == {}
    other.prepare()
    assert len(given(other, [second.claim_id])) == 3


def test_another_program_s_answers_are_worked_out_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Random(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared")
    ledger.prepare()
    monkeypatch.setattr(preparing, "program", lambda: "another")
    ledger = prepared_in(world, tmp_path / "prepared")
    assert given(ledger, [world.claim_id]) == {}, "not even before it has looked at the log"
    ledger.prepare()
    assert given(ledger, [world.claim_id])


@pytest.mark.parametrize("seed", range(3))
def test_a_file_with_a_changed_byte_gives_no_wrong_answer(tmp_path: Path, seed: int) -> None:
    world = Random(tmp_path, 1)
    path = tmp_path / "prepared"
    prepared_in(world, path).prepare()
    world.ledger.close()
    whole, chance = path.read_bytes(), random.Random(seed)
    for _ in range(60):
        place = chance.randrange(len(whole))
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        for end in ("-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        path.write_bytes(bytes(changed))
        ledger = Ledger(open_store(str(tmp_path / "ledger.db")), KEYS, lambda: world.now)
        ledger.prepare_in(AnswerFile(path, MIB))
        given(ledger, world.claims)
        ledger.prepare()
        given(ledger, world.claims)
        ledger.close()


def test_what_is_built_again_is_prepared_again(tmp_path: Path) -> None:
    world = Random(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared")
    ledger.prepare()
    ledger.reindex()
    assert given(ledger, [world.claim_id]) == {}
    ledger.prepare()
    assert given(ledger, [world.claim_id])


def test_a_file_that_is_full_takes_no_more(tmp_path: Path) -> None:
    world = Random(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared", most=1)
    ledger.prepare()
    assert given(ledger, [world.claim_id]) == {}
    assert os.stat(tmp_path / "prepared").st_mode & 0o077 == 0, "for its owner alone"


def test_a_place_where_nothing_can_be_written_costs_no_answer(tmp_path: Path) -> None:
    world = Random(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "nowhere" / "prepared")
    kept = ledger._prepared
    assert kept is not None
    kept.follow(lambda: None)
    assert not kept.fill(lambda: None)
    assert given(ledger, [world.claim_id]) == {}
    with pytest.raises(AnswersError):
        ledger.prepare()
    assert asked(ledger, world.claim_id, "view")


@pytest.mark.parametrize("content", [b"notes of a person\n" * 100, b""], ids=["text", "another database"])
def test_a_file_of_somebody_else_s_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "theirs"
    if content:
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as file:
            file.execute("CREATE TABLE theirs (word TEXT)")
    before = path.read_bytes()
    ledger = prepared_in(Random(tmp_path, 1), path)
    kept = ledger._prepared
    assert kept is not None
    kept.follow(lambda: None)
    assert not kept.fill(lambda: None)
    with pytest.raises(AnswersError):
        ledger.prepare()
    assert path.read_bytes() == before


def test_a_file_that_is_deleted_is_made_anew(tmp_path: Path) -> None:
    world = Random(tmp_path, 1)
    ledger = prepared_in(world, tmp_path / "prepared")
    ledger.prepare()
    assert given(ledger, [world.claim_id])
    for end in ("", "-wal", "-shm"):
        Path(f"{tmp_path}/prepared{end}").unlink(missing_ok=True)
    kept = ledger._prepared
    assert kept is not None
    ledger.prepare()
    assert (tmp_path / "prepared").exists()
    kept._file._looked = 0.0
    given(ledger, [digest(b"nobody's")])  # where one is missed it is looked for another file
    assert given(ledger, [world.claim_id])


def test_two_may_fill_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "_PORTION", 2)
    monkeypatch.setattr(preparing, "_TOGETHER", 1)
    world = Random(tmp_path, 1)
    for _ in range(8):
        world._claim()
    ledger = prepared_in(world, tmp_path / "prepared")
    kept = ledger._prepared
    assert kept is not None
    kept.follow(lambda: None)
    told: list[int] = []

    def fill_too(done: int, of: int) -> None:
        told.append(done)
        kept.fill(lambda: None)

    assert ledger.prepare(fill_too) == len(world.claims)
    assert len(told) > 3
    assert len(given(ledger, world.claims)) == 3 * len(world.claims)


def test_a_cell_that_is_damaged_is_no_answer(tmp_path: Path) -> None:
    world = Random(tmp_path, 1)
    path = tmp_path / "prepared"
    prepared_in(world, path).prepare()
    for cell in (7, 1.5, "text", b"", b"\0", b"\1\0\0\0\0abc", b"\1\0\1\0\0" + b"d" * 40, b"\2abc"):
        with sqlite3.connect(path) as file:
            file.execute("UPDATE answer SET view = ?", (cell,))
        assert {what for _, what in given(world.ledger, [world.claim_id])} == {"chain", "report"}
