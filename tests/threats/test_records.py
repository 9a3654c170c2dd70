"""Other people's records: corrected, replaced, withheld, endorsed; and keys that are revoked (docs/threats.md)."""

from __future__ import annotations

import pytest

from ledger.core.rules import MAY
from ledger.errors import ForbiddenError, NotFoundError, RuleError, WithheldError
from schemas.pack import Signature
from schemas.records import Record
from tests import factory
from tests.threats.desk import Desk

PEOPLE = MAY.keys() - {"log"}  # a key of the log needs more than an admin (tests/service/test_rotating.py)
NOT_EDITORS = sorted(PEOPLE - {"editor"})


def signatures(desk: Desk, record: Record) -> list[Signature]:
    """The claim's pack names everybody who signed a record."""
    packed = desk.ledger.pack(desk.claim_id, desk.now).records
    return next((one.signatures for one in packed if one.id == factory.id_of(record)), [])


def targets(desk: Desk) -> list[Record]:
    """One record of Anna's of every kind that can be corrected."""
    said = desk.said["pentagon"]
    other = factory.claim("Shells were sent as well")
    records = [
        other,
        factory.claim_text(desk.claim, "de", "Nordkorea schickte Truppen"),
        factory.claim_relation(desk.claim, "equivalent", other),
        factory.relation("nis", "member_of", "pentagon"),
        factory.attribution(desk.said["nis"], said, mode="not_from"),
        factory.document("https://x.example/"),
        factory.source("somebody"),
        factory.assessment("somebody", "B"),
    ]
    desk.add(*records, by=desk.anna)
    return [*records, desk.claim, said]


@pytest.mark.parametrize("role", NOT_EDITORS)
def test_nobody_but_an_editor_takes_back_what_others_recorded(desk: Desk, role: str) -> None:
    stranger = desk.room.enroll("stranger", role)
    for target in targets(desk):
        with pytest.raises(ForbiddenError):
            desk.add(factory.correction(target), by=stranger)


@pytest.mark.parametrize("role", NOT_EDITORS)
def test_nobody_but_an_editor_revises_a_source_or_relation_of_others(desk: Desk, role: str) -> None:
    stranger = desk.room.enroll("stranger", role)
    relation = factory.relation("nis", "member_of", "pentagon")
    desk.add(relation, by=desk.anna)
    for revised in (
        factory.relation("nis", "member_of", "pentagon", valid_to="2000", replaces=relation),
        factory.source("nis", type="person", replaces=factory.source("nis", type="government_body")),
    ):
        with pytest.raises(ForbiddenError):
            desk.add(revised, by=stranger)


@pytest.mark.parametrize("role", sorted(PEOPLE - {"admin"}))
def test_nobody_but_an_admin_withholds_or_enrols(desk: Desk, role: str) -> None:
    stranger = desk.room.enroll("stranger", role)
    friend = factory.signer("friend")
    for record in (
        factory.withhold(desk.said["pentagon"]),
        factory.key(friend),
        factory.key(desk.anna, action="revoke", replaces=factory.key(desk.anna)),
    ):
        with pytest.raises(ForbiddenError):
            desk.add(record, by=stranger)


def test_a_key_that_nobody_enrolled_adds_nothing(desk: Desk) -> None:
    size = desk.size()
    with pytest.raises(ForbiddenError, match="is not enrolled"):
        desk.add(*desk.word("nis", "denies", day="2025-04-27"), by=factory.signer("nobody"))
    assert desk.size() == size


def test_an_editors_correction_names_the_editor_and_is_undone_by_another(desk: Desk) -> None:
    weighed = desk.row("pentagon").weight
    correction = factory.correction(desk.said["pentagon"], "entered twice")
    assert desk.change(correction, by=desk.edda) == pytest.approx(-weighed, abs=1e-12)
    shown = desk.ledger.record(factory.id_of(desk.said["pentagon"]))
    assert (shown.state, shown.corrected_by) == ("corrected", factory.id_of(correction))
    listed = desk.ledger.corrections().corrections[0]
    assert (listed.target, listed.reason, listed.by) == (factory.id_of(desk.said["pentagon"]), "entered twice", ["edda"])
    desk.is_told(correction, desk.edda)
    assert desk.change(factory.correction(correction, "it was not"), by=desk.edda) == pytest.approx(weighed, abs=1e-12)


