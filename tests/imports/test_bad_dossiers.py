"""Each way a dossier can be wrong, with the line and the words that a person gets. Nothing of it is imported."""

# ruff: noqa: E501 (a row of a table is easier to read as one line)

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.imports.dossier import load, read
from ledger.imports.expand import Known, records
from tests.imports.ledgers import ASSESSOR, ORIGIN, dossier_text, drafted

GOOD = """\
dossier: 1
sources:
  - {id: gazette, type: outlet, names: {en: Gazette}}
  - {id: ministry, type: government_body, names: {en: Ministry}, country: NO}
claims:
  - {id: closed, type: event, text: {en: The bridge is closed}}
documents:
  - {id: page, publisher: gazette, url: "https://gazette.example/1", published_at: 2025-03-02}
reports:
  - {id: r1, claim: closed, chain: [gazette, ministry], document: page, act: announces, said_at: 2025-03-01}
"""
SOURCE, MINISTRY, CLAIM, DOCUMENT, REPORT = 3, 4, 6, 8, 10

BAD = {
    "no version": ("dossier: 1", "dossier: 2", 1, "found '2', wanted 1"),
    "an unknown section": ("claims:", "clams:", 5, "unknown member 'clams'; did you mean claims?"),
    "an unknown member": ("type: outlet,", "type: outlet, contry: NO,", SOURCE, "unknown member 'contry'; did you mean country?"),
    "a source of no type": ("type: outlet,", "", SOURCE, "no type, which is wanted"),
    "an unknown type": ("type: outlet", "type: outlett", SOURCE, "found 'outlett', wanted person, "),
    "a type by another name": ("type: outlet", "type: newspaper", SOURCE, "unnamed; did you mean outlet?"),
    "a slug with blanks": ("id: gazette, type", "id: The Gazette, type", SOURCE, "wanted 1 to 64 of a-z, 0-9 and inner hyphens"),
    "a country that is none": ("country: NO", "country: XX", MINISTRY, "'XX' is not a country"),
    "a country in words": ("country: NO", "country: Norway", MINISTRY, "country: found 'Norway', wanted a two-letter code, for example SE"),
    "a name in no language": ("names: {en: Gazette}", "names: Gazette", SOURCE, "names: found 'Gazette', wanted a mapping from language to text, for example {en: Gazette}"),
    "a language that is none": ("names: {en: Gazette}", "names: {english: Gazette}", SOURCE, "names.english: 'english' is not a language"),
    "a letter that is none": ("names: {en: Gazette}", "names: {en: Gazette}, reliability: G", SOURCE, "found 'G', wanted A, B, C, D, E, F"),
    "a low letter without reason": ("names: {en: Gazette}", "names: {en: Gazette}, reliability: D", SOURCE, "need a rationale"),
    "a list for a text": ("names: {en: Gazette}", "names: {en: [Gazette]}", SOURCE, "names.en: found a list, wanted text"),
    "a text for a mapping": ("text: {en: The bridge is closed}", "text: The bridge is closed", CLAIM, "wanted a mapping"),
    "nothing for a text": ("text: {en: The bridge is closed}", "text: {en: }", CLAIM, "text.en: found nothing, wanted text"),
    "a figure in words": ("type: event,", "type: quantity, quantity: {best: ten, hedge: about, unit: cars},", CLAIM, "quantity.best: found 'ten', wanted a whole number"),
    "a figure with another hedge": ("type: event,", "type: quantity, quantity: {best: 10, hedge: more_than, unit: cars},", CLAIM, "hedge more_than wants low"),
    "a quantity without figure": ("type: event", "type: quantity", CLAIM, "a claim has a quantity exactly if its type is quantity"),
    "a claim that nobody defined": ("claim: closed", "claim: clsed", REPORT, "claim: found 'clsed', which this dossier does not define; did you mean closed?"),
    "a claim by its words": ("claim: closed", "claim: The bridge is", REPORT, "claim: found 'The bridge is', which this dossier does not define"),
    "a claim by a part of its id": ("claim: closed", "claim: sha256:abcd1234", REPORT, "which this dossier does not define"),
    "a document that nobody defined": ("document: page", "document: pge", REPORT, "did you mean page?"),
    "a related claim that nobody defined": ("type: event,", "type: event, entails: [shut],", CLAIM, "entails: found 'shut'"),
    "a claim that entails itself": ("type: event,", "type: event, entails: [closed],", CLAIM, "a claim is not related to itself"),
    "an act that is none": ("act: announces", "act: annonces", REPORT, "did you mean announces?"),
    "a day of no calendar": ("said_at: 2025-03-01", "said_at: 2025-02-30", REPORT, "'2025-02-30' names a day that no calendar has"),
    "a time with a blank": ("published_at: 2025-03-02", "published_at: 2025-03-02 08:00", DOCUMENT, "or a time 2024-10-30T08:00:00Z"),
    "a hash that is none": ("published_at: 2025-03-02", "sha256: abc", DOCUMENT, "sha256: found 'abc', wanted sha256: and 64 hex digits"),
    "an address that is none": ("https://gazette.example/1", "gazette.example", DOCUMENT, "is not an http or https address"),
    "a denial that affirms": ("act: announces", "act: denies, polarity: +", REPORT, "who denies a claim says it with polarity -"),
    "against interest without reason": ("act: announces", "act: announces, interest: against", REPORT, "interest against needs an interest_reason"),
    "neither claim nor claims": ("claim: closed, ", "", REPORT, "found neither claim nor claims"),
    "both claim and claims": ("claim: closed, ", "claim: closed, claims: [closed], ", REPORT, "found both claim and claims"),
    "a chain without links": ("chain: [gazette, ministry]", "chain: []", REPORT, "wanted at least 1"),
    "a link of nobody": ("chain: [gazette, ministry]", "chain: [gazette, {act: claims}]", REPORT, "found neither source nor document"),
    "a link with a wrong member": ("chain: [gazette, ministry]", "chain: [gazette, {source: ministry, certanty: certain}]", REPORT, "did you mean certainty?"),
    "modes for other hops": ("act: announces", "act: announces, mode: [cites, cites]", REPORT, "mode: found 2, wanted one, or one for each of 1 hops"),
    "a hop before the first link": ("chain: [gazette, ministry]", "chain: [{source: gazette, mode: cites}, ministry]", REPORT, "none leads to the first"),
    "a report that takes itself back": ("act: announces", "act: withdraws, withdraws: r1", REPORT, "r1 takes itself back"),
    "a report that is told by itself": ("[gazette, ministry]", "[gazette, {report: r1}]", REPORT, "r1 is told by itself"),
    "a report that credits itself": ("act: announces", "act: announces, reported_by: r1", REPORT, "r1 is told by itself"),
    "an unknown report in a chain": ("[gazette, ministry]", "[gazette, {report: r2}]", REPORT, "found 'r2', which this dossier does not define"),
    "a report that says more in a chain": ("[gazette, ministry]", "[gazette, {report: r1, act: claims}]", REPORT, "found a report with more than its hop"),
    "a mapping for a text": ("{en: The bridge is closed}", "{en: {plan: The bridge}}", CLAIM, "text.en: found a mapping, wanted text, {plain: text}"),
    "a seal that is none": ("{en: The bridge is closed}", "{en: {sealed: abc}}", CLAIM, "text.en: found a mapping, wanted text, {plain: text}"),
    "a seal with another value": ("{en: The bridge is closed}", "{en: {sealed: 'sha256:" + "1" * 64 + "', salt: '" + "0" * 32 + "', value: x}}", CLAIM, "do not open this seal"),
    "an address in plain that is none": ('"https://gazette.example/1"', "{plain: ftp://x}", DOCUMENT, "is not an http or https address"),
    "a translation without words": ("{en: The bridge is closed}}", "{en: The bridge is closed}, translations: [{lang: de}]}", CLAIM, "no text, which is wanted"),
    "a report taken back that is not there": ("act: announces", "act: withdraws, withdraws: r2", REPORT, "withdraws: found 'r2'"),
    "a relation with itself": ("claims:", "relations:\n  - [gazette, part_of, gazette]\nclaims:", 6, "a source is not related to itself"),
    "a relation of two parts": ("claims:", "relations:\n  - [gazette, part_of]\nclaims:", 6, "found 2 parts, wanted three"),
    "an alliance on nothing": ("claims:", "relations:\n  - [gazette, allied_with, ministry]\nclaims:", 6, "topic is needed for allied_with"),
    "two relations for one": ("claims:", "relations:\n  - [gazette, part_of, ministry]\n  - {subject: gazette, relation: part_of, object: ministry, valid_from: 2020}\nclaims:", 7, "than on line 6, wanted one"),
    "the same id twice": ("reports:", "  - {id: page, url: \"https://gazette.example/2\"}\nreports:", 9, "'page' is there twice in documents, first on line 8"),
    "a correction of nothing": ("reports:", "corrections: [{target: r1x, reason: wrong}]\nreports:", 9, "target: found 'r1x', which this dossier does not define; did you mean r1?"),
    "a source of nowhere": ("chain: [gazette, ministry]", "chain: [gazete, ministry]", REPORT, "found source 'gazete', which neither dossier nor ledger knows; did you mean gazette?"),
}  # fmt: skip


