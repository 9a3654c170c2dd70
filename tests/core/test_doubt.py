"""What counts once a key turns out to have been in other hands: nothing that it alone vouches for from then on."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.core.corroboration import corroborate
from ledger.errors import NotFoundError
from schemas.corroboration import AsOf
from tests.core.world import OTHER, World

MALLORY = "did:key:z6MknRmRiem96LZ9hY6LxosGiw6Ws3qbwa8r6LgBpzbLgDmP"
SINCE = "2025-11-20T00:00:00Z"
REASON = f"signed only with a key of mallory that was revoked as compromised since {SINCE}"


class Newsroom(World):
    """Mallory's key signed some of it."""

    def __init__(self) -> None:
        super().__init__()
        self.enroll()
        self.before = self.report_of("ministry", "B", key=MALLORY)
        self.stolen_at = len(self.logged)

    def key(self, action: str, **more: Any) -> str:
        roles = ["contributor"]
        return self.add(
            kind="key", subject="mallory", public_key=MALLORY, roles=roles, action=action, ledger="test.example/w", **more
        )

    def enroll(self, **more: Any) -> str:
        return self.key("enroll", **more)

    def report_of(self, speaker: str, letter: str, *, key: str, act: str = "confirms") -> str:
        self.source(speaker, letter, type="government_body")
        document = self.document(speaker, "2025-11-01")
        return self.says(speaker, act, document=document, basis="own_act", key=key)

    def revoke(self, size: int | None = None, since: str = SINCE, **more: Any) -> str:
        return self.key("revoke", compromise={"since": since, "size": self.stolen_at if size is None else size}, **more)


def test_what_was_signed_before_stays_and_what_was_signed_from_then_on_counts_for_nothing() -> None:
    world = Newsroom()
    alone = world.report()
    said = world.report_of("agency", "A", key=MALLORY)
    both = world.report()
    assert both.log_odds > alone.log_odds > 0
    world.revoke()
    after = world.report()
    assert after.log_odds == alone.log_odds
    assert [(one.record, one.reason) for one in after.set_aside] == [(said, REASON)]
    assert after.labels == ["rests_on_set_aside_evidence"]
    assert after.label_sources == {"rests_on_set_aside_evidence": ["agency"]}


def test_an_earlier_state_of_the_ledger_is_what_it_was() -> None:
    world = Newsroom()
    world.report_of("agency", "A", key=MALLORY)
    before = world.report()
    size = len(world.logged)
    world.revoke()
    state = AsOf(size=size, root="00" * 32, time="2026-01-01T00:00:00Z")
    assert corroborate(world.claim_id, world.logged, as_of=state) == before


def test_a_plain_revocation_puts_nothing_in_doubt() -> None:
    world = Newsroom()
    world.report_of("agency", "A", key=MALLORY)
    before = world.report()
    world.key("revoke", reason="left the desk")
    assert world.report().log_odds == before.log_odds


def test_who_signs_it_anew_takes_it_out_of_doubt() -> None:
    world = Newsroom()
    said = world.report_of("agency", "A", key=MALLORY)
    both = world.report().log_odds
    world.revoke()
    record = next(entry.record for entry in world.logged if entry.id == said)
    members = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert world.add(key=OTHER, **members) == said
    after = world.report()
    assert (after.log_odds, after.set_aside) == (both, [])


def test_the_newest_revocation_decides_and_a_new_enrolment_makes_nothing_good() -> None:
    world = Newsroom()
    said = world.report_of("agency", "A", key=MALLORY)
    both, first = world.report().log_odds, world.revoke()
    world.enroll(replaces=first)
    assert [one.record for one in world.report().set_aside] == [said]
    earlier = world.revoke(size=0, since="2025-01-01T00:00:00Z", replaces=first)
    assert {one.record for one in world.report().set_aside} == {said, world.before}
    world.key("revoke", reason="a false alarm", replaces=earlier)
    assert (world.report().log_odds, world.report().set_aside) == (both, [])


