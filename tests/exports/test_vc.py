"""A claim's credential: what it says, what it leaves out, and that nothing but its own bytes is ever ok."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.core.canonical import canonical_bytes
from ledger.core.credential import context_bytes, shown
from ledger.core.dataintegrity import sign_document
from ledger.core.didkey import did_key_of
from ledger.core.trust import Trust, parse_trust
from ledger.core.verify import verify
from ledger.core.verifying.credential import CREDENTIAL_STEPS
from ledger.exports.content import Content
from ledger.exports.vc import print_vc
from ledger.keys import load_ledger_keys
from schemas.bundle import Verification
from schemas.context import context_url
from tests.cli.conftest import run_here
from tests.exports.conftest import ContentOf

ISSUER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
DID = did_key_of(ISSUER)
TRUSTED = parse_trust([DID])
# The context never changes: this is what `/ns/v1` hashes to, for ever.
CONTEXT_SHA256 = "3af090b9b16ae4f6deb9102af19684f1411f49360bbe795d50ddcaf2e749fa6f"


def print_and_read(content: Content) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(print_vc(content, ISSUER))
    return value


def resigned(value: dict[str, Any]) -> bytes:
    """The file as a lying issuer would sign it."""
    unsigned = {name: member for name, member in value.items() if name != "proof"}
    return canonical_bytes(sign_document(unsigned, ISSUER, created=value["validFrom"]))


def failing(found: Verification) -> str | None:
    return next((step.name for step in found.steps if step.result == "failed"), None)


def test_the_context_never_changes() -> None:
    assert hashlib.sha256(context_bytes()).hexdigest() == CONTEXT_SHA256


def test_the_context_is_served_to_be_kept_for_ever(served: str) -> None:
    answer = httpx.get(f"{served}/ns/v1", trust_env=False)
    assert (answer.status_code, answer.content) == (200, context_bytes())
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.headers["cache-control"] == "max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "origin, url",
    [
        ("ledger.example/2026", "https://ledger.example/2026/ns/v1"),
        ("ledger.example:8443", "https://ledger.example:8443/ns/v1"),
        ("onrecord.invalid/0a1b2c3d", "urn:onrecord:ns:v1"),
        ('a"b/<x>', "urn:onrecord:ns:v1"),
        ("user@ledger.example", "urn:onrecord:ns:v1"),
        ("ledger.example/../x?y#z", "urn:onrecord:ns:v1"),
        ("Ünrecord", "urn:onrecord:ns:v1"),
    ],
)
def test_the_context_has_an_address_where_the_ledger_has_one(origin: str, url: str) -> None:
    assert context_url(origin) == url


def test_it_says_what_the_report_says(content: Content) -> None:
    subject, report = print_and_read(content)["credentialSubject"], content.report
    assert subject["recordId"] == report.claim
    assert subject["text"]["ko"].startswith("북한은")
    said = subject["report"]
    assert (said["headline"], said["labels"]) == ("corroborated", ["acknowledged", "changed_position"])
    assert (said["probability"], said["likelihood"]) == (shown(report.probability), "almost certain")
    assert said["asOf"] == report.as_of.model_dump()


def test_it_is_valid_from_the_checkpoint_on_and_brings_it(content: Content) -> None:
    value = print_and_read(content)
    assert value["validFrom"] == value["proof"]["created"] == content.time
    assert value["evidence"]["checkpoint"].encode() == content.checkpoint_note


def test_it_says_what_it_proves_and_what_it_does_not(content: Content) -> None:
    value = print_and_read(content)
    assert any("the issuer signed this" in line for line in value["proves"])
    assert any("is true" in line for line in value["doesNotProve"])


def test_where_evidence_is_thin_there_is_no_number_and_no_likelihood_word(
    content_of: ContentOf, claims: dict[str, str]
) -> None:
    for claim in claims.values():
        content = content_of(claim)
        said = print_and_read(content)["credentialSubject"]["report"]
        present = {"probability", "interval", "likelihood"} & said.keys()
        assert present == ({"probability", "interval", "likelihood"} if content.report.showable else set())
    assert not all(content_of(claim).report.showable for claim in claims.values()), "some are thin"


def test_a_shown_number_is_whole_per_cent_and_never_certainty() -> None:
    assert [shown(p) for p in (0.0001, 0.123456, 0.98765, 0.999999)] == [0.01, 0.12, 0.99, 0.99]


def test_a_trusted_issuer_signed_it_and_the_log_is_not_verified(content: Content) -> None:
    found = verify(print_vc(content, ISSUER), TRUSTED)
    assert (found.result, found.kind, found.headline) == ("unverifiable", "vc", "corroborated")
    assert [step.name for step in found.steps] == list(CREDENTIAL_STEPS)
    assert [step.result for step in found.steps] == ["ok", "ok", "ok", "not_checked", "not_checked"]
    assert "log not verified" in found.notes


def test_whoever_takes_the_issuers_word_says_so(content: Content) -> None:
    found = verify(print_vc(content, ISSUER), TRUSTED, issuer_only=True)
    assert found.result == "ok"
    assert any("issuer's word" in note for note in found.notes)


@pytest.mark.parametrize("trust", [Trust(), parse_trust([did_key_of(Ed25519PrivateKey.from_private_bytes(bytes(32)))])])
def test_nothing_is_trusted_because_it_is_inside_the_file(content: Content, trust: Trust) -> None:
    assert verify(print_vc(content, ISSUER), trust, issuer_only=True).result == "unverifiable"


def test_a_flipped_byte_is_never_ok(content: Content) -> None:
    data = print_vc(content, ISSUER)
    chosen = random.Random(1).sample(range(len(data)), 300)
    for place in {*chosen, 0, 1, len(data) - 1, len(data) - 2}:
        for flip in (0x01, 0x20, 0x80):
            changed = data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]
            assert verify(changed, TRUSTED, issuer_only=True).result != "ok", f"byte {place}, {flip:#x}"


@pytest.mark.parametrize("more", [b"\n", b" ", b"\0", b"{}"])
def test_bytes_after_the_end_are_not_ok(content: Content, more: bytes) -> None:
    assert verify(print_vc(content, ISSUER) + more, TRUSTED, issuer_only=True).result == "malformed"


def test_another_spelling_of_the_same_json_is_not_ok(content: Content) -> None:
    assert verify(json.dumps(print_and_read(content)).encode(), TRUSTED, issuer_only=True).result == "malformed"


def _changed(value: dict[str, Any], path: str, to: Any) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(value))
    *parents, last = path.split("/")
    here: Any = changed
    for part in parents:
        here = here[part]
    here[last] = to
    return changed


LIES: dict[str, tuple[Any, str]] = {
    "@context": (["https://www.w3.org/ns/credentials/v2", "https://stranger.example/ns/v1"], "issuer"),
    "proves": (["that it is true"], "issuer"),
    "doesNotProve": ([], "issuer"),
    "relatedResource/digestSRI": ("sha256-" + "A" * 43 + "=", "issuer"),
    "issuer/name": ("stranger.example", "issuer"),
    "credentialSubject/id": ("urn:onrecord:sha256:" + "0" * 64, "issuer"),
    "evidence/checkpoint": ("no note", "checkpoint"),
    "credentialSubject/report/asOf/size": (3, "checkpoint"),
    "credentialSubject/report/probability": (1.5, "schema"),
    "credentialSubject/report/headline": ("true", "schema"),
    "credentialSubject/report/words": ("likely", "schema"),
    "credentialSubject/text": ({"en": 7}, "schema"),
    "proof": ({}, "schema"),
    "validUntil": ("2030-01-01T00:00:00Z", "schema"),
}


@pytest.mark.parametrize("path", LIES)
def test_what_no_credential_of_ours_says_is_refused_though_the_issuer_signed_it(content: Content, path: str) -> None:
    lie, step = LIES[path]
    changed = _changed(print_and_read(content), path, lie)
    data = canonical_bytes(changed) if path == "proof" else resigned(changed)
    found = verify(data, TRUSTED, issuer_only=True)
    assert (found.result, failing(found)) == ("malformed" if step == "schema" else "failed", step)


@pytest.mark.parametrize("format, question", [("bundle", []), ("bundle", ["--until", "2024-10-30"])])
def test_it_is_computed_again_from_a_bundle_of_the_same_state(
    example: str, troops: str, tmp_path: Path, format: str, question: list[str]
) -> None:
    keys = [key for line in run_here("log", "keys", "--ledger", example).out.split() for key in ("--trust", line)]
    for name in ("vc", format):
        assert run_here("export", troops, "--format", name, "-o", name, *question, "--ledger", example).code == 0
    assert run_here("verify", "vc", *keys).code == 7
    assert run_here("verify", "vc", *keys, "--with", format).code == 0
    assert run_here("verify", "vc", *keys, "--issuer-only").code == 0
    assert run_here("verify", "vc").code == 7


def test_a_lie_of_the_issuer_is_found_when_it_is_computed_again(example_place: Path, example: str, troops: str) -> None:
    issuer = load_ledger_keys(example_place / "ledger.db.keys").issuer
    assert run_here("export", troops, "--format", "vc", "-o", "vc", "--ledger", example).code == 0
    assert run_here("export", troops, "-o", "bundle", "--ledger", example).code == 0
    value = _changed(json.loads(Path("vc").read_text()), "credentialSubject/report/headline", "contradicted")
    unsigned = {name: member for name, member in value.items() if name != "proof"}
    Path("lie").write_bytes(canonical_bytes(sign_document(unsigned, issuer, created=value["validFrom"])))
    keys = [key for line in run_here("log", "keys", "--ledger", example).out.split() for key in ("--trust", line)]
    assert run_here("verify", "lie", *keys, "--issuer-only").code == 0, "it is the issuer's word"
    found = run_here("verify", "lie", *keys, "--with", "bundle")
    assert found.code == 6
    assert "differs at /report/headline" in " ".join(found.err.split())


def test_the_server_checks_one_and_computes_it_again(served: str, example: str, troops: str) -> None:
    file = httpx.get(f"{served}/v1/claims/{troops}/export", params={"format": "vc"}, trust_env=False)
    assert file.headers["content-type"] == "application/vc"
    found = httpx.post(f"{served}/v1/verify", content=file.content, trust_env=False).json()
    assert (found["result"], found["kind"]) == ("ok", "vc")
    assert [step["result"] for step in found["steps"]] == ["ok"] * 5
    broken = file.content.replace(b'"corroborated"', b'"contradicted"')
    assert httpx.post(f"{served}/v1/verify", content=broken, trust_env=False).json()["result"] == "failed"
    assert httpx.post(f"{served}/v1/verify", content=broken[:-1], trust_env=False).status_code == 422


def test_a_credential_of_an_earlier_state_leads_to_the_newest_checkpoint(mine: str, troops: str) -> None:
    size = run_here("score", troops, "--json", "--ledger", mine).json["as_of"]["size"]
    assert run_here("source", "add", "later", "--type", "outlet", "--name", "en=Later", "--ledger", mine).code == 0
    assert run_here("export", troops, "--format", "vc", "--as-of", str(size), "-o", "vc", "--ledger", mine).code == 0
    assert json.loads(Path("vc").read_text())["evidence"]["consistency"], "the state is not the checkpoint's"
    keys = [key for line in run_here("log", "keys", "--ledger", mine).out.split() for key in ("--trust", line)]
    found = run_here("verify", "vc", *keys, "--issuer-only", "--json")
    assert (found.code, found.json["size"]) == (0, size)
    assert any("is the issuer's word" in note for note in found.json["notes"]), "the time of an earlier state is not signed"
