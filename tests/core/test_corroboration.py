"""The score, one behaviour a test (SCORING sections 2 and 3)."""

from __future__ import annotations

import math

import pytest

from ledger.errors import FormatError, NotFoundError
from tests.core.world import OTHER, World


def ministry_and_agencies(outlets: int) -> World:
    """`outlets` outlets reach one ministry through two agencies."""
    w = World()
    w.source("ministry", "C", type="government_body")
    ministry = w.says("ministry", "announces", said_at="2025-01-01")
    lines = []
    for agency in ("one", "two"):
        w.source(agency, "B", type="news_agency")
        lines.append(w.through(agency, ministry, "2025-01-02"))
    for number in range(outlets):
        outlet = w.source(f"outlet-{number}", "C")
        w.through(outlet, lines[number % 2], "2025-01-03")
    return w


def test_eight_outlets_that_reach_one_ministry_are_one_origin_and_a_ninth_changes_nothing() -> None:
    eight, nine = ministry_and_agencies(8).report(), ministry_and_agencies(9).report()
    assert (eight.independent_origins.for_, eight.outlets, eight.headline) == (1.0, 8, "single_origin")
    assert nine.log_odds == eight.log_odds
    assert nine.probability == eight.probability


def test_outlets_that_do_not_say_how_they_know_count_for_nothing() -> None:
    w = World()
    for number in range(5):
        outlet = w.source(f"outlet-{number}", "B")
        w.says(outlet, "reports", document=w.document(outlet, "2025-01-03"))
    report = w.report()
    assert (report.independent_origins.for_, report.origins.for_) == (0.0, 5)
    assert (report.headline, report.showable, report.log_odds) == ("not_enough", False, 0.0)
    assert report.interval == pytest.approx((0.01, 0.99))
    assert "it does not say how it knows" in report.contributions[0].reason


def test_a_claim_that_nobody_spoke_about_has_no_reports() -> None:
    report = World().report()
    assert (report.headline, report.probability, report.origins.for_) == ("no_reports", 0.5, 0)


def test_any_number_of_unrated_voices_changes_nothing() -> None:
    w = ministry_and_agencies(2)
    before = w.report()
    for number in range(10):
        voice = w.source(f"voice-{number}", type="person")
        w.says(voice, "confirms", said_at="2025-01-05", basis="witnessed")
    after = w.report()
    assert after.log_odds == before.log_odds
    assert after.origins.for_ == 11
    assert after.independent_origins.for_ == 1.0


def test_an_unrated_spokesman_cannot_erase_his_government() -> None:
    w = World()
    w.source("state", "C", type="government_body")
    w.source("spokesman", type="person")
    w.relate("spokesman", "speaks_for", "state")
    w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    before = w.report().log_odds
    w.says("spokesman", "denies", document=w.document("spokesman", "2025-02-01"))
    assert w.report().log_odds == before


def test_an_undated_recap_does_not_reverse_an_origin() -> None:
    w = World()
    w.source("state", "C", type="government_body")
    w.says("state", "confirms", said_at="2025-01-01")
    w.source("paper", "B")
    before = w.report()
    recap = w.document("paper")
    below = w.says("paper", "reports", document=recap, polarity="-", basis="told")
    w.hop(below, w.says("state", "denies", reported_by=below))
    after = w.report()
    assert after.log_odds == before.log_odds
    assert "changed_position" not in after.labels


def test_a_later_weaker_repeat_changes_nothing() -> None:
    w = World()
    w.source("state", "C", type="government_body")
    w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    before = w.report().log_odds
    w.source("blog", "D", type="platform_account")
    w.through("blog", w.says("state", "alleges", said_at="2025-03-01", certainty="possible"), "2025-03-02")
    assert w.report().log_odds == before


