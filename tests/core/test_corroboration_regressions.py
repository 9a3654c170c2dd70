"""Ways in which the score once came out wrong, each kept as a case."""

from __future__ import annotations

import math

from tests.core.world import OTHER, RATER, World

T = "2025-01-01"


def world(*bodies: str) -> World:
    w = World()
    for slug in bodies:
        w.source(slug, "B", type="government_body")
    w.source("paper", "B")
    return w


# What the first drafts of the score got wrong, by the names under which it is remembered


def test_closure_over_speakers_only() -> None:
    """Two sources that one holding owns depend on each other though the holding never said a word; and a newcomer that is
    related to both through it cannot lower its own side."""
    w = world("one", "two")
    for slug in ("one", "two"):
        w.says(slug, "confirms", document=w.document(slug, T))
    w.source("holding", "B", type="organization")
    w.relate("one", "owned_by", "holding")
    w.relate("two", "controlled_by", "holding")
    before = w.report()
    assert before.independent_origins.for_ == 1.1
    w.says("holding", "alleges", document=w.document("holding", T))
    assert w.report().log_odds >= before.log_odds


def test_tie_break_by_stance() -> None:
    """Of equals on two sides neither comes first: swapped, the same number with the other sign."""
    found = []
    for acts in (("asserts", "denies"), ("denies", "asserts")):
        w = world("one", "two", "ally")
        w.relate("ally", "allied_with", "one")
        w.relate("ally", "allied_with", "two")
        for slug, act in zip(("one", "two", "ally"), (*acts, "asserts"), strict=True):
            w.says(slug, act, document=w.document(slug, T))
        found.append(w.report().log_odds)
    assert found[0] == found[1]
    w = world("one", "two")
    for slug, act in (("one", "asserts"), ("two", "denies")):
        w.says(slug, act, document=w.document(slug, T))
    assert w.report().log_odds == 0.0


def test_same_moment_contradiction() -> None:
    """Who says yes and no at one moment has no stance, in whatever order it was recorded."""
    for acts in (("confirms", "denies"), ("denies", "confirms")):
        w = world("gov")
        for act in acts:
            w.says("gov", act, document=w.document("gov", T))
        report = w.report()
        assert (report.log_odds, report.headline, report.labels) == (0.0, "not_enough", [])
        assert len(report.withdrawn) == 2


def test_labels_with_holes() -> None:
    """Between 1 and 2 origins, with a weak voice against, there was once no headline at all."""
    w = world("one", "ally")
    w.relate("ally", "allied_with", "one")
    w.source("doubter", "D", type="unnamed", unnamed_kind="person")
    for slug, act in (("one", "confirms"), ("ally", "confirms"), ("doubter", "denies")):
        w.says(slug, act, document=w.document(slug, T))
    report = w.report()
    assert (report.independent_origins.for_, report.independent_origins.against) == (1.5, 1.0)
    assert (report.probability >= 0.8, report.headline) == (True, "mostly_for")


def test_circles_that_killed_real_origins() -> None:
    w = world("gov")
    w.source("agency", "B", type="news_agency")
    said = w.says("gov", "confirms", document=w.document("gov", T))
    before = w.report().log_odds
    paper = w.through("paper", said, T)
    wire = w.through("agency", paper, T)
    w.hop(paper, wire)
    report = w.report()
    assert (report.log_odds, report.headline, report.labels) == (before, "single_origin", ["circular"])


def test_an_undated_recap_that_reversed_an_origin() -> None:
    w = world("gov")
    w.says("gov", "confirms", document=w.document("gov", T))
    before = w.report().log_odds
    recap = w.says("paper", "reports", polarity="-", basis="told", document=w.document("paper"))
    w.hop(recap, w.says("gov", "denies", reported_by=recap))
    report = w.report()
    assert (report.log_odds, report.labels) == (before, [])


