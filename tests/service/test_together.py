"""Submissions that share one step of the log: each is answered as if they had come one after the other, alone."""

from __future__ import annotations

import multiprocessing
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.encoding import parse_hash
from ledger.core.merkle import check_inclusion
from ledger.core.note import open_checkpoint
from ledger.errors import BusyError, ConflictError, ForbiddenError, NotFoundError, OnRecordError
from ledger.keys import LedgerKeys, Signer, seal, sign_record
from ledger.service import adding
from ledger.service.ledger import Ledger
from ledger.service.submitted import open_all
from ledger.store import open_store
from schemas.envelope import Submission
from schemas.log import Receipt
from schemas.records import Record
from tests import factory
from tests.factory import ORIGIN, Ready, record_id

ADMIN, BERT, CARL = factory.signer("admin"), factory.signer("bert"), factory.signer("carl")
CLAIM, OTHER = factory.claim(), factory.claim("More were sent")


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    yield made
    made.ledger.close()


def signed(*records: Record, by: Signer = ADMIN) -> list[Submission]:
    return [sign_record(one, by) for one in records]


def settled(ledger: Ledger, group: Sequence[Sequence[Submission]]) -> list[Any]:
    """What each is answered in one step, as whoever is first in line gets it done."""
    answers = ledger._settle([open_all(one) for one in group])
    return [answer.receipts if isinstance(answer, adding.Added) else answer for answer in answers]


def one_by_one(ledger: Ledger, group: Sequence[Sequence[Submission]]) -> list[Any]:
    answers: list[Any] = []
    for submission in group:
        try:
            answers.append(ledger.add(submission))
        except OnRecordError as error:
            answers.append(error)
    return answers


def told(answer: Any) -> Any:
    """What does not depend on which checkpoint covers it."""
    if isinstance(answer, OnRecordError):
        return type(answer), vars(answer)
    return [(one.record_id, one.index, one.leaf_hash, one.already_on_record) for one in answer]


def check_receipt(receipt: Receipt, keys: LedgerKeys) -> None:
    head = open_checkpoint(receipt.checkpoint.note.encode(), keys.vkeys(ORIGIN), origin=ORIGIN).checkpoint
    leaf, *proof = [parse_hash(one, what="a receipt") for one in (receipt.leaf_hash, *receipt.proof)]
    check_inclusion(receipt.index, head.size, leaf, proof, head.root)


def test_a_group_takes_one_step_and_signs_one_checkpoint(ready: Ready) -> None:
    group = [signed(factory.claim(f"claim {number}")) for number in range(5)]
    answers = settled(ready.ledger, group)
    receipts = [receipt for answer in answers for receipt in answer]
    assert [receipt.index for receipt in receipts] == [2, 3, 4, 5, 6]
    assert {receipt.checkpoint.note for receipt in receipts} == {ready.ledger.checkpoint().note}
    for receipt in receipts:
        check_receipt(receipt, ready.keys)
    with ready.store.reading() as snapshot:
        assert snapshot.published(2) == [(7, ready.clock.now)]
    assert ready.ledger.fsck().faults == []


def test_each_of_a_group_has_its_own_fate(ready: Ready) -> None:
    ready.enroll("bert")
    said = factory.statement(CLAIM)
    answers = settled(
        ready.ledger,
        [
            signed(said),  # what it names comes later
            signed(CLAIM, by=BERT),
            signed(factory.source(), by=BERT),
            signed(factory.source(names={"en": "Another"}), by=BERT),  # in conflict with the one before
            signed(said),  # what it names came before
            signed(CLAIM, by=BERT),  # the same again
            signed(CLAIM),  # endorsed
            signed(factory.claim("No key"), by=CARL),
            signed(OTHER, factory.statement("sha256:" + "0" * 64)),  # all or nothing: nothing
            signed(factory.claim_relation(OTHER, "entails", CLAIM)),  # so this names what is not there
            signed(OTHER, factory.claim_relation(OTHER, "entails", CLAIM)),
        ],
    )
    taken = {number: [receipt.index for receipt in answer] for number, answer in enumerate(answers) if isinstance(answer, list)}
    assert taken == {1: [3], 2: [4], 4: [5], 5: [3], 6: [6], 10: [7, 8]}
    assert answers[5][0].already_on_record
    assert not answers[1][0].already_on_record
    refused = {number: type(answer) for number, answer in enumerate(answers) if not isinstance(answer, list)}
    assert refused == {0: NotFoundError, 3: ConflictError, 7: ForbiddenError, 8: NotFoundError, 9: NotFoundError}
    assert answers[8].message.startswith("record 1: ")
    assert ready.ledger.health().size == 9
    assert ready.ledger.fsck().faults == []


