from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.checkpoint import Checkpoint, parse_checkpoint, print_checkpoint
from ledger.core.merkle import grow, leaf_hash
from ledger.core.note import (
    MAX_NOTE_BYTES,
    Note,
    add_signatures,
    cosign,
    open_checkpoint,
    open_note,
    parse_note,
    parse_signature_lines,
    print_note,
    print_signature_lines,
    sign_checkpoint,
    sign_note,
)
from ledger.core.vkey import (
    ED25519,
    ED25519_COSIGNATURE,
    MAX_TIME,
    MLDSA44,
    NoteSignature,
    Signer,
    VerifierKey,
    parse_signer,
    parse_vkey,
    print_signer,
    print_vkey,
    sign_text,
)
from ledger.errors import FormatError, TooLargeError, UnverifiableError, VerificationError
from tests.core.vectors import (
    LOG_ED25519,
    LOG_MLDSA,
    OWN,
    TESSERA,
    VECTORS,
    WITNESS_ED25519,
    WITNESS_MLDSA,
    own_key,
)

ORIGIN = "ledger.example/2026h2"
WITNESS = "witness.example/w1"
NOW = 1_789_000_000
CHECKPOINT = Checkpoint(ORIGIN, 3, bytes(range(32)))
SIGNED = sign_checkpoint(CHECKPOINT, LOG_ED25519, LOG_MLDSA, NOW)
LOG_KEYS = [own_key("log"), own_key("log-mldsa")]
WITNESS_KEYS = [own_key("w1"), own_key("w1-mldsa")]
W1 = Signer(WITNESS, ED25519_COSIGNATURE, WITNESS_ED25519)
W1_MLDSA = Signer(WITNESS, MLDSA44, WITNESS_MLDSA)
OWN_NOTE = (OWN / "checkpoint").read_bytes()


# Keys


@pytest.mark.parametrize("name", ["log", "log-mldsa", "w1", "w1-mldsa"])
def test_the_vectors_keys_are_read_and_printed(name: str) -> None:
    text = (OWN / f"{name}.pub").read_text()
    assert print_vkey(parse_vkey(text)) == text


@pytest.mark.parametrize(
    "signer, name",
    [
        (Signer(ORIGIN, ED25519, LOG_ED25519), "log"),
        (Signer(ORIGIN, MLDSA44, LOG_MLDSA), "log-mldsa"),
        (W1, "w1"),
        (W1_MLDSA, "w1-mldsa"),
    ],
)
def test_the_seeds_give_the_vectors_keys(signer: Signer, name: str) -> None:
    assert signer.verifier == own_key(name)
    text = print_signer(signer)
    assert text.startswith(f"PRIVATE+KEY+{signer.name}+{signer.verifier.key_id.hex()}+")
    again = parse_signer(text)
    assert (again.verifier, print_signer(again)) == (signer.verifier, text)
    assert text.split("+")[-1] not in repr(signer)


VKEY = (OWN / "log.pub").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a+b", "+69ff5a7b+AQ==", VKEY + "\n", VKEY + "=", VKEY.replace("69ff5a7b", "69FF5A7B"),
        VKEY.replace("69ff5a7b", "69ff5a7c"), VKEY.replace("69ff5a7b", "9ff5a7b"), VKEY.replace("ledger", "led ger"),
        VKEY.replace("ledger", "led\u00a0ger"), VKEY.replace("ledger", "other"), VKEY.replace("+AQ", "+AR"),
        VKEY.replace("+AQ", "+Ag"), f"{ORIGIN}+69ff5a7b+", f"{ORIGIN}+69ff5a7b+AQ==", "\ud800" + VKEY, "PRIVATE+KEY+" + VKEY,
    ],
)  # fmt: skip
def test_a_verifier_key_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        parse_vkey(text)


def test_a_signer_key_that_does_not_fit_is_refused_and_not_shown() -> None:
    text = print_signer(Signer(ORIGIN, ED25519, LOG_ED25519))
    for wrong in ("", VKEY, text[12:], text[:-4], text.replace("69ff5a7b", "69ff5a7c"), text.replace("+AQ", "+Aw")):
        with pytest.raises(FormatError) as caught:
            parse_signer(wrong)
        assert text[-40:-4] not in str(caught.value)


