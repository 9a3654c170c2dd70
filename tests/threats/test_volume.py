"""Volume: more sources, more copies, more variants of the same words, more rebuttals (docs/threats.md, "More of the same")."""

from __future__ import annotations

import pytest

from ledger.core.policies import OLO_1
from tests import factory
from tests.threats.desk import MOST_PER_ORIGIN, MOST_UNNAMED, Desk, admitted_weight, letter_weight

MANY = 20
SAME_WORDS = "The first battalions crossed the border at Khasan in the night to Tuesday and were sent on to the front by rail."


def test_any_number_of_sources_that_nobody_has_rated_moves_nothing(desk: Desk) -> None:
    before = desk.report()
    kinds = ("person", "outlet", "government_body", "platform_account")
    moles = [factory.source(f"mole-{number}", type=kinds[number % 4]) for number in range(MANY)]
    said = [one for number in range(MANY) for one in desk.word(f"mole-{number}", basis="witnessed")]
    desk.add(*moles, *said, by=desk.mallory)
    after = desk.report()
    assert after.log_odds - before.log_odds == 0.0
    assert (after.headline, after.labels, after.interval) == (before.headline, before.labels, before.interval)
    assert after.independent_origins == before.independent_origins
    assert (after.origins.for_, after.reports) == (before.origins.for_ + MANY, before.reports + MANY)
    rows = [row for row in after.contributions if row.origin.startswith("mole-")]
    assert len(rows) == MANY
    assert all("nobody has rated it" in row.reason and not row.rated for row in rows)


@pytest.mark.parametrize("letter", ["A", "C", "E"])
def test_a_source_that_its_recorder_rates_weighs_no_more_than_its_letter_and_names_the_rater(desk: Desk, letter: str) -> None:
    sources = ["mole-0", "mole-1", "mole-2"]
    ratings = []
    for slug in sources:
        desk.source(slug, by=desk.mallory, type="person")
        desk.add(*desk.word(slug), by=desk.mallory)
        ratings.append(factory.assessment(slug, letter, rationale="always right"))
    moved = desk.change(*ratings)
    assert moved == pytest.approx(len(sources) * letter_weight(letter), abs=1e-9)
    assert moved <= len(sources) * MOST_PER_ORIGIN
    for slug, rating in zip(sources, ratings, strict=True):
        (used,) = desk.row(slug).assessments
        assert (used.assessor, used.value, used.used) == ("mallory", letter, True)
        assert used.index in desk.row(slug).entry_ids
        desk.is_signed_by(rating, desk.mallory)
    if moved:
        assert {desk.moved_by(one).by[0] for one in ratings} == {"mallory"}


def test_copies_that_cite_what_is_there_move_nothing(desk: Desk) -> None:
    desk.source("agency", "B", by=desk.anna, type="news_agency")
    before = desk.report()
    copiers = [f"copy-{number}" for number in range(MANY)]
    desk.add(*(factory.source(slug, type="outlet") for slug in copiers), by=desk.mallory)
    told = [desk.word(slug, "reports", basis="told") for slug in [*copiers, "agency"]]
    hops = [factory.attribution(copy, desk.said["pentagon"]) for _, copy in told]
    desk.add(*(one for words in told for one in words), *hops, by=desk.mallory)
    after = desk.report()
    assert after.log_odds - before.log_odds == 0.0
    assert (after.independent_origins, after.origins) == (before.independent_origins, before.origins)
    assert len(desk.row("pentagon").relays_collapsed) == MANY + 1


def test_planted_copies_without_a_hop_move_nothing_and_are_suspected(desk: Desk) -> None:
    before = desk.report()
    for number in range(4):
        desk.source(f"copy-{number}", by=desk.mallory, type="outlet")
        quote = {"exact": SAME_WORDS, "lang": "en"}
        desk.add(*desk.word(f"copy-{number}", "reports", basis="witnessed", quote=quote), by=desk.mallory)
    assert desk.report().log_odds - before.log_odds == 0.0
    assert desk.ledger.claim(desk.claim_id, desk.now).suspected_copies == 1


def test_one_testimony_in_many_weaker_variants_moves_nothing(desk: Desk) -> None:
    before = desk.report()
    acts = ("asserts", "reports", "claims", "estimates", "alleges", "warns")
    told = [desk.word("pentagon", act, certainty=hedge) for act in acts for hedge in ("certain", "probable", "possible")]
    desk.add(*(one for words in told for one in words), by=desk.mallory)
    after = desk.report()
    assert after.log_odds - before.log_odds == 0.0
    assert (after.independent_origins, after.headline) == (before.independent_origins, before.headline)


def test_a_firmer_variant_raises_an_origin_to_its_letter_and_no_further(desk: Desk) -> None:
    document, firmer = desk.word("nis", "confirms", day="2025-04-21")
    was = desk.row("nis").weight
    moved = desk.change(document, firmer)
    assert moved == pytest.approx(letter_weight("C") - was, abs=1e-9)
    assert desk.change(*desk.word("nis", "finds", day="2025-04-22"), *desk.word("nis", "confirms", day="2025-04-23")) == 0.0
    desk.is_told(firmer, desk.mallory)


