from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.canonical import MAX_SAFE_INT, canonical_bytes, digest, parse_canonical, parse_json
from ledger.errors import FormatError, TooLargeError

LIMIT = 100_000

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INT, MAX_SAFE_INT) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)

BAD = {
    "nothing": b"",
    "not JSON": b"{",
    "two values": b"1 2",
    "a trailing comma": b"[1,]",
    "single quotes": b"{'a':1}",
    "not UTF-8": b'"\xff"',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an overlong NUL": b'"\xc0\x80"',
    "a raw NUL": b'"\x00"',
    "a raw newline in text": b'"\n"',
    "a comment": b"{} // no",
}

# What is wrong, the bytes, and the pointer to where.
FAULTS = [
    ("NaN", b'{"a":[1,NaN]}', "/a/1"),
    ("Infinity", b'{"a":-Infinity}', "/a"),
    ("a double past all doubles", b'{"a":1e999}', "/a"),
    ("an int past 2^53 - 1", b'{"a":9007199254740992}', "/a"),
    ("an int below -(2^53 - 1)", b'{"a":-9007199254740992}', "/a"),
    ("an int of 5,000 digits", b'{"a":' + b"9" * 5000 + b"}", "/a"),
    ("a member twice", b'{"a":{"b/c":1,"x":2,"b/c":1}}', "/a/b~1c"),
    ("a member twice, once escaped", b'{"a":1,"\\u0061":1}', "/a"),
    ("a NUL", b'{"a":["x","\\u0000"]}', "/a/1"),
    ("half a pair", b'{"~":"\\ud800"}', "/~0"),
    ("the other half", b'["\\udc00\\ud800"]', "/0"),
    ("a NUL in a name", b'{"a\\u0000":1}', "/a\ufffd"),
    ("half a pair in a name", b'{"\\ud800":1}', "/\ufffd"),
]


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_no_json_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_json(data, max_bytes=LIMIT)


