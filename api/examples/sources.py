"""Examples of sources, documents, and what rests on them."""

from __future__ import annotations

from api.examples.claims import BRIEF, STATEMENT
from api.examples.facts import AS_OF, CLAIM_ID, DID, DOCUMENT_ID, SOURCE_RECORD_ID, STATEMENT_ID, TEXT, TIME, Example

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
    "more_relations": 0,
    "more_assessments": 0,
    "until": None,
    "clock": "said",
    "size": 120,
}
ESTIMATE: Example = {
    "estimator": "OriginEM/1",
    "as_of": AS_OF,
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
    "more": 41,
    "next": "WzUyLDEyMF0",
    "assessments": [],
    "more_assessments": 0,
    "size": 120,
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
            "act": "reports",
            "said": "2025-04-28T06:00:00Z",
            "now": "stands",
            "reason": None,
            "without": "set_aside",
            "taken_back_by": None,
            "chain": [STATEMENT_ID, "sha256:" + "b2d5" * 16],
            "through": ["An outlet", "Yonhap"],
        }
    ],
    "claims": [
        {
            "claim": CLAIM_ID,
            "text": TEXT,
            "now": BRIEF,
            "without": BRIEF | {"headline": "single_origin"},
            "before": None,
            "chains": [{"origin": "North Korea", "side": "for", "speakers": ["An outlet", "Yonhap", "KCNA"], "others": 1}],
            "more_chains": 0,
            "more_statements": 0,
        }
    ],
    "name": "Yonhap",
    "all_statements": 1,
    "all_claims": 1,
    "complete": True,
    "next": None,
    "size": 120,
}
SIGNED: Example = {
    "key": DID,
    "subject": "desk",
    "compromised": {"key": DID, "subject": "desk", "since": TIME, "revocation": "sha256:" + "beef" * 16},
    "entries": [
        {
            "id": STATEMENT_ID,
            "kind": "statement",
            "index": 57,
            "logged_at": TIME,
            "after_compromise": False,
            "in_doubt": [],
        }
    ],
    "since_size": None,
    "size": 120,
    "next": None,
}
