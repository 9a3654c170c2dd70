"""Two persons: a key that never signs alone, on every way in and for whoever reads the log without us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.core.evidence import Logged
from ledger.core.keyring import KeyRing
from ledger.core.records import record_id
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.errors import ForbiddenError, RuleError
from ledger.keys import Signer, seal, sign_record
from ledger.operations import NOW
from ledger.service.reading import logged_of
from schemas.records import Record
from tests import factory
from tests.factory import Ready, id_of, ready


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Ready]:
    found = ready(str(tmp_path / "l.db"))
    yield found
    found.ledger.close()


def not_alone(room: Ready, name: str, *roles: str) -> Signer:
    """A key that never signs alone."""
    signer = factory.signer(name)
    room.add(factory.key(signer, roles or ("contributor",), subject=name, never_alone=True))
    return signer


def together(room: Ready, record: Record, *signers: Signer) -> None:
    room.ledger.add([sign_record(record, signers)])


def test_what_it_signs_alone_is_refused_and_with_somebody_else_it_is_taken(room: Ready) -> None:
    anna, bert = not_alone(room, "anna"), not_alone(room, "bert")
    claim = factory.claim()
    for alone in ([anna], [bert]):
        with pytest.raises(ForbiddenError, match="never signs alone"):
            together(room, claim, *alone)
    together(room, claim, anna, bert)
    assert sorted(room.ledger.record(id_of(claim)).subjects) == ["anna", "bert"]
    found = verify(room.ledger.export(id_of(claim), "bundle", NOW), parse_trust(room.ledger.well_known().log_keys))
    assert found.result == "ok"
    with pytest.raises(ForbiddenError, match="never signs alone"):
        together(room, claim, anna)  # an endorsement is a signature too


def test_a_second_key_of_the_same_person_is_nobody_else(room: Ready) -> None:
    anna = not_alone(room, "anna")
    second = factory.signer("anna's second")
    room.add(factory.key(second, subject="anna"))
    with pytest.raises(ForbiddenError, match="never signs alone"):
        together(room, factory.claim(), anna, second)


def test_whoever_signs_too_has_to_have_the_role(room: Ready) -> None:
    one, other = not_alone(room, "one", "admin"), room.enroll("other", "contributor")
    with pytest.raises(ForbiddenError, match="wants the role admin"):
        together(room, factory.key(factory.signer("new"), subject="new"), one, other)


def test_admins_of_whom_none_acts_alone_enrol_and_withhold_by_two(room: Ready) -> None:
    one, other = not_alone(room, "one", "admin"), not_alone(room, "other", "admin")
    first = factory.key(room.admin, ("contributor", "editor", "admin"), subject="admin", action="revoke")
    current = room.ledger.in_force([f"key:{room.admin.did}"]).records[f"key:{room.admin.did}"]
    assert current is not None
    together(room, first.model_copy(update={"subject": current.record["subject"], "replaces": current.id}), one, other)
    new = factory.key(factory.signer("new"), ("admin",), subject="new")
    for signer in (one, other):
        with pytest.raises(ForbiddenError, match="never signs alone"):
            together(room, new, signer)
    together(room, new, one, other)
    assert room.ledger.record(id_of(new)).state == "in_force"


def test_nobody_is_left_who_could_enrol_nobody(room: Ready) -> None:
    one = not_alone(room, "one", "admin")
    current = room.ledger.in_force([f"key:{room.admin.did}"]).records[f"key:{room.admin.did}"]
    assert current is not None
    name = current.record["subject"]
    alone = factory.key(room.admin, ("admin",), subject=name, never_alone=True, replaces=current.id)
    ended = factory.key(room.admin, ("admin",), subject=name, action="revoke", replaces=current.id)
    with pytest.raises(RuleError, match="nobody could enrol"):
        room.add(ended)
    room.add(alone)  # the two of them can
    with pytest.raises(RuleError, match="nobody could enrol"):
        together(room, factory.key(one, ("admin",), subject="one", action="revoke", replaces=id_of(_word(room, one))), one)


def _word(room: Ready, signer: Signer) -> Record:
    from ledger.core.records import read_record

    view = room.ledger.in_force([f"key:{signer.did}"]).records[f"key:{signer.did}"]
    assert view is not None
    return read_record(view.record)


def test_a_lost_key_is_revoked_alone(room: Ready) -> None:
    anna = not_alone(room, "anna")
    together(room, factory.key(anna, subject="anna", action="revoke", replaces=id_of(_word(room, anna))), anna)
    assert _word(room, anna).model_dump()["action"] == "revoke"


def test_who_reads_the_entries_alone_refuses_what_one_person_signed(room: Ready) -> None:
    anna = not_alone(room, "anna")
    ring = KeyRing(factory.ORIGIN)
    with room.store.reading() as snapshot:
        for entry in snapshot.entry_range(0, snapshot.checkpoint.size):
            ring.take(logged_of(entry))
    claim = factory.claim()
    with pytest.raises(ForbiddenError, match="never signs alone"):
        ring.take(Logged(room.ledger.health().size, record_id(claim), claim, (anna.did,)))


def test_an_order_to_erase_wants_two_as_well(room: Ready) -> None:
    anna, bert = not_alone(room, "anna"), not_alone(room, "bert")
    title, opening = seal(anna, "title", "a name")
    document = factory.document(title=title)
    room.ledger.add([sign_record(document, [anna, bert], {title.sealed: opening})])
    with pytest.raises(ForbiddenError, match="never signs alone"):
        room.ledger.erase_openings(factory.erasure(document, anna))
    assert room.ledger.erase_openings(factory.erasure(document, anna, bert)).erased