def test_an_unrated_spokesman_who_erased_his_government() -> None:
    w = world("gov")
    w.source("spokesman", type="person")
    w.relate("spokesman", "speaks_for", "gov")
    w.says("gov", "confirms", document=w.document("gov", T))
    before = w.report()
    w.says("spokesman", "denies", document=w.document("spokesman", "2025-02-01"))
    w.says("spokesman", "confirms", document=w.document("spokesman", "2025-02-02"))
    w.says("spokesman", "denies", document=w.document("spokesman", "2025-03-01"))
    after = w.report()
    assert (after.log_odds, after.interval, after.headline) == (before.log_odds, before.interval, before.headline)


def test_a_single_channel_switched_off_by_one_unrated_voice() -> None:
    w = world("one", "two")
    w.source("agency", "B", type="news_agency")
    origins = [w.says(slug, "confirms", said_at=T) for slug in ("one", "two")]
    for said in origins:
        w.through("agency", said, T)
    assert w.report().headline == "single_channel"
    w.through(w.source("somebody"), origins[0], T)
    w.source("crank", type="person")
    w.says("crank", "confirms", document=w.document("crank", T))
    w.says("crank", "denies", document=w.document("crank", "2025-01-02"))
    assert w.report().headline == "single_channel"


def test_thresholds_in_floats() -> None:
    """One origin and ten that depend on it by .9 are two, though in floats 1 + ten times .1 is a little less."""
    assert math.fsum([1.0] + [1.0 - 0.9] * 10) < 2.0
    w = world("head")
    w.says("head", "confirms", document=w.document("head", T))
    for number in range(10):
        slug = w.source(f"body-{number}", "B", type="government_body")
        w.relate(slug, "controlled_by", "head")
        w.says(slug, "asserts", document=w.document(slug, T))
    report = w.report()
    assert (report.independent_origins.for_, report.headline) == (2.0, "corroborated")


# Ways in which it came out wrong since


def test_taking_the_origin_from_the_record_makes_no_origins_of_its_relays() -> None:
    for take in ("withhold", "correction"):
        w = world("gov")
        said = w.says("gov", "confirms", said_at=T)
        for slug in ("one", "two", "three"):
            w.source(slug, "B", type="organization")
            w.through(slug, said, T)
        more = {"basis": "x", "authority": "y"} if take == "withhold" else {"reason": "x"}
        w.add(kind=take, target=said, ledger="test.example/w", **more)
        report = w.report()
        assert (report.headline, report.log_odds) == ("not_enough", 0.0)
        assert {item.reason for item in report.set_aside} == {"what it cites was taken back from the record or is withheld"}


def test_on_the_public_clock_a_documents_own_date_counts() -> None:
    w = world("gov")
    w.says("gov", "confirms", said_at=T, document=w.document("gov", "2025-03-01"))
    assert w.report("2025-02-01", clock="public").headline == "not_enough"
    assert w.report("2025-03-01", clock="public").headline == "single_origin"


def test_a_source_does_not_get_rid_of_a_bad_rating_by_signing_it_too() -> None:
    w = World()
    w.source("gov", type="government_body")
    w.source("rater", type="organization")
    w.relate("rater", "part_of", "gov")
    w.says("gov", "confirms", document=w.document("gov", T))
    w.rate("gov", "D", key=OTHER)
    before = w.report().log_odds
    w.rate("gov", "D", key=RATER)
    assert before == w.report().log_odds > 0


def test_signing_a_correction_again_that_was_taken_back_changes_nothing() -> None:
    w = world("gov")
    said = w.says("gov", "confirms", document=w.document("gov", T))
    correction = {"kind": "correction", "target": said, "reason": "x", "ledger": "test.example/w"}
    first = w.add(**correction)
    w.add(kind="correction", target=first, reason="y", ledger="test.example/w")
    w.add(**correction, key=OTHER)
    assert w.report().headline == "single_origin"


def test_who_no_longer_speaks_for_a_body_speaks_for_itself() -> None:
    w = world("gov")
    w.source("spokesman", "B", type="person")
    first = w.relate("spokesman", "speaks_for", "gov")
    w.relate("spokesman", "speaks_for", "gov", valid_to="2024-01-01", replaces=first)
    w.says("spokesman", "asserts", document=w.document("spokesman", T))
    assert w.report().contributions[0].origin == "spokesman"