def test_ratings_and_relations_of_a_stolen_key_fall_out_and_the_ones_before_hold_again() -> None:
    world = Newsroom()
    sound = world.report().log_odds
    world.source("boss", "A", type="organization")
    world.report_of("office", "B", key=OTHER)
    apart = world.report()
    world.relate("ministry", "part_of", "boss", key=MALLORY)
    world.relate("office", "part_of", "boss", key=MALLORY)
    assert world.report().log_odds < apart.log_odds
    world.rate("ministry", "E", key=MALLORY)
    assert world.report().log_odds < apart.log_odds
    world.revoke()
    after = world.report()
    assert after.log_odds == apart.log_odds > 0
    assert not after.related
    assert next(row for row in after.contributions if row.origin == "ministry").contribution == sound


def test_a_source_that_only_a_stolen_key_recorded_is_still_known() -> None:
    world = Newsroom()
    world.source("fresh", "B", type="government_body", key=MALLORY)
    world.add(kind="source", id="newer", type="government_body", names={"en": "Newer"}, key=MALLORY)
    world.rate("newer", "B")
    before = world.report().log_odds
    world.says("newer", "confirms", document=world.document("newer", "2025-11-02"), basis="own_act", key=OTHER)
    moved = world.report().log_odds
    world.revoke()
    assert world.report().log_odds == moved > before


def test_what_rests_on_it_alone_is_set_aside_with_it() -> None:
    world = Newsroom()
    alone = world.report().log_odds
    said = world.says("ministry", "denies", said_at="2025-11-03", basis="own_act", key=MALLORY)
    world.source("outlet", "B")
    world.through("outlet", said, "2025-11-03")
    world.revoke()
    after = world.report()
    assert after.log_odds == alone
    assert [one.reason for one in after.set_aside] == [REASON, "everything it rests on is set aside"]


@pytest.mark.parametrize("day", ["2025-10-30", "2025-11-01", "2025-11-05", "2025-11-10", "2025-11-20"])
def test_theft_and_revocation_leave_a_credited_agency_with_its_own_report(day: str) -> None:
    world = Newsroom()
    world.source("agency", "A", type="news_agency")
    world.source("paper", "A")
    world.source("office", "B", type="government_body")
    own = world.says("agency", "reports", document=world.document("agency", "2025-11-01", hashed=True), basis="told")
    world.hop(own, world.says("office", "confirms", basis="own_act", reported_by=own))
    article = world.says("paper", "finds", document=world.document("paper", "2025-11-10"), basis="analysis")
    world.hop(article, world.says("agency", "reports", basis="told", reported_by=article))
    before = world.report()
    world.stolen_at = len(world.logged)
    document = world.document("agency", day, key=MALLORY)
    said = world.says("agency", "reports", document=document, basis="told", key=MALLORY)
    left_out = world.report(without=["signer:mallory"])
    assert {one.origin for one in left_out.contributions} == {"office", "paper"}
    world.revoke()
    after = world.report()
    assert after.log_odds == before.log_odds
    assert [one.record for one in after.set_aside] == [said]
    assert after.contributions == before.contributions


@pytest.mark.parametrize("who", ["mallory", MALLORY])
def test_a_score_without_one_signer_says_what_would_be_left(who: str) -> None:
    world = Newsroom()
    world.report_of("agency", "A", key=OTHER)
    others = world.report(without=["source:ministry"])
    without = world.report(without=[f"signer:{who}"])
    assert without.without == [f"signer:{who}"]
    assert without.log_odds == others.log_odds < world.report().log_odds
    assert without.set_aside == []


def test_leaving_out_a_signer_of_nothing_is_no_question() -> None:
    with pytest.raises(NotFoundError, match="signer:nobody"):
        Newsroom().report(without=["signer:nobody"])
