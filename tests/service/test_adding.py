"""How records get into a ledger, on every back end: all of a list or nothing of it, each once, in order, proven."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.core.canonical import canonical_bytes, digest
from ledger.core.dsse import sign_envelope
from ledger.core.encoding import parse_base64, parse_hash, print_base64
from ledger.core.merkle import check_inclusion, leaf_hash, root_of
from ledger.core.note import open_checkpoint
from ledger.core.proof import check_tlog_proof, parse_tlog_proof
from ledger.core.records import record_bytes, record_id
from ledger.errors import (
    ConflictError,
    ForbiddenError,
    FormatError,
    KeyMissingError,
    NotFoundError,
    RuleError,
    StoreError,
    TooLargeError,
    UnauthenticatedError,
)
from ledger.keys import LedgerKeys, Signer, seal, sign_record
from ledger.service.ledger import Ledger
from ledger.store import open_store
from schemas.envelope import RECORD_TYPE, Envelope, Submission
from schemas.ids import Opening
from schemas.log import Receipt
from schemas.records import Record
from tests import factory
from tests.factory import ORIGIN, Ready

THREADS, EACH = 8, 50


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    yield made
    made.ledger.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Ready]:
    """A ledger on SQLite alone, for what no back end changes."""
    made = factory.ready(str(tmp_path / "small.db"))
    yield made
    made.ledger.close()


def _envelope(payload: bytes, *signers: Signer) -> Envelope:
    keys = [signer.private_key for signer in signers]
    return Envelope.model_validate_json(sign_envelope(payload, RECORD_TYPE, keys))


def _proven(receipt: Receipt, keys: LedgerKeys) -> None:
    """The receipt's proof leads to a root that the log signed with both keys."""
    opened = open_checkpoint(receipt.checkpoint.note.encode(), keys.vkeys(ORIGIN), origin=ORIGIN)
    assert len(opened.log_keys) == 2
    proof = [parse_hash(one, what="proof") for one in receipt.proof]
    check_inclusion(
        receipt.index, opened.checkpoint.size, parse_hash(receipt.leaf_hash, what="leaf"), proof, opened.checkpoint.root
    )


# In


def test_records_are_in_the_log_in_order_with_receipts_that_hold(ready: Ready) -> None:
    claim = factory.claim()
    receipts = ready.add(factory.source(), claim, factory.statement(claim))
    assert [receipt.index for receipt in receipts] == [2, 3, 4]
    assert [receipt.checkpoint.size for receipt in receipts] == [5, 5, 5]
    assert not any(receipt.already_on_record for receipt in receipts)
    for receipt in receipts:
        _proven(receipt, ready.keys)


def test_the_same_again_gets_the_stored_entrys_receipt(ready: Ready) -> None:
    claim = factory.claim()
    (first,) = ready.add(claim)
    ready.add(factory.source())
    again, new, twice = ready.add(claim, factory.source("new"), claim)
    assert (again.index, again.already_on_record, again.leaf_hash) == (first.index, True, first.leaf_hash)
    assert (new.index, new.already_on_record) == (4, False)
    assert (twice.index, twice.already_on_record) == (2, True)
    for receipt in (again, new, twice):
        _proven(receipt, ready.keys)


def test_twice_in_one_list_is_one_entry(ready: Ready) -> None:
    claim = factory.claim()
    one, other = ready.add(claim, claim)
    assert (one.index, other.index) == (2, 2)
    assert (one.already_on_record, other.already_on_record) == (False, True)


def test_another_key_under_a_known_record_is_an_entry_of_its_own(ready: Ready) -> None:
    bert = ready.enroll("bert")
    claim = factory.claim()
    (first,) = ready.add(claim)
    (second,) = ready.add(claim, by=bert)
    assert second.index == first.index + 1
    assert second.record_id == first.record_id
    assert not second.already_on_record
    view = ready.ledger.record(first.record_id)
    assert (view.index, view.entries) == (first.index, [first.index, second.index])


