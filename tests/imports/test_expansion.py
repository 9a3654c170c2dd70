"""What a report becomes: statements nearest the reader first, the hops between them, and what they share."""

# ruff: noqa: E501 (a row of a table is easier to read as one line)

from __future__ import annotations

import pytest

from ledger.core.subjects import references_of
from ledger.imports.drafts import Draft
from schemas.records import AttributionRecord, CorrectionRecord, DocumentRecord, StatementRecord
from tests.imports.ledgers import dossier_text, drafted

HEAD = """\
dossier: 1
sources:
  - {id: outlet, type: outlet, names: {en: Outlet}}
  - {id: other, type: outlet, names: {en: Other}}
  - {id: agency, type: news_agency, names: {en: Agency}}
  - {id: state, type: government_body, names: {en: State}}
claims:
  - {id: c1, type: event, text: {en: It happened}}
  - {id: c2, type: event, text: {en: It happened here}, entails: [c1]}
documents:
  - {id: page, publisher: outlet, url: "https://outlet.example/1", published_at: "2025-04-28T06:00:00Z"}
  - {id: item, publisher: agency, url: "https://agency.example/1", published_at: "2025-04-28T05:00:00Z"}
  - {id: image, authors: [state], title: An image, medium: image}
"""


def expanded(*reports: str, head: str = HEAD) -> Draft:
    return drafted(head + "reports:\n" + "".join(f"  - {report}\n" for report in reports), sealer=None)


def story(draft: Draft) -> list[str]:
    """Statements and hops as a person would tell them, with s1, s2 .. and the aliases of documents for ids."""
    names = {name: alias for alias, name in {**draft.claims, **draft.documents}.items()}
    lines: list[str] = []
    for item in draft.records:
        match item.record:
            case StatementRecord() as said:
                names[item.id] = f"s{sum(name.startswith('s') for name in names.values()) + 1}"
                where = names[said.document] if said.document else f"by {names[said.reported_by]}" if said.reported_by else "-"
                what = f"{said.speaker} {said.act} {said.polarity}{names[said.claim]}"
                lines.append(
                    f"{names[item.id]} {what} {said.certainty} {said.basis} {said.interest} {said.said_at or '-'} {where}"
                )
            case AttributionRecord() as hop:
                lines.append(f"{names[hop.from_]} {hop.mode} {names[hop.to]} {hop.standing}")
            case DocumentRecord() as document if item.id not in names:
                names[item.id] = f"report of {document.publisher} {document.published_at or 'undated'}"
    return lines