def test_a_group_that_is_refused_as_a_whole_signs_nothing(ready: Ready) -> None:
    before = ready.ledger.checkpoint()
    answers = settled(ready.ledger, [signed(factory.claim(), by=BERT), signed(factory.statement(CLAIM))])
    assert [type(answer) for answer in answers] == [ForbiddenError, NotFoundError]
    assert ready.ledger.checkpoint() == before


def test_where_the_clock_is_behind_what_is_on_record_is_still_answered(ready: Ready) -> None:
    ready.add(CLAIM)
    ready.clock.now -= 10
    known, new = settled(ready.ledger, [signed(CLAIM), signed(OTHER)])
    assert known[0].already_on_record
    assert isinstance(new, BusyError)
    assert ready.ledger.health().size == 3


# Any group


def _pool() -> list[list[Submission]]:
    """Submissions that refer to each other, contradict each other, and repeat each other."""
    source, again = factory.source(), factory.source(names={"en": "Another name"})
    said, withdrawn = factory.statement(CLAIM), factory.statement(OTHER, "yonhap")
    sealed, opening = seal(ADMIN, "text", "It rained in Kursk")
    rain = factory.claim({"en": {"sealed": sealed.sealed}})
    enrol = factory.key(BERT)
    rating = factory.assessment("kcna", "B")
    renamed = factory.key(BERT, subject="bertie", replaces=record_id(enrol))
    correction = factory.correction(CLAIM)
    return [
        signed(source),
        signed(source, by=BERT),
        signed(again, by=BERT),
        signed(factory.source(names={"en": "Newer"}, replaces=record_id(source))),
        signed(factory.source("yonhap")),
        signed(CLAIM),
        signed(CLAIM, by=BERT),
        signed(OTHER, said, withdrawn),
        signed(factory.source("yonhap"), OTHER, withdrawn),
        signed(said),
        signed(factory.statement(CLAIM, "kcnaa")),
        signed(factory.statement(record_id(CLAIM)[:-4] + "0000")),
        signed(rating),
        signed(rating, by=BERT),
        signed(factory.assessment("kcna", "C", replaces=record_id(rating)), by=BERT),
        signed(enrol),
        signed(renamed),
        signed(factory.key(BERT, action="revoke", replaces=record_id(enrol))),
        signed(enrol, factory.key(CARL, ("editor",))),
        signed(correction),
        signed(factory.correction(correction)),
        signed(factory.claim_text(CLAIM)),
        signed(factory.claim_text(CLAIM, text="Andere Worte"), by=BERT),
        signed(factory.claim_relation(OTHER, "entails", CLAIM), by=CARL),
        signed(factory.relation("kcna", "speaks_for", "yonhap")),
        signed(factory.withhold(rain)),
        signed(rain),
        [sign_record(rain, ADMIN, {sealed.sealed: opening})],
        [sign_record(rain, BERT, {sealed.sealed: opening})],
        signed(factory.withhold(CLAIM)),
    ]


