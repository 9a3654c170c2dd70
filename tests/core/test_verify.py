"""A bundle is what it says, or the step that fails says why not."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.core import vkey
from ledger.core.bundles import counts_of
from ledger.core.corroboration import corroborate
from ledger.core.quorum import parse_policy
from ledger.core.trust import Trust, parse_trust
from ledger.core.verify import STEPS, verify, verify_bundle
from ledger.core.verifying.behind import of_log
from ledger.core.vkey import print_vkey
from ledger.operations import Question
from schemas.bundle import Verification
from schemas.corroboration import AsOf
from tests.core.bundle_faults import FAULTS, PLACE, bad_bundle, good_bundle, smallest_bundle
from tests.core.faults import entries_of, signed, statement_of, without
from tests.service.written import KEYS, ORIGIN, STRANGER, VKEYS, Written

LOG = parse_trust(VKEYS)
ISSUER = parse_trust([KEYS.issuer_did])
ANOTHER_LOG = vkey.Signer("another.example/log", vkey.ED25519, STRANGER.private_key).verifier


def failing_step(verification: Verification) -> int | None:
    return next((step.number for step in verification.steps if step.result != "ok"), None)


def test_a_good_bundle_is_ok_to_whoever_trusts_its_log() -> None:
    found = verify_bundle(good_bundle(), LOG)
    assert (found.result, found.headline, found.origin) == ("ok", "single_origin", ORIGIN)
    assert [step.result for step in found.steps] == ["ok"] * len(STEPS)
    assert any("completeness is not" in note for note in found.notes)


@pytest.mark.parametrize("vkey", VKEYS)
def test_one_of_the_logs_two_keys_is_enough(vkey: str) -> None:
    assert verify_bundle(good_bundle(), parse_trust([vkey])).result == "ok"


def test_a_time_that_the_log_did_not_sign_is_told_as_the_issuers_word() -> None:
    statement = statement_of(good_bundle())
    statement["predicate"]["report"]["as_of"]["time"] = "2040-01-01T00:00:00Z"
    found = verify_bundle(signed(statement), parse_trust(VKEYS[:1]))
    assert (found.result, found.time) == ("ok", None)
    assert any("2040-01-01T00:00:00Z is the issuer's word" in note for note in found.notes)
    proven = verify_bundle(good_bundle(), LOG)
    assert proven.time == statement_of(good_bundle())["predicate"]["report"]["as_of"]["time"]
    assert not any("issuer's word" in note for note in proven.notes)


def test_the_words_of_every_bundle_are_those_of_the_format() -> None:
    page = " ".join((Path(__file__).parents[2] / "docs" / "format.md").read_text().split())
    predicate = statement_of(good_bundle())["predicate"]
    assert all(f'"{words}"' in page for words in [*predicate["proves"], *predicate["does_not_prove"]])


def test_the_issuers_key_alone_leaves_the_log_unverified() -> None:
    found = verify_bundle(good_bundle(), ISSUER)
    assert found.result == "unverifiable"
    assert "log not verified" in found.notes
    assert [step.name for step in found.steps if step.result == "not_checked"] == ["checkpoint", "inclusion"]


def test_the_issuers_key_alone_is_enough_for_whoever_says_so() -> None:
    found = verify_bundle(good_bundle(), ISSUER, issuer_only=True)
    assert found.result == "ok"
    assert "log not verified" in found.notes


def test_issuer_only_does_not_help_whoever_trusts_no_issuer() -> None:
    assert verify_bundle(good_bundle(), Trust(), issuer_only=True).result == "unverifiable"


def test_issuer_only_does_not_help_whoever_trusts_another_log() -> None:
    found = verify_bundle(good_bundle(), parse_trust([print_vkey(ANOTHER_LOG)]), issuer_only=True)
    assert (found.result, failing_step(found)) == ("unverifiable", 4)


def test_nothing_is_trusted_because_it_is_inside_the_file() -> None:
    found = verify_bundle(good_bundle(), Trust())
    assert found.result == "unverifiable"
    assert failing_step(found) == 3


def test_the_key_of_a_stranger_proves_nothing() -> None:
    assert verify_bundle(good_bundle(), parse_trust([STRANGER.did])).result == "unverifiable"


def test_a_policy_without_witnesses_is_met_by_the_log_alone() -> None:
    policy = parse_policy(f"log {VKEYS[0]}\nquorum none\n".encode())
    assert verify_bundle(good_bundle(), Trust(policy=policy)).result == "ok"


def test_a_policy_that_wants_a_witness_is_not_met() -> None:
    witness = print_vkey(vkey.Signer("witness.example", vkey.ED25519_COSIGNATURE, STRANGER.private_key).verifier)
    policy = parse_policy(f"log {VKEYS[0]}\nwitness w {witness}\nquorum w\n".encode())
    assert verify_bundle(good_bundle(), Trust(policy=policy)).result == "unverifiable"


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_at_its_step(name: str) -> None:
    found = verify_bundle(bad_bundle(name), LOG)
    assert (found.result, failing_step(found)) == (FAULTS[name].result, FAULTS[name].step), found.steps[-1]


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.json")), ids=lambda path: path.stem)
def test_each_bad_file_is_refused_for_the_fault_in_its_name(path: Path) -> None:
    trust = parse_trust((PLACE / "trust.txt").read_text().split())
    found = verify_bundle(path.read_bytes(), trust)
    fault = FAULTS[path.stem]
    # A file keeps the report of its day: a score that has moved since is found first.
    assert found.result == fault.result or failing_step(found) == 10
    assert failing_step(found) in {fault.step, min(fault.step, 10)}


def test_there_is_a_file_for_every_fault() -> None:
    assert {path.stem for path in PLACE.glob("*.json")} == set(FAULTS)


def test_no_flipped_bit_is_ok() -> None:
    """One random bit of every byte, and all eight of every fiftieth byte."""
    data, chance = smallest_bundle(), random.Random(7)
    assert verify_bundle(data, LOG).result == "ok"
    for place in range(len(data)):
        for bit in range(8) if place % 50 == 0 else (chance.randrange(8),):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            assert verify_bundle(bytes(flipped), LOG).result != "ok", (place, bit)


def test_no_flipped_bit_among_the_evidence_is_ok() -> None:
    data, chance = good_bundle(), random.Random(8)
    for place in range(chance.randrange(9), len(data), 9):
        flipped = bytearray(data)
        flipped[place] ^= 1 << chance.randrange(8)
        assert verify_bundle(bytes(flipped), LOG).result != "ok", place


@pytest.mark.parametrize("trust", [LOG, ISSUER], ids=["log", "issuer"])
def test_a_flipped_bit_in_the_signature_fails_and_in_the_keyid_is_a_stranger(trust: Trust) -> None:
    envelope = json.loads(good_bundle())
    signature = envelope["signatures"][0]
    first = "B" if signature["sig"][0] != "B" else "C"
    found = verify_bundle(good_bundle().replace(signature["sig"].encode(), (first + signature["sig"][1:]).encode()), trust)
    assert (found.result, failing_step(found)) == ("failed", 3)
    other = good_bundle().replace(signature["keyid"].encode(), STRANGER.did.encode())
    assert verify_bundle(other, trust).result == "unverifiable"


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b"[" * 100_000, b"\xff", b'{"payload":1}', b"0" * 10_000])
def test_what_is_no_bundle_is_malformed_and_raises_nothing(data: bytes) -> None:
    assert verify_bundle(data, LOG).result == "malformed"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "path", [("entries",), ("consistency",), ("proves",), ("report", "contributions"), ("report", "without")]
)
def test_a_list_of_a_million_wrong_items_costs_no_more_than_to_read_it(path: tuple[str, ...]) -> None:
    statement = statement_of(good_bundle())
    here = statement["predicate"]
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = [0] * 1_000_000
    data = signed(statement)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = verify_bundle(data, LOG)
    assert (found.result, failing_step(found)) == ("malformed", 2)
    # In kilobytes: an error for each item took 400 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_a_bundle_signed_again_by_a_trusted_issuer_is_ok_only_unchanged() -> None:
    statement = statement_of(good_bundle())
    assert signed(statement) == good_bundle()


def test_a_trusted_issuer_who_is_not_the_one_named_fails() -> None:
    statement = statement_of(good_bundle())
    found = verify_bundle(signed(statement, STRANGER.private_key), parse_trust([STRANGER.did, *VKEYS]))
    assert (found.result, failing_step(found)) == ("failed", 3)


def test_what_a_dishonest_issuer_leaves_out_is_found_in_the_whole_log(tmp_path: Path) -> None:
    """A denial is left out and the report computed without it: nothing in the bundle is wrong, but the log says more."""
    world = Written(tmp_path)
    for slug, act in (("hur", "asserts"), ("kremlin", "denies")):
        world.source(slug, "B", type="government_body")
        world.says(slug, act, said_at="2024-10-17", basis="witnessed")
    statement = statement_of(world.ledger.export(world.claim_id, "bundle", Question()))
    without(statement, "statement", speaker="kremlin")
    predicate, kept = statement["predicate"], {entry["index"] for entry in entries_of(statement)}
    logged = [entry for entry in world.logged if entry.index in kept]
    report = corroborate(world.claim_id, logged, as_of=AsOf(**predicate["report"]["as_of"]))
    predicate["report"] = report.model_dump(mode="json", by_alias=True)
    predicate["counts"] = counts_of(logged).model_dump(mode="json")
    bundle = signed(statement)
    assert verify(bundle, LOG).result == "ok"
    with world.snapshot() as snapshot:
        log = [entry.envelope for entry in snapshot.entry_range(0, snapshot.checkpoint.size)]
    records = of_log(lambda checkpoint: log[: checkpoint.size])
    for found in (verify(bundle, LOG, records=records), world.ledger.verify(bundle)):
        assert (found.result, failing_step(found)) == ("failed", 13)
        assert "the report differs" in found.steps[-1].detail
    other = verify(good_bundle(), LOG, records=records)
    assert (other.result, failing_step(other)) == ("failed", 12), "the log of another history"


ODD: list[Any] = [
    None,
    0,
    1,
    -1,
    2**53 - 1,
    1.5,
    "",
    "x",
    "sha256:" + "0" * 64,
    "2024-10-30",
    [],
    {},
    True,
    [[]],
    "origin:nobody",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


def test_whatever_a_dishonest_issuer_signs_gets_a_result_and_only_openings_are_free() -> None:
    """Any member replaced by anything, signed again by the trusted issuer: no exception, and no other evidence is ok."""
    chance = random.Random(9)
    spots = sorted(places(statement_of(good_bundle())), key=str)
    for _ in range(400):
        statement = statement_of(good_bundle())
        *path, last = chance.choice(spots)
        here: Any = statement
        for step in path:
            here = here[step]
        before, here[last] = here[last], chance.choice(ODD)
        found = verify_bundle(signed(statement), LOG)
        if found.result == "ok":
            # An opening may be left out: it can be erased, too.
            free = {"openings"} & {*map(str, path), last}
            assert free or here[last] == before, (path, last, here[last])