def test_a_key_makes_only_signatures_of_its_kind() -> None:
    with pytest.raises(FormatError):
        Signer(ORIGIN, MLDSA44, LOG_ED25519)
    with pytest.raises(FormatError):
        Signer(ORIGIN, ED25519, LOG_MLDSA)
    with pytest.raises(FormatError):
        VerifierKey(ORIGIN, 0x02, bytes(32))
    with pytest.raises(FormatError):
        sign_text(W1, print_checkpoint(CHECKPOINT))
    with pytest.raises(FormatError):
        sign_text(Signer(ORIGIN, ED25519, LOG_ED25519), "text\n", NOW)
    for time in (-1, MAX_TIME + 1):
        with pytest.raises(FormatError):
            sign_text(W1, print_checkpoint(CHECKPOINT), time)


# Notes


def test_the_vectors_note_is_read_and_printed() -> None:
    note = parse_note(OWN_NOTE)
    assert [one.name for one in note.signatures] == [ORIGIN, WITNESS]
    assert print_note(note) == OWN_NOTE


SIG = "— a AAAAAAAA\n"
BAD_NOTES = {
    "nothing": b"",
    "no blank line": b"text\n" + SIG.encode(),
    "no signature": b"text\n\n",
    "only a blank line": b"\n\n",
    "signatures not ended": b"text\n\n" + SIG[:-1].encode(),
    "a blank line at the end": b"text\n\n" + SIG.encode() + b"\n",
    "a hyphen for the dash": b"text\n\n" + SIG.replace("—", "-").encode(),
    "no space after the name": "text\n\n— aAAAAAAAA\n".encode(),
    "no name": "text\n\n—  AAAAAAAA\n".encode(),
    "a plus in the name": "text\n\n— a+b AAAAAAAA\n".encode(),
    "a wide space in the name": "text\n\n— a\u2003b AAAAAAAA\n".encode(),
    "a signature of no bytes": "text\n\n— a AAAAAA==\n".encode(),
    "no base64": "text\n\n— a !!!!\n".encode(),
    "URL-safe base64": "text\n\n— a AAAAAAA_\n".encode(),
    "slack bits": "text\n\n— a AAAAAAB=\n".encode(),
    "two spaces": "text\n\n— a  AAAAAAAA\n".encode(),
    "a carriage return": "text\r\n\n— a AAAAAAAA\n".encode(),
    "a tab": "te\txt\n\n— a AAAAAAAA\n".encode(),
    "not UTF-8": b"te\xffxt\n\n" + SIG.encode(),
}


@pytest.mark.parametrize("data", BAD_NOTES.values(), ids=BAD_NOTES.keys())
def test_a_malformed_note_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_note(data)


def test_the_last_blank_line_ends_the_text() -> None:
    note = parse_note(f"one\n\ntwo\n\n{SIG}".encode())
    assert note.text == "one\n\ntwo\n"
    assert parse_note(f"\n\n{SIG}".encode()).text == "\n"


def test_a_note_takes_a_hundred_signatures_and_a_mebibyte() -> None:
    assert len(parse_note(f"text\n\n{SIG * 100}".encode()).signatures) == 100
    with pytest.raises(TooLargeError):
        parse_note(f"text\n\n{SIG * 101}".encode())
    with pytest.raises(TooLargeError):
        parse_note(b"x" * MAX_NOTE_BYTES + f"\n\n{SIG}".encode())


def test_a_note_that_would_be_read_otherwise_is_not_printed() -> None:
    one = NoteSignature("a", b"1234", b"5")
    bad = [
        Note("text", (one,)),
        Note("text\n", ()),
        Note("te\rxt\n", (one,)),
        Note("\ud800\n", (one,)),
        Note("text\n", (NoteSignature("a b", b"1234", b"5"),)),
        Note("text\n", (NoteSignature("a", b"123", b"56"),)),
        Note("text\n", (NoteSignature("a", b"1234", b""),)),
    ]
    for note in bad:
        with pytest.raises(FormatError):
            print_note(note)


