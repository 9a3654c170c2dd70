"""A score alone: one report, signed by the ledger's issuer, without the records that it follows from (docs/format.md §15)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.bundle import BundledEntry, Issued, IssuedStatement
from schemas.ids import Listed

SCORE_TYPE: Literal["urn:onrecord:score:1"] = "urn:onrecord:score:1"
MAX_KEY_ENTRIES = 10_000


class ScorePredicate(Issued):
    """The report, the question that it answers, the state of the log that it is as of, and why the issuer may say so.

    `entries` are words on keys alone: entries 0 and 1, all about the issuer, and all about whoever signed these.
    `consistency` leads from the state that the report is as of to the checkpoint's; it is empty where they are the same.
    """

    entries: Annotated[Listed[BundledEntry], Field(max_length=MAX_KEY_ENTRIES)]


class ScoreStatement(IssuedStatement):
    """How far the records of one state of the log carry one claim, as the issuer computed it."""

    predicateType: Literal["urn:onrecord:score:1"]
    predicate: ScorePredicate
