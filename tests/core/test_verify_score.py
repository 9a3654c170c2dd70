"""A score alone is what it says, or the step that fails says why not; whether it was computed again is always said."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from ledger.core import vkey
from ledger.core.checkpoint import Checkpoint
from ledger.core.quorum import parse_policy
from ledger.core.trust import Trust, parse_trust
from ledger.core.verify import SCORE_STEPS, verify, verify_bundle
from ledger.core.verifying.behind import Records, of_log
from ledger.core.verifying.beside import of_bundle
from ledger.core.verifying.walk import UncheckedError
from ledger.core.vkey import print_vkey
from ledger.errors import NotFoundError, StoreError, VerificationError, WithheldError
from ledger.operations import Question
from schemas.bundle import Verification
from tests.core.bundle_faults import bad_bundle
from tests.core.faults import entries_of, signed, statement_of
from tests.core.score_faults import BUNDLE, FAULTS, PLACE, bad_score, good, revoked, smallest_score
from tests.core.test_verify import ODD, failing_step, places
from tests.service.written import KEYS, ORIGIN, STRANGER, VKEYS, Written

LOG = parse_trust(VKEYS)
ISSUER = parse_trust([KEYS.issuer_did])
WHOLE = of_log(lambda checkpoint: good().read(checkpoint))
BESIDE = of_bundle(good().bundle, LOG)


def report_step(found: Verification) -> str:
    (step,) = [step for step in found.steps if step.name == "report"]
    return step.detail


# What a good one is worth


def test_without_its_records_a_score_is_not_computed_again_and_so_unverifiable() -> None:
    found = verify(good().score, LOG)
    assert (found.result, found.kind) == ("unverifiable", "score")
    assert [step.name for step in found.steps if step.result != "ok"] == ["report"]
    assert "the records are not in this file; --log URL or --with BUNDLE recomputes" in report_step(found)


def test_the_issuers_signature_is_enough_for_whoever_says_so_and_that_is_noted() -> None:
    found = verify(good().score, LOG, signature_only=True)
    assert (found.result, found.headline, found.origin) == ("ok", "corroborated", ORIGIN)
    assert [step.result for step in found.steps] == ["ok"] * 8 + ["not_checked"]
    assert any("not recomputed" in note for note in found.notes)


@pytest.mark.parametrize("key", VKEYS)
def test_one_of_the_logs_two_keys_shows_that_the_issuer_was_enrolled(key: str) -> None:
    assert verify(good().score, parse_trust([key]), signature_only=True).result == "ok"


def test_a_score_is_computed_again_from_the_whole_log() -> None:
    found = verify(good().score, LOG, records=WHOLE)
    assert [step.result for step in found.steps] == ["ok"] * len(SCORE_STEPS)
    assert report_step(found).startswith(f"recomputed from {len(good().log)} records of the whole log under olo-1: the same; ")
    assert found.result == "ok"
    assert found.notes == []


def test_a_score_is_computed_again_from_a_bundle_of_the_same_state() -> None:
    found = verify(good().score, LOG, records=BESIDE)
    held = entries_of(statement_of(good().bundle))
    assert report_step(found).startswith(f"recomputed from {len(held)} records of the bundle under olo-1: the same; ")
    assert found.result == "ok"
    assert any("completeness is not proven" in note for note in found.notes)


@pytest.mark.parametrize("records", [WHOLE, of_bundle(good().past_bundle, LOG)], ids=["log", "bundle"])
def test_a_score_of_an_earlier_state_is_computed_from_the_records_of_that_state(records: Records) -> None:
    found = verify(good().past_score, LOG, records=records)
    assert (found.result, found.headline) == ("ok", "single_origin")
    assert found.size == statement_of(good().past_score)["predicate"]["report"]["as_of"]["size"] < len(good().log)
    assert any("is the issuer's word" in note for note in found.notes), "the time of an earlier state is not signed"


def test_a_bundle_says_that_its_score_was_computed_again() -> None:
    found = verify(good().bundle, LOG)
    held = entries_of(statement_of(good().bundle))
    assert (found.result, found.kind) == ("ok", "bundle")
    assert report_step(found).startswith(f"recomputed from {len(held)} records under olo-1: the same; corroborated, ")


def test_what_has_to_be_a_bundle_is_no_score() -> None:
    assert verify_bundle(good().score, LOG).result == "malformed"


# Trust


def test_nothing_is_trusted_because_it_is_inside_the_file() -> None:
    found = verify(good().score, Trust(), issuer_only=True, signature_only=True, records=WHOLE)
    assert (found.result, failing_step(found)) == ("unverifiable", 3)


def test_the_key_of_a_stranger_proves_nothing() -> None:
    assert verify(good().score, parse_trust([STRANGER.did]), signature_only=True).result == "unverifiable"


def test_the_issuers_key_alone_leaves_the_log_unverified_even_where_the_score_was_computed_again() -> None:
    found = verify(good().score, ISSUER, records=WHOLE)
    assert found.result == "unverifiable"
    assert [step.name for step in found.steps if step.result == "not_checked"] == ["checkpoint", "inclusion"]
    assert "log not verified" in found.notes


@pytest.mark.parametrize(
    "issuer_only, signature_only, result",
    [(True, True, "ok"), (True, False, "unverifiable"), (False, True, "unverifiable")],
)
def test_each_thing_that_is_left_out_has_to_be_waived_by_its_own_name(
    issuer_only: bool, signature_only: bool, result: str
) -> None:
    assert verify(good().score, ISSUER, issuer_only=issuer_only, signature_only=signature_only).result == result


@pytest.mark.parametrize("records", [WHOLE, of_bundle(good().bundle, ISSUER, issuer_only=True)], ids=["log", "bundle"])
def test_whoever_trusts_the_issuer_alone_can_still_compute_it_again(records: Records) -> None:
    assert verify(good().score, ISSUER, issuer_only=True, records=records).result == "ok"


def test_a_policy_that_wants_a_witness_is_not_met() -> None:
    witness = print_vkey(vkey.Signer("witness.example", vkey.ED25519_COSIGNATURE, STRANGER.private_key).verifier)
    policy = parse_policy(f"log {VKEYS[0]}\nwitness w {witness}\nquorum w\n".encode())
    assert verify(good().score, Trust(policy=policy), signature_only=True).result == "unverifiable"


# The records


@pytest.mark.parametrize(
    "bundle, said",
    [
        (good().past_bundle, "the bundle is as of size 7"),
        (bad_bundle("6-no-proof"), "the bundle is failed itself: step 6, inclusion"),
        (good().bundle[:-20], "the bundle is malformed itself: step 1, form"),
        (good().score, "the bundle is malformed itself: step 2, schema"),
    ],
    ids=["of another state", "that fails", "cut short", "that is a score"],
)
def test_a_bundle_that_does_not_hold_the_records_leaves_the_score_unverified(bundle: bytes, said: str) -> None:
    found = verify(good().score, LOG, records=of_bundle(bundle, LOG))
    assert (found.result, failing_step(found)) == ("unverifiable", 9)
    assert said in report_step(found)


def test_a_bundle_of_another_claim_leaves_the_score_unverified(tmp_path: Path) -> None:
    world = Written(tmp_path)
    other = world.claim("something else happened")
    score = world.ledger.export(world.claim_id, "score", Question())
    found = verify(score, LOG, records=of_bundle(world.ledger.export(other, "bundle", Question()), LOG))
    assert (found.result, failing_step(found)) == ("unverifiable", 9)
    assert f"the bundle is about {other}" in report_step(found)


def test_two_histories_that_the_log_signed_are_found(tmp_path: Path) -> None:
    """The same keys, the same size, another root: whoever has both files has the proof."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = Written(tmp_path / "one"), Written(tmp_path / "other")
    one.source("hur")
    other.source("nis")
    score, bundle = (
        world.ledger.export(world.claim_id, kind, Question()) for world, kind in ((one, "score"), (other, "bundle"))
    )
    found = verify(score, LOG, records=of_bundle(bundle, LOG))
    assert (found.result, failing_step(found)) == ("failed", 9)
    assert "two roots" in report_step(found)