POOL = _pool()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file, to be copied."""
    place = tmp_path_factory.mktemp("fresh") / "fresh.db"
    made = factory.ready(str(place))
    made.store.scrub()
    made.ledger.close()
    return place


def _copied(fresh: Path, name: str) -> Ledger:
    target = fresh.with_name(name)
    for old in fresh.parent.glob(f"{name}*"):
        old.unlink()
    shutil.copy(fresh, target)
    return Ledger(open_store(str(target)), factory.ledger_keys(), factory.Clock())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(st.sampled_from(range(len(POOL))), min_size=1, max_size=12), min_size=1, max_size=3))
def test_any_group_is_answered_as_if_each_had_come_alone(fresh: Path, groups: list[list[int]]) -> None:
    together, alone = _copied(fresh, "together.db"), _copied(fresh, "alone.db")
    for numbers in groups:
        group = [POOL[number] for number in numbers]
        answers = settled(together, group)
        assert [told(answer) for answer in answers] == [told(answer) for answer in one_by_one(alone, group)]
        for answer in answers:
            for receipt in answer if isinstance(answer, list) else ():
                check_receipt(receipt, factory.ledger_keys())
    assert together.checkpoint().root == alone.checkpoint().root
    assert together._store.derived() == alone._store.derived()
    assert together.fsck().faults == []
    together.close()
    alone.close()


def test_a_long_group_is_answered_as_if_each_had_come_alone_on_every_back_end(ready: Ready, fresh: Path) -> None:
    alone = _copied(fresh, "alone.db")
    group = [POOL[number] for number in (*range(len(POOL)), *reversed(range(len(POOL))))]
    answers = settled(ready.ledger, group)
    assert [told(answer) for answer in answers] == [told(answer) for answer in one_by_one(alone, group)]
    assert ready.ledger.checkpoint().root == alone.checkpoint().root
    assert ready.ledger.fsck().faults == []
    alone.close()


# Many at once


def test_whoever_is_told_that_a_record_is_in_the_log_finds_it_there(ready: Ready) -> None:
    def write(writer: int) -> None:
        for number in range(8):
            (receipt,) = ready.add(factory.claim(f"writer {writer} says {number}"))
            with ready.store.reading() as snapshot:
                assert snapshot.find([receipt.record_id]) == {receipt.record_id: [receipt.index]}
            check_receipt(receipt, ready.keys)

    with ThreadPoolExecutor(12) as pool:
        for done in [pool.submit(write, writer) for writer in range(12)]:
            done.result(120)
    with ready.store.reading() as snapshot:
        assert snapshot.checkpoint.size == 98
        # Shared steps, or there is no group: 96 records in fewer than 96 checkpoints.
        assert snapshot.checkpoint.seq < 97
    assert ready.ledger.fsck().faults == []


def test_closing_waits_for_those_who_wait(ready: Ready, database: str) -> None:
    answers = [ready.ledger.hand_in(signed(factory.claim(f"claim {number}"))) for number in range(20)]
    ready.ledger.close()
    assert sorted(answer.result(0).index for answer in answers) == list(range(2, 22))
    with pytest.raises(BusyError):
        ready.add(factory.claim("one more"))


def _write_at_once(database: str, name: str) -> None:
    ledger = Ledger(open_store(database, wait=60.0), factory.ledger_keys(), factory.Clock())
    failed: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for number in range(6):
                for receipt in ledger.add(signed(factory.claim(f"{name}/{writer} says {number}"))):
                    check_receipt(receipt, factory.ledger_keys())
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    assert not failed, failed


def test_two_processes_with_many_writers_each_share_one_log(ready: Ready, database: str) -> None:
    start = multiprocessing.get_context("spawn").Process
    processes = [start(target=_write_at_once, args=(database, name)) for name in ("one", "two")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    assert ready.ledger.health().size == 2 + 2 * 8 * 6
    assert ready.ledger.fsck().faults == []


def test_entries_of_a_test_log_share_steps_too(database: str) -> None:
    log = factory.ready_test_log(database)
    for group, indexes in (([b"one", b"two", b"one", b"three"], [0, 1, 0, 2]), ([b"four", b"two"], [3, 1])):
        answers = log._settle_raw(group)
        assert [answer.index for answer in answers if isinstance(answer, adding.Added)] == indexes
    with log._store.reading() as snapshot:
        assert snapshot.checkpoint.seq == 2
    assert log.fsck().faults == []
    log.close()
