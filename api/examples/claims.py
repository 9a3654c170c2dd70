"""Examples of claims, and of who says so."""

from __future__ import annotations

from api.examples.facts import AS_OF, CLAIM_ID, DID, DOCUMENT_ID, ORIGIN, SIDES, STATEMENT_ID, TEXT, TIME, Example
from api.examples.log import ENVELOPE

BRIEF: Example = {
    "headline": "corroborated",
    "labels": ["acknowledged", "changed_position"],
    "summary": "Two independent origins report it, among them a party to the war; nobody denies it any more.",
    "independent_origins": SIDES,
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
            "text": TEXT,
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
    "quote_lang": None,
    "translations": [],
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
    "record": {"kind": "claim", "text": TEXT, "type": "event"},
    "envelope": ENVELOPE,
    "openings": {},
    "shares_seals_with": [],
}
IN_FORCE: Example = {"records": {"source:yonhap": None}, "size": 120}
CLAIM: Example = {
    "id": CLAIM_ID,
    "index": 41,
    "text": TEXT,
    "type": "event",
    "record": RECORD["record"],
    "replaced_by": None,
    "statements": [STATEMENT],
    "documents": [
        {
            "id": DOCUMENT_ID,
            "index": 40,
            "title": None,
            "url": "https://outlet.example/troops",
            "publisher": "outlet",
            "sha256": None,
            "archive_urls": [],
        }
    ],
    "related": [],
    "corroboration": BRIEF,
    "private": False,
    "suspected_copies": 0,
    "size": 120,
}
CLAIMS: Example = {
    "claims": [
        {
            "id": CLAIM_ID,
            "text": TEXT,
            "type": "event",
            "headline": "corroborated",
            "labels": ["acknowledged", "changed_position"],
            "independent_origins": SIDES,
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
SEEN_ASKED: Example = {"text": "북한이 러시아에 병력을 파병했다"}
SEEN: Example = {
    "claims": [{"claim": CLAIMS["claims"][0], "score": 0.57, "reasons": ["names 북한", "about the same: Q423"]}],
    "size": 120,
}
CORRECTIONS: Example = {
    "corrections": [
        {
            "id": "sha256:" + "c0de" * 16,
            "index": 119,
            "kind": "correction",
            "target": STATEMENT_ID,
            "target_kind": "statement",
            "reason": "the quote is of another day",
            "authority": None,
            "replaced_by": None,
            "by": ["desk"],
            "logged_at": TIME,
        }
    ],
    "next": None,
    "size": 120,
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
    "as_of": AS_OF,
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
FEED: Example = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Claims that changed",
    "home_page_url": "https://ledger.example/search",
    "feed_url": "https://ledger.example/feed.json",
    "authors": [{"name": ORIGIN}],
    "items": [
        {
            "id": f"urn:onrecord:change:{CLAIM_ID[7:]}:112",
            "url": f"https://ledger.example/claims/{CLAIM_ID}",
            "title": "Corroborated: North Korea sent troops to fight for Russia",
            "content_text": "Independent origins: 2 for it, 0 against it. Before that: single origin.",
            "date_modified": TIME,
            "external_url": "https://outlet.example/troops",
            "authors": [{"name": "Outlet", "url": "https://outlet.example/troops"}],
        }
    ],
}
