"""Bundles carry all that a score rests on, and nothing that was withheld."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope as ForeignEnvelope
from securesystemslib.signer import SSlibKey

from ledger.core.corroboration import corroborate
from ledger.core.didkey import parse_did_key
from ledger.core.trust import Trust, parse_trust
from ledger.core.verify import verify_bundle
from ledger.errors import ForbiddenError, FormatError, NotFoundError, WithheldError
from ledger.operations import Question
from ledger.service.gathering import as_of, closure
from ledger.service.ledger import Ledger
from schemas.bundle import Verification
from schemas.records import KeyRecord
from tests.core.bundle_faults import good_bundle
from tests.core.faults import statement_of
from tests.service.written import KEYS, OTHER, STRANGER, VKEYS, Written

LOG = parse_trust(VKEYS)
DAYS = ["2024-10-01", "2024-10-15", "2024-11", "2025-01-01", "2025-04-28", None]


@pytest.fixture
def world(tmp_path: Path) -> Written:
    return Written(tmp_path)


def export(world: Written, claim: str | None = None, question: Question | None = None) -> bytes:
    return world.ledger.export(claim or world.claim_id, "bundle", question or Question())


def check(data: bytes, trust: Trust = LOG) -> Verification:
    found = verify_bundle(data, trust)
    assert found.result == "ok", next(step for step in found.steps if step.result != "ok")
    return found


def test_securesystemslib_verifies_the_envelope() -> None:
    raw = json.loads(good_bundle())
    key = SSlibKey(
        keyid=KEYS.issuer_did,
        keytype="ed25519",
        scheme="ed25519",
        keyval={"public": parse_did_key(KEYS.issuer_did).hex()},
    )
    envelope = ForeignEnvelope.from_dict(
        {**raw, "signatures": [{"keyid": one["keyid"], "sig": one["sig"]} for one in raw["signatures"]]}
    )
    assert list(envelope.verify([key], 1)) == [KEYS.issuer_did]


def test_in_toto_reads_the_statement() -> None:
    statement = statement_of(good_bundle())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    (subject,) = statement["subject"]
    assert subject["name"] == "sha256:" + subject["digest"]["sha256"] == statement["predicate"]["asked"]["claim"]


def test_the_bundle_answers_the_question_that_was_asked(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    said(world, "kremlin", "D", "2025-04-26", interest="against")
    question = Question(until="2024-10-30", without=("country:US",), base_rate=0.2)
    data = export(world, question=question)
    check(data)
    predicate = statement_of(data)["predicate"]
    assert predicate["asked"]["until"] == "2024-10-30"
    assert predicate["report"] == world.ledger.corroboration(world.claim_id, question).model_dump(mode="json", by_alias=True)


def test_a_bundle_of_a_past_state_is_proven_under_the_newest_checkpoint(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    past = world.ledger.corroboration(world.claim_id, Question())
    said(world, "nis", "B", "2024-10-18")
    data = export(world, question=Question(as_of=str(past.as_of.size)))
    found = check(data)
    assert found.size == past.as_of.size
    assert statement_of(data)["predicate"]["consistency"]
    assert statement_of(data)["predicate"]["report"] == past.model_dump(mode="json", by_alias=True)


def test_sealed_values_travel_with_their_openings_as_long_as_they_are_kept(world: Written) -> None:
    world.source("dprk", "D", type="government_body")
    sealed = world.sealed("quote.exact", "Groundless rumours.")
    world.says("dprk", "denies", said_at="2024-10-22", quote={"exact": sealed})
    openings = statement_of(export(world))["predicate"]["openings"]
    assert [one["value"] for one in openings.values()] == ["Groundless rumours."]
    world.store.erase_opening(sealed.sealed)
    data = export(world)
    check(data)
    assert statement_of(data)["predicate"]["openings"] == {}


def test_a_withheld_record_is_a_leaf_and_no_more(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    secret = said(world, "nis", "B", "2024-10-18", occasion="a word that must not be read")
    before = world.ledger.corroboration(world.claim_id, Question()).as_of.size
    world.withhold(secret)
    data = export(world)
    check(data)
    predicate = statement_of(data)["predicate"]
    hidden = [entry for entry in predicate["entries"] if entry["withheld"]]
    assert [entry["envelope"] for entry in hidden] == [None]
    assert [row["origin"] for row in predicate["report"]["contributions"]] == ["hur"]
    assert not any(
        b"must not be read" in base64.b64decode(e["envelope"]["payload"]) for e in predicate["entries"] if e["envelope"]
    )
    with pytest.raises(WithheldError):
        export(world, question=Question(as_of=str(before)))


def test_a_withheld_claim_is_not_exported(world: Written) -> None:
    world.withhold(world.claim_id)
    with pytest.raises(WithheldError, match="court order 7"):
        export(world)


def test_the_signers_of_a_bundle_bring_their_enrolments_and_revocations(world: Written) -> None:
    world.source("hur", type="government_body")
    world.rate("hur", "C", key=OTHER.did)
    world.says("hur", said_at="2024-10-17")
    key = next(entry.id for entry in world.logged if isinstance(entry.record, KeyRecord) and entry.record.subject == "ben")
    world.enrol(OTHER.did, "ben", ["contributor"], action="revoke", replaces=key)
    data = export(world)
    check(data)
    assert sum(record["kind"] == "key" for record in records(data)) == 4


def test_a_revoked_issuer_exports_nothing(world: Written) -> None:
    data = export(world)
    enrolled = next(entry.id for entry in world.logged if entry.index == 1)
    world.enrol(KEYS.issuer_did, "issuer", ["issuer"], action="revoke", replaces=enrolled)
    with pytest.raises(ForbiddenError, match="no issuer of this ledger now"):
        export(world)
    check(data)  # it was signed while the key was good


@pytest.mark.parametrize("past", [False, True], ids=["now", "as of before"])
def test_the_exports_of_an_issuer_enrolled_later_are_ok_to_whoever_trusts_the_log(world: Written, past: bool) -> None:
    said(world, "hur", "C", "2024-10-17")
    size = world.ledger.checkpoint().size
    enrolled = next(entry.id for entry in world.logged if entry.index == 1)
    later = replace(KEYS, issuer=STRANGER.private_key)
    world.enrol(OTHER.did, "ben", ["admin"], replaces=next(entry.id for entry in world.logged if entry.index == 2))
    world.enrol(later.issuer_did, "issuer", ["issuer"], key=OTHER.did)
    world.enrol(KEYS.issuer_did, "issuer", ["issuer"], action="revoke", replaces=enrolled)
    assert world.ledger is not None
    ledger = Ledger(world.store, later, lambda: world.now)
    check(ledger.export(world.claim_id, "bundle", Question(as_of=str(size) if past else None)))


def test_what_has_nothing_to_do_with_the_claim_stays_out(world: Written) -> None:
    said(world, "hur", "C", "2024-10-17")
    other = world.claim("something else altogether")
    said(world, "vatican", "A", "2024-10-18", claim=other)
    assert not any("vatican" in json.dumps(record) for record in records(export(world)))


def test_related_claims_and_corrections_come_along(world: Written) -> None:
    narrow = world.claim("more than ten thousand of it happened")
    world.relate_claims(narrow, "entails", world.claim_id)
    wrong = said(world, "hur", "C", "2024-10-17", claim=narrow)
    said(world, "nis", "B", "2024-10-18", claim=narrow)
    world.correct(wrong)
    data = export(world)
    check(data)
    kinds = [record["kind"] for record in records(data)]
    assert (kinds.count("claim"), kinds.count("claim_relation"), kinds.count("correction")) == (2, 1, 1)


def test_an_unknown_format_is_refused_with_the_ones_there_are(world: Written) -> None:
    with pytest.raises(FormatError) as caught:
        world.ledger.export(world.claim_id, "pdf", Question())
    assert "bundle" in (caught.value.hint or "")


def test_a_claim_that_was_recorded_later_is_not_found_at_a_past_state(world: Written) -> None:
    size = world.ledger.checkpoint().size
    later = world.claim("happened later")
    with pytest.raises(NotFoundError):
        export(world, later, Question(as_of=str(size)))


@pytest.mark.parametrize("seed", range(8))
def test_the_closure_of_a_claim_gives_the_very_score_that_the_whole_ledger_gives(tmp_path: Path, seed: int) -> None:
    world, claims = random_world(tmp_path, random.Random(seed))
    with world.snapshot() as snapshot:
        state = as_of(snapshot, None)
        for claim in claims:
            part = closure(snapshot, claim, state.size)
            for until in (None, "2024-10-20"):
                whole = corroborate(claim, world.logged, as_of=state, until=until)
                assert corroborate(claim, part, as_of=state, until=until) == whole
    check(export(world, claims[0]))
    world.ledger.close()


def said(world: Written, slug: str, letter: str, day: str, **more: Any) -> str:
    world.source(slug, letter, type="government_body")
    return world.says(slug, said_at=day, **more)


def records(data: bytes) -> list[dict[str, Any]]:
    entries = statement_of(data)["predicate"]["entries"]
    return [json.loads(base64.b64decode(entry["envelope"]["payload"])) for entry in entries if entry["envelope"]]


def random_world(place: Path, chance: random.Random) -> tuple[Written, list[str]]:
    """Sources with relations, several claims, statements with hops, ratings by two people, corrections: anything that fits."""
    world = Written(place)
    slugs = [f"s{number}" for number in range(14)]
    for slug in slugs:
        kind = chance.choice(["outlet", "news_agency", "government_body", "person", "platform_account"])
        world.source(slug, chance.choice(["A", "B", "C", "D", None]), type=kind)
    for slug in chance.sample(slugs, 5):
        world.rate(slug, chance.choice("BCDF"), key=OTHER.did)
    for a, b in (chance.sample(slugs, 2) for _ in range(9)):
        world.relate(a, chance.choice(["allied_with", "owned_by", "part_of", "controlled_by", "member_of"]), b)
    claims = [world.claim(f"claim {number} of {place.name}") for number in range(6)]
    for a, b in (chance.sample(claims, 2) for _ in range(3)):
        world.relate_claims(a, chance.choice(["entails", "contradicts", "equivalent"]), b)
    statements: list[str] = []
    for number in range(40):
        claim, slug, day = chance.choice(claims), chance.choice(slugs), chance.choice(DAYS)
        document = world.document(slug, day, hashed=chance.random() < 0.7) if day is None or chance.random() < 0.5 else None
        more: dict[str, Any] = {"document": document} if document else {"said_at": day}
        act = chance.choice(["asserts", "denies", "confirms", "reports", "claims", "dismisses"])
        basis = chance.choice(["not_stated", "told", "witnessed", "own_act"])
        reporter = [one for one in statements if claim_of(world, one) == claim]
        if reporter and chance.random() < 0.2:
            more = {"reported_by": chance.choice(reporter)}
        name = world.says(slug, act, claim=claim, basis=basis, occasion=f"number {number}", **more)
        same = [one for one in statements if claim_of(world, one) == claim]
        if same and chance.random() < 0.6:
            world.hop(name, chance.choice(same))
        statements.append(name)
    for target in chance.sample(statements, 4):
        correction = world.correct(target)
        if chance.random() < 0.4:
            world.correct(correction)
    return world, claims


def claim_of(world: Written, statement: str) -> str:
    record = next(entry.record for entry in world.logged if entry.id == statement)
    return str(getattr(record, "claim", ""))
