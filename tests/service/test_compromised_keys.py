"""Somebody else had the key: what they signed is in doubt from the day of the theft on, and everybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from ledger.config import Settings
from ledger.core.corroboration import corroborate
from ledger.core.evidence import Logged
from ledger.core.trust import parse_trust
from ledger.core.verify import verify
from ledger.errors import RuleError
from ledger.keys import seal, sign_record
from ledger.operations import EVERY, Question
from ledger.service import reaching
from ledger.service.reading import Reading
from ledger.store.protocol import StoredEntry
from schemas.dates import time_of
from schemas.records import Record
from tests import factory
from tests.api.serving import served
from tests.factory import id_of, ready
from tests.threats.desk import Desk, desk_of


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = desk_of(ready(str(tmp_path / "ledger.db")))
    yield found
    found.ledger.close()


def revoked(desk: Desk, since: int, **members: object) -> Record:
    """Mallory's key, revoked as compromised since that second."""
    size = desk.ledger.signed(desk.mallory.did, since=time_of(since)).since_size
    compromise = {"since": time_of(since), "size": size}
    whole = {"reason": "stolen", "replaces": factory.key(desk.mallory), "compromise": compromise} | members
    return factory.key(desk.mallory, action="revoke", **whole)


def stolen(desk: Desk) -> tuple[Record, Record, int]:
    """Mallory says something; then the key is stolen, and the thief says more. What was said before and after, and when."""
    before = desk.word("nis", "confirms", day="2025-04-21")
    desk.add(*before, by=desk.mallory)
    since = desk.room.clock.now + 1
    after = desk.word("pentagon", "denies", day="2025-04-22")
    desk.add(*after, by=desk.mallory)
    return before[1], after[1], since


def test_what_a_stolen_key_signed_counts_for_nothing_from_the_theft_on(desk: Desk) -> None:
    untouched = desk.report()
    before, after, since = stolen(desk)
    assert desk.report().log_odds < untouched.log_odds
    revocation = revoked(desk, since)
    desk.add(revocation, by=desk.room.admin)
    report = desk.report()
    assert report.log_odds >= untouched.log_odds
    assert [one.record for one in report.set_aside] == [id_of(after)]
    assert "compromised since" in report.set_aside[0].reason
    assert desk.ledger.record(id_of(before)).in_doubt == []
    assert [one.revocation for one in desk.ledger.record(id_of(after)).in_doubt] == [id_of(revocation)]
    view = desk.ledger.claim(desk.claim_id, desk.now)
    assert id_of(after) in [one.id for one in view.in_doubt]
    marked = {one.id for one in view.statements if one.in_doubt}
    assert marked == {id_of(after)}
    desk.is_told(revocation, desk.room.admin)


def test_lists_follow_a_revocation_and_a_signature_that_mends_it(desk: Desk) -> None:
    desk.ledger.catch_up()
    _, after, since = stolen(desk)
    desk.ledger.catch_up()
    desk.add(revoked(desk, since), by=desk.room.admin)
    _is_listed_as_it_is_scored(desk)
    desk.add(after, by=desk.anna)
    assert desk.report().set_aside == []
    _is_listed_as_it_is_scored(desk)


def _is_listed_as_it_is_scored(desk: Desk) -> None:
    desk.ledger.catch_up()
    report, listed = desk.report(), desk.ledger.claims(EVERY).claims[0]
    assert (listed.headline, listed.labels, listed.independent_origins) == (
        report.headline,
        report.labels,
        report.independent_origins,
    )


def test_a_revocation_of_a_key_that_signed_much_is_followed_in_portions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "_AT_ONCE", 4)
    records = [factory.claim(f"claim {number}") for number in range(11)]
    desk.add(*records, by=desk.mallory)
    revocation = revoked(desk, 0)
    desk.add(revocation, by=desk.room.admin)
    most: list[int] = []
    with desk.room.store.reading() as snapshot:
        signed = snapshot.signed_by(desk.mallory.did)
        assert len(signed) == 11
        assert snapshot.signed_by(desk.mallory.did, limit=3) == signed[:3]
        assert snapshot.signed_by(desk.mallory.did, signed[2] + 1, limit=3) == signed[3:6]
        assert snapshot.signed_by(desk.mallory.did, limit=11) == signed
        entries = Reading(snapshot).records([id_of(revocation)])
        monkeypatch.setattr(snapshot, "entries", _counted(snapshot.entries, most))
        reached = reaching.claims_reached(snapshot, entries, lambda: None)
    assert reached == set(signed)
    assert max(most) <= 4