def test_an_endorsed_rating_is_the_endorsers_own(ready: Ready) -> None:
    bert = ready.enroll("bert")
    ready.add(factory.source(), factory.assessment("kcna", "B"))
    ready.add(factory.assessment("kcna", "B"), by=bert)
    subject = "assessment:bert/kcna/admiralty-reliability"
    assert ready.ledger.in_force([subject]).records[subject] is not None
    with pytest.raises(ConflictError):
        ready.add(factory.assessment("kcna", "C"), by=bert)
    ready.add(factory.assessment("kcna", "C", replaces=factory.assessment("kcna", "B")), by=bert)


def test_a_list_may_enrol_a_key_and_use_it(ready: Ready) -> None:
    carl = factory.signer("carl")
    submissions = [
        sign_record(factory.key(carl), ready.admin),
        sign_record(factory.source(), carl),
        sign_record(factory.assessment("kcna", "B"), carl),
    ]
    assert [receipt.index for receipt in ready.ledger.add(submissions)] == [2, 3, 4]


# All or nothing


def test_one_bad_record_keeps_the_whole_list_out_and_is_named(ready: Ready) -> None:
    size = ready.ledger.health().size
    claim = factory.claim()
    with pytest.raises(NotFoundError) as caught:
        ready.add(factory.source(), claim, factory.statement(claim, "kcnaa"))
    assert caught.value.pointer == "/2/speaker"
    assert caught.value.message.startswith("record 2: speaker 'kcnaa'")
    assert ready.ledger.health().size == size
    with pytest.raises(NotFoundError):
        ready.ledger.source("kcna")


def test_near_sources_and_near_ids_are_suggested(ready: Ready) -> None:
    ready.add(factory.source("yonhap"), factory.claim())
    with pytest.raises(NotFoundError) as caught:
        ready.add(factory.statement(factory.claim(), "yonhab"))
    assert caught.value.suggestions == ["yonhap"]
    assert caught.value.pointer == "/speaker"
    mistyped = record_id(factory.claim())[:-1] + "0"
    if mistyped != record_id(factory.claim()):
        with pytest.raises(NotFoundError) as caught:
            ready.add(factory.statement(mistyped, "yonhap"))
        assert caught.value.suggestions == [record_id(factory.claim())]


def test_a_hop_is_checked_along_stored_relations(ready: Ready) -> None:
    claims = [factory.claim(f"claim {number}") for number in range(4)]
    said = [factory.statement(one) for one in claims]
    ready.add(factory.source(), *claims, *said)
    with pytest.raises(RuleError, match="no relation between claims"):
        ready.add(factory.attribution(said[0], said[3]))
    steps = [factory.claim_relation(claims[number], "entails", claims[number + 1]) for number in range(3)]
    ready.add(*steps)
    ready.add(factory.attribution(said[0], said[3]))
    ready.add(factory.correction(steps[1]))
    with pytest.raises(RuleError, match="no relation between claims"):
        ready.add(factory.attribution(said[3], said[0]))


def test_stored_replacements_are_followed(ready: Ready) -> None:
    first, second = factory.source(), factory.source(country="KP", replaces=factory.source())
    ready.add(first)
    ready.add(second)
    with pytest.raises(ConflictError, match=record_id(second)):
        ready.add(factory.source(country="KR", replaces=first))
    mistaken = factory.correction(second)
    ready.add(mistaken)
    with pytest.raises(ConflictError, match=record_id(first)):
        ready.add(factory.source(country="KR", replaces=second))
    ready.add(factory.correction(mistaken))
    ready.add(factory.source(country="KR", replaces=second))


def test_stored_parents_and_languages_are_seen(ready: Ready) -> None:
    claim = factory.claim()
    ready.add(claim, factory.claim_text(claim, "de"), *map(factory.source, ("kcna", "dprk", "kpa")))
    ready.add(factory.relation("kcna", "speaks_for", "dprk"))
    with pytest.raises(RuleError, match="speaks for dprk"):
        ready.add(factory.relation("kcna", "speaks_for", "kpa"))
    with pytest.raises(RuleError, match="a text in de already"):
        ready.add(factory.claim_text(claim, "de", "noch einmal"))