def test_a_claim_that_its_recorder_takes_back_is_not_gone_without_a_word(desk: Desk) -> None:
    """Whoever asks for it is told which correction took it back, and an editor brings it back with all that was said of it."""
    mine = factory.claim("Shells were sent as well", about=["ukraine-war"])
    desk.add(mine, by=desk.mallory)
    desk.add(*desk.word("pentagon", claim=mine), by=desk.anna)
    before = desk.report(mine)
    gone = factory.correction(mine, "never mind")
    desk.add(gone, by=desk.mallory)
    with pytest.raises(NotFoundError, match=f"taken back.*{factory.id_of(gone)}"):
        desk.report(mine)
    listed = desk.ledger.corrections().corrections[0]
    assert (listed.target, listed.by) == (factory.id_of(mine), ["mallory"])
    desk.is_signed_by(gone, desk.mallory)
    desk.add(factory.correction(gone, "others spoke of it"), by=desk.edda)
    assert desk.report(mine).log_odds == before.log_odds


def test_whoever_put_a_record_there_first_takes_it_back_in_public_though_others_signed_it(desk: Desk) -> None:
    desk.source("mi6", "B", by=desk.anna)
    document, said = desk.word("mi6")
    desk.add(document, said, by=desk.mallory)
    desk.add(document, said, by=desk.anna)
    weighed = desk.row("mi6").weight
    gone = factory.correction(said, "oops")
    assert [one.name for one in signatures(desk, said)] == ["mallory", "anna"]
    assert desk.change(gone) == pytest.approx(-weighed, abs=1e-12)
    assert desk.ledger.corrections().corrections[0].by == ["mallory"]
    desk.is_told(gone, desk.mallory)
    assert desk.change(factory.correction(gone, "Anna stands by it"), by=desk.edda) == pytest.approx(weighed, abs=1e-12)


def test_somebody_elses_signature_on_a_statement_moves_nothing(desk: Desk) -> None:
    assert desk.change(*desk.said.values(), by=desk.mallory) == 0.0
    assert [(one.name, one.key) for one in signatures(desk, desk.said["nis"])] == [
        ("anna", desk.anna.did),
        ("mallory", desk.mallory.did),
    ]


# Withholding


def test_what_an_admin_withholds_is_missed_in_public(desk: Desk) -> None:
    chief = desk.room.enroll("chief", "admin")
    size = desk.size()
    order = factory.withhold(desk.said["pentagon"], basis="a lawsuit", authority="the court of X")
    moved = desk.change(order, by=chief)
    assert moved == pytest.approx(-1.7346010553881064, abs=1e-12)
    with pytest.raises(WithheldError) as caught:
        desk.ledger.record(factory.id_of(desk.said["pentagon"]))
    assert caught.value.withheld.authority == "the court of X"
    with pytest.raises(WithheldError):
        desk.report(as_of=str(size))  # an earlier state that rested on it is not told otherwise
    listed = desk.ledger.corrections().corrections[0]
    assert (listed.kind, listed.authority, listed.by) == ("withhold", "the court of X", ["chief"])
    desk.is_signed_by(order, chief)


def test_neither_keys_nor_corrections_are_withheld(desk: Desk) -> None:
    chief = desk.room.enroll("chief", "admin")
    correction = factory.correction(desk.said["nis"])
    desk.add(correction, by=desk.edda)
    for target in (factory.key(desk.mallory), correction):
        with pytest.raises(RuleError):
            desk.add(factory.withhold(target), by=chief)


# Keys


def test_a_key_that_is_revoked_afterwards_signs_nothing_more_and_changes_no_score(desk: Desk) -> None:
    desk.add(*desk.word("nis", "confirms", day="2025-04-21"), by=desk.mallory)
    said = desk.word("nis", "denies", day="2025-04-22")
    before = desk.report()
    revoked = factory.key(desk.mallory, action="revoke", reason="stolen", replaces=factory.key(desk.mallory))
    assert desk.change(revoked, by=desk.room.admin) == 0.0
    assert desk.report().contributions == before.contributions
    with pytest.raises(ForbiddenError, match="was revoked"):
        desk.add(*said, by=desk.mallory)
    desk.is_signed_by(revoked, desk.room.admin)


def test_whoever_lost_a_key_revokes_it_alone(desk: Desk) -> None:
    desk.add(factory.key(desk.mallory, action="revoke", reason="lost", replaces=factory.key(desk.mallory)), by=desk.mallory)
    with pytest.raises(ForbiddenError, match="was revoked"):
        desk.add(*desk.word("nis"), by=desk.mallory)


def test_an_admin_who_enrols_a_key_of_their_own_under_somebody_elses_name_is_told_by_the_key(desk: Desk) -> None:
    """Not stopped: names are the admins' to give. But the key is another, and its enrolment says who gave it."""
    chief = desk.room.enroll("chief", "admin")
    false = factory.signer("false anna")
    enrolled = factory.key(false, subject="anna")
    desk.add(enrolled, by=chief)
    document, said = desk.word("nis", "denies", day="2025-04-21")
    desk.add(document, said, by=false)
    shown = desk.ledger.record(factory.id_of(said))
    assert (shown.subjects, shown.signers) == (["anna"], [false.did])
    assert false.did != desk.anna.did
    desk.is_signed_by(enrolled, chief)