def _counted(
    entries: Callable[[Sequence[int]], list[StoredEntry]], most: list[int]
) -> Callable[[Sequence[int]], list[StoredEntry]]:
    def asked(indexes: Sequence[int]) -> list[StoredEntry]:
        most.append(len(indexes))
        return entries(indexes)

    return asked


def test_a_list_says_all_that_a_key_signed_and_what_of_it_is_in_doubt(desk: Desk) -> None:
    before, after, since = stolen(desk)
    desk.add(revoked(desk, since), by=desk.room.admin)
    found = desk.ledger.signed(desk.mallory.did)
    assert (found.subject, found.next) == ("mallory", None)
    assert found.compromised is not None
    told = {one.id: (one.after_compromise, bool(one.in_doubt)) for one in found.entries}
    assert told[id_of(before)] == (False, False)
    assert told[id_of(after)] == (True, True)
    first = desk.ledger.signed(desk.mallory.did, limit=1)
    rest = desk.ledger.signed(desk.mallory.did, start=first.next)
    assert [*first.entries, *rest.entries] == found.entries


def test_a_bundle_says_what_is_in_doubt_and_is_verified_offline(desk: Desk) -> None:
    _, after, since = stolen(desk)
    desk.add(revoked(desk, since), by=desk.room.admin)
    trust = parse_trust(desk.ledger.well_known().log_keys)
    found = verify(desk.ledger.export(desk.claim_id, "bundle", desk.now), trust)
    assert found.result == "ok"
    assert any("in doubt and count for nothing" in note for note in found.notes)
    desk.add(after, by=desk.bert)
    found = verify(desk.ledger.export(desk.claim_id, "bundle", desk.now), trust)
    assert found.result == "ok"
    assert any(note.startswith("1 record is in doubt") for note in found.notes)  # the document, which nobody signed anew


def test_a_rating_that_another_endorsed_stays_out_and_asks_for_no_signature_again(desk: Desk) -> None:
    since = desk.room.clock.now + 1
    rating = desk.rate("nis", "A", by=desk.mallory)
    desk.add(revoked(desk, since), by=desk.room.admin)
    assert [one.id for one in desk.ledger.claim(desk.claim_id, desk.now).in_doubt] == [id_of(rating)]
    desk.add(rating, by=desk.bert)
    assert desk.ledger.claim(desk.claim_id, desk.now).in_doubt == []
    [listed] = [one for one in desk.ledger.signed(desk.mallory.did).entries if one.id == id_of(rating)]
    seen = desk.ledger.record(id_of(rating))
    assert bool(listed.in_doubt)
    assert bool(seen.in_doubt)
    assert listed.endorsed_by == seen.endorsed_by == ["bert"]
    rated = {one.by: (bool(one.in_doubt), one.endorsed_by) for one in desk.ledger.source("nis").assessments}
    assert rated["mallory"] == (True, ["bert"])
    assert rated["bert"] == (False, [])
    trust = parse_trust(desk.ledger.well_known().log_keys)
    notes = verify(desk.ledger.export(desk.claim_id, "bundle", desk.now), trust).notes
    assert notes[0] == "1 of mallory's ratings stays out, in doubt: whoever endorsed it counts instead"
    assert not any("count for nothing" in note or "counts for nothing" in note for note in notes)
    with served(create_app(desk.ledger, settings=Settings())) as url, httpx.Client(base_url=url, timeout=30) as http:
        for path in (f"/records/{id_of(rating)}", "/sources/nis"):
            page = http.get(path, headers={"accept": "text/html"}).text
            assert "rating stays out" in page, path
            assert "In doubt, and it counts for nothing" not in page, path
        assert "data-doubts" not in http.get(f"/claims/{desk.claim_id}", headers={"accept": "text/html"}).text


def test_a_dry_run_says_what_a_revocation_would_do(desk: Desk) -> None:
    _, _, since = stolen(desk)
    now = desk.report().log_odds
    [change] = desk.ledger.check([sign_record(revoked(desk, since), desk.room.admin)]).changes
    assert (change.claim, change.log_odds_before) == (desk.claim_id, now)
    desk.add(revoked(desk, since), by=desk.room.admin)
    assert change.log_odds_after == desk.report().log_odds