def test_who_recorded_a_source_is_seen_in_the_store(ready: Ready) -> None:
    anna, bert = ready.enroll("anna"), ready.enroll("bert")
    ready.add(factory.source(), by=anna)
    revised = factory.source(country="KP", replaces=factory.source())
    with pytest.raises(ForbiddenError):
        ready.add(revised, by=bert)
    ready.add(revised, by=anna)


# Bad input


def _unsigned_by_anybody_known(ready: Ready) -> Submission:
    return sign_record(factory.claim(), factory.signer("stranger"))


def _wrongly_signed(ready: Ready) -> Submission:
    right = sign_record(factory.claim(), ready.admin).envelope
    other = sign_record(factory.claim("another"), ready.admin).envelope
    return Submission(envelope=right.model_copy(update={"signatures": other.signatures}))


def _not_canonical(ready: Ready) -> Submission:
    return Submission(envelope=_envelope(b'{"kind": "claim","text":{"en":"x"},"type":"event"}', ready.admin))


def _unknown_member(ready: Ready) -> Submission:
    value = {"kind": "claim", "text": {"en": "x"}, "type": "event", "zzz": 1}
    return Submission(envelope=_envelope(canonical_bytes(value), ready.admin))


def _opening_of_nothing(ready: Ready) -> Submission:
    sealed, opening = seal(ready.admin, "text", "It rained")
    return sign_record(factory.claim(), ready.admin, {sealed.sealed: opening})


def _opening_of_something_else(ready: Ready) -> Submission:
    sealed, opening = seal(ready.admin, "text", "It rained")
    claim = factory.claim({"en": {"sealed": sealed.sealed}})
    return sign_record(claim, ready.admin, {sealed.sealed: Opening(salt=opening.salt, value="It snowed")})


BAD = [
    (_unsigned_by_anybody_known, ForbiddenError, None),
    (_wrongly_signed, UnauthenticatedError, None),
    (_not_canonical, FormatError, None),
    (_unknown_member, FormatError, "/zzz"),
    (_opening_of_nothing, RuleError, "/openings/"),
    (_opening_of_something_else, RuleError, "/openings/"),
]


@pytest.mark.parametrize("make,error,pointer", BAD, ids=[case[0].__name__ for case in BAD])
def test_bad_input_is_refused_and_leaves_nothing(
    small: Ready, make: Callable[[Ready], Submission], error: type[Exception], pointer: str | None
) -> None:
    before = small.ledger.checkpoint()
    bad = make(small)
    with pytest.raises(error) as caught:
        small.ledger.add([sign_record(factory.source(), small.admin), bad])
    assert type(caught.value) is error
    assert str(caught.value).startswith("record 1: ")
    if pointer is not None:
        assert getattr(caught.value, "pointer", "").startswith(f"/1{pointer}")
    assert small.ledger.checkpoint() == before


def test_a_record_past_the_limit_is_too_large(small: Ready) -> None:
    entry = sign_envelope(b'{"kind":"' + b"x" * 48_120 + b'"}', RECORD_TYPE, [small.admin.private_key])
    with pytest.raises(TooLargeError):
        small.ledger.add_entry(entry)


def test_an_envelope_with_signatures_out_of_order_is_refused(small: Ready) -> None:
    bert = small.enroll("bert")
    envelope = sign_record(factory.claim(), [small.admin, bert]).envelope
    turned = envelope.model_copy(update={"signatures": tuple(reversed(envelope.signatures))})
    with pytest.raises(FormatError, match="sorted"):
        small.ledger.add([Submission(envelope=turned)])
    assert small.ledger.add([Submission(envelope=envelope)])[0].index == 3


def test_base64_with_slack_bits_is_refused(small: Ready) -> None:
    envelopes = (sign_record(factory.claim("It rained" + "." * dots), small.admin).envelope for dots in range(3))
    envelope = next(one for one in envelopes if one.payload.endswith("="))
    place = envelope.payload.index("=") - 1
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    slack = alphabet[alphabet.index(envelope.payload[place]) + 1]
    changed = envelope.payload[:place] + slack + envelope.payload[place + 1 :]
    with pytest.raises(FormatError, match="base64"):
        small.ledger.add([Submission(envelope=envelope.model_copy(update={"payload": changed}))])


