"""A score leaves the ledger signed and alone, and the ledger computes it again from its own log when it comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope as ForeignEnvelope
from securesystemslib.exceptions import VerificationError as ForeignVerificationError
from securesystemslib.signer import SSlibKey

from ledger.core.didkey import parse_did_key
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.core.verifying.beside import of_bundle
from ledger.errors import ForbiddenError, NotFoundError, WithheldError
from ledger.operations import Question
from ledger.service.ledger import Ledger
from schemas.bundle import Verification
from tests.core.faults import entries_of, record_in, signed, statement_of
from tests.core.score_faults import good
from tests.service.written import KEYS, OTHER, STRANGER, VKEYS, Written

LOG = parse_trust(VKEYS)


@pytest.fixture
def world(tmp_path: Path) -> Written:
    return Written(tmp_path)


def export(world: Written, question: Question | None = None, claim: str | None = None) -> bytes:
    return world.ledger.export(claim or world.claim_id, "score", question or Question())


def said(world: Written, slug: str, letter: str, day: str, **more: Any) -> str:
    world.source(slug, letter, type="government_body")
    return world.says(slug, said_at=day, **more)


def report_step(found: Verification) -> tuple[str, str]:
    step = found.steps[-1]
    return step.result, step.detail


def foreign(data: bytes) -> tuple[ForeignEnvelope, SSlibKey]:
    public = {"public": parse_did_key(KEYS.issuer_did).hex()}
    key = SSlibKey(keyid=KEYS.issuer_did, keytype="ed25519", scheme="ed25519", keyval=public)
    return ForeignEnvelope.from_dict(json.loads(data)), key


def test_securesystemslib_verifies_the_envelope_and_not_another_payload() -> None:
    envelope, key = foreign(good().score)
    assert list(envelope.verify([key], 1)) == [KEYS.issuer_did]
    other, _ = foreign(good().past_score)
    envelope.payload = other.payload
    with pytest.raises(ForeignVerificationError):
        envelope.verify([key], 1)


def test_in_toto_reads_the_statement() -> None:
    statement = statement_of(good().score)
    assert (statement["_type"], statement["predicateType"]) == ("https://in-toto.io/Statement/v1", "urn:onrecord:score:1")
    (subject,) = statement["subject"]
    assert subject["name"] == "sha256:" + subject["digest"]["sha256"] == statement["predicate"]["asked"]["claim"]


QUESTIONS = [
    Question(),
    Question(until="2024-10-30"),
    Question(without=("source:hur", "country:US")),
    Question(base_rate=0.2),
    Question(clock="public", until="2025"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_score_is_the_plain_report_and_answers_the_question_that_was_asked(world: Written, question: Question) -> None:
    said(world, "hur", "C", "2024-10-17")
    said(world, "kremlin", "D", "2025-04-26", interest="against")
    data = export(world, question)
    predicate = statement_of(data)["predicate"]
    plain = world.ledger.corroboration(world.claim_id, question)
    assert predicate["report"] == plain.model_dump(mode="json", by_alias=True)
    asked = {name: value for name, value in vars(question).items() if name != "as_of"}
    assert predicate["asked"] == asked | {"claim": world.claim_id, "without": list(question.without)}
    found = world.ledger.verify(data)
    assert found.result == "ok"
    told = next(step.detail for step in found.steps if step.name == "question")
    assert all(str(value) in told for value in (question.until, question.base_rate, *question.without) if value is not None)
    beside = world.ledger.export(world.claim_id, "bundle", Question())
    assert verify(data, LOG, records=of_bundle(beside, LOG)).result == "ok", "a bundle holds the records of any question"


def test_it_holds_words_on_keys_and_nothing_else(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    records = [record_in(entry) for entry in entries_of(statement_of(export(world)))]
    assert [record["kind"] for record in records] == ["key", "key"]
    assert records[1]["public_key"] == KEYS.issuer_did


def test_the_ledger_computes_it_again_from_its_own_log(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    data = export(world)
    said(world, "nis", "B", "2024-10-18")
    found = world.ledger.verify(data)
    assert found.result == "ok"
    result, detail = report_step(found)
    assert result == "ok"
    assert detail.startswith("recomputed from 6 records of this ledger's own log under olo-1: the same; single_origin")


def test_a_score_of_a_past_state_leads_to_the_newest_checkpoint(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    past = world.ledger.corroboration(world.claim_id, Question())
    said(world, "nis", "B", "2024-10-18")
    data = export(world, Question(as_of=str(past.as_of.size)))
    predicate = statement_of(data)["predicate"]
    assert predicate["consistency"]
    assert predicate["report"] == past.model_dump(mode="json", by_alias=True)
    found = world.ledger.verify(data)
    assert (found.result, found.size) == ("ok", past.as_of.size)


def test_what_its_own_issuer_should_not_have_signed_fails_at_the_ledger(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    statement = statement_of(export(world))
    statement["predicate"]["report"]["probability"] = 0.99
    found = world.ledger.verify(signed(statement))
    assert (found.result, report_step(found)[0]) == ("failed", "failed")
    assert "differs at /probability" in report_step(found)[1]


def test_a_claim_that_is_not_on_record_has_no_score(world: Written) -> None:
    statement, nobody = statement_of(export(world)), "sha256:" + "ab" * 32
    statement["subject"] = [{"name": nobody, "digest": {"sha256": nobody[7:]}}]
    statement["predicate"]["asked"]["claim"] = statement["predicate"]["report"]["claim"] = nobody
    found = world.ledger.verify(signed(statement))
    assert (found.result, report_step(found)[0]) == ("failed", "failed")


def test_a_state_that_this_store_never_had_is_not_computed(tmp_path: Path) -> None:
    """The same keys sign two histories: what one store issues, the other does not vouch for."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = Written(tmp_path / "one"), Written(tmp_path / "other")
    said(one, "hur", "C", "2024-10-17")
    unpublished = other.ledger.verify(export(one))
    assert (unpublished.result, report_step(unpublished)[0]) == ("unverifiable", "not_checked")
    said(other, "nis", "B", "2024-10-17")
    found = other.ledger.verify(export(one))
    assert (found.result, report_step(found)) == ("failed", ("failed", "this ledger has another root for size 7"))


