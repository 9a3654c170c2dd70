from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.proof import (
    MAX_EXTRA_BYTES,
    TlogProof,
    check_tlog_proof,
    parse_tlog_proof,
    print_tlog_proof,
)
from ledger.errors import FormatError, TooLargeError, UnverifiableError, VerificationError
from tests.core.vectors import OWN, own_key

WHOLE = (OWN / "entry-2.tlog-proof").read_bytes()
NOTE = (OWN / "checkpoint").read_bytes()
ENTRY = (OWN / "entry-2").read_bytes()
LOG_KEYS = [own_key("log"), own_key("log-mldsa")]
WITNESSES = [own_key("w1")]


def test_the_vectors_proof_is_read_printed_and_holds() -> None:
    proof = parse_tlog_proof(WHOLE)
    assert (proof.index, len(proof.hashes), proof.checkpoint_note, proof.extra) == (2, 1, NOTE, None)
    assert print_tlog_proof(proof.index, proof.hashes, proof.checkpoint_note) == WHOLE
    opened = check_tlog_proof(proof, ENTRY, LOG_KEYS, witnesses=WITNESSES)
    assert opened.checkpoint.size == 3
    assert [one.name for one in opened.cosignatures] == ["witness.example/w1"]


def test_another_entry_index_or_hash_fails() -> None:
    proof = parse_tlog_proof(WHOLE)
    wrong = [
        (proof, b"entry-1"),
        (TlogProof(1, proof.hashes, NOTE), ENTRY),
        (TlogProof(3, proof.hashes, NOTE), ENTRY),
        (TlogProof(2, (), NOTE), ENTRY),
        (TlogProof(2, (bytes(32),), NOTE), ENTRY),
    ]
    for one, entry in wrong:
        with pytest.raises(VerificationError) as caught:
            check_tlog_proof(one, entry, LOG_KEYS)
        assert caught.value.step == "inclusion"
    with pytest.raises(UnverifiableError):
        check_tlog_proof(proof, ENTRY, WITNESSES)


def test_extra_is_carried() -> None:
    for extra in (b"x", b"y" * MAX_EXTRA_BYTES):
        data = print_tlog_proof(7, [bytes(32)] * 63, NOTE, extra)
        assert parse_tlog_proof(data) == TlogProof(7, (bytes(32),) * 63, NOTE, extra)


def test_what_would_be_read_otherwise_is_not_printed() -> None:
    with pytest.raises(FormatError):
        print_tlog_proof(-1, [], NOTE)
    with pytest.raises(FormatError):
        print_tlog_proof(10**18, [], NOTE)
    with pytest.raises(FormatError):
        print_tlog_proof(1, [bytes(31)], NOTE)
    with pytest.raises(FormatError):
        print_tlog_proof(1, [], b"no note")
    for extra in (b"", b"x" * (MAX_EXTRA_BYTES + 1)):
        with pytest.raises(FormatError):
            print_tlog_proof(1, [], NOTE, extra)
    with pytest.raises(TooLargeError):
        print_tlog_proof(1, [bytes(32)] * 64, NOTE)


BAD = {
    "nothing": b"",
    "another header": WHOLE.replace(b"@v1", b"@v2"),
    "no index": WHOLE.replace(b"index 2\n", b""),
    "an index with a zero before": WHOLE.replace(b"index 2", b"index 02"),
    "two spaces": WHOLE.replace(b"index 2", b"index  2"),
    "extra after the index": WHOLE.replace(b"index 2\n", b"index 2\nextra QUFB\n"),
    "extra twice": WHOLE.replace(b"index 2\n", b"extra QUFB\nextra QUFB\nindex 2\n"),
    "an empty extra": WHOLE.replace(b"index 2\n", b"extra \nindex 2\n"),
    "a hash of 31 bytes": WHOLE.replace(b"index 2\n", b"index 2\n" + base64.b64encode(bytes(31)) + b"\n"),
    "slack bits": WHOLE.replace(b"ptHk=", b"ptHl="),
    "a carriage return": WHOLE.replace(b"index 2\n", b"index 2\r\n"),
    "no empty line": WHOLE.replace(b"\n\n", b"\n"),
    "an empty line too many": WHOLE.replace(b"\n\n", b"\n\n\n", 1),
    "cut short": WHOLE[:-1],
    "a line left over": WHOLE + b"\n",
    "not UTF-8": WHOLE.replace(b"index 2", b"index \xff"),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_every_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_tlog_proof(data)


@given(st.binary(max_size=60) | st.integers(0, len(WHOLE) - 1).map(lambda at: WHOLE[:at] + b"\n" + WHOLE[at + 1 :]))
@settings(max_examples=120, deadline=None)
def test_any_bytes_are_a_proof_in_its_one_spelling_or_a_format_error(data: bytes) -> None:
    try:
        proof = parse_tlog_proof(data)
    except FormatError:
        return
    assert print_tlog_proof(proof.index, proof.hashes, proof.checkpoint_note, proof.extra) == data
