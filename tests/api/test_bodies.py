"""Submitted bytes are read strictly, and what is wrong with them has a place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import bodies, examples
from ledger.errors import FormatError, TooLargeError, UnauthenticatedError

ENVELOPE = json.dumps(examples.ENVELOPE)


def changed(path: str, value: Any) -> bytes:
    """The example submission with the member at this path changed; `...` takes it away."""
    whole = copy.deepcopy(examples.SUBMISSION)
    *parts, last = path.split("/")
    place: Any = whole
    for part in parts:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(whole).encode()


def test_one_envelope_one_submission_and_lists_of_both_are_taken() -> None:
    envelope, submission = examples.ENVELOPE, examples.SUBMISSION
    for body, count in ((envelope, 1), (submission, 1), ([envelope, submission, envelope], 3)):
        assert len(bodies.submissions(json.dumps(body).encode())) == count
    assert bodies.submissions(json.dumps(submission).encode())[0].openings is not None


@pytest.mark.parametrize(
    "body,pointer",
    [
        (b"", None),
        (b"no json", None),
        (b"\xff", None),
        (b'"text"', ""),
        (b"17", ""),
        (b"[]", ""),
        (b"{}", "/payload"),
        (b"[" * 100_000, None),
        (f"[{ENVELOPE}, 3]".encode(), "/1"),
        (f'[{ENVELOPE}, {{"payload": "", "payload": ""}}]'.encode(), "/1/payload"),
        (b'{"payload": NaN}', "/payload"),
        (b'{"payload": 1e999}', "/payload"),
        (b'{"payload": "\\u0000"}', "/payload"),
        (b'{"payload": "\\ud800"}', "/payload"),
        (changed("envelope", 5), "/envelope"),
        (changed("extra", 5), "/extra"),
        (changed("envelope/extra", 5), "/envelope/extra"),
        (changed("envelope/payload", ...), "/envelope/payload"),
        (changed("envelope/payload", "no base64!"), "/envelope/payload"),
        (changed("envelope/payload", "A" * 70_000), "/envelope/payload"),
        (changed("envelope/payloadType", "text/plain"), "/envelope/payloadType"),
        (changed("envelope/signatures", examples.ENVELOPE["signatures"] * 5), "/envelope/signatures"),
        (changed("envelope/signatures/0/keyid", "did:web:example.org"), "/envelope/signatures/0/keyid"),
        (changed("openings", {"sha256:0": {"salt": "00" * 16, "value": "x"}}), "/openings/sha256:0"),
        (changed("openings", {"sha256:" + "0" * 64: {"salt": "00", "value": "x"}}), "/openings/sha256:" + "0" * 64 + "/salt"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_body_is_refused_where_it_is_wrong(body: bytes, pointer: str | None) -> None:
    with pytest.raises(FormatError) as caught:
        bodies.submissions(body)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("signatures", [[], ...])
def test_an_envelope_without_a_signature_is_unauthenticated(signatures: object) -> None:
    with pytest.raises(UnauthenticatedError):
        bodies.submissions(changed("envelope/signatures", signatures))


def test_a_payload_past_the_limit_is_too_large() -> None:
    with pytest.raises(TooLargeError):
        bodies.submissions(changed("envelope/payload", "A" * 70_000))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("parse", [bodies.submissions, bodies.subjects])
def test_a_body_of_nothing_but_small_values_is_refused_before_it_is_read(parse: Callable[[bytes], object]) -> None:
    with pytest.raises(TooLargeError):
        parse(b"[" + b"{}," * 1_350_000 + b"{}]")


def test_more_than_ten_thousand_records_are_too_many() -> None:
    with pytest.raises(TooLargeError):
        bodies.submissions(b"[" + b",".join([b"{}"] * 10_001) + b"]")


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"subjects": []}', b'{"subjects": [1]}', b'{"subjects": ["a"], "more": 1}', b'{"subjects": [[["a"]]]}'],
)
def test_subjects_are_a_list_of_texts(body: bytes) -> None:
    with pytest.raises(FormatError):
        bodies.subjects(body)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["envelope", "payload", "signatures", "subjects"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_value_or_a_format_error(body: bytes) -> None:
    for parse in (bodies.submissions, bodies.subjects):
        try:
            parse(body)
        except FormatError:
            continue