def test_a_thief_who_revokes_with_a_false_date_is_put_right_by_an_admin(desk: Desk) -> None:
    before, after, since = stolen(desk)
    false = revoked(desk, 0)
    desk.add(false, by=desk.mallory)
    assert {one.record for one in desk.report().set_aside} == {id_of(before), id_of(after)}
    desk.add(revoked(desk, since, replaces=false), by=desk.room.admin)
    assert [one.record for one in desk.report().set_aside] == [id_of(after)]


def test_the_size_that_a_revocation_names_is_what_was_published_before_the_date(desk: Desk) -> None:
    _, _, since = stolen(desk)
    good = revoked(desk, since)
    for size in (0, desk.size()):
        compromise = {"since": time_of(since), "size": size}
        with pytest.raises(RuleError, match="published before"):
            desk.add(good.model_copy(update={"compromise": type(good.compromise)(**compromise)}), by=desk.room.admin)  # type: ignore[union-attr]
    late = {"since": time_of(desk.room.clock.now + 90), "size": desk.size()}
    with pytest.raises(RuleError, match="still to come"):
        desk.add(revoked(desk, since, compromise=late), by=desk.room.admin)
    desk.add(good, by=desk.room.admin)
    with pytest.raises(RuleError, match="not enrolled"):
        desk.add(revoked(desk, since, replaces=good, reason="again"), by=desk.room.admin)


def test_what_a_stolen_key_took_back_stays_taken_back_until_an_editor_says_otherwise(desk: Desk) -> None:
    mine = desk.word("nis", "confirms", day="2025-04-21")
    desk.add(*mine, by=desk.mallory)
    since = desk.room.clock.now + 1
    back = factory.correction(mine[1])
    desk.add(back, by=desk.mallory)
    without = desk.report().log_odds
    desk.add(revoked(desk, since), by=desk.room.admin)
    assert desk.report().log_odds == without
    assert [one.kind for one in desk.ledger.claim(desk.claim_id, desk.now).in_doubt] == ["correction"]
    desk.add(factory.correction(back, reason="by a thief"), by=desk.edda)
    assert desk.report().log_odds > without


def test_a_score_without_one_signer_tells_what_rests_on_them(desk: Desk) -> None:
    untouched = desk.report()
    stolen(desk)
    assert desk.report(without=["signer:mallory"]).log_odds == untouched.log_odds
    assert desk.report(without=[f"signer:{desk.mallory.did}"]).log_odds == untouched.log_odds


def test_every_page_that_shows_it_says_that_it_is_in_doubt(desk: Desk) -> None:
    _, after, since = stolen(desk)
    rating = desk.rate("nis", "A", by=desk.mallory)
    desk.add(revoked(desk, since), by=desk.room.admin)
    pages = {
        f"/claims/{desk.claim_id}": 1,
        f"/records/{id_of(after)}": 1,
        f"/records/{id_of(rating)}": 1,
        "/sources/nis": 1,
        f"/documents/{after.model_dump()['document']}": 1,
        f"/records/{id_of(desk.claim)}": 0,
    }
    with served(create_app(desk.ledger, settings=Settings())) as url, httpx.Client(base_url=url, timeout=30) as http:
        for path, marks in pages.items():
            page = http.get(path, headers={"accept": "text/html"}).text
            assert page.count("data-doubt>") == marks, path
            assert "revoked as compromised since" in page or not marks, path
        german = http.get(f"/claims/{desk.claim_id}", params={"lang": "de"}, headers={"accept": "text/html"}).text
        assert "data-doubts>3 Datensätze" in german
        assert "als kompromittiert seit" in german
        api = http.get(f"/v1/keys/{desk.mallory.did}/signed", params={"since": time_of(since)}).json()
        assert [one["kind"] for one in api["entries"]] == ["document", "statement", "assessment"]
        asked = http.get(f"/v1/claims/{desk.claim_id}/corroboration", params={"without": "signer:anna"}).json()
        assert asked["headline"] == "not_enough"
        whatif = http.get(f"/claims/{desk.claim_id}", params={"without": "signer:anna"}, headers={"accept": "text/html"})
        assert "signed alone by" in whatif.text


