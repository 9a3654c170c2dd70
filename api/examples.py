"""Examples for the OpenAPI document: the running example, shortened. A test holds each against its shape."""

from __future__ import annotations

from typing import Any

from schemas.envelope import RECORD_TYPE

Example = dict[str, Any]

CLAIM_ID = "sha256:" + "5f0e" * 16
STATEMENT_ID = "sha256:" + "a1c4" * 16
DOCUMENT_ID = "sha256:" + "77d0" * 16
SOURCE_RECORD_ID = "sha256:" + "09be" * 16
DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
ORIGIN = "ledger.example"
TIME = "2025-04-28T10:00:00Z"
_HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
_TEXT = {"en": "North Korea sent troops to fight for Russia", "ko": "북한이 러시아를 위해 싸울 군대를 보냈다"}
_SIDES = {"for": 2.0, "against": 0.0}
_AS_OF = {"size": 120, "root": "e3b0c442" * 8, "time": TIME}

ENVELOPE: Example = {
    "payload": "eyJraW5kIjoiY2xhaW0iLCJ0ZXh0Ijp7ImVuIjoiTm9ydGggS29yZWEgc2VudCB0cm9vcHMifSwidHlwZSI6ImV2ZW50In0=",
    "payloadType": RECORD_TYPE,
    "signatures": [{"keyid": DID, "sig": "A" * 86 + "=="}],
}
SUBMISSION: Example = {
    "envelope": ENVELOPE,
    "openings": {"sha256:" + "c0de" * 16: {"salt": "00" * 16, "value": "The decision rests on the treaty."}},
}
SUBJECTS: Example = {"subjects": ["source:yonhap", "key:" + DID]}
BUNDLE: Example = {
    "payload": "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==",
    "payloadType": "application/vnd.in-toto+json",
    "signatures": [{"keyid": DID, "sig": "A" * 86 + "=="}],
}
SCORE: Example = BUNDLE | {"payload": "eyJwcmVkaWNhdGVUeXBlIjoidXJuOm9ucmVjb3JkOnNjb3JlOjEifQ=="}
NOTE = f"{ORIGIN}\n120\n{_HASH}\n\n\u2014 {ORIGIN} AAAAAAAA\n"
CHECKPOINT: Example = {"origin": ORIGIN, "size": 120, "root": _HASH, "time": TIME, "note": NOTE}
RECEIPT: Example = {
    "record_id": CLAIM_ID,
    "index": 41,
    "leaf_hash": _HASH,
    "proof": [_HASH, _HASH],
    "checkpoint": CHECKPOINT,
    "witnessed": False,
    "already_on_record": False,
}
TLOG_PROOF = f"c2sp.org/tlog-proof@v1\nindex 41\n{_HASH}\n\n{NOTE}"
CONSISTENCY: Example = {
    "old_size": 100,
    "new_size": 120,
    "proof": [_HASH],
    "old": CHECKPOINT | {"size": 100},
    "new": CHECKPOINT,
}
BRIEF: Example = {
    "headline": "corroborated",
    "labels": ["acknowledged", "changed_position"],
    "summary": "Two independent origins report it, among them a party to the war; nobody denies it any more.",
    "independent_origins": _SIDES,
    "origins": {"for": 2, "against": 0},
    "showable": True,
    "probability": 0.94,
    "interval": [0.86, 0.98],
    "words": "very likely",
    "confidence": "moderate",
}
CHECK: Example = {
    "records": [STATEMENT_ID],
    "already_on_record": [],
    "changes": [
        {
            "claim": CLAIM_ID,
            "text": _TEXT,
            "before": BRIEF | {"headline": "single_origin", "labels": [], "probability": 0.7},
            "after": BRIEF,
            "log_odds_before": 0.85,
            "log_odds_after": 2.75,
        }
    ],
}
STATEMENT: Example = {
    "id": STATEMENT_ID,
    "index": 52,
    "claim": CLAIM_ID,
    "speaker": "dprk",
    "name": "North Korea",
    "act": "confirms",
    "polarity": "+",
    "stance": "supports",
    "said": "2025-04-28",
    "document": DOCUMENT_ID,
    "url": "https://outlet.example/troops",
    "quote": None,
    "certainty": "certain",
    "basis": "own_act",
    "interest": "against",
    "interest_reason": "it admits what it had denied",
    "upstream": [],
}
RECORD: Example = {
    "id": CLAIM_ID,
    "index": 41,
    "kind": "claim",
    "signers": [DID],
    "subjects": ["admin"],
    "logged_at": TIME,
    "entries": [41],
    "state": "in_force",
    "corrected_by": None,
    "record": {"kind": "claim", "text": _TEXT, "type": "event"},
    "envelope": ENVELOPE,
    "openings": {},
}
IN_FORCE: Example = {"records": {"source:yonhap": None}, "size": 120}
CLAIM: Example = {
    "id": CLAIM_ID,
    "index": 41,
    "text": _TEXT,
    "type": "event",
    "record": RECORD["record"],
    "replaced_by": None,
    "statements": [STATEMENT],
    "related": [],
    "corroboration": BRIEF,
    "suspected_copies": 0,
    "size": 120,
}
CLAIMS: Example = {
    "claims": [
        {
            "id": CLAIM_ID,
            "text": _TEXT,
            "type": "event",
            "headline": "corroborated",
            "labels": ["acknowledged", "changed_position"],
            "independent_origins": _SIDES,
            "showable": True,
            "probability": 0.94,
            "changed_at": 112,
            "previous": "single_origin",
        }
    ],
    "size": 120,
    "complete_to": 120,
    "next": "NDE",
}
FACETS: Example = {
    "headlines": {"contested": 3, "corroborated": 8},
    "labels": {"changed_position": 1},
    "claims": 11,
    "size": 120,
    "complete_to": 118,
}
CHAIN: Example = {
    "claim": CLAIM_ID,
    "as_of": _AS_OF,
    "until": None,
    "clock": "said",
    "nodes": [
        {
            "id": STATEMENT_ID,
            "kind": "statement",
            "speaker": "dprk",
            "claim": CLAIM_ID,
            "act": "confirms",
            "stance": "supports",
            "certainty": "certain",
            "said": "2025-04-28",
            "document": DOCUMENT_ID,
            "root": True,
            "established": True,
            "set_aside": False,
            "origin": "dprk",
        }
    ],
    "hops": [],
    "origins": ["dprk"],
    "channels": [{"origin": "dprk", "side": "for", "speakers": ["outlet", "yonhap", "dprk"], "fidelity": 0.9}],
    "bottlenecks": [],
    "circular": [],
    "names": {"dprk": "North Korea", "outlet": "An outlet", "yonhap": "Yonhap News Agency"},
}
REPORT: Example = {
    "claim": CLAIM_ID,
    "policy": "olo-1",
    "as_of": _AS_OF,
    "until": "2025-04-28",
    "clock": "said",
    "without": [],
    "probability": 0.94,
    "interval": [0.86, 0.98],
    "log_odds": 2.75,
    "base": 0.0,
    "words": "very likely",
    "confidence": "moderate",
    "showable": True,
    "headline": "corroborated",
    "labels": ["acknowledged"],
    "label_sources": {"acknowledged": ["russia"]},
    "independent_origins": _SIDES,
    "origins": {"for": 2, "against": 0},
    "reports": 7,
    "outlets": 3,
    "contributions": [],
    "circular": [],
    "bottlenecks": [],
    "related": [],
    "withdrawn": [],
    "set_aside": [],
    "no_weight": [],
    "verdicts": [],
    "figures": [],
    "sensitivity": [],
    "summary": BRIEF["summary"],
}
_COPY: Example = {
    "statement": STATEMENT_ID,
    "index": 52,
    "speaker": "outlet",
    "name": "An outlet",
    "said": "2025-04-28",
    "document": DOCUMENT_ID,
    "origin": "outlet",
    "names_its_source": False,
    "resembles": None,
}
_NOW: Example = {
    "headline": "corroborated",
    "probability": 0.94,
    "interval": [0.86, 0.98],
    "confidence": "moderate",
    "showable": True,
    "independent_origins": _SIDES,
    "origins": {"for": 2, "against": 0},
}
COPIES: Example = {
    "claim": CLAIM_ID,
    "policy": "olo-1",
    "as_of": _AS_OF,
    "until": None,
    "clock": "said",
    "without": [],
    "groups": [
        {
            "members": [
                _COPY,
                _COPY
                | {
                    "statement": "sha256:" + "b2d5" * 16,
                    "index": 57,
                    "speaker": "outlet-two",
                    "name": "Another outlet",
                    "said": "2025-04-29",
                    "document": "sha256:" + "88e1" * 16,
                    "origin": "outlet-two",
                    "resembles": {
                        "statement": STATEMENT_ID,
                        "own": "quote",
                        "other": "quote",
                        "jaccard": 0.9,
                        "containment": 1.0,
                        "order": "later",
                    },
                },
            ]
        }
    ],
    "supposing": [{"from": "sha256:" + "b2d5" * 16, "to": STATEMENT_ID}],
    "now": _NOW,
    "if_one": _NOW
    | {
        "headline": "single_origin",
        "probability": 0.78,
        "interval": [0.5, 0.92],
        "independent_origins": {"for": 1.0, "against": 0.0},
        "origins": {"for": 1, "against": 0},
    },
    "differs": True,
    "statements": 4,
    "compared": 2,
    "unread": 1,
    "too_short": 1,
    "left_out": 0,
}
SOURCE: Example = {
    "id": "yonhap",
    "record_id": SOURCE_RECORD_ID,
    "index": 12,
    "names": {"en": "Yonhap News Agency", "ko": "연합뉴스"},
    "type": "news_agency",
    "country": "KR",
    "record": {"kind": "source", "id": "yonhap", "type": "news_agency", "names": {"en": "Yonhap News Agency"}},
    "relations": [],
    "assessments": [],
    "letter": "B",
    "track_record": {
        "claims": 2,
        "complete": True,
        "statements": 4,
        "as_origin": 0,
        "as_relay": 4,
        "credits": 4,
        "credited": 7,
        "shown": 0,
        "withdrawn": 0,
        "set_aside": 0,
        "corrected": 0,
        "only_origin": 0,
        "changed_position": 0,
        "judged": 0,
        "supported_corroborated": 0,
        "denied_contradicted": 0,
        "denied_corroborated": 0,
        "supported_contradicted": 0,
        "undecided": 0,
        "withheld": 0,
        "named": {"as_relay": [STATEMENT_ID]},
    },
    "claims": [CLAIM_ID],
    "until": None,
    "clock": "said",
    "size": 120,
}
ESTIMATE: Example = {
    "estimator": "OriginEM/1",
    "as_of": _AS_OF,
    "until": None,
    "clock": "said",
    "statements": 2310,
    "complete": True,
    "withheld": 0,
    "items": 112,
    "letters": {"A": 0.9, "B": 0.775, "C": 0.64, "D": 0.54, "E": 0.0},
    "minimum": 10,
    "sources": [
        {
            "source": "yonhap",
            "name": "Yonhap News Agency",
            "type": "news_agency",
            "letter": None,
            "contested": 47,
            "right": 41,
            "wrong": 6,
            "open": 0,
            "accuracy": 0.86,
            "interval": [0.78, 0.93],
            "relayed_right": 12,
            "relayed_wrong": 3,
            "family": [],
            "suggestion": {
                "by": "OriginEM/1",
                "scheme": "admiralty-reliability",
                "value": "B",
                "rationale": "suggested by OriginEM/1 at size 120: right on 41 of 47 contested items; accuracy 0.86, "
                "90 % between 0.78 and 0.93",
                "valid_from": TIME[:10],
            },
            "reason": None,
            "named": {"right": [CLAIM_ID], "wrong": [], "open": []},
        }
    ],
    "families": [],
}
SOURCES: Example = {
    "sources": [{name: SOURCE[name] for name in ("id", "names", "type", "country", "letter")}],
    "size": 120,
    "next": None,
}
DOCUMENT: Example = {
    "id": DOCUMENT_ID,
    "index": 50,
    "record": {"kind": "document", "url": "https://outlet.example/troops", "publisher": "outlet", "lang": "de"},
    "statements": [STATEMENT],
    "assessments": [],
    "size": 120,
}
_POINT: Example = {
    "probability": 0.94,
    "interval": [0.86, 0.98],
    "log_odds": 2.75,
    "change": 1.9,
    "words": "very likely",
    "confidence": "moderate",
    "headline": "corroborated",
    "labels": ["acknowledged", "changed_position"],
    "independent_origins": _SIDES,
    "showable": True,
    "moved_by": [
        {
            "id": STATEMENT_ID,
            "index": 52,
            "kind": "statement",
            "happening": "said",
            "source": "dprk",
            "act": "confirms",
            "text": "North Korea confirms it",
            "by": ["admin"],
            "logged_at": TIME,
        }
    ],
    "more": 0,
    "no_longer_counts": [
        {
            "statement": "sha256:" + "b2d5" * 16,
            "source": "dprk",
            "said": "2024-10-22",
            "reason": "it says the contrary now",
            "text": "North Korea's denial of 2024-10-22 no longer counts: it says the contrary now",
        }
    ],
}
_RECORDED: Example = {**_POINT["moved_by"][0], "happening": "recorded"}
HISTORY: Example = {
    "claim": CLAIM_ID,
    "policy": "olo-1",
    "as_of": _AS_OF,
    "until": None,
    "clock": "said",
    "without": [],
    "base": 0.0,
    "world": {"points": [_POINT | {"at": "2025-04-28"}], "left_out": 0, "next": None},
    "ledger": {
        "points": [_POINT | {"moved_by": [_RECORDED], "size": 53, "published": 120, "time": TIME}],
        "left_out": 0,
        "next": None,
    },
}
AFFECTED: Example = {
    "target": "yonhap",
    "what": "source",
    "statements": [
        {
            "statement": STATEMENT_ID,
            "claim": CLAIM_ID,
            "speaker": "outlet",
            "name": "An outlet",
            "url": "https://outlet.example/troops",
            "alone": True,
        }
    ],
    "claims": [{"claim": CLAIM_ID, "text": _TEXT, "now": BRIEF, "without": BRIEF | {"headline": "single_origin"}}],
    "size": 120,
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
HEALTH: Example = {"status": "ok", "size": 120, "checkpoint_time": TIME, "standing_size": 118}