def changed(checkpoint: Checkpoint) -> list[bytes]:
    return [*good().read(checkpoint)[:-1], good().log[0]]


def short(checkpoint: Checkpoint) -> list[bytes]:
    return good().read(checkpoint)[:-1]


@pytest.mark.parametrize("read", [changed, short])
def test_a_log_that_has_not_the_root_of_the_checkpoint_is_not_the_one(read: Any) -> None:
    found = verify(good().score, LOG, records=of_log(read))
    assert (found.result, failing_step(found)) == ("failed", 9)


@pytest.mark.parametrize("error", [StoreError("gone"), WithheldError("withheld: a court said so"), NotFoundError("no tile")])
def test_records_that_are_not_to_be_had_leave_the_score_unverified(error: Exception) -> None:
    def read(_: Checkpoint) -> list[bytes]:
        raise error

    for waived in (False, True):
        found = verify(good().score, LOG, records=of_log(read), signature_only=waived)
        assert (found.result, failing_step(found)) == ("unverifiable", 9), "who asks for the records wants them looked at"
        assert str(error) in report_step(found)


def test_naming_records_is_wanting_them_looked_at() -> None:
    def nowhere(*_: Any) -> Any:
        raise UncheckedError("not to be shown", step="report")

    assert verify(good().score, LOG, records=nowhere, signature_only=True).result == "unverifiable"