GOLDEN = {
    "one name is the speaker itself": (
        ["{claim: c1, chain: [state], act: confirms, basis: own_act, document: page, said_at: 2025-04-28}"],
        ["s1 state confirms +c1 unstated own_act unknown 2025-04-28 page"],
    ),
    "outlet, agency, origin": (
        ["{claim: c1, chain: [outlet, agency, state], document: page, act: confirms, certainty: certain, basis: own_act, interest: for, said_at: 2025-04-28}"],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 agency reports +c1 unstated told neutral - by s1",
            "s3 state confirms +c1 certain own_act for 2025-04-28 -",
            "s1 cites s2 explicit",
            "s2 cites s3 explicit",
        ],
    ),
    "an origin without a time is known from who credits it": (
        ["{claim: c1, chain: [outlet, state], document: page, act: claims}"],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 state claims +c1 unstated not_stated unknown - by s1",
            "s1 cites s2 explicit",
        ],
    ),
    "a denial is carried as one": (
        ["{claim: c1, chain: [outlet, state], document: page, act: denies, said_at: 2025}"],
        [
            "s1 outlet reports -c1 unstated told neutral - page",
            "s2 state denies -c1 unstated not_stated unknown 2025 -",
            "s1 cites s2 explicit",
        ],
    ),
    "links with more to say": (
        ["{claim: c1, chain: [outlet, {source: agency, document: item, act: confirms, basis: witnessed, certainty: probable, standing: implied, mode: quotes}, {source: state, published_at: 2025-04-27, standing: disputed}], document: page, mode: [translates, relays]}"],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 agency confirms +c1 probable witnessed neutral - item",
            "s3 state asserts +c1 unstated not_stated unknown - report of state 2025-04-27",
            "s1 quotes s2 implied",
            "s2 relays s3 disputed",
        ],
    ),
    "a chain that ends in a document": (
        ["{claim: c1, chain: [outlet, agency, {document: image, mode: obtained}], document: page, act: finds, certainty: probable, basis: imagery}"],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 agency finds +c1 probable imagery neutral - by s1",
            "s1 cites s2 explicit",
            "s2 obtained image explicit",
        ],
    ),
    "a relay's document speaks through its publisher": (
        ["{claim: c1, chain: [{document: page}, {document: item}, state], said_at: 2025}"],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 agency reports +c1 unstated told neutral - item",
            "s3 state asserts +c1 unstated not_stated unknown 2025 -",
            "s1 cites s2 explicit",
            "s2 cites s3 explicit",
        ],
    ),
    "an outlet that does not say how it knows": (
        ["{claim: c1, chain: [outlet], document: page}"],
        ["s1 outlet reports +c1 unstated not_stated unknown - page"],
    ),
    "two outlets share the agency's recorded item": (
        [
            "{claim: c1, chain: [outlet, {source: agency, document: item}, state], document: page, said_at: 2025}",
            "{claim: c1, chain: [{source: other, published_at: 2025-04-29}, {source: agency, document: item}, state], said_at: 2025}",
        ],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 agency reports +c1 unstated told neutral - item",
            "s3 state asserts +c1 unstated not_stated unknown 2025 -",
            "s1 cites s2 explicit",
            "s2 cites s3 explicit",
            "s4 other reports +c1 unstated told neutral - report of other 2025-04-29",
            "s4 cites s2 explicit",
        ],
    ),
    "without it each keeps its own": (
        [
            "{claim: c1, chain: [outlet, agency, state], document: page, said_at: 2025}",
            "{claim: c1, chain: [{source: other, published_at: 2025-04-29}, agency, state], said_at: 2025}",
        ],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 agency reports +c1 unstated told neutral - by s1",
            "s3 state asserts +c1 unstated not_stated unknown 2025 -",
            "s1 cites s2 explicit",
            "s2 cites s3 explicit",
            "s4 other reports +c1 unstated told neutral - report of other 2025-04-29",
            "s5 agency reports +c1 unstated told neutral - by s4",
            "s4 cites s5 explicit",
            "s5 cites s3 explicit",
        ],
    ),
    "several claims at once": (
        ["{claims: [c1, c2], chain: [outlet, state], document: page, said_at: 2025}"],
        [
            "s1 outlet reports +c1 unstated told neutral - page",
            "s2 state asserts +c1 unstated not_stated unknown 2025 -",
            "s1 cites s2 explicit",
            "s3 outlet reports +c2 unstated told neutral - page",
            "s4 state asserts +c2 unstated not_stated unknown 2025 -",
            "s3 cites s4 explicit",
        ],
    ),
    "a withdrawal comes after what it takes back": (
        [
            "{id: back, claim: c1, chain: [state], act: withdraws, withdraws: first, said_at: 2025-05-02}",
            "{id: first, claim: c1, chain: [state], said_at: 2025-05-01}",
        ],
        [
            "s1 state asserts +c1 unstated not_stated unknown 2025-05-01 -",
            "s2 state withdraws +c1 unstated not_stated unknown 2025-05-02 -",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("reports, told", GOLDEN.values(), ids=GOLDEN)
def test_a_report_becomes_statements_and_hops(reports: list[str], told: list[str]) -> None:
    assert story(expanded(*reports)) == told


def test_defaults_hold_where_a_report_does_not_say_otherwise() -> None:
    head = HEAD + "defaults: {document: page, certainty: certain, act: confirms, interest: for}\n"
    draft = expanded(
        "{claim: c1, chain: [outlet, state], said_at: 2025}",
        "{claim: c2, chain: [state], act: denies, document: item, interest: unknown}",
        head=head,
    )
    assert story(draft) == [
        "s1 outlet reports +c1 unstated told neutral - page",
        "s2 state confirms +c1 certain not_stated for 2025 -",
        "s1 cites s2 explicit",
        "s3 state denies -c2 certain not_stated unknown - item",
    ]


def test_a_first_link_without_document_and_time_is_an_undated_report_and_a_warning() -> None:
    draft = expanded("{claim: c1, chain: [outlet, state], said_at: 2025, lang: de}")
    assert story(draft)[0] == "s1 outlet reports +c1 unstated told neutral - report of outlet undated"
    assert draft.warnings == (
        "line 15: outlet has neither document nor published_at here: recorded as an undated report of outlet",
    )


def test_a_credit_that_is_not_in_the_quote_is_warned_of() -> None:
    draft = expanded(
        "{claim: c1, chain: [outlet, state], document: page, said_at: 2025, credited_as: Kanzlei, quote: The state says so}"
    )
    assert draft.warnings == ("line 15: credited_as 'Kanzlei' does not occur in the quote",)


def test_the_quote_is_the_first_links_and_a_links_own_quote_its_own() -> None:
    draft = expanded(
        "{claim: c1, chain: [outlet, {source: agency, quote: Own words}, state], document: page, quote: {exact: Words}}"
    )
    quotes = [item.record.quote for item in draft.records if isinstance(item.record, StatementRecord)]
    assert [quote.exact if quote else None for quote in quotes] == ["Words", "Own words", None]


def test_what_only_the_first_hop_can_say_is_said_of_the_first_hop() -> None:
    draft = expanded(
        "{claim: c1, chain: [outlet, agency, state], document: page, credited_as: the agency, relay_says: could_not_verify, known_from: 2025}"
    )
    hops = [item.record for item in draft.records if isinstance(item.record, AttributionRecord)]
    assert [(hop.credited_as, hop.relay_says, hop.known_from) for hop in hops] == [
        ("the agency", "could_not_verify", "2025"),
        (None, None, "2025"),
    ]


def test_references_precede() -> None:
    for name in ("north-korea-troops.yaml", "eight-outlets.yaml"):
        seen: set[str] = set()
        for item in drafted(dossier_text(name)).records:
            assert {target for _, target in references_of(item.record)} <= seen
            seen |= {item.id, getattr(item.record, "id", item.id)}


def test_correcting_a_report_takes_back_what_it_alone_said() -> None:
    text = HEAD + (
        "reports:\n"
        "  - {id: r1, claim: c1, chain: [outlet, agency, state], document: page, said_at: 2025}\n"
        "  - {id: r2, claim: c1, chain: [state], said_at: 2025}\n"
        "corrections: [{target: r1, reason: The outlet named no agency}]\n"
    )
    draft = drafted(text, sealer=None)
    spoken = {item.id: item.record for item in draft.records}
    taken = [spoken[item.record.target] for item in draft.records if isinstance(item.record, CorrectionRecord)]
    assert [record.speaker if isinstance(record, StatementRecord) else record.kind for record in taken] == [
        "outlet",
        "agency",
        "attribution",
        "attribution",
    ]


def test_a_claim_can_be_replaced_by_another() -> None:
    draft = drafted(HEAD + "corrections: [{target: c1, reason: Said twice, replaced_by: c2}]\n", sealer=None)
    correction = draft.records[-1].record
    assert isinstance(correction, CorrectionRecord)
    assert (correction.target, correction.replaced_by) == (draft.claims["c1"], draft.claims["c2"])


def test_a_letter_given_short_and_in_full_is_one_assessment() -> None:
    text = HEAD.replace("names: {en: Agency}", "names: {en: Agency}, reliability: B")
    text += "assessments: [{target: agency, scheme: admiralty-reliability, value: B, rationale: Checked}]\n"
    assert [item.record.kind for item in drafted(text).records].count("assessment") == 1


def test_a_link_to_another_report_goes_on_as_that_one_does() -> None:
    told = "{id: r1, claim: c1, chain: [state], act: denies, said_at: 2025}"
    onward = "{claim: c1, chain: [outlet, {source: agency, published_at: 2025}, {report: r1, mode: quotes}], document: page}"
    assert story(expanded(onward, told)) == [
        "s1 state denies -c1 unstated not_stated unknown 2025 -",
        "s2 outlet reports -c1 unstated told neutral - page",
        "s3 agency reports -c1 unstated told neutral - report of agency 2025",
        "s2 cites s3 explicit",
        "s3 quotes s1 explicit",
    ]


def test_two_reports_alone_make_a_hop_between_them_and_its_name_is_the_hops() -> None:
    told = ["{id: r1, claim: c1, chain: [state], said_at: 2025}", "{id: r2, claim: c1, chain: [agency], said_at: 2025}"]
    draft = expanded(*told, "{id: r3, claim: c1, chain: [{report: r2}, {report: r1, mode: obtained}]}")
    assert story(draft)[-1] == "s2 obtained s1 explicit"
    assert draft.reports["r3"] == draft.records[-1].id


def test_a_statement_may_be_credited_by_another_report() -> None:
    draft = expanded(
        "{id: r2, claim: c1, chain: [state], reported_by: r1}", "{id: r1, claim: c1, chain: [outlet], document: page}"
    )
    assert story(draft)[-1] == "s2 state asserts +c1 unstated not_stated unknown - by s1"


def test_a_translation_of_a_claim_is_a_record_of_its_own() -> None:
    text = HEAD.replace("{en: It happened}", "{en: It happened}, translations: [{lang: de, text: Es geschah}]")
    [added] = [item.record for item in drafted(text).records if item.record.kind == "claim_text"]
    assert (added.lang, added.text) == ("de", "Es geschah")
