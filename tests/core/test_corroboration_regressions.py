"""Ways in which the score once came out wrong, each kept as a case."""

from __future__ import annotations

from tests.core.world import OTHER, RATER, World

T = "2025-01-01"


def world(*bodies: str) -> World:
    w = World()
    for slug in bodies:
        w.source(slug, "B", type="government_body")
    w.source("paper", "B")
    return w


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


# What random worlds found


def test_a_circle_that_was_known_is_not_hidden_by_what_was_said_later() -> None:
    w = World()
    for slug in ("one", "two", "three"):
        w.source(slug, "B")
    said = [w.says(slug, "reports", document=w.document(slug, T), basis="told") for slug in ("one", "two", "three")]
    for below, above in zip(said, [*said[1:], said[0]], strict=True):
        w.hop(below, above)
    before = w.report("2025-02-01", clock="public").circular
    for slug, above in (("one", said[2]), ("two", said[0]), ("three", said[1])):
        w.through(slug, above, "2025-03-01")
    assert w.report("2025-02-01", clock="public").circular == before != []


def test_a_later_report_does_not_bring_back_what_was_set_aside_before_it_was_out() -> None:
    w = world("gov")
    forged = w.document("paper", T)
    below = w.says("paper", "reports", document=forged, basis="told")
    said = w.says("gov", "confirms", reported_by=below)
    w.hop(below, said)
    w.add(kind="assessment", target=forged, scheme="authenticity", value="forged", rationale="x")
    before = w.report("2025-02-01", clock="public").set_aside
    w.source("agency", "B", type="news_agency")
    w.through("agency", said, "2025-03-01")
    assert len(before) == 2
    assert w.report("2025-02-01", clock="public").set_aside == before
    assert w.report("2025-03-01", clock="public").headline == "single_origin"


def test_a_source_that_cites_itself_in_a_circle_stays_the_origin_that_it_is() -> None:
    w = World()
    w.source("aaa", "B")
    w.source("zzz", "B", same_as=["aaa"])
    w.source("other", "B")
    ring = [w.says(slug, "reports", document=w.document(slug, T), basis="told") for slug in ("zzz", "aaa")]
    w.hop(ring[0], ring[1])
    w.hop(ring[1], ring[0])
    assert [row.origin for row in w.report().contributions] == ["aaa"]


def test_a_circle_of_which_one_figure_cannot_be_compared_is_shown_all_the_same() -> None:
    w = World()
    soldiers = {"best": 100, "hedge": "about", "unit": "soldiers"}
    claim = w.claim("about a hundred", "quantity", quantity=soldiers)
    said = []
    for slug, unit in (("one", "shells"), ("two", "soldiers")):
        w.source(slug, "B")
        quantity = {**soldiers, "unit": unit}
        said.append(w.says(slug, "reports", claim=claim, quantity=quantity, document=w.document(slug, T), basis="told"))
    w.hop(said[0], said[1])
    w.hop(said[1], said[0])
    report = w.report(claim=claim)
    assert [row.origin for row in report.contributions] == ["one+two"]
    assert [(item.speaker, item.reason) for item in report.no_weight] == [
        ("one", "its figure cannot be compared: another unit, measure or time")
    ]


def test_words_in_a_circle_that_stand_in_no_document_are_not_passed_over_in_silence() -> None:
    w = world("one", "two")
    said = [w.says(slug, "asserts", said_at=T) for slug in ("one", "two")]
    w.hop(said[0], said[1])
    w.hop(said[1], said[0])
    report = w.report()
    assert report.headline == "not_enough"
    assert {item.reason for item in report.no_weight} == {"no reader could find it yet"}


def test_a_dismissal_of_a_related_claim_is_no_report_about_this_one_and_of_an_equivalent_one_is() -> None:
    for relation, headline, shown in (("entails", "no_reports", 0), ("equivalent", "not_enough", 1)):
        w = world("gov")
        other = w.claim("the other")
        w.relate_claims(other, relation, w.claim_id)
        w.says("gov", "dismisses", claim=other, document=w.document("gov", T))
        report = w.report()
        assert (report.headline, len(report.no_weight), report.reports) == (headline, shown, shown)


def test_a_hop_through_somebody_between_an_origins_own_undocumented_words_raises_nothing() -> None:
    w = world("gov")
    w.source("agency", "A", type="news_agency")
    first = w.says("gov", "asserts", said_at=T)
    again = w.says("gov", "asserts", said_at="2025-01-02")
    w.hop(again, first)
    before = w.report().contributions[0].weight
    w = world("gov")
    w.source("agency", "A", type="news_agency")
    first = w.says("gov", "asserts", said_at=T)
    again = w.says("gov", "asserts", said_at="2025-01-02")
    between = w.says("agency", "reports", basis="told", reported_by=again)
    w.hop(again, between)
    w.hop(between, first)
    assert w.report().contributions[0].weight < before