def test_a_verdict_that_is_passed_on_is_told_as_its_givers_and_weighs_nothing() -> None:
    w = World()
    w.source("state", "C", type="government_body")
    w.says("state", "confirms", said_at="2025-01-01")
    before = w.report()
    w.source("checkers", "A", type="organization")
    w.add(kind="assessment", target=w.claim_id, scheme="verdict", value="Mostly false", by="checkers")
    w.add(kind="assessment", target=w.claim_id, scheme="verdict", value="open")
    after = w.report()
    assert [(one.by, one.value) for one in after.verdicts] == [("checkers", "Mostly false"), ("rater", "open")]
    assert (after.log_odds, after.headline) == (before.log_odds, before.headline)


def test_contrary_words_of_one_moment_leave_no_stance() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.says("state", "confirms", said_at="2025-01-01")
    w.says("state", "denies", said_at="2025-01-01")
    report = w.report()
    assert report.log_odds == 0.0
    assert report.headline == "not_enough"
    assert {item.reason for item in report.withdrawn} == {"contrary statements, and nobody knows which came last"}


def test_two_codings_of_one_document_are_called_so() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    document = w.document("state", "2025-01-01")
    w.says("state", "confirms", document=document)
    w.says("state", "denies", document=document)
    assert w.report().labels == ["coding_disputed"]


def test_a_self_serving_denial_does_not_take_back_an_admission() -> None:
    w = World()
    w.source("state", "D", type="government_body")
    w.says("state", "confirms", said_at="2025-01-01", interest="against")
    before = w.report().log_odds
    w.says("state", "denies", said_at="2025-02-01", interest="for")
    after = w.report()
    assert after.log_odds == before
    assert "walked back" in after.contributions[0].withdrawn[0].reason


def test_what_a_source_withdraws_is_set_aside_with_all_that_rests_on_it() -> None:
    w = ministry_and_agencies(3)
    ministry = next(entry.id for entry in w.logged if getattr(entry.record, "speaker", "") == "ministry")
    w.says("ministry", "withdraws", withdraws=ministry, said_at="2025-02-01")
    report = w.report()
    assert report.headline == "not_enough"
    assert len(report.set_aside) == 6
    assert "rests_on_set_aside_evidence" in report.labels
    assert w.report("2025-01-31").headline == "single_origin"


def test_what_rests_on_a_forged_document_alone_is_set_aside_also_upstream() -> None:
    w = World()
    w.source("paper", "B")
    w.source("minister", "B", type="person")
    document = w.document("paper", "2025-01-01")
    below = w.says("paper", "reports", document=document, basis="told")
    w.hop(below, w.says("minister", "confirms", reported_by=below))
    assert w.report().headline == "single_origin"
    w.add(kind="assessment", target=document, scheme="authenticity", value="forged", rationale="the letterhead is wrong")
    report = w.report()
    assert report.headline == "not_enough"
    assert {item.speaker for item in report.set_aside} == {"paper", "minister"}


def test_a_placeholder_joins_its_speakers_own_report_and_says_that_this_is_inferred() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("agency", "B", type="news_agency")
    w.source("paper", "C")
    w.through("agency", w.says("state", "confirms", said_at="2025-01-01"), "2025-01-01")
    before = w.report()
    below = w.says("paper", "reports", document=w.document("paper", "2025-01-02"), basis="told")
    w.hop(below, w.says("agency", "reports", reported_by=below, basis="told"))
    after = w.report()
    assert after.log_odds == before.log_odds
    assert after.origins.for_ == 1


def test_two_outlets_that_read_one_image_are_one_origin() -> None:
    w = World()
    w.source("satellite", "A", type="organization")
    image = w.document("satellite", "2025-01-01", authors=["satellite"], medium="image")
    for outlet in ("one", "two"):
        w.source(outlet, "B")
        w.hop(w.says(outlet, "reports", document=w.document(outlet, "2025-01-02"), basis="imagery"), image)
    report = w.report()
    assert (report.independent_origins.for_, report.contributions[0].origin) == (1.0, "satellite")


