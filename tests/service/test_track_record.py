"""What the record says of a source: its part, its stances, and how they stand without its own word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.core.track_record import MAX_CLAIMS
from ledger.errors import NotFoundError, WithheldError
from ledger.operations import Question
from schemas.credibility import TrackRecord
from tests.service.written import OTHER, Written


class Scene(Written):
    """A ministry speaks on the claim; two people who do not know each other saw what happened."""

    def saw(self, who: str, claim: str | None = None, day: str = "2024-10-20", act: str = "asserts") -> str:
        document = self.document(who, day)
        return self.says(who, act, claim=claim or self.claim_id, document=document, basis="witnessed")

    def track(self, slug: str, **question: Any) -> TrackRecord:
        return self.ledger.source(slug, Question(**question)).track_record


@pytest.fixture
def world(tmp_path: Path) -> Scene:
    world = Scene(tmp_path)
    world.source("ministry", "C", type="government_body")
    world.source("anna", "A", type="person")
    world.source("bela", "A", type="person")
    world.source("agency", "B", type="news_agency")
    return world


JUDGED = ("supported_corroborated", "denied_contradicted", "denied_corroborated", "supported_contradicted")


@pytest.mark.parametrize(
    "ministry, others, count",
    [
        ("asserts", "asserts", "supported_corroborated"),
        ("denies", "denies", "denied_contradicted"),
        ("denies", "asserts", "denied_corroborated"),
        ("asserts", "denies", "supported_contradicted"),
    ],
)
def test_a_stance_is_held_against_what_others_settle(world: Scene, ministry: str, others: str, count: str) -> None:
    world.says("ministry", ministry, said_at="2024-10-18")
    world.saw("anna", act=others)
    world.saw("bela", act=others)
    track = world.track("ministry")
    assert {name: getattr(track, name) for name in JUDGED} == {name: int(name == count) for name in JUDGED}
    assert track.named[count] == [world.claim_id]  # type: ignore[index]
    assert (track.judged, track.undecided) == (1, 0)


def test_nobody_is_borne_out_by_its_own_word(world: Scene) -> None:
    world.saw("anna")
    world.saw("bela")
    assert world.ledger.corroboration(world.claim_id, Question()).headline == "corroborated"
    track = world.track("anna")
    assert (track.supported_corroborated, track.undecided) == (0, 1)


def test_what_a_spokesman_says_does_not_bear_out_his_government(world: Scene) -> None:
    world.source("spokesman", "A", type="person")
    world.relate("spokesman", "speaks_for", "ministry")
    world.saw("anna")
    world.saw("spokesman")
    assert world.track("spokesman").undecided == 1


def test_what_is_only_relayed_is_no_stance(world: Scene) -> None:
    said = world.says("ministry", "denies", said_at="2024-10-18")
    relayed = world.through("agency", said, "2024-10-18")
    world.saw("anna")
    world.saw("bela")
    track = world.track("agency")
    assert (track.as_origin, track.as_relay, track.judged) == (0, 1, 0)
    assert track.named["as_relay"] == [relayed]
    (hop,) = track.named["credits"]
    assert world.ledger.record(hop).record["to"] == said
    assert world.track("ministry").named["credited"] == [hop]
    assert world.track("ministry").denied_corroborated == 1


def test_who_made_a_document_that_others_show_is_its_origin(world: Scene) -> None:
    world.source("orbit", "B", type="dataset")
    image = world.document("orbit", "2024-10-17", medium="image")
    document = world.document("agency", "2024-10-18")
    world.hop(world.says("agency", "reports", basis="told", document=document), image, "obtained")
    world.saw("anna")
    world.saw("bela")
    track = world.track("orbit")
    assert (track.statements, track.shown, track.named["shown"]) == (0, 1, [image])
    assert (track.claims, track.supported_corroborated) == (1, 1)
    assert world.track("agency").shown == 0
    assert world.track("orbit", until="2024-10-16").claims == 0


def test_a_change_of_position_hides_neither_stance(world: Scene) -> None:
    world.says("ministry", "denies", said_at="2024-10-18")
    world.says("ministry", "confirms", said_at="2025-04-28", basis="own_act")
    world.saw("anna")
    world.saw("bela")
    track = world.track("ministry")
    assert (track.changed_position, track.denied_corroborated, track.supported_corroborated) == (1, 1, 1)
    assert track.judged == 1
    assert world.track("ministry", until="2024-12-31").changed_position == 0


def test_an_admission_walked_back_is_a_change_of_position(world: Scene) -> None:
    world.says("ministry", "confirms", said_at="2024-10-18", interest="against")
    world.says("ministry", "denies", said_at="2024-10-20", interest="for")
    assert world.track("ministry").changed_position == 1


def test_what_a_source_takes_back_and_what_we_take_back_are_counted_apart(world: Scene) -> None:
    first = world.says("ministry", said_at="2024-10-18")
    world.says("ministry", "withdraws", said_at="2024-10-19", withdraws=first)
    slip = world.says("ministry", said_at="2024-10-21")
    world.correct(slip)
    track = world.track("ministry")
    assert (track.withdrawn, track.named["withdrawn"]) == (1, [first])
    assert (track.corrected, track.named["corrected"]) == (1, [slip])
    assert (track.set_aside, track.named["set_aside"]) == (1, [first])
    assert track.statements == 2
    assert world.track("ministry", until="2024-10-18").withdrawn == 0


def test_words_that_rest_on_a_forgery_are_set_aside(world: Scene) -> None:
    paper = world.document("agency", "2024-10-18")
    said = world.says("agency", "reports", document=paper)
    world.add(kind="assessment", target=paper, scheme="authenticity", value="forged", rationale="the seal is a copy")
    assert world.track("agency").named["set_aside"] == [said]


def test_the_only_origin_of_a_side_is_counted_until_another_joins(world: Scene) -> None:
    world.says("ministry", said_at="2024-10-18")
    world.saw("anna", day="2024-10-20")
    assert world.track("ministry").only_origin == 0
    assert world.track("ministry", until="2024-10-19").only_origin == 1


def test_the_worlds_clock_shows_what_had_been_said(world: Scene) -> None:
    world.says("ministry", "denies", said_at="2024-10-18", document=world.document("ministry", "2024-10-25"))
    world.saw("anna", day="2024-10-20")
    world.saw("bela", day="2024-10-21")
    assert world.track("ministry", until="2024-10-17").statements == 0
    assert world.track("ministry", until="2024-10-19").undecided == 1
    assert world.track("ministry", until="2024-10-21").denied_corroborated == 1
    assert world.track("ministry", until="2024-10-21", clock="public").statements == 0
    assert world.track("ministry", until="2024-10-25", clock="public").denied_corroborated == 1


def test_the_ledgers_clock_shows_what_was_on_record(world: Scene) -> None:
    said = world.says("ministry", "denies", said_at="2024-10-18")
    before = str(world.ledger.checkpoint().size)
    world.saw("anna")
    world.saw("bela")
    world.correct(said)
    world.add(
        kind="source", id="ministry", type="government_body", names={"en": "The Ministry"}, replaces=_id_of(world, "ministry")
    )
    then, now = world.ledger.source("ministry", Question(as_of=before)), world.ledger.source("ministry")
    assert (then.names["en"], now.names["en"]) == ("MINISTRY", "The Ministry")
    assert (then.track_record.undecided, then.track_record.corrected) == (1, 0)
    assert (now.track_record.judged, now.track_record.corrected) == (0, 1)
    assert (then.size, now.size) == (int(before), world.ledger.checkpoint().size)


def _id_of(world: Scene, slug: str) -> str:
    return next(entry.id for entry in world.logged if entry.record.kind == "source" and entry.record.id == slug)


def test_ratings_and_relations_are_those_valid_at_the_date(world: Scene) -> None:
    world.source("group", type="organization")
    world.rate("group", "B", key=OTHER.did, valid_from="2025-01-01")
    world.relate("group", "part_of", "ministry", valid_from="2023", valid_to="2024-06")
    view = world.ledger.source("group", Question(until="2024-03-01"))
    assert ([one.relation for one in view.relations], view.assessments, view.letter) == (["part_of"], [], None)
    view = world.ledger.source("group", Question(until="2025-03-01"))
    assert (view.relations, [one.value for one in view.assessments], view.letter) == ([], ["B"], "B")
    assert len(world.ledger.source("group").relations) == 1


def test_a_source_that_was_not_on_record_yet_is_not_found(world: Scene) -> None:
    before = str(world.ledger.checkpoint().size)
    world.source("late")
    world.ledger.checkpoint()
    with pytest.raises(NotFoundError, match="not on record yet"):
        world.ledger.source("late", Question(as_of=before))


def test_a_past_state_does_not_show_what_is_withheld_since(world: Scene) -> None:
    said = world.says("ministry", "denies", said_at="2024-10-18")
    world.says("ministry", said_at="2024-10-18", claim=world.claim("another thing happened"))
    before = str(world.ledger.checkpoint().size)
    world.withhold(said)
    for question in ({}, {"as_of": before}):
        track = world.track("ministry", **question)
        assert (track.statements, track.withheld) == (1, 1)
        assert said not in track.model_dump_json()


def test_a_past_state_that_rests_on_what_is_withheld_since_is_refused(world: Scene) -> None:
    rating = world.rate("ministry", "B", key=OTHER.did)
    before = str(world.ledger.checkpoint().size)
    world.withhold(rating)
    assert world.ledger.source("ministry").letter == "C"
    with pytest.raises(WithheldError, match="withheld since"):
        world.ledger.source("ministry", Question(as_of=before))


def test_a_long_record_says_to_how_many_claims_it_is_complete(world: Scene) -> None:
    claims = [world.claim(f"thing {number} happened") for number in range(MAX_CLAIMS + 5)]
    for claim in claims:
        world.says("ministry", claim=claim, said_at="2024-10-18")
    view = world.ledger.source("ministry")
    assert (view.track_record.claims, view.track_record.complete) == (MAX_CLAIMS, False)
    assert view.claims == claims[: -MAX_CLAIMS - 1 : -1]
    assert len(view.track_record.named["as_origin"]) == 20
    assert view.track_record.as_origin == MAX_CLAIMS