@given(st.binary(max_size=60) | st.text("— aA+/=\n", max_size=40).map(lambda text: f"t\n\n{text}\n".encode()))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_note_in_its_one_spelling_or_a_format_error(data: bytes) -> None:
    try:
        note = parse_note(data)
    except FormatError:
        return
    assert print_note(note) == data


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_what_is_signed_opens_and_what_cannot_be_a_note_is_a_format_error(text: str) -> None:
    signer = Signer("someone", ED25519, LOG_ED25519)
    try:
        data = sign_note(text + "\n", [signer])
    except FormatError:
        return
    assert open_note(data, [signer.verifier]).text == text + "\n"


def test_unknown_keys_are_ignored_and_none_known_is_unverifiable() -> None:
    assert [one.key for one in open_note(OWN_NOTE, [LOG_KEYS[0]]).held] == [LOG_KEYS[0]]
    for verifiers in ([], [LOG_KEYS[1]], [VerifierKey(ORIGIN, ED25519, bytes(32))]):
        with pytest.raises(UnverifiableError):
            open_note(OWN_NOTE, verifiers)


def test_one_known_signature_that_fails_rejects_the_whole_note() -> None:
    note = parse_note(SIGNED)
    for at, one in enumerate(note.signatures):
        for wrong in (one.signature[:-1] + bytes([one.signature[-1] ^ 1]), one.signature[:-1], one.signature + b"x", b"x"):
            signatures = [*note.signatures]
            signatures[at] = NoteSignature(one.name, one.key_id, wrong)
            with pytest.raises(VerificationError):
                open_note(print_note(Note(note.text, tuple(signatures))), LOG_KEYS)
            doubled = print_note(Note(note.text, (*note.signatures, signatures[at])))
            with pytest.raises(VerificationError):
                open_note(doubled, LOG_KEYS)


def test_a_changed_text_holds_under_no_key() -> None:
    changed = SIGNED.replace(b"\n3\n", b"\n4\n", 1)
    for key in LOG_KEYS:
        with pytest.raises(VerificationError):
            open_note(changed, [key])


def test_the_same_signature_twice_counts_once() -> None:
    note = parse_note(OWN_NOTE)
    doubled = print_note(Note(note.text, note.signatures * 2))
    assert open_note(doubled, [LOG_KEYS[0]]).held == open_note(OWN_NOTE, [LOG_KEYS[0]]).held


# Checkpoints


def test_a_checkpoint_is_three_lines() -> None:
    text = print_checkpoint(CHECKPOINT)
    assert text == f"{ORIGIN}\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert parse_checkpoint(text) == CHECKPOINT
    extended = Checkpoint("go.sum database tree", 0, bytes(32), ("more", "and more"))
    assert parse_checkpoint(print_checkpoint(extended)) == extended


BODY = print_checkpoint(CHECKPOINT)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", BODY[:-1], BODY + "\n", "\n" + BODY, BODY.replace("\n3\n", "\n03\n"), BODY.replace("\n3\n", "\n+3\n"),
        BODY.replace("\n3\n", "\n 3\n"), BODY.replace("\n3\n", "\n3_0\n"), BODY.replace("\n3\n", "\n٣\n"),
        BODY.replace("\n3\n", "\n-3\n"), BODY.replace("\n3\n", "\n\n"), BODY.replace("\n3\n", f"\n{10**18}\n"),
        BODY.replace("8=", "9="), BODY.replace("8=", "8"), BODY.replace("Hh8=", ""), BODY.replace("AAEC", "AA-C"),
        f"{ORIGIN}\n3\n", f"{ORIGIN}\n",
    ],
)  # fmt: skip
def test_a_checkpoint_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "wrong",
    [
        Checkpoint("", 3, bytes(32)),
        Checkpoint("a\nb", 3, bytes(32)),
        Checkpoint("a", -1, bytes(32)),
        Checkpoint("a", 10**18, bytes(32)),
        Checkpoint("a", 3, bytes(31)),
        Checkpoint("a", 3, bytes(32), ("",)),
    ],
)
def test_a_checkpoint_that_would_be_read_otherwise_is_not_printed(wrong: Checkpoint) -> None:
    with pytest.raises(FormatError):
        print_checkpoint(wrong)