def test_a_withdrawal_that_is_itself_withdrawn_or_forged_or_earlier_takes_nothing_back() -> None:
    w = world("gov")
    said = w.says("gov", "confirms", said_at=T)
    gone = w.says("gov", "withdraws", withdraws=said, said_at="2025-02-01")
    assert w.report().headline == "not_enough"
    w.says("gov", "withdraws", withdraws=gone, said_at="2025-03-01")
    assert w.report().headline == "single_origin"
    w = world("gov")
    said = w.says("gov", "confirms", said_at=T)
    letter = w.document("gov", "2025-02-01")
    w.says("gov", "withdraws", withdraws=said, document=letter)
    w.add(kind="assessment", target=letter, scheme="authenticity", value="forged", rationale="x")
    assert w.report().headline == "single_origin"
    w = world("gov")
    said = w.says("gov", "confirms", said_at="2025-03-01")
    w.says("gov", "withdraws", withdraws=said, said_at="2025-02-01")
    assert w.report().headline == "single_origin"


def test_a_party_to_the_conflict_does_not_take_its_admission_back() -> None:
    for act, interest in (("withdraws", "unknown"), ("corrects", "for")):
        w = world("gov")
        w.relate("gov", "party_to", w.topic)
        said = w.says("gov", "confirms", said_at=T, interest="against")
        before = w.report().log_odds
        w.says("gov", act, polarity="-", withdraws=said, said_at="2025-02-01", interest=interest)
        assert w.report().log_odds == before


def test_who_only_relays_the_contrary_has_not_changed_its_position() -> None:
    w = world("gov")
    many = w.claim("many")
    w.relate_claims(many, "entails", w.claim_id)
    w.source("lab", "B")
    w.says("lab", "denies", document=w.document("lab", T), basis="imagery")
    before = w.report(claim=many)
    w.through("lab", w.says("gov", "confirms", said_at="2025-02-01"), "2025-02-02")
    after = w.report(claim=many)
    assert (after.log_odds, after.labels) == (before.log_odds, [])


def test_a_replacement_or_a_join_that_leads_to_itself_is_no_hop() -> None:
    w = world("gov")
    old = w.says("gov", "confirms", document=w.document("gov", T))
    new = w.says("gov", "confirms", document=w.document("gov", "2025-01-02"))
    w.hop(new, old)
    w.add(kind="correction", target=old, replaced_by=new, reason="x", ledger="test.example/w")
    assert w.report().headline == "single_origin"
    w = world("gov")
    first = w.says("gov", "confirms", document=w.document("gov", T))
    again = w.says("gov", "confirms", document=w.document("gov", "2025-01-02"))
    w.hop(first, again)
    w.hop(again, first)
    assert w.report().headline == "single_origin"
    w = World()
    w.source("agency", "B", type="news_agency")
    wire = w.says("agency", "reports", basis="data", document=w.document("agency", T))
    w.hop(wire, w.says("agency", "reports", basis="told", reported_by=wire))
    assert w.report().circular == []


def test_the_name_of_a_source_that_is_the_same_as_another_does_not_matter() -> None:
    for name in ("aaa", "zzz"):
        w = world("gov")
        w.source(name, type="government_body", same_as=["gov"])
        w.relate(name, "party_to", w.topic)
        w.says("gov", "confirms", document=w.document("gov", T), interest="unknown")
        assert w.report().contributions[0].factors.self_serving


def test_words_from_before_a_change_of_stance_do_not_count_after_it() -> None:
    w = world("gov")
    w.source("agency", "A", type="news_agency")
    wire = w.says("agency", "reports", basis="told", document=w.document("agency", T))
    w.hop(wire, w.says("gov", "confirms", reported_by=wire))
    w.says("gov", "denies", document=w.document("gov", "2025-02-01"))
    w.says("gov", "alleges", document=w.document("gov", "2025-03-01"))
    assert w.report().contributions[0].factors.h == 0.5


def test_a_weaker_repeat_of_the_same_figure_changes_nothing() -> None:
    for act in ("reports", "denies"):
        w = world("gov")
        figure = {"best": 100, "hedge": "about", "unit": "soldiers"}
        claim = w.claim("about a hundred", "quantity", quantity=figure)
        quantity = figure if act == "reports" else None
        w.says("gov", act, claim=claim, quantity=quantity, document=w.document("gov", T))
        before = w.report(claim=claim).log_odds
        later = w.document("gov", "2025-02-01")
        w.says("gov", act, claim=claim, quantity=quantity, document=later, certainty="possible")
        assert w.report(claim=claim).log_odds == before


