"""The words that a record may choose from (docs/format.md §3)."""

from __future__ import annotations

from typing import Literal

SourceType = Literal[
    "person",
    "organization",
    "government_body",
    "armed_group",
    "news_agency",
    "outlet",
    "platform_account",
    "dataset",
    "unnamed",
]
Relation = Literal[
    "speaks_for", "part_of", "owned_by", "controlled_by", "allied_with", "party_to", "member_of", "syndicates_from"
]
ClaimType = Literal["event", "quantity", "position", "quote", "forecast"]
ClaimRelationType = Literal["equivalent", "entails", "contradicts"]
Act = Literal[
    "asserts",
    "confirms",
    "denies",
    "claims",
    "estimates",
    "alleges",
    "announces",
    "reports",
    "finds",
    "warns",
    "questions",
    "dismisses",
    "declines_to_comment",
    "did_not_respond",
    "withdraws",
    "corrects",
]
Polarity = Literal["+", "-"]
Certainty = Literal["certain", "probable", "possible", "unstated"]
Basis = Literal["own_act", "witnessed", "document", "imagery", "intercept", "data", "analysis", "told", "not_stated"]
Interest = Literal["against", "for", "neutral", "unknown"]
Mode = Literal["quotes", "paraphrases", "cites", "republishes", "translates", "summarizes", "relays", "obtained", "not_from"]
Standing = Literal["explicit", "implied", "found_later", "disputed"]
Hedge = Literal["more_than", "at_least", "about", "up_to", "exact", "order_of", "between"]
Anonymity = Literal["named", "role_only", "anonymous", "pseudonymous", "collective"]
ADMIRALTY_LETTERS = ("A", "B", "C", "D", "E", "F")
AUTHENTICITY = ("authentic", "altered", "forged", "miscaptioned", "undetermined")
