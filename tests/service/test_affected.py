"""What falls with a record or a source, what stays, and what new records would change."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import NotFoundError, WithheldError
from ledger.keys import sign_record
from ledger.operations import Question
from schemas.affected import Affected
from schemas.lookups import ScoreChange
from schemas.records import RECORD
from tests.service.written import ADMIN, Written

NOW = Question()


class Scene(Written):
    """A ministry speaks, an agency relays it, two outlets have it from the agency; the second has a source of its own too."""

    ministry_said: str
    agency_said: str
    first_said: str
    second_said: str


@pytest.fixture
def world(tmp_path: Path) -> Scene:
    world = Scene(tmp_path)
    world.source("ministry", "C", type="government_body")
    world.source("witness", "B", type="person")
    world.source("agency", "B", type="news_agency")
    world.source("first", "B")
    world.source("second", "B")
    world.ministry_said = world.says("ministry", "announces", said_at="2025-04-28")
    world.agency_said = world.through("agency", world.ministry_said, "2025-04-28")
    world.first_said = world.through("first", world.agency_said, "2025-04-28")
    world.second_said = world.through("second", world.agency_said, "2025-04-29")
    world.hop(world.second_said, world.says("witness", said_at="2025-04-29", basis="witnessed"))
    return world


def by_statement(found: Affected) -> dict[str, bool]:
    return {one.statement: one.alone for one in found.statements}


def test_what_rests_on_a_statement_is_everything_towards_the_readers(world: Scene) -> None:
    found = world.ledger.affected(world.ministry_said)
    assert found.what == "statement"
    assert by_statement(found) == {
        world.ministry_said: True,
        world.agency_said: True,
        world.first_said: True,
        world.second_said: False,
    }


def test_without_a_statement_the_score_is_that_of_what_is_left(world: Scene) -> None:
    (claim,) = world.ledger.affected(world.ministry_said).claims
    assert (claim.now.independent_origins.for_, claim.without.independent_origins.for_) == (2.0, 1.0)
    assert claim.text == {"en": "something happened"}
    assert claim.now.headline == world.ledger.corroboration(world.claim_id, NOW).headline


def test_a_source_is_affected_with_all_that_it_said_and_published(world: Scene) -> None:
    found = world.ledger.affected("agency")
    assert found.what == "source"
    assert by_statement(found) == {world.agency_said: True, world.first_said: True, world.second_said: False}
    assert {one.name for one in found.statements} == {"AGENCY", "FIRST", "SECOND"}


def test_a_document_takes_what_was_said_in_it(world: Scene) -> None:
    document = next(entry.id for entry in world.logged if entry.record.kind == "document" and entry.record.publisher == "first")
    found = world.ledger.affected(document[7:19])
    assert (found.what, by_statement(found)) == ("document", {world.first_said: True})


def test_a_claim_without_itself_has_no_reports(world: Scene) -> None:
    found = world.ledger.affected(world.claim_id)
    assert found.what == "claim"
    assert all(by_statement(found).values())
    assert found.claims[0].without.headline == "no_reports"


def test_a_rating_moves_the_claims_of_its_source(world: Scene) -> None:
    rating = world.ledger.source("witness").assessments[0].id
    found = world.ledger.affected(rating)
    assert (found.what, found.statements) == ("record", [])
    assert [claim.without.independent_origins.for_ for claim in found.claims] == [1.0]


def test_a_related_claim_whose_score_moves_is_listed_too(world: Scene) -> None:
    wide = world.claim("something like it happened")
    world.relate_claims(world.claim_id, "entails", wide)
    found = world.ledger.affected(world.ministry_said)
    assert [claim.claim for claim in found.claims] == [world.claim_id, wide]


def test_an_undated_word_falls_with_the_one_who_reports_it(world: Scene) -> None:
    placeholder = world.says("witness", reported_by=world.first_said, basis="told")
    assert by_statement(world.ledger.affected(world.first_said)) == {world.first_said: True, placeholder: True}


def test_what_is_on_no_record_suggests_near_names(world: Scene) -> None:
    with pytest.raises(NotFoundError) as caught:
        world.ledger.affected("minstry")
    assert "ministry" in caught.value.suggestions


def test_what_is_withheld_is_not_looked_through(world: Scene) -> None:
    world.withhold(world.ministry_said)
    with pytest.raises(WithheldError):
        world.ledger.affected(world.ministry_said)


def test_a_withheld_statement_of_a_source_leaves_no_trace_of_its_claim(world: Scene) -> None:
    other = world.claim("another thing")
    hidden = world.says("agency", claim=other, said_at="2025-05-01")
    carrier = world.says("first", "reports", claim=other, basis="told", said_at="2025-05-02")
    world.hop(carrier, hidden)
    world.withhold(hidden)
    found = world.ledger.affected("agency")
    assert (other in found.model_dump_json(), carrier in found.model_dump_json(), hidden in found.model_dump_json()) == (
        False,
        False,
        False,
    )
    assert (found.all_claims, found.all_statements) == (1, 3)


def test_a_withheld_claim_is_not_told_and_not_counted(world: Scene) -> None:
    other = world.claim("another thing")
    world.says("agency", claim=other, said_at="2025-05-01")
    world.withhold(other)
    found = world.ledger.affected("agency")
    assert (found.all_claims, found.all_statements) == (1, 3)
    assert other not in found.model_dump_json()


def test_a_withheld_source_is_not_looked_through(world: Scene) -> None:
    world.withhold(world.ledger.source("agency").record_id)
    with pytest.raises(WithheldError):
        world.ledger.affected("agency")


def test_a_claim_that_was_taken_back_is_passed_over(world: Scene) -> None:
    other = world.claim("another thing")
    world.says("agency", claim=other, said_at="2025-05-01")
    world.correct(other)
    assert [claim.claim for claim in world.ledger.affected("agency").claims] == [world.claim_id]


def test_a_hop_that_was_taken_back_carries_nothing(world: Scene) -> None:
    hop = world.hop(world.first_said, world.ministry_said)
    world.correct(hop)
    rows = {one.statement: one.chain for one in world.ledger.affected(world.ministry_said).statements}
    assert rows[world.first_said] == [world.first_said, world.agency_said, world.ministry_said]


def test_a_record_of_a_source_tells_what_rests_on_the_source(world: Scene) -> None:
    found = world.ledger.affected(world.ledger.source("agency").record_id)
    assert (found.what, found.target, found.name) == ("source", "agency", "AGENCY")


def test_pages_of_claims_follow_each_other_and_say_how_many_there_are(world: Scene) -> None:
    claims = [world.claim(f"thing {number}") for number in range(5)]
    for claim in claims:
        world.says("agency", claim=claim, said_at="2025-05-01")
    seen, cursor = [], None
    while True:
        page = world.ledger.affected("agency", cursor, 2)
        assert (page.all_claims, page.all_statements, page.complete) == (6, 8, True)
        seen += [claim.claim for claim in page.claims]
        if (cursor := page.next) is None:
            break
    assert seen == [*reversed(claims), world.claim_id]


def test_of_more_than_is_followed_the_newest_is_told(world: Scene) -> None:
    claims = [world.claim(f"thing {number}") for number in range(5)]
    for claim in claims:
        world.says("agency", claim=claim, said_at="2025-05-01")
    found = world.ledger.affected("agency", most=3)
    assert not found.complete
    assert [claim.claim for claim in found.claims] == claims[:1:-1]


# What would change


def changes(world: Scene, **members: object) -> list[ScoreChange]:
    return world.ledger.check([sign_record(RECORD.validate_python(members), ADMIN)]).changes


def statement(world: Scene, **members: object) -> dict[str, object]:
    told = {"kind": "statement", "claim": world.claim_id, "speaker": "witness", "act": "asserts", "polarity": "+"}
    rest = {"certainty": "certain", "basis": "witnessed", "interest": "neutral", "said_at": "2025-05-01"}
    return {**told, **rest, **members}


def test_a_denial_is_shown_with_what_it_would_change_and_is_not_stored(world: Scene) -> None:
    size = world.ledger.checkpoint().size
    (change,) = changes(world, **statement(world, speaker="agency", act="denies", polarity="-"))
    assert change.claim == world.claim_id
    assert change.log_odds_before is not None
    assert change.log_odds_after < change.log_odds_before
    assert change.log_odds_before == world.ledger.corroboration(world.claim_id, NOW).log_odds
    assert world.ledger.checkpoint().size == size


def test_what_was_foretold_is_what_comes(world: Scene) -> None:
    record = RECORD.validate_python(statement(world, speaker="agency", act="denies", polarity="-"))
    submission = sign_record(record, ADMIN)
    (change,) = world.ledger.check([submission]).changes
    world.ledger.add([submission])
    assert change.log_odds_after == world.ledger.corroboration(world.claim_id, NOW).log_odds


def test_a_new_claim_has_no_score_before(world: Scene) -> None:
    (change,) = changes(world, kind="claim", text={"en": "quite another thing"}, type="event")
    assert (change.before, change.log_odds_before, change.after.headline) == (None, None, "no_reports")
    assert change.text == {"en": "quite another thing"}


def test_a_rating_would_change_every_claim_that_its_source_spoke_about(world: Scene) -> None:
    other = world.claim("another thing")
    world.says("ministry", claim=other, said_at="2025-04-28")
    rating = world.ledger.source("ministry").assessments[0].id
    members = {"target": "ministry", "scheme": "admiralty-reliability", "value": "A", "replaces": rating}
    found = changes(world, kind="assessment", **members)
    assert {change.claim for change in found} == {world.claim_id, other}
    assert all(change.log_odds_before is not None and change.log_odds_after > change.log_odds_before for change in found)


def test_a_correction_would_change_the_claim_of_its_target(world: Scene) -> None:
    (change,) = changes(world, kind="correction", target=world.ministry_said, reason="a slip", ledger=world.origin)
    assert change.after.independent_origins.for_ == 1.0


def test_a_relation_would_change_related_claims_too(world: Scene) -> None:
    wide = world.claim("something like it happened")
    assert world.ledger.corroboration(wide, NOW).headline == "no_reports"
    found = changes(world, kind="claim_relation", subject=world.claim_id, relation="entails", object=wide)
    assert {change.claim: change.after.headline for change in found}[wide] != "no_reports"


def test_a_source_alone_changes_nothing(world: Scene) -> None:
    assert changes(world, kind="source", id="newcomer", type="outlet", names={"en": "Newcomer"}) == []


def only(found: list[ScoreChange], claim: str) -> ScoreChange:
    return next(change for change in found if change.claim == claim)


@pytest.mark.parametrize("kind", ["correction", "withhold"])
def test_a_claim_that_is_taken_back_or_withheld_has_no_score_after(world: Scene, kind: str) -> None:
    why = {"reason": "a slip"} if kind == "correction" else {"basis": "an order", "authority": "a court"}
    found = changes(world, kind=kind, target=world.claim_id, ledger=world.origin, **why)
    change = only(found, world.claim_id)
    assert change.before is not None
    assert (change.after, change.log_odds_after) == (None, None)


@pytest.mark.parametrize("part", ["speaks", "shows", "rests on"])
def test_a_document_judged_forged_would_change_the_claims_of_all_that_rests_on_it(world: Scene, part: str) -> None:
    image = world.document("witness", "2025-04-20", medium="image", authors=["witness"])
    other = world.claim("another thing")
    if part == "shows":
        world.hop(world.says("first", "reports", claim=other, basis="told", said_at="2025-04-21"), image)
    else:
        place = {"document": image} if part == "speaks" else {"evidence": [image], "said_at": "2025-04-21"}
        world.says("witness", "finds", claim=other, basis="imagery", **place)
    members = {"scheme": "authenticity", "value": "forged", "rationale": "the shadows do not fit"}
    found = changes(world, kind="assessment", target=image, **members)
    change = only(found, other)
    assert change.log_odds_before is not None
    assert change.log_odds_after is not None
    assert change.log_odds_before > change.log_odds_after == 0.0


def test_rating_the_author_of_an_image_would_change_the_claims_that_it_is_shown_for(world: Scene) -> None:
    world.source("photographer", type="person")
    image = world.document("first", "2025-04-20", medium="image", authors=["photographer"])
    other = world.claim("another thing")
    world.hop(world.says("first", "reports", claim=other, basis="told", document=world.document("first", "2025-04-21")), image)
    found = changes(world, kind="assessment", target="photographer", scheme="admiralty-reliability", value="B")
    assert (only(found, other).log_odds_after or 0.0) > (only(found, other).log_odds_before or 0.0)


def test_who_owns_a_holding_would_change_the_claims_of_those_that_it_holds(world: Scene) -> None:
    for slug, type in (("holding", "organization"), ("magnate", "person")):
        world.source(slug, type=type)
    world.relate("witness", "owned_by", "holding")
    world.relate("ministry", "part_of", "magnate")
    found = changes(world, kind="source_relation", subject="holding", relation="controlled_by", object="magnate")
    change = only(found, world.claim_id)
    assert change.log_odds_before is not None
    assert change.log_odds_after is not None
    assert change.log_odds_after < change.log_odds_before


@pytest.mark.parametrize(
    "members",
    [
        {"kind": "assessment", "target": "witness", "scheme": "admiralty-reliability", "value": "D", "rationale": "a test"},
        {"kind": "source_relation", "subject": "witness", "relation": "part_of", "object": "ministry"},
        {"kind": "statement", "act": "denies", "polarity": "-"},
        {"kind": "correction", "reason": "a slip"},
        {"kind": "withhold", "basis": "an order", "authority": "a court"},
    ],
    ids=lambda members: str(members["kind"]),
)
def test_whatever_comes_what_was_foretold_is_what_comes(world: Scene, members: dict[str, str]) -> None:
    more: dict[str, object] = dict(members)
    if more["kind"] == "statement":
        more = statement(world, **more)
    if more["kind"] in ("correction", "withhold"):
        more |= {"target": world.agency_said, "ledger": world.origin}
    if more["kind"] == "assessment":
        more["replaces"] = world.ledger.source("witness").assessments[0].id
    submission = sign_record(RECORD.validate_python(more), ADMIN)
    change = only(world.ledger.check([submission]).changes, world.claim_id)
    assert change.log_odds_before == world.ledger.corroboration(world.claim_id, NOW).log_odds
    world.ledger.add([submission])
    after = world.ledger.corroboration(world.claim_id, NOW)
    assert change.after is not None
    assert (change.log_odds_after, change.after.headline, change.after.labels) == (after.log_odds, after.headline, after.labels)
    assert change.log_odds_after != change.log_odds_before