@pytest.mark.parametrize("data, pointer", [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_json_with_two_readings_is_refused_and_the_place_named(data: bytes, pointer: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_json(data, max_bytes=LIMIT)
    assert caught.value.pointer == pointer


def test_size_is_checked_before_anything_else() -> None:
    assert parse_json(b"[" + b" " * 8 + b"]", max_bytes=10) == []
    with pytest.raises(TooLargeError):
        parse_json(b"[" + b" " * 9 + b"]", max_bytes=10)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_refused_before_anything_recurses(opening: bytes) -> None:
    with pytest.raises(FormatError, match="nested deeper than 32"):
        parse_json(opening * 200_000, max_bytes=10_000_000)


def test_depth_counts_brackets_and_not_what_looks_like_them() -> None:
    assert parse_json(b"[" * 32 + b"]" * 32, max_bytes=LIMIT)
    with pytest.raises(FormatError, match="nested deeper"):
        parse_json(b"[" * 33 + b"]" * 33, max_bytes=LIMIT)
    assert parse_json(json.dumps(["[" * 50, '\\"[' * 50]).encode(), max_bytes=LIMIT) == ["[" * 50, '\\"[' * 50]
    assert parse_json(b"[" + b",".join([b"[]"] * 50) + b"]", max_bytes=LIMIT) == [[]] * 50


@pytest.mark.timeout(30)
def test_strings_that_never_end_cost_no_more_than_their_length() -> None:
    for data in (b'"' + b'\\"' * 400_000 + b"[" * 40, b"[" * 40 + b'"\\' * 400_000):
        with pytest.raises(FormatError):
            parse_json(data, max_bytes=1_000_000)


@pytest.mark.parametrize("part", [b"{},", b"0,", b"[],", b'"a",', b'{"a":0},'])
def test_many_small_values_are_refused_before_they_are_read(part: bytes) -> None:
    data = b"[" + part * 100_001 + b"0]"
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="more than 100000 values"):
            parse_json(data, max_bytes=len(data), max_values=100_000)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(data) + (1 << 20)
    finally:
        tracemalloc.stop()


def test_commas_and_brackets_in_texts_are_no_values() -> None:
    data = json.dumps(["a, [b], {c}" * 50]).encode()
    assert parse_json(data, max_bytes=LIMIT, max_values=2)
    with pytest.raises(TooLargeError):
        parse_json(data[:-1] + b",1,2]", max_bytes=LIMIT, max_values=2)


def test_an_object_has_at_most_ten_thousand_members() -> None:
    members = {f"m{number}": 0 for number in range(10_001)}
    with pytest.raises(FormatError, match="more than 10000 members"):
        parse_json(json.dumps({"a": members}).encode(), max_bytes=1 << 20)
    members.popitem()
    assert parse_json(json.dumps(members).encode(), max_bytes=1 << 20) == members


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    value = {"\u20ac": "\u20ac", "\ufb33": 2, "\U0001f600": 3, "a": [1, True, None, 1e21, 0.1, -0.0, 1.0], "\r": '\x0f\n"\\'}
    wanted = '{"\\r":"\\u000f\\n\\"\\\\","a":[1,true,null,1e+21,0.1,0,1],"\u20ac":"\u20ac","\U0001f600":3,"\ufb33":2}'
    assert canonical_bytes(value) == wanted.encode()


@pytest.mark.parametrize(
    "value",
    ["\ud800", {"\ud800": 1}, "\x00", {"\x00": 1}, 2**53, -(2**53), 10**5000, float("nan"), float("inf"), {1: 2}, {1, 2},
     b"bytes", object(), [[{"a": ("b", 2**60)}]]],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_has_no_canonical_bytes_is_a_format_error(value: Any) -> None:
    with pytest.raises(FormatError):
        canonical_bytes(value)


def test_a_value_that_holds_itself_is_a_format_error() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(FormatError):
        canonical_bytes(loop)


@pytest.mark.parametrize(
    "data", [b'{"a": 1}', b'{"b":1,"a":2}', b"1.0", b"-0", b"1e2", b'"\\u0061"', b'"\\/"', b"[]\n", b" 1", b"1E+21"]
)
def test_json_in_another_spelling_is_refused_as_canonical(data: bytes) -> None:
    parse_json(data, max_bytes=LIMIT)
    with pytest.raises(FormatError):
        parse_canonical(data, max_bytes=LIMIT)


@given(VALUES)
@settings(max_examples=80, deadline=None)
def test_canonical_bytes_are_read_back(value: Any) -> None:
    data = canonical_bytes(value)
    assert parse_canonical(data, max_bytes=LIMIT) == value
    assert json.loads(data) == value


# What is spelt in a way of its own, and names that UTF-16 sorts otherwise.
SPELT = st.text(st.sampled_from('\x01\x08\t\n\x0b\x0c\r\x1f\x7f"\\/aé\u2028\ue000\ud7ff\U0001f600'), max_size=4) | TEXT
SCALARS = st.none() | st.booleans() | SPELT | st.integers(-MAX_SAFE_INT, MAX_SAFE_INT)
SPELT_VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SPELT, inner, max_size=4),
    max_leaves=8,
)


@given(SPELT_VALUES)
@settings(max_examples=300, deadline=None)
def test_the_quick_printer_spells_as_the_reference_does(value: Any) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(st.binary(max_size=40) | st.text('[]{}",:\\u0dn1e-.9 ', max_size=40).map(str.encode))
@settings(max_examples=250, deadline=None)
def test_any_bytes_are_a_value_or_a_format_error(data: bytes) -> None:
    try:
        value = parse_json(data, max_bytes=LIMIT, max_depth=4)
    except FormatError:
        return
    try:
        again = canonical_bytes(value)
    except FormatError:
        return
    assert parse_json(again, max_bytes=LIMIT) == value or b"e" in data.lower()


def test_a_digest_names_bytes() -> None:
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@settings(max_examples=300)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60).map(float), max_size=8))
def test_fractions_are_spelt_as_the_rules_say(numbers: list[float]) -> None:
    value = {"a": numbers, "b": [{"c": one} for one in numbers]}
    assert canonical_bytes(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "number", [0.0, -0.0, 1.0, -3.0, 0.5, 1e-4, 9.9e-5, 1e-6, 1e-7, 1e15, 1e16, 2.0**53, 1e20, 1e21, 1.5e300, 5e-324, 0.1 + 0.2]
)
def test_each_way_to_spell_a_fraction(number: float) -> None:
    assert canonical_bytes([number, -number]) == rfc8785.dumps([number, -number])
