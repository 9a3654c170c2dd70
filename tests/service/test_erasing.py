"""Openings that are erased by order: by whom, for good, and with every proof still holding."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.core.records import record_id
from ledger.errors import ForbiddenError, NotFoundError, OnRecordError, RuleError, UnauthenticatedError
from ledger.keys import Signer, seal
from schemas.ids import Opening
from schemas.records import Record
from tests import factory
from tests.factory import Ready

SECRET = "a zebrafish swam"
Sealed = tuple[Record, dict[str, Opening]]


@pytest.fixture
def ready(database: str) -> Iterator[Ready]:
    made = factory.ready(database)
    yield made
    made.ledger.close()


def _sealed(by: Signer, text: str = SECRET, **members: str) -> Sealed:
    sealed, opening = seal(by, "text", text)
    return factory.claim({"en": {"sealed": sealed.sealed}}, **members), {sealed.sealed: opening}


def _shown(ready: Ready, record: Record) -> object:
    return ready.ledger.record(record_id(record)).record["text"]["en"]


def _is_sound(ready: Ready) -> bool:
    ready.ledger.catch_up()
    grown = ready.store.derived()
    faults = ready.ledger.fsck().faults
    ready.ledger.reindex()
    return faults == [] and ready.store.derived() == grown


def test_an_erased_opening_comes_back_neither_by_an_endorsement_nor_by_a_copied_seal(ready: Ready) -> None:
    claim, openings = _sealed(ready.admin)
    ready.add(claim, openings=openings)
    ready.erase(claim)
    bert = ready.enroll("bert")
    copied = factory.claim({"en": "a copy", "de": {"sealed": next(iter(openings))}})
    for one, by in ((claim, ready.admin), (claim, bert), (copied, bert)):
        ready.add(one, by=by, openings=openings)
        assert _shown(ready, claim) == {"sealed": next(iter(openings))}
    with ready.store.reading() as snapshot:
        assert snapshot.search("claim", ["zebrafish"], lang=None, before=None, limit=10) == []
    assert _is_sound(ready)


def test_what_was_never_handed_in_can_be_refused_beforehand(ready: Ready) -> None:
    claim, openings = _sealed(ready.admin)
    ready.add(claim)
    assert ready.erase(claim).absent == list(openings)
    ready.add(claim, by=ready.enroll("bert"), openings=openings)
    assert _shown(ready, claim) == {"sealed": next(iter(openings))}


def test_who_sealed_it_first_and_an_admin_may_erase_and_nobody_else(ready: Ready) -> None:
    anna, bert = ready.enroll("anna"), ready.enroll("bert")
    admin = ready.enroll("carla", "admin")
    for by, allowed in ((anna, True), (admin, True), (bert, False)):
        claim, openings = _sealed(anna, f"said for {by.subject}")
        ready.add(claim, by=anna, openings=openings)
        ready.add(claim, by=bert)  # an endorsement makes nothing one's own
        if allowed:
            assert ready.erase(claim, by).erased == list(openings)
        else:
            with pytest.raises(ForbiddenError, match="whoever recorded the sealed value"):
                ready.erase(claim, by)
            assert _shown(ready, claim) == f"said for {by.subject}"


def test_who_copies_a_seal_into_a_record_of_their_own_cannot_have_it_erased(ready: Ready) -> None:
    anna, bert = ready.enroll("anna"), ready.enroll("bert")
    claim, openings = _sealed(anna)
    ready.add(claim, by=anna, openings=openings)
    copied = factory.claim({"en": {"sealed": next(iter(openings))}}, type="position")
    ready.add(copied, by=bert)
    with pytest.raises(ForbiddenError):
        ready.erase(copied, bert)
    assert ready.erase(claim, anna).also_closed == [record_id(copied)]


def test_a_key_that_is_revoked_erases_nothing_and_its_owners_next_one_does(ready: Ready) -> None:
    anna = ready.enroll("anna")
    claim, openings = _sealed(anna)
    ready.add(claim, by=anna, openings=openings)
    enrolled = ready.ledger.in_force([f"key:{anna.did}"]).records[f"key:{anna.did}"]
    assert enrolled is not None
    ready.add(factory.key(anna, ["contributor"], action="revoke", replaces=enrolled.id))
    with pytest.raises(ForbiddenError, match="revoked"):
        ready.erase(claim, anna)
    newer = factory.signer("anna-two")
    ready.add(factory.key(newer, ["contributor"], subject="anna"))
    assert ready.erase(claim, newer).erased == list(openings)


def test_an_order_names_its_ledger_its_record_and_what_that_seals(ready: Ready) -> None:
    claim, openings = _sealed(ready.admin)
    ready.add(claim, openings=openings)
    elsewhere = factory.erasure(claim, ready.admin, ledger="other.example")
    foreign = factory.erasure(claim, ready.admin, values=["sha256:" + "ab" * 32])
    unknown = factory.erasure(factory.claim("nobody said"), ready.admin, values=list(openings))
    for order, error in ((elsewhere, RuleError), (foreign, RuleError), (unknown, NotFoundError)):
        with pytest.raises(error):
            ready.ledger.erase_openings(order)
    assert _shown(ready, claim) == SECRET


def test_an_order_whose_signature_does_not_hold_erases_nothing(ready: Ready) -> None:
    claim, openings = _sealed(ready.admin)
    other, more = _sealed(ready.admin, "another")
    ready.add(claim, openings=openings)
    ready.add(other, openings=more)
    one, two = (factory.erasure(record, ready.admin) for record in (claim, other))
    with pytest.raises(UnauthenticatedError):
        ready.ledger.erase_openings(one.model_copy(update={"signatures": two.signatures}))
    with pytest.raises(OnRecordError):
        ready.ledger.erase_openings(one.model_copy(update={"payload": one.payload[:-4]}))
    assert (_shown(ready, claim), _shown(ready, other)) == (SECRET, "another")


def test_the_same_words_under_another_seal_stay_and_are_named(ready: Ready) -> None:
    bert = ready.enroll("bert")
    claim, openings = _sealed(ready.admin)
    theirs, more = _sealed(bert)
    ready.add(claim, openings=openings)
    ready.add(theirs, by=bert, openings=more)
    assert ready.erase(claim).still_open == [record_id(theirs)]
    assert _shown(ready, theirs) == SECRET


def test_what_a_hand_in_the_database_brings_back_is_found_and_erased_again(ready: Ready) -> None:
    from ledger.service.openings import as_stored

    claim, openings = _sealed(ready.admin)
    ready.add(claim, openings=openings)
    ready.erase(claim)
    with ready.store.writing() as writer:
        writer._add_openings(as_stored(openings))  # type: ignore[attr-defined]
    assert [fault.found for fault in ready.ledger.fsck().faults] == ["kept, though it was erased"]
    assert ready.erase(claim).erased == list(openings)
    assert _is_sound(ready)


def test_no_trace_of_an_erased_word_stays_in_the_files(database: str, ready: Ready) -> None:
    if database.startswith("postgresql://"):
        pytest.skip("where PostgreSQL keeps its pages is its own matter")
    from pathlib import Path

    claim, openings = _sealed(ready.admin)
    ready.add(claim, openings=openings)
    place = Path(ready.store._backend.name)  # type: ignore[attr-defined]

    def held() -> bool:
        return any(b"zebrafish" in path.read_bytes() for path in place.parent.glob(f"{place.name}*"))

    assert held()
    ready.erase(claim)
    assert not held()
