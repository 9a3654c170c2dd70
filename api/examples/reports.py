"""Examples of scores, of how they moved, and of what looks copied."""

from __future__ import annotations

from api.examples.claims import BRIEF
from api.examples.facts import AS_OF, CLAIM_ID, DOCUMENT_ID, SIDES, STATEMENT_ID, TIME, Example

REPORT: Example = {
    "claim": CLAIM_ID,
    "policy": "olo-1",
    "as_of": AS_OF,
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
    "independent_origins": SIDES,
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
    "sensitivity_left_out": 0,
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
    "independent_origins": SIDES,
    "origins": {"for": 2, "against": 0},
}
COPIES: Example = {
    "claim": CLAIM_ID,
    "policy": "olo-1",
    "as_of": AS_OF,
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
_POINT: Example = {
    "probability": 0.94,
    "interval": [0.86, 0.98],
    "log_odds": 2.75,
    "change": 1.9,
    "words": "very likely",
    "confidence": "moderate",
    "headline": "corroborated",
    "labels": ["acknowledged", "changed_position"],
    "independent_origins": SIDES,
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
    "as_of": AS_OF,
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