def test_rebuttals_of_unrated_voices_and_repeated_denials_move_nothing(desk: Desk) -> None:
    before = desk.report()
    trolls = [f"troll-{number}" for number in range(MANY)]
    desk.add(*(factory.source(slug, type="platform_account") for slug in trolls), by=desk.mallory)
    told = [desk.word(slug, "denies", basis="witnessed") for slug in trolls]
    told += [desk.word("dprk", "denies", day=f"2025-04-{day}") for day in range(21, 29)]
    desk.add(*(one for words in told for one in words), by=desk.mallory)
    after = desk.report()
    assert after.log_odds - before.log_odds == 0.0
    assert (after.headline, after.independent_origins) == (before.headline, before.independent_origins)


def test_dismissals_questions_and_silence_move_nothing_and_stand_in_their_own_place(desk: Desk) -> None:
    acts = ("dismisses", "questions", "declines_to_comment", "did_not_respond")
    said = [desk.word(slug, act, day="2025-04-25") for slug in ("pentagon", "nis", "dprk") for act in acts]
    assert desk.change(*(one for words in said for one in words)) == 0.0
    shown = {(one.speaker, one.act) for one in desk.report().no_weight}
    assert shown == {(slug, act) for slug in ("pentagon", "nis", "dprk") for act in acts}


# Unnamed sources


def unnamed(desk: Desk, count: int, letter: str = "A", **of: str) -> float:
    records = []
    for slug in (f"official-{number}" for number in range(count)):
        records += [factory.source(slug, type="unnamed", unnamed_kind="person", **of), factory.assessment(slug, letter)]
        records += desk.word(slug, anonymity="anonymous")
    return desk.change(*records)


def test_any_number_of_unnamed_sources_without_affiliation_weighs_as_one(desk: Desk) -> None:
    assert unnamed(desk, 10) == pytest.approx(MOST_UNNAMED, abs=1e-9)
    assert desk.row("official-0").factors.capped
    assert "both unnamed, without affiliation" in {one.why for one in desk.report().related}


def test_unnamed_sources_of_one_body_add_a_fifth_each(desk: Desk) -> None:
    desk.source("ministry", by=desk.mallory)
    moved = unnamed(desk, 10, affiliation="ministry")
    further = 1 - OLO_1.rho_unnamed_same_affiliation
    assert moved == pytest.approx(MOST_UNNAMED * (1 + 9 * further), abs=1e-9)


def test_unnamed_sources_alone_never_corroborate(desk: Desk) -> None:
    """Each of another body counts in full, which is not stopped; but a headline of that strength wants somebody with a name."""
    other = factory.claim("Shells were sent as well", about=["ukraine-war"])
    desk.add(other, by=desk.mallory)
    for number in range(6):
        desk.source(f"ministry-{number}", by=desk.mallory)
        desk.source(
            f"voice-{number}", "A", by=desk.mallory, type="unnamed", unnamed_kind="person", affiliation=f"ministry-{number}"
        )
        desk.add(*desk.word(f"voice-{number}", claim=other), by=desk.mallory)
    report = desk.report(other)
    assert report.log_odds == pytest.approx(6 * MOST_UNNAMED, abs=1e-9)
    assert report.headline == "mostly_for"
    assert all(row.factors.capped and row.assessments[0].assessor == "mallory" for row in report.contributions)


# Interest


@pytest.mark.parametrize("slug,letter", [("pentagon", "B"), ("nis", "C")])
def test_a_declared_interest_against_is_bounded_and_gives_its_reason(desk: Desk, slug: str, letter: str) -> None:
    was = desk.row(slug).weight
    reason = "it costs them the alliance"
    document, admission = desk.word(slug, day="2025-04-21", interest="against", interest_reason=reason)
    assert desk.change(document, admission) == pytest.approx(admitted_weight(letter) - was, abs=1e-9)
    assert admitted_weight(letter) <= MOST_PER_ORIGIN
    assert desk.row(slug).factors.against_interest
    assert desk.report().label_sources["acknowledged"] == [slug]
    shown = {one.id: one.interest_reason for one in desk.ledger.claim(desk.claim_id, desk.now).statements}
    assert reason in shown.values()
    desk.is_told(admission, desk.mallory)


def test_a_declared_interest_for_does_not_weaken_what_was_said_before(desk: Desk) -> None:
    assert desk.change(*desk.word("pentagon", day="2025-04-21", interest="for")) == 0.0


def test_calling_a_source_a_party_halves_its_edge_at_most_and_is_labelled(desk: Desk) -> None:
    desk.source("mod", "B", by=desk.anna)
    desk.add(*desk.word("mod", interest="unknown"), by=desk.anna)
    was = desk.row("mod").factors.edge
    party = factory.relation("mod", "party_to", "ukraine-war")
    desk.add(party, by=desk.mallory)
    assert desk.row("mod").factors.edge == pytest.approx(was * OLO_1.self_serving)
    assert desk.report().label_sources["party_to_the_conflict"] == ["mod"]
    desk.is_told(party, desk.mallory)
