from __future__ import annotations

from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.note import add_signatures, cosign
from ledger.core.quorum import (
    cosigners,
    open_with_policy,
    parse_policy,
    print_policy,
    quorum_met,
)
from ledger.core.vkey import ED25519_COSIGNATURE, Signer, print_vkey
from ledger.errors import FormatError, TooLargeError, UnverifiableError
from tests.core.vectors import OWN, own_key

NOTE = (OWN / "checkpoint").read_bytes()
LOG, LOG_MLDSA, W1, W1_MLDSA = (print_vkey(own_key(name)) for name in ("log", "log-mldsa", "w1", "w1-mldsa"))
SIGNERS = {
    name: Signer(f"{name}.example/w", ED25519_COSIGNATURE, Ed25519PrivateKey.from_private_bytes(name.encode() * 16))
    for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")
}
WITNESSES = "".join(f"witness {name} {print_vkey(signer.verifier)}\n" for name, signer in SIGNERS.items())
EXAMPLE = (
    f"log {LOG}\nlog {LOG_MLDSA} https://ledger.example/\n{WITNESSES}"
    "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\n"
    "quorum X-and-Y\n"
).encode()


def test_the_specifications_example_is_read_and_printed() -> None:
    policy = parse_policy(EXAMPLE)
    assert print_policy(policy) == EXAMPLE
    assert [group.threshold for group in policy.groups] == [2, 1, 2]


def test_comments_and_spacing_are_forgotten() -> None:
    loose = EXAMPLE.replace(b"group X-w", b"\n  # \xc3\xa9t\xc3\xa9 ...\n \tgroup\t  X-w").replace(
        b"quorum X-and-Y", b"quorum X-and-Y \t"
    )
    assert loose != EXAMPLE
    assert parse_policy(loose) == parse_policy(EXAMPLE)


def test_the_quorum_is_two_of_the_first_and_one_of_the_others() -> None:
    policy = parse_policy(EXAMPLE)
    for count in range(7):
        for names in combinations(SIGNERS, count):
            first = sum(name.startswith("X") for name in names)
            assert quorum_met(policy, set(names)) == (first >= 2 and len(names) > first)
    assert not quorum_met(policy, {"X-and-Y", "X-witnesses", "Y-witnesses", "stranger"})


def test_a_quorum_of_none_or_of_one_witness() -> None:
    assert quorum_met(parse_policy(b"quorum none\n"), set())
    one = parse_policy(f"witness w {W1}\nquorum w\n".encode())
    assert quorum_met(one, {"w"})
    assert not quorum_met(one, set())


BAD = {
    "nothing": "",
    "no quorum": f"log {LOG}\n",
    "two quorums": "quorum none\nquorum none\n",
    "an unknown quorum": "quorum w\n",
    "a quorum before its witness": f"quorum w\nwitness w {W1}\n",
    "an unknown word": "logs\nquorum none\n",
    "a line not ended": "quorum none",
    "a carriage return": "quorum none\r\n",
    "a wide space": "quorum\u2003none\n",
    "a log without key": "log\nquorum none\n",
    "a log with a word more": f"log {LOG} a b\nquorum none\n",
    "a log with a witness's key": f"log {W1}\nquorum none\n",
    "a witness with a log's key": f"witness w {LOG}\nquorum none\n",
    "a witness without name": f"witness {W1}\nquorum none\n",
    "a log twice": f"log {LOG}\nlog {LOG}\nquorum none\n",
    "a witness's key twice": f"witness a {W1}\nwitness b {W1}\nquorum none\n",
    "a name twice": f"witness a {W1}\nwitness a {W1_MLDSA}\nquorum none\n",
    "a witness named none": f"witness none {W1}\nquorum none\n",
    "a group named like a witness": f"witness a {W1}\ngroup a any a\nquorum a\n",
    "a group named none": f"witness a {W1}\ngroup none any a\nquorum none\n",
    "a group of nobody": "group g all\nquorum none\n",
    "a group with an unknown member": "group g all a\nquorum none\n",
    "a group in itself": "group g all g\nquorum none\n",
    "a member none": "group g all none\nquorum none\n",
    "a member twice": f"witness a {W1}\ngroup g any a a\nquorum g\n",
    "a member of two groups": f"witness a {W1}\ngroup g any a\ngroup h any a\nquorum h\n",
    "a threshold of zero": f"witness a {W1}\ngroup g 0 a\nquorum g\n",
    "a threshold past the members": f"witness a {W1}\ngroup g 2 a\nquorum g\n",
    "a threshold with a zero before": f"witness a {W1}\ngroup g 01 a\nquorum g\n",
    "a threshold that is no number": f"witness a {W1}\ngroup g some a\nquorum g\n",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_policy_that_breaks_a_rule_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_policy(text.encode())


def test_the_line_at_fault_is_named() -> None:
    with pytest.raises(FormatError, match="policy line 2"):
        parse_policy(b"# comment\nquorum nobody\n")


def test_a_policy_has_at_most_a_thousand_lines() -> None:
    with pytest.raises(TooLargeError):
        parse_policy(b"#\n" * 1001)


@given(st.binary(max_size=40) | st.lists(st.sampled_from(EXAMPLE.decode().splitlines()), max_size=12).map(
    lambda lines: "".join(line + "\n" for line in lines).encode()))  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_any_bytes_are_a_policy_or_a_format_error(data: bytes) -> None:
    try:
        policy = parse_policy(data)
    except FormatError:
        return
    assert parse_policy(print_policy(policy)) == policy


def test_a_checkpoint_opens_under_a_policy_when_enough_witnesses_cosigned() -> None:
    policy = parse_policy(EXAMPLE)
    some = add_signatures(NOTE, [cosign(NOTE, SIGNERS[name], 1_789_000_000) for name in ("X1", "Y1")])
    with pytest.raises(UnverifiableError) as caught:
        open_with_policy(some, policy)
    assert caught.value.step == "quorum"
    enough = add_signatures(some, [cosign(NOTE, SIGNERS["X3"], 1_789_000_000)])
    opened = open_with_policy(enough, policy)
    assert cosigners(policy, opened) == {"X1", "X3", "Y1"}


def test_the_vectors_checkpoint_opens_under_its_own_policy() -> None:
    policy = parse_policy(f"log {LOG}\nwitness first {W1}\nquorum first\n".encode())
    assert cosigners(policy, open_with_policy(NOTE, policy)) == {"first"}


def test_a_witness_is_no_log() -> None:
    policy = parse_policy(f"witness first {W1}\nquorum first\n".encode())
    with pytest.raises(UnverifiableError):
        open_with_policy(NOTE, policy)
