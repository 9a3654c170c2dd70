"""schema.org's ClaimReview: every shape in which it is published, what it becomes, and what is left out of it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.records import record_json, sealed_in
from ledger.errors import FormatError, TooLargeError
from ledger.imports import claimreview, jsonld
from ledger.imports.drafts import Draft
from ledger.imports.faults import Fault
from ledger.imports.sheets import Sheet, parts, without_bad
from ledger.imports.slugs import KnownSource, Namer
from schemas.records import AssessmentRecord, ClaimRecord, DocumentRecord, SourceRecord, StatementRecord
from tests.imports.tables import REPOSITORY, drafted

VECTORS = REPOSITORY / "tests" / "vectors" / "claimreview"
BAD = json.loads((VECTORS / "bad.json").read_text("utf-8"))
SINGLE: dict[str, Any] = json.loads((VECTORS / "single.json").read_text("utf-8"))


def sheet(
    value: Any, *, known: dict[str, str] | None = None, sources: tuple[KnownSource, ...] = (), without: Collection[int] = ()
) -> Sheet:
    text = value if isinstance(value, str | bytes) else json.dumps(value)
    return claimreview.read(jsonld.read(text), Namer(sources), known=known, without=without)


def good(value: Any) -> tuple[Sheet, list[Fault]]:
    return without_bad(lambda without: sheet(value, without=without))


def vector(name: str) -> Sheet:
    return sheet((VECTORS / name).read_bytes())


def plain(draft: Draft, kind: type[Any]) -> list[Any]:
    return [item.plain for item in draft.records if isinstance(item.plain, kind)]


def refusal(value: Any) -> str:
    """What is said of a file that is refused, with the places of what is wrong."""
    try:
        read = sheet(value)
    except FormatError as error:
        return error.message
    with pytest.raises(FormatError) as caught:
        parts(read)
    return read.placed(caught.value.message)


def test_a_review_is_claim_claimant_works_and_the_verdict_of_who_gave_it() -> None:
    draft = drafted(vector("single.json"))
    (claim,) = plain(draft, ClaimRecord)
    assert claim.text == {"de": "Die Nordheimer Brücke ist eingestürzt"}
    (verdict,) = plain(draft, AssessmentRecord)
    by_id = {item.id: item.plain for item in draft.records}
    assert by_id[verdict.target] == claim
    assert (verdict.scheme, verdict.value, verdict.by) == ("verdict", "Falsch", "prufstelle-nord")
    assert verdict.grade is not None
    assert (verdict.grade.value, verdict.grade.best, verdict.grade.worst) == ("1", "5", "1")
    assert (verdict.rationale, verdict.valid_from) == ("Die Brücke steht.", "2024-05-01T08:00:00Z")
    page = by_id[verdict.document]
    assert isinstance(page, DocumentRecord)
    assert (page.url, page.publisher, page.lang) == (SINGLE["url"], "prufstelle-nord", "de")
    said = plain(draft, StatementRecord)
    assert {(one.speaker, one.act, one.polarity, one.basis, one.said_at) for one in said} == {
        ("gregor-amsel", "claims", "+", "not_stated", "2024-04-28")
    }
    works = [by_id[one.document] for one in said]
    assert [(work.url, work.medium, work.published_at) for work in works] == [
        ("https://social.example/amsel/1", "text", None),
        ("https://tageblatt.example/bruecke", "text", "2024-04-29"),
        ("https://video.example/watch?v=1", None, None),
    ]
    sources = {one.id: one for one in plain(draft, SourceRecord)}
    assert (sources["prufstelle-nord"].domains, sources["prufstelle-nord"].qid) == (("pruefstelle.example",), "Q999999991")
    assert (sources["gregor-amsel"].type, sources["gregor-amsel"].public_role) == ("person", "Mayor of Südheim")
    assert sources["nordheimer-tageblatt"].type == "outlet"


@pytest.mark.parametrize("name", ["page.html", "list.json"])
def test_a_page_and_a_list_give_the_same_records_as_the_review_alone(name: str) -> None:
    alone = {item.id for item in drafted(vector("single.json")).records}
    assert alone <= {item.id for item in drafted(vector(name)).records}


def test_a_page_is_read_as_a_browser_reads_it() -> None:
    read = vector("page.html")
    assert read.places == ["ClaimReview 1 at block 3 on line 10"]
    assert [text[:37] for text in read.left_out[:2]] == [
        "left out: block 1 on line 8: not JSON",
        "left out, being neither ClaimReview n",
    ]


def test_the_older_form_reviews_the_work_itself() -> None:
    draft = drafted(vector("older.json"))
    (said,) = plain(draft, StatementRecord)
    (work,) = [item.plain for item in draft.records if item.id == said.document]
    assert isinstance(work, DocumentRecord)
    assert (said.speaker, said.said_at) == ("turnip-growers-union", "2016-06-20")
    assert (work.url, work.authors) == ("https://turnips.example/press/7", ("turnip-growers-union",))
    assert next(iter(plain(draft, ClaimRecord)[0].text)) == "und"


def test_a_graph_is_followed_and_a_claim_that_nobody_reviews_is_a_claim() -> None:
    draft = drafted(read := vector("graph.json"))
    assert Counter(item.record.kind for item in draft.records) == {
        "source": 2, "document": 2, "claim": 2, "statement": 1, "assessment": 1
    }  # fmt: skip
    (verdict,) = plain(draft, AssessmentRecord)
    assert (verdict.value, verdict.grade, verdict.by, verdict.valid_from) == ("Unproven", None, "fact-desk", "2023-03")
    assert read.placed(str(read.warnings[0])).startswith("Claim 2 at /@graph/4: author left out: a-neighbour is said")


def test_two_fact_checkers_judge_one_claim_of_a_feed() -> None:
    draft = drafted(read := vector("datafeed.json"))
    assert {(one.by, one.value) for one in plain(draft, AssessmentRecord)} == {
        ("fact-desk", "False"),
        ("prufstelle-nord", "Half true"),
    }
    assert {tuple(claim.text.items()) for claim in plain(draft, ClaimRecord)} == {
        (("en", "Owls can read"),),
        (("en", "Foxes can write"),),
    }
    told = [read.placed(str(warning)) for warning in read.warnings]
    assert "ClaimReview 3 at /dataFeedElement/1/item: reviewRating left out: there is none, so there is no verdict" in told


def test_nothing_is_made_up() -> None:
    draft = drafted(sheet({"@type": "ClaimReview", "claimReviewed": "Foxes can write"}))
    assert [record_json(item.record) for item in draft.records] == [
        {"kind": "claim", "text": {"und": "Foxes can write"}, "type": "event"}
    ]


def test_what_has_no_place_in_a_record_is_named_and_counted() -> None:
    read = sheet([{**SINGLE, "image": "https://x.example/1.png", "keywords": "bridge"}, {**SINGLE, "image": {"url": "y"}}])
    assert read.left_out == ["left out, having no place in a record: image (2), keywords (1), reviewRating/image (2)"]


def test_a_private_claimant_and_the_reasons_are_sealed() -> None:
    review = json.loads(json.dumps(SINGLE))
    del review["itemReviewed"]["author"]["jobTitle"]
    draft = drafted(sheet(review))
    log = " ".join(str(record_json(item.record)) for item in draft.records)
    assert "Gregor Amsel" not in log
    assert "Die Brücke steht." not in log
    assert all(set(sealed_in(item.record)) == set(item.openings) for item in draft.records)


def test_a_claim_on_record_is_taken_by_its_words_and_a_source_by_its_name() -> None:
    claim = "sha256:" + "1" * 64
    known = KnownSource("pn", ("Prüfstelle Nord",), "organization")
    (piece,) = sheet(SINGLE, known={"die nordheimer  brücke ist EINGESTÜRZT": claim}, sources=(known,)).pieces
    assert not piece.claims
    assert [report["claim"] for report in piece.reports] == [claim] * 3
    assert [(verdict["target"], verdict["by"]) for verdict in piece.assessments] == [(claim, "pn")]
    assert "pn" not in piece.sources


@pytest.mark.parametrize("turned", [False, True], ids=["older first", "newer first"])
def test_of_two_verdicts_of_the_same_on_the_same_the_later_counts(turned: bool) -> None:
    later = {**SINGLE, "datePublished": "2025-01-01", "reviewRating": {"alternateName": "Offen"}}
    read = sheet([later, SINGLE] if turned else [SINGLE, later])
    assert [one.value for one in plain(drafted(read), AssessmentRecord)] == ["Offen"]
    assert "judges this claim twice here" in " ".join(str(warning) for warning in read.warnings)


@pytest.mark.parametrize(
    "given,kept",
    [
        ("2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00Z"),
        ("2024-05-01T10:00:00.123Z", "2024-05-01T10:00:00Z"),
        ("2024-05-01T23:30-0100", "2024-05-02T00:30:00Z"),
        ("2024-05-01T23:30:00", "2024-05-01"),
        ("2024-05", "2024-05"),
    ],
)
def test_a_time_is_kept_as_far_as_it_is_sure(given: str, kept: str) -> None:
    (verdict,) = plain(drafted(sheet({**SINGLE, "datePublished": given})), AssessmentRecord)
    assert verdict.valid_from == kept


@pytest.mark.parametrize(
    "given,kept",
    [(1, "1"), ("3", "3"), (2.50, "2.5"), ("-1", "-1"), (0, "0"), ("-0", "0"), ("007", "7"), ("10", "10"), (0.5, "0.5")],
)
def test_figures_are_kept_in_one_spelling(given: Any, kept: str) -> None:
    review = {**SINGLE, "reviewRating": {"alternateName": "x", "ratingValue": given}}
    (verdict,) = plain(drafted(sheet(review)), AssessmentRecord)
    assert verdict.grade is not None
    assert verdict.grade.value == kept


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_file_is_refused_by_the_name_of_its_fault(name: str) -> None:
    assert BAD[name]["says"] in refusal(BAD[name]["file"])


def test_bytes_that_are_no_text_are_refused_by_their_place() -> None:
    assert refusal(b'{"@type": "\xff"}') == "the file is not UTF-8 at byte 11"


def test_every_bad_review_is_named_at_once_and_the_good_ones_can_be_had_alone() -> None:
    bad = [{**SINGLE, "claimReviewed": 7}, {**SINGLE, "claimReviewed": "x" * 2_001}, {**SINGLE, "url": "https://a b"}]
    message = refusal([*bad, SINGLE])
    assert [line[:13] for line in message.splitlines()] == ["ClaimReview 1", "ClaimReview 2", "ClaimReview 3"]
    kept, skipped = good([*bad, SINGLE])
    assert [piece.line for piece in kept.pieces] == [4]
    assert [fault.line for fault in skipped] == [1, 2, 3]
    assert {item.id for item in drafted(kept).records} == {item.id for item in drafted(sheet(SINGLE)).records}


def test_deep_and_endless_files_are_refused_soon() -> None:
    assert "nested deeper than 24" in refusal('{"a":' * 5_000)
    many = '<script type="application/ld+json">{}</script>' * 1_001
    with pytest.raises(TooLargeError, match="1000 blocks"):
        sheet(many)
    with pytest.raises(TooLargeError, match="values"):
        sheet("[" + "1," * 1_000_001 + "1]")


LD = '<script type="application/ld+json">'


@pytest.mark.parametrize(
    "unit",
    [
        "<a ",
        "<!--",
        "<a b='",
        '<a b="',
        "<script>",
        LD,
        "</",
        "<",
        "<a b=",
        "<a =",
        LD + "</scrip",
        "<!",
        "<title>",
        "<a b=' =\"",
    ],
)
def test_a_page_takes_time_in_proportion_to_its_length(unit: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(FormatError):
        sheet("<p>" + unit * (400_000 // len(unit)))
    assert time.perf_counter() - begun < 5


_MEMBERS = st.sampled_from(
    ["@type", "@id", "@graph", "@context", "claimReviewed", "itemReviewed", "author", "publisher", "url", "name", "appearance",
     "firstAppearance", "reviewRating", "ratingValue", "alternateName", "datePublished", "inLanguage", "sameAs", "item", "text"]
)  # fmt: skip
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    | st.sampled_from(["ClaimReview", "Claim", "Person", "https://a.example/", "https://[", "2024-05-01", "2024-05-01T01:00Z"])
)  # fmt: skip
_ANY = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_MEMBERS, inner, max_size=6), max_leaves=20
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_MEMBERS, _ANY, max_size=8))
def test_any_members_of_a_review_give_records_or_a_format_error(members: dict[str, Any]) -> None:
    _reads_or_refuses(json.dumps({"claimReviewed": "Owls can read", **members, "@type": "ClaimReview"}))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<p>{LD}{text}</script>".encode("utf-8", "replace")))
def test_any_bytes_give_a_value_or_a_format_error(data: bytes) -> None:
    _reads_or_refuses(data)


def _reads_or_refuses(data: str | bytes) -> None:
    try:
        parts(sheet(data))
        kept, _ = good(data)
        if kept.pieces:
            drafted(kept)
    except FormatError:
        return