def test_a_signed_checkpoint_opens_with_both_keys_and_the_logs_time() -> None:
    opened = open_checkpoint(SIGNED, LOG_KEYS, origin=ORIGIN)
    assert opened.checkpoint == CHECKPOINT
    assert opened.time == NOW
    assert opened.log_keys == tuple(LOG_KEYS)
    assert opened.names == {ORIGIN}
    assert opened.cosignatures == ()


def test_either_key_is_enough_but_only_one_tells_the_time() -> None:
    assert open_checkpoint(SIGNED, LOG_KEYS[:1]).time is None
    assert open_checkpoint(SIGNED, LOG_KEYS[1:]).time == NOW


def test_the_vectors_checkpoint_opens_and_is_the_root_of_its_entries() -> None:
    opened = open_checkpoint(OWN_NOTE, LOG_KEYS, witnesses=WITNESS_KEYS)
    tree = grow(0, (), [leaf_hash(b"entry-%d" % number) for number in range(3)])
    assert opened.checkpoint == Checkpoint(ORIGIN, 3, tree.root)
    assert tree.edge == ((OWN / "tile.0.000.p.3").read_bytes(),)
    assert [(one.name, one.key.key_id.hex()) for one in opened.cosignatures] == [(WITNESS, "b72bab2e")]
    assert opened.names == {ORIGIN, WITNESS}


def test_our_ed25519_signatures_are_the_vectors_byte_for_byte() -> None:
    note = parse_note(OWN_NOTE)
    assert sign_text(Signer(ORIGIN, ED25519, LOG_ED25519), note.text) == note.signatures[0]
    (cosignature,) = open_checkpoint(OWN_NOTE, LOG_KEYS, witnesses=WITNESS_KEYS).cosignatures
    assert cosign(OWN_NOTE, W1, cosignature.time) == note.signatures[1]


def test_an_ml_dsa_signature_is_over_the_bytes_of_the_specification() -> None:
    signature = parse_note(SIGNED).signatures[1].signature
    message = (
        b"subtree/v1\n\x00" + bytes([len(ORIGIN)]) + ORIGIN.encode() + NOW.to_bytes(8, "big")
        + bytes([len(ORIGIN)]) + ORIGIN.encode() + bytes(8) + (3).to_bytes(8, "big") + CHECKPOINT.root
    )  # fmt: skip
    assert signature[:8] == NOW.to_bytes(8, "big")
    LOG_MLDSA.public_key().verify(signature[8:], message)


@pytest.mark.parametrize("size", range(16))
def test_every_checkpoint_of_the_real_log_opens(size: int) -> None:
    key = parse_vkey((VECTORS / "tessera-log.pub").read_text().strip())
    data = (TESSERA / f"checkpoint.{size}").read_bytes()
    opened = open_checkpoint(data, [key], origin="example.com/log/testdata")
    assert opened.checkpoint.size == size
    assert print_note(parse_note(data)) == data


def test_cosignatures_of_both_kinds_are_added_and_hold() -> None:
    data = add_signatures(SIGNED, [cosign(SIGNED, W1, NOW + 1), cosign(SIGNED, W1_MLDSA, NOW + 2)])
    opened = open_checkpoint(data, LOG_KEYS, witnesses=WITNESS_KEYS)
    assert [(one.key, one.time) for one in opened.cosignatures] == [(WITNESS_KEYS[0], NOW + 1), (WITNESS_KEYS[1], NOW + 2)]
    assert opened.time == NOW
    assert add_signatures(data, parse_note(data).signatures) == data


def test_a_witnesss_answer_is_signature_lines() -> None:
    one = cosign(SIGNED, W1, NOW)
    assert parse_signature_lines(print_signature_lines([one])) == (one,)
    for wrong in ("", "\n", print_signature_lines([one])[:-1], print_signature_lines([one]) + "\n"):
        with pytest.raises(FormatError):
            parse_signature_lines(wrong)


