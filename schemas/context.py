"""The words of our JSON-LD, and the context that gives each its meaning: what `/ns/v1` is, for ever.

It never changes: its hash is in every credential that uses it, and in a test. Other words would be `/ns/v2`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

CREDENTIALS_V2: Final = "https://www.w3.org/ns/credentials/v2"
PATH: Final = "/ns/v1"
NAMESPACE: Final = "urn:onrecord:ns:v1:"
"""What every word of ours begins with once it is expanded, whichever ledger wrote it."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_ADDRESS = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*")


def _words(*names: str, **of_type: str) -> dict[str, Any]:
    plain = {name: NAMESPACE + name for name in names}
    return plain | {name: {"@id": NAMESPACE + name, "@type": _XSD + kind} for name, kind in of_type.items()}


CONTEXT: Mapping[str, Any] = {
    "@context": {
        "@version": 1.1,
        "@protected": True,
        # Types
        **_words("Claim", "ClaimReportCredential", "CorroborationReport", "LogCheckpoint"),
        # The claim
        **_words("recordId", "claimType", "report", "context"),
        "text": {"@id": NAMESPACE + "text", "@container": "@language"},
        # The question, and the state that it was asked of
        **_words("question", "until", "clock", "without", "policy", "asOf", "size", "root", time="dateTime"),
        **_words(baseRate="double"),
        # The answer
        **_words("headline", "labels", "summary", "confidence", "likelihood", "showable", "interval"),
        **_words("independentOrigins", "origins", "reports", "outlets", "verdicts", "by", "scheme", "value"),
        **_words(probability="double", low="double", high="double"),
        **_words("for", "against"),
        # Who said it, how, and who had it from whom
        **_words("act", "polarity", "certainty", "basis", "stance", "interest", "standing", "mode", "inferred", "sourceType"),
        # What it rests on, and how far that goes
        **_words("origin", "checkpoint", "proves", "doesNotProve"),
        "consistency": {"@id": NAMESPACE + "consistency", "@container": "@list"},
    }
}


def context_url(origin: str) -> str:
    """Where the ledger of that origin serves the context; a name that leads nowhere where its origin is no address."""
    if _ADDRESS.fullmatch(origin) and not origin.split("/")[0].endswith(".invalid"):
        return f"https://{origin}{PATH}"
    return NAMESPACE.removesuffix(":")