def test_a_score_that_rests_on_what_was_withheld_since_is_not_issued_and_not_computed(world: Written) -> None:
    secret = said(world, "nis", "B", "2024-10-18")
    before = world.ledger.corroboration(world.claim_id, Question()).as_of.size
    issued = export(world)
    world.withhold(secret)
    found = world.ledger.verify(issued)
    assert (found.result, report_step(found)[0]) == ("unverifiable", "not_checked")
    assert "withheld since" in report_step(found)[1]
    with pytest.raises(WithheldError):
        export(world, Question(as_of=str(before)))
    data = export(world)
    assert world.ledger.verify(data).result == "ok"
    assert statement_of(data)["predicate"]["report"]["contributions"] == []


def test_a_bundle_is_held_against_the_ledgers_own_log_as_long_as_that_may_be_shown(world: Written) -> None:
    secret = said(world, "nis", "B", "2024-10-18")
    bundle = world.ledger.export(world.claim_id, "bundle", Question())
    found = world.ledger.verify(bundle)
    assert (found.result, found.notes) == ("ok", [])
    assert [step.name for step in found.steps[-2:]] == ["log", "completeness"]
    world.withhold(secret)
    found = world.ledger.verify(bundle)
    assert (found.result, [step.result for step in found.steps[-2:]]) == ("ok", ["not_checked"] * 2)
    assert any("completeness is not" in note for note in found.notes), "it holds what it holds"


def test_a_withheld_claim_has_no_score(world: Written) -> None:
    world.withhold(world.claim_id)
    with pytest.raises(WithheldError, match="court order 7"):
        export(world)


def test_a_replaced_claims_score_is_that_of_the_claim_in_its_place(world: Written) -> None:
    wrong = world.claim("somthing happened")
    said(world, "hur", "C", "2024-10-17", claim=wrong)
    world.correct(wrong, replaced_by=world.claim_id)
    data = export(world, claim=wrong)
    assert statement_of(data)["predicate"]["report"]["claim"] == world.claim_id
    assert statement_of(data)["predicate"]["report"]["headline"] == "single_origin"
    assert world.ledger.verify(data).result == "ok"


@pytest.mark.parametrize("past", [False, True], ids=["now", "as of before"])
def test_the_scores_of_an_issuer_enrolled_later_are_ok_to_whoever_trusts_the_log(world: Written, past: bool) -> None:
    said(world, "hur", "C", "2024-10-17")
    size = world.ledger.checkpoint().size
    enrolled, ben = (next(entry.id for entry in world.logged if entry.index == index) for index in (1, 2))
    later = replace(KEYS, issuer=STRANGER.private_key)
    world.enrol(OTHER.did, "ben", ["admin"], replaces=ben)
    world.enrol(later.issuer_did, "issuer", ["issuer"], key=OTHER.did)
    before = export(world)
    world.enrol(KEYS.issuer_did, "issuer", ["issuer"], action="revoke", replaces=enrolled)
    assert world.ledger is not None
    ledger = Ledger(world.store, later, lambda: world.now)
    data = ledger.export(world.claim_id, "score", Question(as_of=str(size) if past else None))
    found = verify(data, LOG, signature_only=True)
    assert found.result == "ok", found.steps
    assert ledger.verify(data).result == "ok"
    assert ledger.verify(before).result == "ok", "it was signed while the key was good"
    with pytest.raises(ForbiddenError, match="no issuer of this ledger now"):
        export(world)


def test_a_claim_that_was_recorded_later_has_no_score_at_a_past_state(world: Written) -> None:
    size = world.ledger.checkpoint().size
    later = world.claim("happened later")
    with pytest.raises(NotFoundError):
        export(world, Question(as_of=str(size)), later)