def test_what_a_signer_signed_and_others_endorsed_stays_when_they_are_left_out(desk: Desk) -> None:
    desk.source("cia", "A", by=desk.anna)
    words = desk.word("cia", "confirms", day="2025-04-22")
    desk.add(*words, by=desk.mallory)
    desk.add(*desk.word("dprk", "denies", day="2025-04-23"), by=desk.mallory)
    left_out = ["signer:mallory"]
    before = desk.report(without=left_out).log_odds
    desk.add(*words, by=desk.anna)
    question = Question(without=("signer:mallory",))
    found = desk.report(without=left_out)
    assert found.log_odds > before
    whole = corroborate(desk.claim_id, _all_of(desk), as_of=found.as_of, without=left_out)
    assert whole.log_odds == found.log_odds
    told = desk.ledger.history(desk.claim_id, question, "ledger").ledger
    assert told is not None
    endorsement = max(entry.index for entry in _all_of(desk) if entry.id == id_of(words[1]))
    assert endorsement in {by.index for one in told.points for by in one.moved_by}
    assert told.points[-1].headline == found.headline
    trust = parse_trust(desk.ledger.well_known().log_keys)
    bundle = desk.ledger.export(desk.claim_id, "bundle", question)
    assert verify(bundle, trust).result == "ok"
    assert desk.ledger.verify(bundle).result == "ok"
    desk.add(*desk.word("dprk", "denies", day="2025-04-23"), by=desk.bert)
    assert desk.report(without=left_out).log_odds == desk.report().log_odds  # all of it is endorsed now
    both = desk.report(without=["signer:mallory", "signer:anna", "signer:bert"])
    assert (both.log_odds, both.headline) == (0, "no_reports")


def _all_of(desk: Desk) -> list[Logged]:
    with desk.room.store.reading() as snapshot:
        return Reading(snapshot).at(range(snapshot.checkpoint.size))


def test_no_number_comes_up_for_a_private_person_whom_a_thief_calls_public(desk: Desk) -> None:
    base = factory.source("joe", type="person", public_role=None)
    desk.add(base, by=desk.mallory)
    sealed, opening = seal(desk.anna, "text.en", "joe did it")
    concerns = [{"source": "joe", "role": "accused"}]
    claim = factory.claim({"en": sealed.model_dump()}, about=["ukraine-war"], concerns=concerns)
    desk.room.clock.now += 1
    desk.ledger.add([sign_record(claim, desk.anna, {sealed.sealed: opening})])
    desk.add(*desk.word("pentagon", "confirms", claim=claim), by=desk.anna)
    desk.add(*desk.word("nis", "confirms", claim=claim), by=desk.anna)
    assert _numbers(desk, claim) == (False, True)
    since = desk.room.clock.now + 1
    public = factory.source("joe", type="person", public_role="mayor", replaces=base)
    desk.add(public, by=desk.mallory)
    assert _numbers(desk, claim) == (True, False)
    late = revoked(desk, since)
    desk.add(late, by=desk.room.admin)
    assert _numbers(desk, claim) == (False, True)
    # The same where all that is on record of the person is in doubt, and by whatever signer is left out.
    desk.add(revoked(desk, 0, replaces=late), by=desk.room.admin)
    assert _numbers(desk, claim) == (False, True)
    assert not desk.report(claim, without=["signer:anna"]).showable


def test_nobody_asks_away_that_a_person_is_private(desk: Desk) -> None:
    public = factory.source("joe", type="person", public_role="mayor")
    desk.add(public, by=desk.bert)
    claim = factory.claim({"en": "joe did it"}, about=["ukraine-war"], concerns=[{"source": "joe", "role": "accused"}])
    desk.add(claim, by=desk.bert)
    desk.add(*desk.word("pentagon", "confirms", claim=claim), by=desk.bert)
    desk.add(*desk.word("nis", "confirms", claim=claim), by=desk.bert)
    assert _numbers(desk, claim) == (True, False)
    desk.add(factory.source("joe", type="person", public_role=None, names=_SEALED, replaces=public), by=desk.edda)
    assert _numbers(desk, claim) == (False, True)
    assert not desk.report(claim, without=["signer:edda"]).showable