def test_an_author_with_a_name_is_named_though_whoever_shows_its_papers_is_not() -> None:
    w = World()
    for slug in ("one", "two"):
        w.source(slug, "A", type="organization")
        w.source(f"leak-{slug}", "B")
        image = w.document(slug, T, authors=[slug], medium="image")
        shown = w.document(f"leak-{slug}", T)
        w.hop(w.says(f"leak-{slug}", "finds", anonymity="anonymous", document=shown, basis="imagery"), image)
    for number in range(4):
        w.source(f"more-{number}", "A", type="unnamed", unnamed_kind="person", affiliation=f"leak-{('one', 'two')[number % 2]}")
        w.says(f"more-{number}", "finds", document=w.document(f"more-{number}", T))
    report = w.report()
    assert report.headline == "corroborated"


def test_a_forged_page_on_which_somebody_takes_its_words_back_takes_nothing_back() -> None:
    w = world("gov")
    said = w.says("gov", "confirms", document=w.document("gov", T))
    forged = w.document("paper", "2025-02-01")
    page = w.says("paper", "reports", basis="told", document=forged)
    w.hop(page, w.says("gov", "withdraws", withdraws=said, reported_by=page))
    assert w.report().headline == "not_enough"
    w.add(kind="assessment", target=forged, scheme="authenticity", value="forged", rationale="x")
    assert w.report().headline == "single_origin"


def test_a_correction_that_cites_what_it_corrects_counts() -> None:
    w = world("gov")
    said = w.says("gov", "denies", document=w.document("gov", T))
    right = w.says("gov", "corrects", withdraws=said, document=w.document("gov", "2025-02-01"))
    w.hop(right, said)
    report = w.report()
    assert (report.headline, [item.record for item in report.set_aside]) == ("single_origin", [said])


def test_who_speaks_for_one_of_a_ring_is_one_vote_with_all_of_it_whatever_their_names() -> None:
    for spokesman in ("aaa", "zzz"):
        w = world("one", "two")
        w.source(spokesman, "B", type="person")
        w.relate(spokesman, "speaks_for", "one")
        w.relate("one", "speaks_for", "two")
        w.relate("two", "speaks_for", "one")
        for slug in (spokesman, "one", "two"):
            w.says(slug, "confirms", document=w.document(slug, T))
        assert [row.origin for row in w.report().contributions] == ["two"]
        w = world("one", "two")
        w.source(spokesman, "B", type="person", same_as=["one"])
        w.relate(spokesman, "speaks_for", "one")
        w.relate("two", "speaks_for", spokesman)
        for slug in (spokesman, "two"):
            w.says(slug, "confirms", document=w.document(slug, T))
        assert len(w.report().contributions) == 1


def test_what_nobody_had_said_yet_adds_no_owner_to_what_would_change() -> None:
    w = world("gov")
    w.source("part", "B", type="organization")
    w.relate("part", "part_of", "gov")
    w.says("gov", "confirms", document=w.document("gov", T))
    before = w.report("2025-02-01").sensitivity
    w.says("part", "confirms", document=w.document("part", "2025-03-01"))
    assert w.report("2025-02-01").sensitivity == before


def test_leaving_out_the_author_of_a_document_says_so_though_who_shows_it_had_it_from_others_too() -> None:
    w = World()
    w.source("camera", "D", type="dataset")
    w.source("paper", "B")
    w.source("gossip", "B")
    told = w.says("gossip", "denies", document=w.document("gossip", T))
    shows = w.says("paper", "reports", basis="told", document=w.document("paper", T))
    w.hop(shows, told)
    w.hop(shows, w.document("camera", T, medium="image"))
    without = {one.without: one.headline for one in w.report().sensitivity}
    assert without["origin:camera"] == w.report(without=["origin:camera"]).headline == "not_enough"


def test_leaving_out_whose_words_are_set_aside_already_leaves_no_report_of_them() -> None:
    w = World()
    w.source("gov", "B", type="government_body", country="KR")
    forged = w.document("gov", T)
    w.says("gov", "confirms", document=forged)
    w.add(kind="assessment", target=forged, scheme="authenticity", value="forged", rationale="x")
    without = {one.without: one.headline for one in w.report().sensitivity}
    assert without["country:KR"] == w.report(without=["country:KR"]).headline == "no_reports"
