"""Adding records over HTTP, and every way in which it is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.core.canonical import canonical_bytes
from ledger.core.didkey import did_key_of
from ledger.core.dsse import sign_envelope
from ledger.keys import Signer, new_key, sign_record
from schemas.envelope import RECORD_TYPE
from tests.api import c2sp
from tests.api.newsroom import HOP, ORIGIN, Members, Newsroom, body_of, claim_record, id_of, record_of, said, source

PROBLEM = "urn:onrecord:problem:"


def refused(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """The problem, which is of that status and name."""
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["type"]) == (status, PROBLEM + name), problem
    return problem


def raw(payload: bytes, signer: Signer) -> bytes:
    """The body that submits these very bytes as a record."""
    return b"[" + sign_envelope(payload, RECORD_TYPE, [signer.private_key]) + b"]"


def enroll(room: Newsroom, signer: Signer, *roles: str) -> str:
    record = {
        "kind": "key",
        "subject": signer.subject or "reporter",
        "public_key": signer.did,
        "roles": list(roles),
        "action": "enroll",
        "ledger": ORIGIN,
    }
    room.post(record).raise_for_status()
    return id_of(record)


# What is taken


def test_a_record_gets_a_receipt_that_a_stranger_can_check(room: Newsroom) -> None:
    body = room.signed(claim_record("A bridge was closed to traffic"))
    receipt = room.http.post("/v1/records", content=body).raise_for_status().json()[0]
    envelope = json.loads(body)[0]["envelope"]
    entry = json.dumps(envelope, separators=(",", ":"), sort_keys=True).encode()
    leaf = c2sp.leaf(entry)
    assert base64.b64decode(receipt["leaf_hash"]) == leaf
    checkpoint = receipt["checkpoint"]
    proof = [base64.b64decode(part) for part in receipt["proof"]]
    assert c2sp.included(leaf, receipt["index"], checkpoint["size"], proof, base64.b64decode(checkpoint["root"]))
    log = c2sp.Log(room.http, room.http.get("/.well-known/onrecord").json()["log_keys"][0])
    assert log.entries(log.head().size)[receipt["index"]] == entry


def test_adding_it_again_gives_the_same_place(room: Newsroom) -> None:
    body = room.signed(claim_record("A ship left the harbour"))
    first, again = (room.http.post("/v1/records", content=body).json()[0] for _ in range(2))
    assert (first["index"], first["already_on_record"]) == (again["index"], False)
    assert again["already_on_record"] is True


def test_one_envelope_may_come_without_a_list_and_as_bare_bytes(room: Newsroom) -> None:
    submission = json.loads(room.signed(claim_record("A minister resigned")))[0]
    alone = room.http.post("/v1/records", json=submission["envelope"]).raise_for_status().json()
    assert len(alone) == 1
    entry = canonical_bytes(submission["envelope"])
    response = room.http.post("/add", content=entry)
    assert (response.status_code, response.text) == (200, str(alone[0]["index"]))
    assert response.headers["content-type"].startswith("text/plain")


def test_a_list_may_refer_to_what_comes_before_in_it(room: Newsroom) -> None:
    claim = claim_record("The talks were broken off")
    receipts = room.post(claim, said(id_of(claim), "dprk", said_at="2025-05-02")).raise_for_status().json()
    assert [receipt["index"] for receipt in receipts] == [receipts[0]["index"], receipts[0]["index"] + 1]


def test_a_list_with_one_bad_record_leaves_nothing(room: Newsroom) -> None:
    claim = claim_record("The talks were taken up again")
    problem = refused(room.post(claim, said("sha256:" + "0" * 64, "dprk", said_at="2025-05-02")), 404, "not-found")
    assert problem["pointer"].startswith("/1")
    assert room.http.get(f"/v1/records/{id_of(claim)}").status_code == 404


def test_a_record_is_shown_with_its_signer_and_state(room: Newsroom) -> None:
    view = room.http.get(f"/v1/records/{room.ids['claim']}").json()
    assert (view["kind"], view["state"], view["signers"]) == ("claim", "in_force", [room.signer.did])
    by_prefix = room.http.get(f"/v1/records/{room.ids['claim'].removeprefix('sha256:')[:12]}").json()
    assert by_prefix == view


def test_a_proof_comes_as_json_or_as_a_file(room: Newsroom) -> None:
    path = f"/v1/records/{room.ids['claim']}/receipt"
    assert room.http.get(path).json()["record_id"] == room.ids["claim"]
    proof = room.http.get(path, params={"format": "tlog-proof"})
    assert proof.headers["content-type"].startswith("text/plain")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\n")


def test_checking_stores_nothing(room: Newsroom) -> None:
    size = room.http.get("/healthz").json()["size"]
    statement = said(room.ids["claim"], "ukraine", basis="witnessed", said_at="2024-10-30")
    result = room.http.post("/v1/records:check", content=room.signed(statement)).raise_for_status().json()
    assert result["records"] == [id_of(statement)]
    assert room.ids["claim"] in [change["claim"] for change in result["changes"]]
    assert room.http.get("/healthz").json()["size"] == size
    assert room.http.get(f"/v1/records/{id_of(statement)}").status_code == 404


def test_checking_refuses_what_adding_refuses(room: Newsroom) -> None:
    body = room.signed(said(room.ids["claim"], "nobody", said_at="2024-10-30"))
    refused(room.http.post("/v1/records:check", content=body), 404, "not-found")


def test_the_record_in_force_is_what_the_next_must_replace(room: Newsroom) -> None:
    answer = room.http.post("/v1/records:in_force", json={"subjects": ["source:yonhap", "source:unheard-of"]}).json()
    assert answer["records"]["source:yonhap"]["record"]["id"] == "yonhap"
    assert answer["records"]["source:unheard-of"] is None


@pytest.mark.parametrize("path", ["/v1/affected/yonhap", "/v1/records/{agency}/affected", "/v1/affected/{agency}"])
def test_what_rests_on_the_agency_is_found(room: Newsroom, path: str) -> None:
    affected = room.http.get(path.format(**room.ids)).raise_for_status().json()
    assert room.ids["outlet"] in [one["statement"] for one in affected["statements"]]


# What is refused


def test_an_unknown_source_is_named_with_near_ones(room: Newsroom) -> None:
    problem = refused(room.post(said(room.ids["claim"], "yonhapp", said_at="2025")), 404, "not-found")
    assert "yonhapp" in problem["detail"]
    assert "yonhap" in problem["suggestions"]


@pytest.mark.parametrize("name", ["claim", "document"])
def test_an_unknown_claim_or_document_is_named(room: Newsroom, name: str) -> None:
    unknown = "sha256:" + "ab" * 32
    members = said(room.ids["claim"], "dprk", said_at="2025") | {name: unknown}
    assert unknown in refused(room.post(members), 404, "not-found")["detail"]


def test_a_key_that_nobody_enrolled_may_not_write(room: Newsroom, tmp_path: Path) -> None:
    refused(room.post(claim_record("An unknown hand"), by=new_key(tmp_path / "new.pem")), 403, "forbidden")


def test_a_signature_that_does_not_hold_is_no_signature(room: Newsroom) -> None:
    submission = json.loads(room.signed(claim_record("Signed by somebody")))[0]
    other = json.loads(room.signed(claim_record("Signed for something else")))[0]
    submission["envelope"]["signatures"] = other["envelope"]["signatures"]
    refused(room.http.post("/v1/records", json=submission), 401, "unauthenticated")
    refused(room.http.post("/add", content=canonical_bytes(submission["envelope"])), 401, "unauthenticated")


def test_a_revoked_key_may_not_write(room: Newsroom, tmp_path: Path) -> None:
    signer = new_key(tmp_path / "leaver.pem")
    enrolled = enroll(room, signer, "contributor")
    room.post(claim_record("While I was here"), by=signer).raise_for_status()
    revoked = {
        "kind": "key",
        "subject": signer.subject or "reporter",
        "public_key": signer.did,
        "roles": ["contributor"],
        "action": "revoke",
        "reason": "has left",
        "ledger": ORIGIN,
        "replaces": enrolled,
    }
    room.post(revoked).raise_for_status()
    refused(room.post(claim_record("After I was gone"), by=signer), 403, "forbidden")


def test_a_contributor_may_not_enrol_keys(room: Newsroom, tmp_path: Path) -> None:
    signer = new_key(tmp_path / "junior.pem")
    enroll(room, signer, "contributor")
    record = {
        "kind": "key",
        "subject": "friend",
        "public_key": new_key(tmp_path / "friend.pem").did,
        "roles": ["admin"],
        "action": "enroll",
        "ledger": ORIGIN,
    }
    refused(room.post(record, by=signer), 403, "forbidden")


BAD_PAYLOADS: list[tuple[str, bytes, str | None]] = [
    ("not canonical", b'{"kind": "claim", "text": {"en": "x"}, "type": "event"}', None),
    ("members out of order", b'{"type":"event","text":{"en":"x"},"kind":"claim"}', None),
    ("an unknown field", b'{"kind":"claim","speaker":"kcna","text":{"en":"x"},"type":"event"}', "/speaker"),
    ("an unknown kind", b'{"kind":"rumour","text":{"en":"x"},"type":"event"}', None),
    ("a wrong type", b'{"kind":"claim","text":{"en":5},"type":"event"}', "/text/en"),
    ("text over the limit", b'{"kind":"claim","text":{"en":"' + b"x" * 2_001 + b'"},"type":"event"}', "/text/en"),
    ("a bad date", b'{"event_time":"2024-13","kind":"claim","text":{"en":"x"},"type":"event"}', "/event_time"),
    ("a null", b'{"event_time":null,"kind":"claim","text":{"en":"x"},"type":"event"}', "/event_time"),
    ("a lone surrogate", b'{"kind":"claim","text":{"en":"\\ud800"},"type":"event"}', "/text/en"),
    ("NUL", b'{"kind":"claim","text":{"en":"\\u0000"},"type":"event"}', "/text/en"),
    ("deep nesting", b'{"kind":"claim","text":' + b"[" * 100 + b"]" * 100 + b',"type":"event"}', None),
    ("a member twice", b'{"kind":"claim","kind":"claim","text":{"en":"x"},"type":"event"}', "/kind"),
    ("NaN", b'{"kind":"claim","text":{"en":NaN},"type":"event"}', "/text/en"),
    ("no JSON", b"claim: x", None),
    ("no UTF-8", b'{"kind":"claim","text":{"en":"\xff"},"type":"event"}', None),
]


@pytest.mark.parametrize("payload,pointer", [row[1:] for row in BAD_PAYLOADS], ids=[row[0] for row in BAD_PAYLOADS])
def test_a_payload_that_is_no_record_is_refused_where_it_is_wrong(room: Newsroom, payload: bytes, pointer: str | None) -> None:
    problem = refused(room.http.post("/v1/records", content=raw(payload, room.signer)), 422, "format")
    if pointer is not None:
        assert problem["pointer"].endswith(pointer)


def test_a_record_past_47_kib_is_too_large(room: Newsroom) -> None:
    # Each text within its own limit, all of them together past the record's.
    languages = [first + second for first in "abcdefghijklmnopqrstuvwxyz" for second in "abcdefghijklmnopqrstuvwxyz"]
    text = dict.fromkeys(languages[:30], "x" * 1900)
    payload = canonical_bytes({"kind": "claim", "type": "event", "text": text})
    body = b'[{"payload":"%b","payloadType":"%b","signatures":[{"keyid":"%b","sig":"%b=="}]}]' % (
        base64.b64encode(payload),
        RECORD_TYPE.encode(),
        did_key_of(room.signer.private_key).encode(),
        b"A" * 86,
    )
    response = room.http.post("/v1/records", content=body)
    assert response.status_code == 413


def test_a_hop_from_a_statement_to_itself_is_refused(room: Newsroom) -> None:
    hop = {**HOP, "from": room.ids["agency"], "to": room.ids["agency"]}
    body = raw(canonical_bytes(hop), room.signer)
    assert refused(room.http.post("/v1/records", content=body), 422, "format")["detail"]


def test_a_hop_between_unrelated_claims_is_refused_with_the_reason(room: Newsroom) -> None:
    elsewhere = said(room.ids["other"], "russia", said_at="2024-06-19")
    room.post(elsewhere).raise_for_status()
    problem = refused(room.post({**HOP, "from": room.ids["agency"], "to": id_of(elsewhere)}), 422, "rule")
    assert problem["detail"]


def test_a_speaker_that_recurs_on_a_path_is_a_circle_and_is_taken(room: Newsroom) -> None:
    claim = room.add("circle", claim_record("A rumour went round"))
    first = room.add("c1", said(claim, "outlet", said_at="2025-01-01"))
    second = room.add("c2", said(claim, "outlet-two", said_at="2025-01-02"))
    third = room.add("c3", said(claim, "outlet", said_at="2025-01-03"))
    room.post({**HOP, "from": third, "to": second}, {**HOP, "from": second, "to": first}).raise_for_status()


def test_a_stale_replaces_is_a_conflict(room: Newsroom) -> None:
    first = source("minor-outlet", "outlet")
    room.post(first).raise_for_status()
    second = {**first, "names": {"en": "Second"}, "replaces": id_of(first)}
    room.post(second).raise_for_status()
    stale: Members = {**first, "names": {"en": "Third"}, "replaces": id_of(first)}
    refused(room.post(stale), 409, "conflict")
    refused(room.post({**first, "names": {"en": "Fourth"}}), 409, "conflict")


@pytest.mark.parametrize(
    "name,status,problem", [("5f0e", 422, "format"), ("0" * 64, 404, "not-found"), ("Yonhap!", 404, "not-found")]
)
def test_a_name_that_fits_nothing_is_said_to(room: Newsroom, name: str, status: int, problem: str) -> None:
    for path in (f"/v1/records/{name}", f"/v1/claims/{name}", f"/v1/documents/{name}", f"/v1/claims/{name}/chain"):
        refused(room.http.get(path), status, problem)


def test_a_source_that_is_not_there_has_near_ones(room: Newsroom) -> None:
    assert "yonhap" in refused(room.http.get("/v1/sources/yonhab"), 404, "not-found")["suggestions"]


def test_the_same_record_under_two_keys_is_an_endorsement(room: Newsroom, tmp_path: Path) -> None:
    signer = new_key(tmp_path / "second.pem")
    enroll(room, signer, "contributor")
    record = claim_record("Two of us put our names to it")
    first = room.post(record).raise_for_status().json()[0]
    second = room.post(record, by=signer).raise_for_status().json()[0]
    assert second["record_id"] == first["record_id"]
    assert room.http.get(f"/v1/records/{first['record_id']}").json()["entries"] == [first["index"], second["index"]]
    both = sign_record(record_of(record), sorted([room.signer, signer], key=lambda one: one.did))
    assert room.http.post("/v1/records", content=body_of([both])).raise_for_status().json()[0]["index"] == second["index"] + 1