@pytest.mark.parametrize("found, instead, line, complaint", BAD.values(), ids=BAD)
def test_a_bad_line_is_named_with_what_was_found_and_wanted(found: str, instead: str, line: int, complaint: str) -> None:
    assert found in GOOD
    with pytest.raises(FormatError) as error:
        drafted(GOOD.replace(found, instead, 1))
    complaints = error.value.message.splitlines()
    assert any(text.startswith(f"line {line}: ") and complaint in text for text in complaints), complaints


def test_the_dossier_that_these_spoil_is_good() -> None:
    assert len(drafted(GOOD).records) == 7


def test_whoever_cites_what_is_said_later_is_warned_of_with_both_dates() -> None:
    late = GOOD.replace("said_at: 2025-03-01", "said_at: 2025-03-03")
    assert drafted(late).warnings == ("line 10: gazette, dated 2025-03-02, cites ministry, dated later, 2025-03-03",)
    through = late.replace("chain: [gazette, ministry]", "chain: [gazette, wire, ministry]")
    through = through.replace("claims:\n", "  - {id: wire, type: news_agency, names: {en: Wire}}\nclaims:\n", 1)
    assert drafted(through).warnings == ("line 11: gazette, dated 2025-03-02, cites ministry, dated later, 2025-03-03",)
    several = late.replace("claim: closed, chain", "claims: [closed, opened], chain")
    several = several.replace("documents:", "  - {id: opened, type: event, text: {en: The ferry runs}}\ndocuments:")
    assert len(drafted(several).warnings) == 1


