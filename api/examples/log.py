"""Examples of envelopes, receipts and the log."""

from __future__ import annotations

from api.examples.facts import CLAIM_ID, DID, HASH, ORIGIN, TIME, Example
from schemas.envelope import RECORD_TYPE
from schemas.erasure import ERASURE_TYPE

ENVELOPE: Example = {
    "payload": "eyJraW5kIjoiY2xhaW0iLCJ0ZXh0Ijp7ImVuIjoiTm9ydGggS29yZWEgc2VudCB0cm9vcHMifSwidHlwZSI6ImV2ZW50In0=",
    "payloadType": RECORD_TYPE,
    "signatures": [{"keyid": DID, "sig": "A" * 86 + "=="}],
}
SUBMISSION: Example = {
    "envelope": ENVELOPE,
    "openings": {"sha256:" + "c0de" * 16: {"salt": "00" * 16, "value": "The decision rests on the treaty."}},
}
ERASURE: Example = {
    "payload": "eyJsZWRnZXIiOiJsZWRnZXIuZXhhbXBsZSIsInJlY29yZCI6InNoYTI1NjouLi4iLCJ2YWx1ZXMiOlsic2hhMjU2Oi4uLiJdfQ==",
    "payloadType": ERASURE_TYPE,
    "signatures": [{"keyid": DID, "sig": "A" * 86 + "=="}],
}
ERASED: Example = {
    "record": CLAIM_ID,
    "erased": ["sha256:" + "c0de" * 16],
    "absent": [],
    "also_closed": [],
    "still_open": [],
    "to_scrub": False,
}
SUBJECTS: Example = {"subjects": ["source:yonhap", "key:" + DID]}
BUNDLE: Example = {
    "payload": "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==",
    "payloadType": "application/vnd.in-toto+json",
    "signatures": [{"keyid": DID, "sig": "A" * 86 + "=="}],
}
SCORE: Example = BUNDLE | {"payload": "eyJwcmVkaWNhdGVUeXBlIjoidXJuOm9ucmVjb3JkOnNjb3JlOjEifQ=="}
VC: Example = {
    "@context": ["https://www.w3.org/ns/credentials/v2", f"https://{ORIGIN}/ns/v1"],
    "credentialSubject": {"id": f"urn:onrecord:{CLAIM_ID}", "recordId": CLAIM_ID, "type": "Claim"},
    "issuer": {"id": DID, "name": ORIGIN},
    "type": ["VerifiableCredential", "ClaimReportCredential"],
}
CONTEXT: Example = {"@context": {"@version": 1.1, "headline": "urn:onrecord:ns:v1:headline"}}
NOTE = f"{ORIGIN}\n120\n{HASH}\n\n\u2014 {ORIGIN} AAAAAAAA\n"
CHECKPOINT: Example = {"origin": ORIGIN, "size": 120, "root": HASH, "time": TIME, "note": NOTE}
RECEIPT: Example = {
    "record_id": CLAIM_ID,
    "index": 41,
    "leaf_hash": HASH,
    "proof": [HASH, HASH],
    "checkpoint": CHECKPOINT,
    "witnessed": False,
    "already_on_record": False,
    "to_scrub": False,
}
TLOG_PROOF = f"c2sp.org/tlog-proof@v1\nindex 41\n{HASH}\n\n{NOTE}"
CONSISTENCY: Example = {
    "old_size": 100,
    "new_size": 120,
    "proof": [HASH],
    "old": CHECKPOINT | {"size": 100},
    "new": CHECKPOINT,
}
VERIFICATION: Example = {
    "result": "ok",
    "kind": "bundle",
    "claim": CLAIM_ID,
    "origin": ORIGIN,
    "size": 120,
    "time": TIME,
    "steps": [{"number": 1, "name": "spelling", "result": "ok", "detail": "the bytes are canonical"}],
    "headline": "corroborated",
    "probability": 0.94,
    "notes": ["inclusion is proven, completeness is not"],
}
WELL_KNOWN: Example = {
    "origin": ORIGIN,
    "log_keys": [f"{ORIGIN}+00000000+AQ...", f"{ORIGIN}+11111111+Bg..."],
    "issuer": DID,
    "witnesses": [],
    "policy": None,
    "api": "https://ledger.example",
    "policies": ["olo-1"],
    "test_log": False,
}
HEALTH: Example = {
    "status": "ok",
    "size": 120,
    "checkpoint_time": TIME,
    "age": 12,
    "standing_size": 118,
    "to_scrub": False,
    "replica": None,
    "witnesses": None,
}
POLICY: Example = {
    "version": "olo-1",
    "parameters": {"cap": 0.98},
    "rules": [
        {
            "name": "independent origins",
            "section": "2.3",
            "text": "How many sources carry the claim without having it from another source in the chain.",
            "parameters": {},
        }
    ],
}
