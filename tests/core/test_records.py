"""Records and their bytes: one spelling each, and a pointer to what is wrong."""

from __future__ import annotations

import copy
import json
from string import ascii_lowercase
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langcodes import standardize_tag, tag_is_valid

from benchmarks.worlds import World
from ledger.core import records
from ledger.core.canonical import canonical_bytes, digest
from ledger.core.records import (
    open_values,
    parse_record,
    read_entry,
    read_record,
    record_bytes,
    record_id,
    record_json,
    sealed_digests,
    sealed_in,
)
from ledger.errors import FormatError, OnRecordError, TooLargeError
from schemas.ids import LANGUAGES
from schemas.records import RECORD
from tests import factory

DIGEST = "sha256:" + "ab" * 32
CLAIM: dict[str, Any] = {"kind": "claim", "text": {"en": "It rained"}, "type": "event"}
STATEMENT: dict[str, Any] = {
    "kind": "statement", "claim": DIGEST, "speaker": "kcna", "act": "confirms", "polarity": "+", "certainty": "certain",
    "basis": "own_act", "interest": "against", "interest_reason": "it had denied it", "said_at": "2025-04-28",
    "quote": {"exact": "words", "translations": [{"text": "Worte", "lang": "de", "by": "anna", "method": "human"}]},
}  # fmt: skip
VERDICT: dict[str, Any] = {
    "kind": "assessment", "target": DIGEST, "scheme": "verdict", "value": "False", "by": "kcna", "document": DIGEST,
    "grade": {"value": "1", "best": "5", "worst": "-0.5"},
}  # fmt: skip
SOURCE: dict[str, Any] = {"kind": "source", "id": "kcna", "type": "news_agency", "names": {"en": "KCNA", "ko": "조선중앙통신"}}


def _with(value: dict[str, Any], path: str, to: Any) -> dict[str, Any]:
    changed = copy.deepcopy(value)
    *way, last = path.split(".")
    here: Any = changed
    for step in way:
        here = here[int(step) if isinstance(here, list) else step]
    here[last] = to
    return changed


BAD = [
    ("an unknown kind", _with(CLAIM, "kind", "rumour"), "/kind", "wanted one of source"),
    ("no kind", {"text": {"en": "x"}, "type": "event"}, "/kind", "wanted one of source"),
    ("an unknown member", _with(CLAIM, "colour", "red"), "/colour", "no member"),
    ("a member named like the kind", _with(SOURCE, "source", "x"), "/source", "no member"),
    ("a missing member", {"kind": "claim", "type": "event"}, "/text", "is missing"),
    ("a wrong type", _with(CLAIM, "text", "It rained"), "/text", "wanted an object"),
    ("a blank text", _with(CLAIM, "text.en", "  "), "/text/en", "blank"),
    ("a number for a text", _with(CLAIM, "text.en", 3), "/text/en", "found 3"),
    ("a language that is none", _with(CLAIM, "text.english", "x"), "/text/english", "BCP 47"),
    ("a text that is too long", _with(CLAIM, "text.en", "x" * 2_001), "/text/en", "2000"),
    ("text that is not NFC", _with(CLAIM, "text.en", "cafe\u0301"), "/text/en", "normal form C"),
    ("a seal that is no digest", _with(CLAIM, "text.en", {"sealed": "x"}), "/text/en/sealed", "sha256"),
    ("a seal with more in it", _with(CLAIM, "text.en", {"sealed": DIGEST, "z": 1}), "/text/en/z", "no member"),
    ("a null", _with(CLAIM, "place", None), "/place", "null"),
    ("a bad date", _with(STATEMENT, "said_at", "2025-02-30"), "/said_at", "no calendar"),
    ("a date in words", _with(STATEMENT, "said_at", "last spring"), "/said_at", "is not a date"),
    ("an act that is none", _with(STATEMENT, "act", "mumbles"), "/act", "'asserts'"),
    ("a fault deep inside", _with(STATEMENT, "quote.translations.0.method", "oracle"), "/quote/translations/0/method", "human"),
    ("a denial that affirms", _with(STATEMENT, "act", "denies"), "", "polarity -"),
    ("a list with a fault", _with(SOURCE, "domains", ["kcna.kp", "not a domain"]), "/domains/1", "not a domain"),
    ("the same twice", _with(SOURCE, "domains", ["kcna.kp", "kcna.kp"]), "/domains", "twice"),
    ("a country that is none", _with(SOURCE, "country", "ZZ"), "/country", "ISO 3166"),
    ("a grade with needless zeros", _with(VERDICT, "grade.value", "1.0"), "/grade/value", "[1-9]"),
    ("a grade in words", _with(VERDICT, "grade.best", "five"), "/grade/best", "[1-9]"),
    ("a rating passed on for another", _with(VERDICT, "scheme", "admiralty-credibility"), "", "belong to verdicts"),
    ("a name with a slash", _with(SOURCE, "na/me~", "x"), "/na~1me~0", "no member"),
]  # fmt: skip