def test_no_record_and_too_many_are_refused(small: Ready) -> None:
    with pytest.raises(FormatError):
        small.ledger.add([])
    with pytest.raises(TooLargeError):
        small.ledger.add([sign_record(factory.claim(), small.admin)] * 10_001)


def test_a_ledger_without_its_keys_cannot_append(small: Ready) -> None:
    reader = Ledger(small.store, None, small.clock)
    with pytest.raises(KeyMissingError):
        reader.add([sign_record(factory.claim(), small.admin)])
    assert reader.health().size == 2


# Sealed values


def test_a_sealed_value_is_kept_outside_the_log_and_can_be_erased(ready: Ready) -> None:
    sealed, opening = seal(ready.admin, "text", "It rained in Kursk")
    claim = factory.claim({"en": {"sealed": sealed.sealed}})
    (receipt,) = ready.add(claim, openings={sealed.sealed: opening})
    view = ready.ledger.record(receipt.record_id)
    assert view.record["text"]["en"] == "It rained in Kursk"
    assert b"Kursk" not in parse_base64(view.envelope.payload)
    assert ready.erase(claim).erased == [sealed.sealed]
    assert ready.erase(claim).erased == []
    assert ready.ledger.record(receipt.record_id).record["text"]["en"] == {"sealed": sealed.sealed}
    assert ready.ledger.fsck().faults == []


def test_withholding_erases_what_was_sealed(small: Ready) -> None:
    sealed, opening = seal(small.admin, "text", "It rained in Kursk")
    claim = factory.claim({"en": {"sealed": sealed.sealed}})
    small.add(claim, openings={sealed.sealed: opening})
    small.add(factory.withhold(claim))
    with small.store.reading() as snapshot:
        assert snapshot.openings([sealed.sealed]) == {}
    assert small.ledger.fsck().faults == []


def test_sealing_again_gives_the_same_record(small: Ready) -> None:
    assert seal(small.admin, "text", "x") == seal(small.admin, "text", "x")
    assert seal(small.admin, "text", "x")[0] != seal(small.admin, "note", "x")[0]
    assert seal(small.admin, "text", "x")[0] != seal(factory.signer("bert"), "text", "x")[0]


# Checking


def test_a_check_stores_nothing_and_refuses_what_an_append_would(ready: Ready) -> None:
    ready.add(factory.source())
    before = ready.ledger.checkpoint()
    claim = factory.claim()
    coming = [sign_record(one, ready.admin) for one in (factory.source(), claim, factory.statement(claim))]
    result = ready.ledger.check(coming)
    assert result.records == [record_id(factory.source()), record_id(claim), record_id(factory.statement(claim))]
    assert result.already_on_record == [record_id(factory.source())]
    assert [change.claim for change in result.changes] == [record_id(claim)]
    assert ready.ledger.checkpoint() == before
    with pytest.raises(NotFoundError):
        ready.ledger.check([sign_record(factory.statement(claim, "kcnaa"), ready.admin)])


# The clock


def test_the_logs_time_never_decreases(ready: Ready) -> None:
    ready.clock.now += 100
    ready.add(factory.source())
    ready.clock.now -= 50
    with pytest.raises(StoreError, match="the clock says"):
        ready.add(factory.source("yonhap"))
    ready.clock.now += 50
    (receipt,) = ready.add(factory.source("yonhap"))
    assert receipt.checkpoint.time == "2025-04-28T00:28:20Z"


# Many at once


def test_many_writers_at_once_leave_no_gap_and_the_root_of_a_rebuild(ready: Ready) -> None:
    receipts: list[Receipt] = []
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for place in range(EACH):
                receipts.extend(ready.add(factory.claim(f"writer {number} says {place}")))
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(receipt.index for receipt in receipts) == list(range(2, 2 + THREADS * EACH))
    for receipt in receipts[::37]:
        _proven(receipt, ready.keys)
    with ready.store.reading() as snapshot:
        leaves = [leaf_hash(entry.envelope) for entry in snapshot.entry_range(0, snapshot.checkpoint.size)]
        assert snapshot.checkpoint.root == root_of(leaves)
    assert ready.ledger.fsck().faults == []