def test_sources_that_cite_only_each_other_are_one_origin_without_weight() -> None:
    w = World()
    names = [w.source(slug, "B") for slug in ("a", "b", "c")]
    said = [w.says(slug, "reports", document=w.document(slug, "2025-01-01"), basis="told") for slug in names]
    for below, above in zip(said, [*said[1:], said[0]], strict=True):
        w.hop(below, above)
    report = w.report()
    assert (report.headline, report.origins.for_) == ("not_enough", 1)
    assert report.circular[0].speakers == ["a", "c", "b"]
    assert report.labels == ["circular"]


def test_a_circle_does_not_disestablish_a_real_origin() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("paper", "B")
    w.source("agency", "B", type="news_agency")
    origin = w.says("state", "confirms", said_at="2025-01-01")
    first = w.through("paper", origin, "2025-01-01")
    wire = w.through("agency", first, "2025-01-02")
    before = w.report().log_odds
    w.through("paper", wire, "2025-01-03")
    report = w.report()
    assert report.log_odds == before
    assert report.circular[0].speakers == ["paper", "agency"]


def test_everything_through_one_relay_is_a_single_channel_until_another_trusted_one_carries_it() -> None:
    w = World()
    w.source("agency", "B", type="news_agency")
    origins = []
    for slug in ("one", "two"):
        w.source(slug, "B", type="government_body")
        origins.append(w.says(slug, "confirms", said_at="2025-01-01"))
        w.through("agency", origins[-1], "2025-01-02")
    report = w.report()
    assert (report.headline, report.labels) == ("single_channel", ["single_channel"])
    assert [item.source for item in report.bottlenecks] == ["agency"]
    w.through(w.source("nobody"), origins[0], "2025-01-02")
    assert w.report().headline == "single_channel"
    w.through(w.source("rival", "C"), origins[0], "2025-01-02")
    assert w.report().headline == "corroborated"


def test_a_relay_that_confirms_what_it_saw_is_an_origin_at_half_weight() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("lab", "B", type="organization")
    shown = w.says("state", "announces", document=w.document("state", "2025-01-01"))
    below = w.says("lab", "confirms", document=w.document("lab", "2025-01-02"), basis="imagery")
    w.hop(below, shown)
    row = next(row for row in w.report().contributions if row.origin == "lab")
    assert row.factors.c == 0.5
    assert row.established


def test_one_rating_is_left_out_if_the_assessor_belongs_to_the_source() -> None:
    w = World()
    w.source("state", None, type="government_body")
    w.source("rater", None, type="organization")
    w.relate("rater", "part_of", "state")
    w.rate("state", "A")
    w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    row = w.report().contributions[0]
    assert (row.rated, row.assessments[0].used) == (False, False)
    w.rate("state", "C", key=OTHER)
    assert w.report().contributions[0].factors.letter == "C"


def test_of_two_letters_the_lower_counts_and_f_is_left_out() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.rate("state", "D", key=OTHER)
    w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    assert w.report().contributions[0].factors.letter == "D"
    w.rate("state", "F", key=OTHER)
    assert w.report().contributions[0].factors.letter == "B"


def test_a_newer_rating_that_begins_later_leaves_the_past_to_the_older() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.rate("state", "D", valid_from="2025-02-01")
    w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    assert w.report("2025-01-31").contributions[0].factors.letter == "B"
    assert w.report("2025-02-01").contributions[0].factors.letter == "D"


def test_dependence_is_found_over_sources_that_never_spoke() -> None:
    w = World()
    for slug in ("one", "two"):
        w.source(slug, "B", type="organization")
        w.says(slug, "confirms", document=w.document(slug, "2025-01-01"))
    assert w.report().independent_origins.for_ == 2.0
    w.source("holding", type="organization")
    w.relate("one", "owned_by", "holding", share=60)
    w.relate("two", "owned_by", "holding", share=30)
    report = w.report()
    assert report.independent_origins.for_ == 1.1
    assert report.related[0].why == "one owned_by holding, two owned_by holding"