@pytest.mark.parametrize("form", ["claimreview", "prov-json"])
def test_no_file_tells_what_is_said_of_a_private_person_whom_a_thief_calls_public(desk: Desk, form: str) -> None:
    base = factory.source("joe", type="person", public_role=None)
    desk.add(base, by=desk.mallory)
    since = desk.room.clock.now + 1
    desk.add(factory.source("joe", type="person", public_role="mayor", replaces=base), by=desk.mallory)
    claim = factory.claim({"en": "joe did it"}, about=["ukraine-war"], concerns=[{"source": "joe", "role": "accused"}])
    desk.add(claim, by=desk.anna)
    assert b"joe did it" in desk.ledger.export(id_of(claim), form, desk.now)
    desk.add(revoked(desk, since), by=desk.room.admin)
    assert b"joe did it" not in desk.ledger.export(id_of(claim), form, desk.now)


_SEALED = {"en": {"sealed": "sha256:" + "ab" * 32}}


def _numbers(desk: Desk, claim: Record) -> tuple[bool, bool]:
    """Whether the report may show one, and whether the claim's page says that it concerns a private person."""
    return desk.report(claim).showable, desk.ledger.claim(id_of(claim), desk.now).private


def test_a_source_keeps_the_names_and_the_rating_that_a_stolen_key_did_not_give(desk: Desk) -> None:
    own = factory.source("posting", names={"en": "The Posting", "de": "Der Posten"})
    desk.add(own, by=desk.mallory)
    rating = desk.rate("posting", "C", by=desk.mallory)
    since = desk.room.clock.now + 1
    forged = factory.source("posting", names={"en": "The Liar"}, replaces=id_of(own))
    desk.rate("posting", "A", by=desk.mallory, replaces=id_of(rating))
    desk.add(forged, by=desk.mallory)
    desk.add(factory.source("thiefs", names={"en": "Thief's own"}), by=desk.mallory)
    ledger = desk.ledger
    assert ledger.source("posting").names == {"en": "The Liar"}
    desk.add(revoked(desk, since), by=desk.room.admin)
    view = ledger.source("posting")
    assert (view.record_id, view.names["de"], view.letter) == (id_of(own), "Der Posten", "C")
    assert [one.id for one in view.newer_in_doubt] == [id_of(forged)]
    assert [(one.value, bool(one.in_doubt)) for one in view.assessments] == [("C", False), ("A", True)]
    assert ledger.source("thiefs").in_doubt
    assert [one.names["en"] for one in ledger.sources("posting").sources] == ["The Posting"]
    assert ledger.sources("Liar").sources == []
    assert ledger.affected("posting").name == "The Posting"
    with served(create_app(ledger, settings=Settings())) as url, httpx.Client(base_url=url, timeout=30) as http:
        page = http.get("/sources/posting", headers={"accept": "text/html"}).text
        assert "<h1><bdi>The Posting</bdi></h1>" in page
        assert "The Liar" not in page
        assert page.count("data-doubt>") == 2
        thiefs = http.get("/sources/thiefs", params={"lang": "de"}, headers={"accept": "text/html"}).text
        assert "Zweifelhaft" in thiefs
    desk.add(forged, by=desk.anna)
    assert ledger.source("posting").names == {"en": "The Liar"}
    assert ledger.source("posting").newer_in_doubt == []


def test_a_german_page_says_in_german_why_it_does_not_count(desk: Desk) -> None:
    _, _, since = stolen(desk)
    desk.add(revoked(desk, since), by=desk.room.admin)
    with served(create_app(desk.ledger, settings=Settings())) as url, httpx.Client(base_url=url, timeout=30) as http:
        page = http.get(f"/claims/{desk.claim_id}", params={"lang": "de"}, headers={"accept": "text/html"}).text
        card = http.get(f"/embed/claims/{desk.claim_id}", params={"lang": "de"}).text
        feed = http.get("/v1/sources/pentagon/feed.atom").text
    assert "data-doubts>2 Datensätze zu dieser Behauptung zählen nicht" in card
    assert "In doubt, it counts for nothing: signed only with a key of mallory" in feed
    assert "nur mit einem Schlüssel von mallory signiert, der als kompromittiert seit" in page
    told = desk.ledger.history(desk.claim_id, desk.now, "ledger").ledger
    assert told is not None
    assert f"a key of mallory is revoked as compromised since {time_of(since)}" in [
        one.text for point in told.points for one in point.moved_by
    ]
