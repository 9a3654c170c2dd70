"""What the axioms found wrong in random worlds, each in the smallest world that shows it."""

from __future__ import annotations

from tests.core.test_corroboration_regressions import T, world
from tests.core.world import World


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


# What reading the description against the code found


def test_a_spokesman_of_a_party_does_not_take_the_admission_back_either() -> None:
    w = world("gov")
    w.source("spokesman", "B", type="person")
    w.relate("spokesman", "speaks_for", "gov")
    w.relate("gov", "party_to", w.topic)
    said = w.says("spokesman", "confirms", document=w.document("spokesman", T), interest="against")
    before = w.report().log_odds
    w.says("spokesman", "withdraws", withdraws=said, interest="unknown", document=w.document("spokesman", "2025-02-01"))
    report = w.report()
    assert (report.log_odds, report.set_aside) == (before, [])
    assert [item.reason for item in report.no_weight] == ["walked back: a self-serving withdrawal of an admission"]


def test_of_an_unnamed_person_only_its_affiliation_says_with_whom_it_hangs_together() -> None:
    w = world()
    for slug, letter in (("first", "A"), ("second", "B")):
        w.source(slug, letter, type="unnamed", unnamed_kind="person")
    w.source("other", "D", type="organization")
    w.relate("first", "part_of", "other")
    for slug in ("second", "other"):
        w.says(slug, "asserts", document=w.document(slug, T))
    before = w.report().log_odds
    w.says("first", "asserts", document=w.document("first", T))
    assert w.report().log_odds == before


def test_an_undated_report_that_somebody_confirmed_what_it_was_shown_halves_nothing_it_said_on_a_day() -> None:
    w = world("gov", "lab")
    w.says("gov", "asserts", document=w.document("gov", T))
    shown = w.says("lab", "alleges", document=w.document("lab", T))
    before = w.report().log_odds
    page = w.says("paper", "reports", basis="told", document=w.document("paper"))
    confirmed = w.says("gov", "confirms", basis="analysis", reported_by=page)
    w.hop(page, confirmed)
    w.hop(confirmed, shown)
    assert w.report().log_odds == before


def test_who_has_it_from_words_that_say_nothing_of_the_claim_is_not_passed_over_in_silence() -> None:
    w = world("gov")
    other = w.claim("something larger")
    w.relate_claims(w.claim_id, "entails", other)
    w.through("paper", w.says("gov", "confirms", claim=other, document=w.document("gov", T)), T)
    below = w.says("paper", "reports", basis="told", document=w.document("paper", "2025-01-02"))
    w.hop(below, w.says("gov", "confirms", claim=other, said_at=T))
    report = w.report()
    assert report.headline == "not_enough"
    assert [item.reason for item in report.no_weight] == ["what it has it from says nothing of the claim"]


def test_a_dismissal_on_a_forged_page_is_shown_as_set_aside() -> None:
    w = world("gov")
    page = w.document("gov", T)
    w.says("gov", "dismisses", document=page)
    w.add(kind="assessment", target=page, scheme="authenticity", value="forged", rationale="x")
    report = w.report()
    assert (report.headline, report.labels) == ("not_enough", [])
    assert [item.reason for item in report.set_aside] == ["its document was judged forged"]


def test_a_circle_is_not_hidden_by_a_hop_that_was_found_out_later() -> None:
    w = world("gov")
    w.source("agency", "B", type="news_agency")
    said = [w.says(slug, "reports", basis="told", document=w.document(slug, T)) for slug in ("paper", "agency")]
    w.hop(said[0], said[1])
    w.hop(said[1], said[0])
    root = w.says("gov", "confirms", document=w.document("gov", T))
    before = w.report("2025-02-01")
    w.hop(said[0], root, known_from="2025-03-01")
    after = w.report("2025-02-01")
    assert (
        [row.origin for row in after.contributions] == [row.origin for row in before.contributions] == ["gov", "agency+paper"]
    )