def test_why_two_of_many_are_dependent_is_the_way_between_them_and_no_other() -> None:
    w = World()
    above = {number: (number - 1) // 2 for number in range(1, 31)}
    for number in range(31):
        w.source(f"s{number}", "B", type="organization")
        w.says(f"s{number}", "confirms", document=w.document(f"s{number}", "2025-01-01"))
    for number, parent in above.items():
        w.relate(f"s{number}", "owned_by", f"s{parent}", share=30)

    def ancestors(number: int) -> list[int]:
        return [number, *(ancestors(above[number]) if number in above else ())]

    found = {(one.a, one.b): one.why for one in w.report().related}
    assert len(found) == 31 * 30 / 2
    for (a, b), why in found.items():
        ups, downs = ancestors(int(a[1:])), ancestors(int(b[1:]))
        met = next(one for one in ups if one in downs)
        steps = [*ups[: ups.index(met)], *reversed(downs[: downs.index(met)])]
        assert why == ", ".join(f"s{one} owned_by s{above[one]}" for one in steps)


def test_statements_about_related_claims_bear_on_the_claim() -> None:
    w = World()
    many = w.claim("more than ten thousand", "quantity", quantity={"low": 10000, "hedge": "more_than", "unit": "soldiers"})
    nothing = w.claim("nothing of the kind happened")
    w.relate_claims(many, "entails", w.claim_id)
    w.relate_claims(nothing, "contradicts", w.claim_id)
    w.source("one", "B", type="organization")
    w.source("two", "B", type="organization")
    w.source("three", "B", type="organization")
    w.says("one", "estimates", claim=many, document=w.document("one", "2025-01-01"), hedge_on="figure")
    w.says("two", "asserts", claim=nothing, document=w.document("two", "2025-01-01"))
    w.says("three", "denies", claim=many, document=w.document("three", "2025-01-01"))
    rows = {row.origin: row for row in w.report().contributions}
    assert (rows["one"].side, rows["one"].factors.h) == ("for", 0.95)
    assert rows["two"].side == "against"
    assert "three" not in rows


def test_who_admits_the_event_no_longer_denies_the_figure_that_entails_it() -> None:
    w = World()
    many = w.claim("more than ten thousand", "quantity", quantity={"low": 10000, "hedge": "more_than", "unit": "soldiers"})
    w.relate_claims(many, "entails", w.claim_id)
    w.source("state", "C", type="government_body")
    w.says("state", "denies", said_at="2025-01-01")
    assert w.report(claim=many).independent_origins.against == 1.0
    w.says("state", "confirms", said_at="2025-02-01")
    after = w.report(claim=many)
    assert (after.independent_origins.against, after.log_odds) == (0.0, 0.0)
    assert after.label_sources == {"changed_position": ["state"]}
    assert w.report("2025-01-31", claim=many).independent_origins.against == 1.0


def test_contradictory_relations_cancel_only_where_they_are_equally_near() -> None:
    w = World()
    other = w.claim("the other")
    w.relate_claims(w.claim_id, "entails", other)
    w.relate_claims(other, "contradicts", w.claim_id)
    w.source("one", "B", type="organization")
    w.says("one", "asserts", document=w.document("one", "2025-01-01"))
    assert w.report().contributions[0].side == "for"


def test_dismissals_and_silence_are_shown_without_weight() -> None:
    w = ministry_and_agencies(2)
    w.source("accused", "C", type="government_body")
    before = w.report()
    w.says("accused", "declines_to_comment", said_at="2025-01-02")
    w.says("accused", "dismisses", polarity="-", said_at="2025-01-03")
    after = w.report()
    assert after.log_odds == before.log_odds
    assert [item.act for item in after.no_weight] == ["declines_to_comment", "dismisses"]


def test_without_leaves_out_a_source_an_owner_a_country_or_an_origin() -> None:
    w = World()
    w.source("one", "B", type="organization", country="KR")
    w.source("two", "B", type="organization", country="UA")
    w.source("holding", type="organization")
    w.relate("two", "owned_by", "holding")
    for slug in ("one", "two"):
        w.says(slug, "confirms", document=w.document(slug, "2025-01-01"))
    for without, left in (("source:one", "two"), ("owner:holding", "one"), ("country:KR", "two"), ("origin:two", "one")):
        report = w.report(without=[without])
        assert [row.origin for row in report.contributions] == [left]
        assert report.set_aside == []


def test_a_base_rate_moves_the_number_and_never_the_words() -> None:
    w = ministry_and_agencies(2)
    even, rare = w.report(), w.report(base_rate=0.01)
    assert rare.base == pytest.approx(math.log(0.01 / 0.99))
    assert rare.probability < even.probability
    assert (rare.headline, rare.words, rare.confidence) == (even.headline, even.words, even.confidence)
    silent = World().report(base_rate=0.2)
    assert silent.probability == pytest.approx(0.2)


def test_positions_and_forecasts_get_a_chain_and_no_score() -> None:
    w = World()
    claim = w.claim("it is a good thing", "position")
    w.source("one", "B", type="organization")
    w.says("one", "asserts", claim=claim, document=w.document("one", "2025-01-01"))
    report = w.report(claim=claim)
    assert (report.headline, report.showable) == ("not_scored", False)


def test_a_claim_about_a_private_person_never_shows_a_number() -> None:
    w = World()
    w.source("jane", type="person")
    claim = w.claim("Jane did it", concerns=[{"source": "jane", "role": "accused"}])
    for slug in ("one", "two", "three"):
        w.source(slug, "A", type="organization")
        w.says(slug, "finds", claim=claim, document=w.document(slug, "2025-01-01"))
    report = w.report(claim=claim)
    assert (report.headline, report.showable) == ("corroborated", False)


def test_an_unnamed_voice_has_a_cap_and_two_of_them_may_be_one() -> None:
    w = World()
    for number in ("one", "two"):
        w.source(f"official-{number}", "A", type="unnamed", unnamed_kind="person")
        w.says(f"official-{number}", "asserts", said_at="2025-01-01")
    report = w.report()
    assert {row.factors.reliability for row in report.contributions} == {0.70}
    assert report.independent_origins.for_ == 1.0


def test_a_joint_statement_is_one_statement_of_the_best_signatory() -> None:
    w = World()
    w.source("weak", "D", type="government_body")
    w.source("strong", "B", type="government_body")
    w.says("weak", "denies", said_at="2025-01-01")
    w.says("weak", "announces", joint_with=["strong"], said_at="2025-02-01")
    report = w.report()
    assert [row.origin for row in report.contributions] == ["strong"]
    assert report.label_sources == {"changed_position": ["weak"]}


def test_figures_support_a_claim_as_far_as_they_overlap_and_differ_as_far_as_they_lie_apart() -> None:
    w = World()
    soldiers = {"unit": "soldiers", "measure": "deployed"}
    claim = w.claim("about ten thousand", "quantity", quantity={"best": 10000, "hedge": "about", **soldiers})
    figures = {
        "same": {"best": 10000, "hedge": "about", **soldiers},
        "far": {"best": 100, "hedge": "exact", **soldiers},
        "killed": {"best": 10000, "hedge": "about", "unit": "soldiers", "measure": "killed"},
    }
    for slug, quantity in figures.items():
        w.source(slug, "B", type="organization")
        w.says(slug, "reports", claim=claim, quantity=quantity, document=w.document(slug, "2025-01-01"), basis="data")
    report = w.report(claim=claim)
    rows = {row.origin: row for row in report.contributions}
    assert (rows["same"].stance, rows["same"].factors.kappa) == ("supports", 1.0)
    assert (rows["far"].stance, rows["far"].side, rows["far"].factors.kappa) == ("differs", "against", -1.0)
    assert [item.speaker for item in report.no_weight] == ["killed"]


def test_on_the_public_clock_a_chain_counts_once_its_report_is_out() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("paper", "B")
    w.through("paper", w.says("state", "confirms", said_at="2025-01-01"), "2025-03-01")
    assert w.report("2025-02-01").headline == "single_origin"
    assert w.report("2025-02-01", clock="public").headline == "not_enough"
    assert w.report("2025-03-01", clock="public").headline == "single_origin"


def test_a_hop_that_was_found_later_makes_its_statement_a_relay_from_then_on() -> None:
    w = World()
    w.source("state", "C", type="government_body")
    w.source("paper", "B")
    above = w.says("state", "announces", said_at="2025-01-01")
    below = w.says("paper", "reports", document=w.document("paper", "2025-01-02"), basis="document")
    w.hop(below, above, standing="found_later", known_from="2025-06-01")
    assert w.report("2025-05-01").origins.for_ == 2
    assert w.report("2025-06-01").origins.for_ == 1


def test_what_was_corrected_or_withheld_on_the_ledger_no_longer_counts() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    said = w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    correction = w.add(kind="correction", target=said, reason="a wrong date", ledger="test.example/w")
    assert w.report().headline == "no_reports"
    w.add(kind="correction", target=correction, reason="the date was right", ledger="test.example/w")
    assert w.report().headline == "single_origin"
    w.add(kind="withhold", target=said, basis="court order", authority="a court", ledger="test.example/w")
    assert w.report().headline == "no_reports"


def test_a_statement_that_was_replaced_keeps_its_hops_on_both_sides() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("paper", "B")
    above = w.says("state", "confirms", said_at="2025-01-01")
    below = w.through("paper", above, "2025-01-02")
    right = w.says("paper", "reports", basis="told", document=w.document("paper", "2025-01-03"))
    w.add(kind="correction", target=below, replaced_by=right, reason="another page", ledger="test.example/w")
    report = w.report()
    assert report.origins.for_ == 1
    assert [link.statement for link in report.contributions[0].chain] == [above, right]


def test_a_claim_that_was_replaced_answers_for_the_one_that_replaced_it() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.says("state", "confirms", document=w.document("state", "2025-01-01"))
    better = w.claim("something else happened")
    w.add(kind="correction", target=w.claim_id, replaced_by=better, reason="better words", ledger="test.example/w")
    assert w.report(claim=better).headline == "single_origin"
    assert w.report(claim=w.claim_id).claim == better


def test_leaving_out_a_source_that_is_not_there_is_said_to_be_a_mistake() -> None:
    for kind in ("source", "owner", "origin"):
        with pytest.raises(NotFoundError):
            ministry_and_agencies(2).report(without=[f"{kind}:ministri"])


def test_a_report_of_what_was_only_said_later_is_no_circle() -> None:
    w = World()
    w.source("state", "B", type="government_body")
    w.source("agency", "B", type="news_agency")
    w.through("agency", w.says("state", "confirms", said_at="2026-03-08"), "2026-03-02")
    early = w.report("2026-03-03")
    assert (early.headline, early.labels) == ("not_enough", [])
    assert early.contributions[0].reason == "what it cites was not, or not surely, said by then"


@pytest.mark.parametrize(
    "question", [{"until": "yesterday"}, {"without": ["yonhap"]}, {"without": ["country:ZZ"]}, {"base_rate": 1.0}]
)
def test_a_question_that_makes_no_sense_is_refused(question: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        World().report(**question)  # type: ignore[arg-type]


def test_an_unknown_claim_or_policy_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        World().report(claim="sha256:" + "0" * 64)
    with pytest.raises(NotFoundError):
        World().report(policy="olo-0")