def test_a_changed_time_is_a_failed_signature() -> None:
    for signer in (W1, W1_MLDSA):
        one = cosign(SIGNED, signer, NOW)
        moved = NoteSignature(one.name, one.key_id, (NOW - 1).to_bytes(8, "big") + one.signature[8:])
        with pytest.raises(VerificationError):
            open_checkpoint(add_signatures(SIGNED, [moved]), LOG_KEYS, witnesses=WITNESS_KEYS)
        far = NoteSignature(one.name, one.key_id, b"\xff" * 8 + one.signature[8:])
        with pytest.raises(VerificationError):
            open_checkpoint(add_signatures(SIGNED, [far]), LOG_KEYS, witnesses=WITNESS_KEYS)


def test_a_witness_alone_does_not_make_a_checkpoint() -> None:
    with pytest.raises(UnverifiableError):
        open_checkpoint(OWN_NOTE, WITNESS_KEYS)
    with pytest.raises(UnverifiableError):
        open_checkpoint(OWN_NOTE, [], witnesses=WITNESS_KEYS)


def test_a_witness_that_borrows_the_logs_name_does_not_speak_for_it() -> None:
    borrowed = Signer(ORIGIN, ED25519_COSIGNATURE, WITNESS_ED25519)
    data = print_note(Note(BODY, (sign_text(borrowed, BODY, NOW),)))
    with pytest.raises(UnverifiableError):
        open_checkpoint(data, LOG_KEYS, witnesses=[borrowed.verifier])


def test_a_checkpoint_of_another_log_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    data = sign_checkpoint(Checkpoint("other.example/log", 3, bytes(32)), other, LOG_MLDSA, NOW)
    keys = [Signer("other.example/log", ED25519, other).verifier, *LOG_KEYS]
    assert open_checkpoint(data, keys).checkpoint.origin == "other.example/log"
    with pytest.raises(VerificationError):
        open_checkpoint(data, keys, origin=ORIGIN)
    with pytest.raises(UnverifiableError):
        open_checkpoint(data, LOG_KEYS)


def test_of_two_times_of_the_log_the_earlier_counts() -> None:
    later = sign_checkpoint(CHECKPOINT, LOG_ED25519, LOG_MLDSA, NOW + 60)
    both = add_signatures(later, parse_note(SIGNED).signatures)
    assert open_checkpoint(both, LOG_KEYS).time == NOW


def test_extension_lines_need_a_signature_that_covers_them() -> None:
    extended = Checkpoint(ORIGIN, 3, bytes(32), ("more",))
    with pytest.raises(FormatError):
        sign_checkpoint(extended, LOG_ED25519, LOG_MLDSA, NOW)
    text = print_checkpoint(extended)
    plain, timed = Signer(ORIGIN, ED25519, LOG_ED25519), Signer(ORIGIN, MLDSA44, LOG_MLDSA)
    assert open_checkpoint(sign_note(text, [plain, timed], NOW), LOG_KEYS).checkpoint == extended
    with pytest.raises(UnverifiableError):
        open_checkpoint(sign_note(text, [timed], NOW), LOG_KEYS)
    with pytest.raises(FormatError):
        cosign(sign_note(text, [plain]), W1_MLDSA, NOW)


def test_no_flipped_bit_of_a_checkpoint_goes_unnoticed() -> None:
    whole = open_checkpoint(OWN_NOTE, LOG_KEYS, witnesses=WITNESS_KEYS)
    for at in range(len(OWN_NOTE)):
        flipped = OWN_NOTE[:at] + bytes([OWN_NOTE[at] ^ 1]) + OWN_NOTE[at + 1 :]
        try:
            opened = open_checkpoint(flipped, LOG_KEYS, witnesses=WITNESS_KEYS)
        except (FormatError, VerificationError, UnverifiableError):
            continue
        # A flipped name or key id makes a signature unknown, and unknown ones are ignored: it is missing, then.
        assert opened.checkpoint == whole.checkpoint
        assert opened.names < whole.names