def test_going_back_to_ones_own_words_halves_nothing() -> None:
    w = world("gov")
    first = w.says("gov", "alleges", document=w.document("gov", T))
    again = w.says("gov", "confirms", basis="own_act", document=w.document("gov", "2025-02-01"))
    before = w.report().log_odds
    w.hop(again, first)
    assert w.report().log_odds == before


def test_an_interest_against_does_not_cross_a_contradiction() -> None:
    w = world("gov")
    w.relate("gov", "party_to", w.topic)
    other = w.claim("the contrary")
    w.relate_claims(other, "contradicts", w.claim_id)
    w.says("gov", "confirms", claim=other, document=w.document("gov", T), interest="against")
    factors = w.report().contributions[0].factors
    assert (factors.against_interest, factors.self_serving) == (False, True)


def test_the_largest_figures_are_compared_without_a_crash() -> None:
    w = world("gov")
    figure = {"low": 2**53 - 1, "high": 2**53 - 1, "hedge": "between", "unit": "soldiers"}
    claim = w.claim("very many", "quantity", quantity=figure)
    w.says("gov", "reports", claim=claim, quantity=figure, document=w.document("gov", T))
    assert w.report(claim=claim).contributions[0].factors.kappa == 1.0


def test_leaving_a_source_out_leaves_out_its_documents_and_signatures_and_sets_nothing_aside() -> None:
    w = world("gov", "satellite")
    image = w.document("satellite", T, authors=["satellite"], medium="image")
    w.hop(w.says("paper", "reports", document=w.document("paper", T), basis="imagery"), image)
    for without in ("source:satellite", "origin:satellite", "source:paper"):
        report = w.report(without=[without])
        assert (report.headline, report.set_aside, report.labels) == ("no_reports", [], [])
    w = world("gov", "weak")
    w.says("weak", "announces", joint_with=["gov"], document=w.document("weak", T))
    assert w.report(without=["source:gov"]).contributions[0].origin == "weak"


def test_two_unnamed_persons_are_no_divided_body_and_a_neutral_repeat_hides_no_admission() -> None:
    w = World()
    for slug, act in (("one", "asserts"), ("two", "denies")):
        w.source(slug, "B", type="unnamed", unnamed_kind="person")
        w.says(slug, act, said_at=T)
    assert w.report().labels == []
    w = world("gov")
    w.source("account", "E", type="platform_account")
    w.through("account", w.says("gov", "confirms", said_at=T, interest="against"), T)
    w.says("gov", "confirms", document=w.document("gov", "2025-02-01"))
    assert w.report().labels == ["acknowledged"]


def test_a_forged_page_does_not_hide_the_report_that_it_cites() -> None:
    w = world("gov")
    wire = w.through("paper", w.says("gov", "confirms", said_at=T), T)
    forged = w.document("fake", T)
    w.source("fake", "B")
    w.hop(w.says("fake", "reports", basis="told", document=forged), wire)
    w.add(kind="assessment", target=forged, scheme="authenticity", value="forged", rationale="x")
    assert w.report().reports == 1


def test_a_circle_that_was_fed_by_a_withdrawn_statement_is_set_aside() -> None:
    w = world("gov")
    w.source("agency", "B", type="news_agency")
    said = w.says("gov", "confirms", said_at=T)
    paper = w.through("paper", said, T)
    wire = w.through("agency", paper, T)
    w.hop(paper, wire)
    w.says("gov", "withdraws", withdraws=said, said_at="2025-02-01")
    assert w.report().origins.for_ == 0


def test_a_text_is_as_good_as_its_author_where_it_ends_a_chain() -> None:
    w = World()
    for slug in ("paper", "other"):
        w.source(slug, "B")
    article = w.document("other", T, medium="text")
    w.hop(w.says("paper", "reports", basis="told", document=w.document("paper", T)), article)
    assert w.report().headline == "not_enough"