@pytest.mark.parametrize("value,pointer,says", [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_wrong_record_is_refused_with_a_pointer_to_the_fault(value: dict[str, Any], pointer: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_record(canonical_bytes(value))
    assert caught.value.pointer == pointer
    assert says in caught.value.message


@pytest.mark.parametrize("value", [CLAIM, STATEMENT, SOURCE], ids=lambda value: value["kind"])
def test_a_record_is_its_canonical_bytes_and_back(value: dict[str, Any]) -> None:
    data = canonical_bytes(value)
    record = parse_record(data)
    assert record_bytes(record) == data
    assert record_json(record) == value
    assert record_id(record) == digest(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"kind": "claim","text":{"en":"x"},"type":"event"}',
        b'{"text":{"en":"x"},"kind":"claim","type":"event"}',
        b'{"kind":"claim","text":{"en":"\\u0078"},"type":"event"}',
        b'{"kind":"claim","text":{"en":"x"},"type":"event"}\n',
    ],
    ids=["a blank", "another order", "an escape", "a newline"],
)
def test_another_spelling_of_the_same_record_is_refused(data: bytes) -> None:
    assert read_record({"kind": "claim", "text": {"en": "x"}, "type": "event"})
    with pytest.raises(FormatError, match="canonical"):
        parse_record(data)


@pytest.mark.parametrize(
    "data,says",
    [
        (b'{"kind":"claim","kind":"claim","text":{"en":"x"},"type":"event"}', "twice"),
        (b'{"kind":"claim","quantity":{"best":NaN},"text":{"en":"x"},"type":"event"}', "NaN"),
        (b'{"kind":"claim","text":{"en":"\\ud800"},"type":"event"}', "surrogate"),
        (b'{"kind":"claim","text":{"en":"\\u0000"},"type":"event"}', "U\\+0000"),
        (b'{"kind":' + b"[" * 100 + b"]" * 100 + b"}", "nested"),
        (b"\xff", "UTF-8"),
        (b"", "not JSON"),
        (b"[]", "wanted an object"),
    ],
)
def test_what_is_no_strict_json_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        parse_record(data)


def test_several_faults_are_told_at_once_and_the_pointer_is_the_first() -> None:
    with pytest.raises(FormatError) as caught:
        read_record({"kind": "statement"})
    assert caught.value.pointer == "/claim"
    assert [line.split(":")[0] for line in caught.value.message.splitlines()[:3]] == ["/claim", "/speaker", "/act"]


def test_of_very_many_faults_ten_are_told() -> None:
    with pytest.raises(FormatError) as caught:
        read_record(CLAIM | {f"x{number}": 1 for number in range(30)})
    lines = caught.value.message.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "and 20 more"


def test_a_record_past_the_limit_is_refused() -> None:
    texts = dict.fromkeys("aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co".split(), "x" * 2000)
    with pytest.raises(TooLargeError):
        record_bytes(factory.claim(text=texts))
    with pytest.raises(TooLargeError):
        parse_record(canonical_bytes(CLAIM | {"text": texts}))


def test_sealed_values_are_found_and_opened_wherever_they_stand() -> None:
    one, two = "sha256:" + "11" * 32, "sha256:" + "22" * 32
    value = _with(_with(STATEMENT, "quote.exact", {"sealed": one}), "quote.translations.0.text", {"sealed": two})
    assert sealed_in(read_record(value)) == [one, two]
    assert sealed_digests(value) == [one, two]
    opened = open_values(value, {one: "words"})
    assert opened["quote"]["exact"] == "words"
    assert opened["quote"]["translations"][0]["text"] == {"sealed": two}


def test_an_entry_is_read_back_as_the_record_that_was_signed() -> None:
    author, claim = factory.signer(), factory.claim()
    entry = canonical_bytes(factory.submission(claim, author).envelope.model_dump(mode="json"))
    read = read_entry(7, entry)
    assert (read.index, read.id, read.record, read.keys) == (7, record_id(claim), claim, (author.did,))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "text", "en", "sealed"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(
    st.dictionaries(st.sampled_from([*STATEMENT, *CLAIM, "domains", "quantity"]), _JSON, max_size=6),
    st.sampled_from(["claim", "statement", "source", "x"]),
)
def test_any_json_is_a_record_or_a_format_error_whose_pointer_leads_somewhere(members: dict[str, Any], kind: str) -> None:
    value = members | {"kind": kind}
    pointer = ""
    try:
        read_record(value)
    except FormatError as error:
        pointer = error.pointer if error.pointer is not None else "no pointer"
    here: Any = value
    assert pointer == "" or pointer.startswith("/")
    for step in pointer.split("/")[1:]:
        here = here[int(step)] if isinstance(here, list) else here.get(step) if isinstance(here, dict) else None


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_record(data)


# Read by printing it again, and read strictly

PRINTED = [one.payload for one in World().made(400)]
SHARE = b'{"kind":"source_relation","object":"b","relation":"owned_by","share":%s,"subject":"a"}'


@pytest.mark.parametrize("share", [b"5", b"5.0", b"5.5", b"1e1", b"1e-7", b"1e-07", b"0.1", b"true", b"-0", b"1E1", b"NaN"])
def test_a_fraction_has_one_spelling_whichever_way_it_is_read(share: bytes) -> None:
    _same_both_ways(SHARE % share)


@settings(max_examples=300)
@given(st.sampled_from(PRINTED), st.data())
def test_what_is_read_by_printing_it_again_is_what_is_read_strictly(payload: bytes, data: st.DataObject) -> None:
    _same_both_ways(payload)
    place = data.draw(st.integers(0, len(payload)))
    width = data.draw(st.integers(0, 3))
    new = data.draw(
        st.sampled_from([b"", b" ", b'"', b"\\u0000", b"\\ud800", b"\\u0061", b"1", b"null", b",", b"\xff", b"\x7f"])
    )
    _same_both_ways(payload[:place] + new + payload[place + width :])


def test_every_member_that_may_be_a_fraction_is_of_a_kind_that_is_printed_with_care() -> None:
    shapes = RECORD.json_schema()["$defs"]
    with_numbers = {name for name, shape in shapes.items() if '"type": "number"' in json.dumps(shape)}
    assert {shapes[name]["properties"]["kind"]["const"] for name in with_numbers} == set(records._FRACTIONS)


def _same_both_ways(payload: bytes) -> None:
    printed = records._read_printed(payload)
    try:
        strictly = records._read_strictly(payload)
    except OnRecordError:
        assert printed is None
        return
    assert printed in (None, strictly)
    assert parse_record(payload) == strictly


def test_the_languages_known_by_heart_are_those_that_the_registry_spells_so() -> None:
    codes = {first + second for first in ascii_lowercase for second in ascii_lowercase}
    assert {code for code in codes if tag_is_valid(code) and standardize_tag(code) == code} == LANGUAGES