def test_records_that_show_another_history_fail_the_score() -> None:
    def wrong(*_: Any) -> Any:
        raise VerificationError("another history", step="log")

    assert verify(good().score, LOG, records=wrong).result == "failed"


def test_records_are_not_asked_for_once_a_step_has_failed() -> None:
    def read(_: Checkpoint) -> list[bytes]:
        raise AssertionError("no need")

    assert verify(bad_score("7-first-entry-left-out"), LOG, records=of_log(read)).result == "failed"


def test_a_revocation_that_the_issuer_leaves_out_is_found_in_the_whole_log() -> None:
    _, silent, log = revoked()
    score = signed(silent)
    assert verify(score, LOG, signature_only=True).result == "ok", "inclusion is proven, completeness is not"
    found = verify(score, LOG, records=of_log(lambda checkpoint: log[: checkpoint.size]))
    assert (found.result, failing_step(found)) == ("failed", 9)
    assert "the issuer may not issue" in report_step(found)


def test_a_report_that_does_not_follow_from_the_records_fails_whoever_signed_it() -> None:
    for records in (WHOLE, BESIDE):
        found = verify(bad_score("9-probability-changed"), LOG, records=records, signature_only=True)
        assert (found.result, failing_step(found)) == ("failed", 9)
        assert "differs at /probability" in report_step(found)
        assert found.headline is None


# Faults


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("records", [WHOLE, BESIDE], ids=["log", "bundle"])
def test_each_fault_is_found_at_its_step(name: str, records: Records) -> None:
    found = verify(bad_score(name), LOG, records=records)
    assert (found.result, failing_step(found)) == (FAULTS[name].result, FAULTS[name].step), found.steps[-1]


@pytest.mark.parametrize("name", [name for name in FAULTS if FAULTS[name].step == 8])
def test_an_answer_to_another_question_is_refused_by_whoever_has_no_records_too(name: str) -> None:
    found = verify(bad_score(name), LOG, signature_only=True)
    assert (found.result, failing_step(found)) == ("failed", 8)


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.json")), ids=lambda path: path.stem)
def test_each_bad_file_is_refused_for_the_fault_in_its_name(path: Path) -> None:
    trust, fault = parse_trust((PLACE / "trust.txt").read_text().split()), FAULTS[path.stem]
    found = verify(path.read_bytes(), trust, records=of_bundle(BUNDLE.read_bytes(), trust))
    assert (found.result, failing_step(found)) == (fault.result, fault.step), found.steps[-1]


def test_there_is_a_file_for_every_fault() -> None:
    assert {path.stem for path in PLACE.glob("*.json")} == set(FAULTS)


def test_no_flipped_bit_is_ok() -> None:
    """One random bit of every byte, and all eight of every fiftieth byte."""
    data, chance = smallest_score(), random.Random(7)
    assert verify(data, LOG, signature_only=True).result == "ok"
    for place in range(len(data)):
        for bit in range(8) if place % 50 == 0 else (chance.randrange(8),):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            assert verify(bytes(flipped), LOG, signature_only=True).result != "ok", (place, bit)


@pytest.mark.parametrize("length", [0, 1, 100, -1, -20])
def test_a_score_that_was_cut_is_malformed(length: int) -> None:
    assert verify(good().score[:length], LOG).result == "malformed"


def test_a_score_signed_again_by_a_trusted_issuer_is_ok_only_unchanged() -> None:
    assert signed(statement_of(good().score)) == good().score


def test_whatever_a_dishonest_issuer_signs_gets_a_result_and_nothing_in_it_is_free() -> None:
    """Any member replaced by anything, signed again by the trusted issuer: no exception, and nothing else is ok."""
    chance = random.Random(9)
    spots = sorted(places(statement_of(good().past_score)), key=str)
    for _ in range(300):
        statement = statement_of(good().past_score)
        *path, last = chance.choice(spots)
        here: Any = statement
        for step in path:
            here = here[step]
        before, here[last] = here[last], chance.choice(ODD)
        found = verify(signed(statement), LOG, records=WHOLE)
        assert found.result != "ok" or here[last] == before, (path, last, here[last])


def test_the_words_of_every_score_are_those_of_the_format() -> None:
    page = " ".join((Path(__file__).parents[2] / "docs" / "format.md").read_text().split())
    predicate = statement_of(good().score)["predicate"]
    assert all(f'"{words}"' in page for words in [*predicate["proves"], *predicate["does_not_prove"]])