def _write_claims(target: str, name: str, count: int) -> None:
    ledger = Ledger(open_store(target, wait=30.0), factory.ledger_keys(), factory.Clock())
    for place in range(count):
        ledger.add([sign_record(factory.claim(f"{name} says {place}"), factory.signer("admin"))])
    ledger.close()


def test_two_processes_on_one_ledger_write_in_turn(ready: Ready, database: str) -> None:
    start = multiprocessing.get_context("spawn").Process
    processes = [start(target=_write_claims, args=(database, name, 30)) for name in ("one", "two")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert ready.ledger.health().size == 62
    assert ready.ledger.fsck().faults == []


# As bytes


def test_an_envelope_given_as_bytes_gets_its_index(ready: Ready) -> None:
    entry = sign_envelope(record_bytes(factory.claim()), RECORD_TYPE, [ready.admin.private_key])
    assert ready.ledger.add_entry(entry) == 2
    assert ready.ledger.add_entry(entry) == 2
    with pytest.raises(FormatError):
        ready.ledger.add_entry(b"anything")


def test_a_test_log_takes_any_bytes_once_and_no_records(database: str) -> None:
    log = factory.ready_test_log(database)
    assert [log.add_entry(data) for data in (b"one", b"two", b"one", b"\x00" * 65_535)] == [0, 1, 0, 2]
    for data, error in ((b"", FormatError), (b"x" * 65_536, TooLargeError)):
        with pytest.raises(error):
            log.add_entry(data)
    with pytest.raises(NotFoundError, match="test log"):
        log.add([sign_record(factory.claim(), factory.signer("admin"))])
    with pytest.raises(NotFoundError, match="test log"):
        log.sources()
    assert log.well_known().test_log
    assert log.fsck().faults == []
    log.close()


def test_a_receipt_can_be_had_again_as_a_proof_file(ready: Ready) -> None:
    (receipt,) = ready.add(factory.claim())
    assert ready.ledger.receipt(receipt.record_id[:20]) == receipt.model_copy(update={"already_on_record": True})
    proof = parse_tlog_proof(ready.ledger.tlog_proof(receipt.record_id).encode())
    entry = canonical_bytes(ready.ledger.record(receipt.record_id).envelope.model_dump(mode="json"))
    opened = check_tlog_proof(proof, entry, ready.keys.vkeys(ORIGIN))
    assert proof.index == receipt.index
    assert print_base64(opened.checkpoint.root) == receipt.checkpoint.root
    assert digest(parse_base64(ready.ledger.record(receipt.record_id).envelope.payload)) == receipt.record_id


def _records_of_every_kind() -> list[Record]:
    claim, other, document = factory.claim(), factory.claim("More were sent"), factory.document(publisher="kcna")
    said, relayed = factory.statement(claim), factory.statement(claim, "yonhap", document=document)
    return [
        factory.source(),
        factory.source("yonhap"),
        factory.relation("kcna", "allied_with", "yonhap", topic="x"),
        claim,
        other,
        factory.claim_text(claim),
        factory.claim_relation(other, "entails", claim),
        document,
        said,
        relayed,
        factory.attribution(relayed, said),
        factory.assessment("kcna", "D", rationale="a reason"),
        factory.correction(other),
        factory.withhold(other),
        factory.record("commitment", digest="sha256:" + "ab" * 32),
        factory.key(factory.signer("carl")),
    ]


def test_every_kind_of_record_goes_the_same_road(ready: Ready) -> None:
    receipts = ready.add(*_records_of_every_kind())
    assert [receipt.index for receipt in receipts] == list(range(2, 18))
    result = ready.ledger.fsck()
    assert result.faults == []
    assert (result.size, result.entries, result.derived) == (18, 18, 18)