@pytest.mark.parametrize("said_at", ["2025-03-01", "2025-03-02", "2025-03", "2025-03-02T23:00:00Z"])
def test_a_date_that_may_be_the_same_or_earlier_is_not_warned_of(said_at: str) -> None:
    assert drafted(GOOD.replace("said_at: 2025-03-01", f'said_at: "{said_at}"')).warnings == ()


def test_a_claim_on_record_is_named_by_whatever_the_reader_can_look_up() -> None:
    text = GOOD.replace("claim: closed", "claim: the bridge")
    assert read(text).strays == ("the bridge",)
    known = "sha256:" + "1" * 64
    found = read(text, {"the bridge": known})
    assert (found.faults, found.strays, found.reports[0].claim) == ((), (), known)
    assert read(GOOD, {"closed": known}).reports[0].claim == "closed"


def test_every_bad_line_is_reported_at_once() -> None:
    text = GOOD.replace("outlet,", "outlett,").replace("country: NO", "country: XX").replace("claim: closed", "claim: clsed")
    text += "  - {claim: closed, chain: [ministry], act: confirms, interest: against, said_at: 2025}\n"
    with pytest.raises(FormatError) as error:
        load(text)
    assert [line.split(":")[0] for line in error.value.message.splitlines()] == ["line 3", "line 4", "line 10", "line 11"]


def test_unknown_sources_of_every_line_are_reported_at_once() -> None:
    text = (
        GOOD
        + "  - {claim: closed, chain: [gazette, mayor], act: confirms, said_at: 2025}\n  - {claim: closed, chain: [poliec], said_at: 2025}\n"
    )
    with pytest.raises(FormatError) as error:
        records(load(text), Known(ASSESSOR, ORIGIN, slugs=("police",)), None)
    assert [line.split(":")[0] for line in error.value.message.splitlines()] == ["line 11", "line 12"]
    assert "did you mean police?" in error.value.message


def test_what_only_the_ledger_can_tell_is_reported_with_the_rest_and_a_bad_source_only_once() -> None:
    text = GOOD.replace("outlet,", "outlett,") + "  - {claim: closed, chain: [gazette, mayor], act: confirms, said_at: 2025}\n"
    with pytest.raises(FormatError) as error:
        records(read(text), Known(ASSESSOR, ORIGIN), None)
    assert [line.split(":")[0] for line in error.value.message.splitlines()] == ["line 3", "line 11"]


@pytest.mark.parametrize("text", ["", "[]", "text", "dossier: 1\nreports: {}", "dossier: [1]", "claims: []"])
def test_what_is_no_dossier_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="line "):
        load(text)


WORDS = [
    "dossier",
    "1",
    "sources",
    "claims",
    "reports",
    "id",
    "chain",
    "claim",
    "text",
    "type",
    "event",
    "a",
    "sha256:" + "1" * 64,
    "2025",
    "B",
    "report",
    "reported_by",
    "sealed",
    "plain",
]
VALUES: st.SearchStrategy[object] = st.recursive(
    st.sampled_from(WORDS) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["sources", "relations", "claims", "documents", "reports", "corrections", "assessments", "defaults"]),
    VALUES,
)
def test_any_shape_of_a_section_is_loaded_or_refused(section: str, value: object) -> None:
    # JSON is YAML too.
    try:
        load(json.dumps({"dossier": "1", section: value}))
    except FormatError:
        return


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30))
def test_a_dossier_with_a_piece_missing_is_loaded_or_refused(start: int, length: int) -> None:
    text = dossier_text("eight-outlets.yaml")
    start %= len(text)
    try:
        load(text[:start] + text[start + length :])
    except FormatError:
        return
