"""What a witness is asked, and how it decides (C2SP tlog-witness)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.checkpoint import Checkpoint, parse_checkpoint
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.note import Note, parse_note, print_note, sign_note
from ledger.core.vkey import ED25519, NoteSignature, Signer, print_vkey
from ledger.core.witnessing import (
    MAX_REQUEST_BYTES,
    Verdict,
    WitnessRequest,
    judge_growth,
    judge_signature,
    logs_of,
    parse_logs,
    parse_request,
    parse_size,
    print_request,
    signed_part,
)
from ledger.errors import FormatError
from tests.core.vectors import own_key
from tests.factory import ledger_keys
from tests.witness.trees import Grove

GROVE = Grove()
LOGS = logs_of(GROVE.vkeys)
ASKED = GROVE.asked(3, 7)


def held(size: int, history: str = "a") -> Checkpoint:
    return parse_checkpoint(parse_note(GROVE.note(size, history)).text)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_request_or_a_format_error(data: bytes) -> None:
    try:
        request = parse_request(data)
    except FormatError:
        return
    assert print_request(request.old, request.proof, request.note) == data


@given(st.data())
def test_a_request_that_is_changed_in_places_is_read_as_it_stands_or_refused(data: st.DataObject) -> None:
    changed = bytearray(ASKED)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed) - 1))
        piece = data.draw(st.binary(max_size=3))
        changed[place : place + data.draw(st.integers(0, 3))] = piece
    try:
        request = parse_request(bytes(changed))
    except FormatError:
        return
    assert print_request(request.old, request.proof, request.note) == bytes(changed)


@given(st.binary(max_size=30))
def test_a_size_is_one_number_and_its_newline(data: bytes) -> None:
    try:
        size = parse_size(data)
    except FormatError:
        return
    assert f"{size}\n".encode() == data


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        ASKED.replace(b"old 3", b"old 03"),
        ASKED.replace(b"old 3", b"old -3"),
        ASKED.replace(b"old 3", b"OLD 3"),
        ASKED.replace(b"old 3", b" old 3"),
        ASKED.replace(b"\n", b"\r\n"),
        ASKED.replace(b"\n\n", b"\n", 1),
        ASKED.replace(b"\n\n", b"\n\n\n", 1),
        ASKED[:-1],
        ASKED + b"\n",
        b"old 3\nAAAA\n\n" + GROVE.note(7),
        b"old 0\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + GROVE.note(7),
        b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + GROVE.note(7),
        ASKED + b"x" * MAX_REQUEST_BYTES,
        b"old 0\n\nno checkpoint\n\n" + GROVE.note(7).split(b"\n\n")[1],
    ],
)
def test_what_is_no_request_is_refused(bad: bytes) -> None:
    with pytest.raises(FormatError):
        parse_request(bad)


def test_a_proof_has_63_hashes_at_most() -> None:
    assert len(parse_request(b"old 0\n" + (b"A" * 43 + b"=\n") * 63 + b"\n" + GROVE.note(7)).proof) == 63


def test_every_growth_of_small_logs_is_seen_as_one() -> None:
    for size in range(20):
        for old in range(size + 1):
            request = parse_request(GROVE.asked(old, size))
            before = held(old) if old else None
            assert judge_growth(request, before).verdict is Verdict.COSIGNED, (old, size)


def test_no_other_history_is_taken_for_a_growth() -> None:
    for size in range(1, 20):
        for old in range(1, size + 1):
            request = parse_request(GROVE.asked(old, size, "b", shared=old - 1))
            assert judge_growth(request, held(old)).verdict is Verdict.CONTRADICTS, (old, size)


def test_a_proof_that_is_longer_shorter_or_another_is_refused() -> None:
    proof = GROVE.proof(3, 7)
    for bad in (proof[:-1], [*proof, proof[0]], proof[::-1], []):
        assert judge_growth(WitnessRequest(3, tuple(bad), GROVE.note(7)), held(3)).verdict is Verdict.CONTRADICTS


@pytest.mark.parametrize("old", [0, 2, 4, 7])
def test_another_size_than_the_last_is_told_the_last(old: int) -> None:
    judged = judge_growth(WitnessRequest(old, (), GROVE.note(7)), held(3))
    assert (judged.verdict, judged.size) == (Verdict.OTHER_SIZE, 3)


def test_an_old_size_past_the_checkpoints_is_no_request_that_can_be_met() -> None:
    request = parse_request(ASKED.replace(b"old 3", b"old 8"))
    assert judge_growth(request, held(3)).verdict is Verdict.MALFORMED
    assert judge_signature(request, LOGS).verdict is Verdict.COSIGNED


def test_from_nothing_no_proof_leads_and_the_empty_tree_has_one_root() -> None:
    proof = GROVE.proof(3, 7)
    assert judge_growth(WitnessRequest(0, tuple(proof), GROVE.note(7)), None).verdict is Verdict.CONTRADICTS
    assert judge_growth(WitnessRequest(0, (), GROVE.note(0)), None).verdict is Verdict.COSIGNED
    text = f"{GROVE.origin}\n0\n" + parse_note(GROVE.note(7)).text.splitlines()[2] + "\n"
    bad = sign_note(text, [Signer(GROVE.origin, ED25519, GROVE.keys.ed25519)])
    assert judge_growth(WitnessRequest(0, (), bad), None).verdict is Verdict.CONTRADICTS
    assert held(0).root == EMPTY_ROOT


def test_only_logs_that_are_known_and_signed_are_judged() -> None:
    assert judge_signature(parse_request(ASKED), LOGS).verdict is Verdict.COSIGNED
    assert judge_signature(parse_request(ASKED), {}).verdict is Verdict.UNKNOWN_LOG
    stranger = Grove(keys=ledger_keys("stranger"))
    assert judge_signature(parse_request(stranger.asked(3, 7)), LOGS).verdict is Verdict.NOT_SIGNED


def test_one_failing_signature_of_the_log_spoils_the_checkpoint() -> None:
    note = parse_note(GROVE.note(7))
    first, second = note.signatures
    spoilt = NoteSignature(second.name, second.key_id, second.signature[:-1] + bytes([second.signature[-1] ^ 1]))
    request = WitnessRequest(0, (), print_note(Note(note.text, (first, spoilt))))
    assert judge_signature(request, LOGS).verdict is Verdict.NOT_SIGNED


def test_a_witness_keeps_the_logs_own_signatures_only() -> None:
    note = parse_note(GROVE.note(7))
    other = NoteSignature("somebody.example", b"abcd", b"whatever")
    assert signed_part(print_note(Note(note.text, (other, *note.signatures))), GROVE.vkeys) == print_note(note)


def test_logs_are_listed_as_keys_or_as_a_policy() -> None:
    first, second = map(print_vkey, GROVE.vkeys)
    listed = f"# logs\n{first}\n{second}\ndid:key:z6MkoeuRW8sGYh5zJx7SMNrLa4AG2sSBAspCtNubjRsZFxcH\n"
    assert parse_logs(listed.encode()) == GROVE.vkeys
    assert parse_logs(f"log {first} https://log.example\nlog {second}\nquorum none\n".encode()) == GROVE.vkeys
    with pytest.raises(FormatError):
        parse_logs(b"log nonsense\nquorum none\n")


def test_a_witness_is_no_log() -> None:
    with pytest.raises(FormatError, match="witness"):
        logs_of([own_key("w1")])
